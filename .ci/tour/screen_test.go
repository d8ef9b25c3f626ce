package tour

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The two screens of the desk: the laptop's, and the one turned towards the citizen.
const (
	laptop  = "1366x768+0+0"
	citizen = "1280x1024+1366+0"
)

// xorgConfig describes a graphics card without hardware. Unlike Xvfb it has several outputs, so that the programs see a real
// second screen.
const xorgConfig = `Section "Device"
  Identifier "card"
  Driver "dummy"
  VideoRam 256000
EndSection
Section "Monitor"
  Identifier "monitor"
  HorizSync 5.0-1000.0
  VertRefresh 5.0-200.0
  Modeline "1366x768" 72.00 1366 1414 1446 1494 768 771 777 803
EndSection
Section "Screen"
  Identifier "screen"
  Device "card"
  Monitor "monitor"
  DefaultDepth 24
  SubSection "Display"
    Depth 24
    Modes "1366x768"
    Virtual 2800 1100
  EndSubSection
EndSection
`

// patience is how long the tour waits for anything; a safety net, never a measure of speed.
const patience = 60 * time.Second

// screen is an X server with a window manager.
type screen struct {
	t       *testing.T
	display string
	out     string
	// areas are the parts of the screen to take pictures of, by name.
	areas map[string]string
	// series begins the names of the pictures.
	series string
	shots  int
	// maximised are the windows that fill the laptop's screen already.
	maximised map[string]bool
}

// twoScreens starts an X server with a second screen turned towards the citizen.
func twoScreens(t *testing.T, out string) *screen {
	t.Helper()
	config := filepath.Join(t.TempDir(), "xorg.conf")
	if err := os.WriteFile(config, []byte(xorgConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	// Debian's wrapper refuses whoever sits at no console; the server itself needs no hardware here.
	s := startScreen(t, out, map[string]string{"facilitator": laptop, "citizen": citizen}, "/usr/lib/xorg/Xorg",
		"-config", config, "-noreset", "-logfile", filepath.Join(filepath.Dir(config), "xorg.log"))
	s.run("xrandr", "--addmode", "DUMMY1", "1280x1024")
	s.run("xrandr", "--output", "DUMMY1", "--mode", "1280x1024", "--right-of", "DUMMY0")
	s.run("xrandr", "--query") // only a query makes the server notice that the output is connected now
	return s.desktop()
}

// oneScreen starts an X server with the laptop's screen alone.
func oneScreen(t *testing.T, out string) *screen {
	t.Helper()
	return startScreen(t, out, map[string]string{"laptop": laptop}, "Xvfb", "-screen", "0", "1366x768x24").desktop()
}

func startScreen(t *testing.T, out string, areas map[string]string, server string, args ...string) *screen {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	x := exec.Command(server, append([]string{"-displayfd", "3", "-nolisten", "tcp"}, args...)...)
	x.ExtraFiles = []*os.File{write}
	start(t, x, filepath.Join(out, "logs", filepath.Base(server)+".log"))
	if err := write.Close(); err != nil {
		t.Fatal(err)
	}
	if err := read.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	number, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		t.Fatalf("the X server named no display: %v", err)
	}
	return &screen{t: t, display: ":" + strings.TrimSpace(number), out: out, areas: areas, maximised: map[string]bool{}}
}

// desktop puts a background and a window manager on the screen. Metacity can put a full-screen window on a monitor of the
// program's choice; the smaller window managers cannot.
func (s *screen) desktop() *screen {
	s.t.Helper()
	s.run("xsetroot", "-solid", "#404040")
	manage := func() *program {
		wm := exec.Command("metacity", "--sm-disable", "--compositor=none")
		wm.Env = s.env()
		return start(s.t, wm, filepath.Join(s.out, "logs", "metacity.log"))
	}
	manager := manage()
	s.until("the window manager", func() error {
		select {
		case <-manager.done: // on a busy machine it may come before its screen is ready, and go
			manager = manage()
		default:
		}
		_, err := s.try("wmctrl", "-m")
		return err
	})
	return s
}

// env is the environment of a program on this screen.
func (s *screen) env(more ...string) []string {
	env := append(os.Environ(), "DISPLAY="+s.display, "WAYLAND_DISPLAY=", "LIBGL_ALWAYS_SOFTWARE=1", "LC_ALL=C.UTF-8")
	return append(env, more...)
}

func (s *screen) run(name string, args ...string) string {
	s.t.Helper()
	out, err := s.try(name, args...)
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

func (s *screen) try(name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = s.env()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out)), nil
}

