package doctor

import (
	"context"
	"io/fs"
	"net"
	"path"
	"strconv"
	"strings"
)

// firstDisplayPort is the TCP port of display 0 of a computer elsewhere (X11, X Window System Protocol, appendix B).
const firstDisplayPort = 6000

// lookAtScreens tells whether the windows can open and how they are drawn. A program with a window answers the first by being there.
func (c *Computer) lookAtScreens(ctx context.Context, s *sheet) {
	if strings.HasPrefix(c.Env("SESSIONNAME"), "RDP-") {
		s.broken("display", "remote")
	} else {
		c.lookAtDisplay(ctx, s)
	}
	c.lookAtGraphics(s)
	c.lookForSecondScreen(ctx, s)
}

func (c *Computer) lookAtDisplay(ctx context.Context, s *sheet) {
	wayland, display := c.Env("WAYLAND_DISPLAY"), c.Env("DISPLAY")
	switch {
	case c.Window != nil:
		s.well("display", "open")
	case c.System != "linux":
		s.well("display", "there")
	case wayland == "" && display == "":
		s.broken("display", "none")
	case wayland != "" && c.answers(ctx, "unix", waylandSocket(wayland, c.Env("XDG_RUNTIME_DIR"))):
		s.well("display", "there")
	case display != "" && c.displayAnswers(ctx, display):
		s.well("display", "there")
	case ctx.Err() != nil: // told as late
	default:
		s.broken("display", "gone")
	}
}

func waylandSocket(name, folder string) string {
	if path.IsAbs(name) {
		return name
	}
	return path.Join(folder, name)
}

// displayAnswers reports whether somebody listens where DISPLAY points: [host]:number[.screen].
func (c *Computer) displayAnswers(ctx context.Context, display string) bool {
	host, rest, found := cutLast(display, ":")
	number, err := strconv.Atoi(strings.SplitN(rest, ".", 2)[0])
	if !found || err != nil || number < 0 {
		return false
	}
	if host == "" || host == "unix" {
		socket := "/tmp/.X11-unix/X" + strconv.Itoa(number)
		return c.answers(ctx, "unix", socket) || c.answers(ctx, "unix", "@"+socket)
	}
	return c.answers(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(firstDisplayPort+number)))
}

func cutLast(s, separator string) (before, after string, found bool) {
	i := strings.LastIndex(s, separator)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(separator):], true
}

func (c *Computer) answers(ctx context.Context, network, address string) bool {
	conn, err := c.Dial(ctx, network, address)
	if err != nil {
		return false
	}
	_ = conn.Close() // it was only a knock
	return true
}

// lookAtGraphics tells whether the windows are drawn by a graphics card. Elsewhere than on Linux the system brings OpenGL along, and
// says nothing about it in files.
func (c *Computer) lookAtGraphics(s *sheet) {
	switch {
	case c.System != "linux":
		s.well("opengl", "system")
	case c.Window == nil && !c.hasLibrary("libGL.so.1"):
		s.broken("opengl", "missing")
	case !c.hasGraphicsCard():
		s.note("opengl", "slow")
	default:
		s.well("opengl", "there")
	}
}

// hasLibrary looks where the loader of programs looks: in its list, and in the usual folders.
func (c *Computer) hasLibrary(name string) bool {
	if list, err := fs.ReadFile(c.Files, "etc/ld.so.cache"); err == nil && strings.Contains(string(list), name) {
		return true
	}
	for _, pattern := range []string{"usr/lib/" + name, "usr/lib64/" + name, "usr/lib/*/" + name, "usr/local/lib/" + name} {
		if found, err := fs.Glob(c.Files, pattern); err == nil && len(found) > 0 {
			return true
		}
	}
	return false
}

// hasGraphicsCard looks for the device through which programs draw with the graphics card.
func (c *Computer) hasGraphicsCard() bool {
	for _, pattern := range []string{"dev/dri/renderD*", "dev/nvidia0"} {
		if found, err := fs.Glob(c.Files, pattern); err == nil && len(found) > 0 {
			return true
		}
	}
	return false
}

// lookForSecondScreen asks the window where there is one, else the kernel, which knows what is plugged into each socket.
func (c *Computer) lookForSecondScreen(ctx context.Context, s *sheet) {
	w := Window{}
	if c.Window != nil {
		w = c.Window(ctx)
	} else if n, known := c.screensPlugged(); known {
		w = Window{Second: n > 1, Known: true}
	}
	switch {
	case ctx.Err() != nil: // told as late
	case !w.Known:
		s.note("second_screen", "unknown")
	case w.Second:
		s.well("second_screen", "there")
	default:
		s.note("second_screen", "none")
	}
}

// screensPlugged counts the sockets that a screen is plugged into (drm, sysfs).
func (c *Computer) screensPlugged() (n int, known bool) {
	if c.System != "linux" {
		return 0, false
	}
	files, err := fs.Glob(c.Files, "sys/class/drm/card*-*/status")
	if err != nil || len(files) == 0 {
		return 0, false
	}
	for _, file := range files {
		if state, err := fs.ReadFile(c.Files, file); err == nil && strings.TrimSpace(string(state)) == "connected" {
			n++
		}
	}
	return n, true
}
