package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"bottega/cardreader"
	"bottega/cardreader/pcsc"
	"bottega/cmd/internal/house"
	"bottega/desk"
	"bottega/ui/paper/printer"
)

// Params are what only the program knows of itself. Window and Printer may be left out.
type Params struct {
	Version string
	Env     func(string) string
	Data    string
	Printer string
	Window  func(ctx context.Context) Window
	Desk    func(ctx context.Context) (Desk, func())
}

// Here returns the computer that the program runs on.
func Here(p Params) *Computer {
	home, err := os.UserHomeDir()
	if err != nil {
		home = "" // nothing to hide
	}
	c := &Computer{
		System: runtime.GOOS, Version: p.Version, Built: changed(setting("vcs.time")), Env: p.Env, Now: time.Now, Home: home, Private: people(),
		Run: run, Dial: dial, Files: noFiles{}, Data: p.Data, Stat: os.Stat, TryWrite: tryWrite, Free: freeBytes,
		Cards: func() cardreader.Port { return pcsc.New() }, NoCards: runtime.GOOS != "windows" && setting("CGO_ENABLED") == "0",
		Read: house.Cards().Read, Patience: patience, Printer: p.Printer, Window: p.Window, Desk: p.Desk,
		Printers: func(addresses ...string) desk.Printers { return printer.New(printer.Config{Printers: addresses}) },
	}
	c.system()
	return c
}

// patience is how long our own window takes to read a slow card, with room to spare.
const patience = 6 * time.Second

// noFiles is a system that says nothing about itself in files.
type noFiles struct{}

// Open implements fs.FS.
func (noFiles) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// setting returns one of the settings that this program was built with.
func setting(key string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}

// changed reads when the sources were last changed; a build outside a repository does not say.
func changed(stamp string) time.Time {
	t, err := time.Parse(time.RFC3339, stamp)
	if err != nil {
		return time.Time{}
	}
	return t
}

// people are the words by which this computer would say whose it is.
func people() []string {
	var words []string
	if name, err := os.Hostname(); err == nil {
		words = append(words, name)
	}
	if u, err := user.Current(); err == nil {
		words = append(words, u.Username[strings.LastIndex(u.Username, `\`)+1:])
		words = append(words, strings.FieldsFunc(u.Name, func(r rune) bool { return strings.ContainsRune(" ,;()", r) })...)
	}
	return words
}

// run runs a program of the system, also where a plain user's path does not look.
func run(ctx context.Context, name string, arguments ...string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		path, err = exec.LookPath(filepath.Join("/usr/sbin", name))
	}
	if err != nil {
		return "", fmt.Errorf("looking for %s: %w", name, err)
	}
	said, err := exec.CommandContext(ctx, path, arguments...).Output()
	if err != nil {
		return "", fmt.Errorf("running %s: %w", name, err)
	}
	return string(said), nil
}

func dial(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, network, address)
}

// tryWrite writes an empty file and removes it.
func tryWrite(folder string) error {
	probe, err := os.CreateTemp(folder, ".doctor-*")
	if err != nil {
		return fmt.Errorf("writing to the folder: %w", err)
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

var prettyName = regexp.MustCompile(`(?m)^PRETTY_NAME="?([^"\n]+)"?`)

// linuxName reads how a distribution calls itself (os-release(5)).
func linuxName(files fs.FS) string {
	for _, name := range []string{"etc/os-release", "usr/lib/os-release"} {
		if data, err := fs.ReadFile(files, name); err == nil {
			if found := prettyName.FindStringSubmatch(string(data)); found != nil {
				return found[1]
			}
		}
	}
	return ""
}

// Linux makes the computer one that tells of itself in files, as Linux does: sysfs, procfs and /etc below the given root.
func (c *Computer) Linux(files fs.FS) {
	c.System, c.Files = "linux", files
	c.Name = func(context.Context) string { return linuxName(files) }
	c.USB = func(context.Context) ([]Device, bool) { return sysfsDevices(files) }
	c.Processes = func(context.Context) []Process { return procProcesses(files) }
}