// shows waits until the facilitator's window has the screen of that name in its title and nothing under way, and brings it to
// the front.
func (s *screen) shows(name string) {
	s.t.Helper()
	title := "Bottega — " + name
	var id string
	s.until("the screen "+name, func() error {
		windows, err := s.try("wmctrl", "-l")
		if err != nil {
			return err
		}
		for line := range strings.Lines(windows) {
			line = strings.TrimSpace(line)
			if strings.HasSuffix(line, title) {
				id, _, _ = strings.Cut(line, " ")
				return nil
			}
		}
		return errors.New("it is not there")
	})
	s.run("wmctrl", "-i", "-a", id)
	if !s.maximised[id] { // as people with a small laptop do
		s.run("wmctrl", "-i", "-r", id, "-b", "add,maximized_vert,maximized_horz")
		s.maximised[id] = true
	}
	s.settle()
}

// settle gives a window the few frames in which it draws a page and moves the cursor; there is no signal for it outside the
// program.
func (s *screen) settle() { time.Sleep(300 * time.Millisecond) }

// reads waits until a text can be read on the facilitator's screen, as a person would.
func (s *screen) reads(text string) {
	s.t.Helper()
	s.until("the words "+text, func() error {
		seen, err := s.seen()
		if err != nil {
			return err
		}
		if !strings.Contains(strings.ToLower(seen), strings.ToLower(text)) {
			return fmt.Errorf("seen instead:\n%s", seen)
		}
		return nil
	})
}

// seen is what can be read on the facilitator's screen now.
func (s *screen) seen() (string, error) {
	shot := filepath.Join(s.t.TempDir(), "screen.png")
	if _, err := s.try("import", "-silent", "-window", "root", "-crop", laptop, "+repage", "-resize", "200%", shot); err != nil {
		return "", err
	}
	return s.try("tesseract", shot, "-", "-l", "ita", "--psm", "11")
}

// until tries again until check is content.
func (s *screen) until(what string, check func() error) {
	s.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			s.picture("failed")
			titles, _ := s.try("wmctrl", "-l")
			s.t.Fatalf("waited %v for %s: %v\nwindows:\n%s", patience, what, err, titles)
		}
		select {
		case <-s.t.Context().Done():
			s.t.Fatal("the tour was stopped")
		case <-time.After(150 * time.Millisecond):
		}
	}
}

// press sends keys to the window in front, as a keyboard does.
func (s *screen) press(keys ...string) {
	s.t.Helper()
	for _, k := range keys {
		s.run("xdotool", "key", "--clearmodifiers", "--delay", "40", k)
	}
}

// write types a text.
func (s *screen) write(text string) {
	s.t.Helper()
	s.run("xdotool", "type", "--clearmodifiers", "--delay", "25", text)
}

// picture saves every screen under one number: 07-visita-facilitator.png, 07-visita-citizen.png.
func (s *screen) picture(name string) {
	s.t.Helper()
	s.shots++
	s.settle()
	for who, area := range s.areas {
		file := filepath.Join(s.out, fmt.Sprintf("%s%02d-%s-%s.png", s.series, s.shots, name, who))
		if out, err := s.try("import", "-silent", "-window", "root", "-crop", area, "+repage", file); err != nil {
			s.t.Errorf("no picture of %s: %v %s", name, err, out)
		}
	}
}
