package main

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"bottega/cardreader"
	"bottega/cmd/internal/house"
	"bottega/sync/client"
	"bottega/sync/journal"
)

// finding is one line of the doctor. Its words are ctl.doctor.<Check>.<Result>; one that needs attention has its advice under
// the same key with ".advice".
type finding struct {
	Check     string `json:"check"`
	Result    string `json:"result"`
	Attention bool   `json:"attention"`
	Message   string `json:"message"`
	Advice    string `json:"advice,omitempty"`
}

type doctor struct{}

// enoughDisk is what a year of visits, their papers and a backup take, with room to spare.
const enoughDisk = 500 << 20

// doctorLimit bounds each check: a stuck service must not stop the others from being looked at.
const doctorLimit = 10 * time.Second

// Run looks at everything that can be wrong with this computer. Nothing it says is personal: its text is meant to be read out
// over the telephone and pasted into a request for help.
func (doctor) Run(ctx context.Context, a *app) error {
	findings := []finding{a.checkProgram(), a.checkClock(), a.checkData(), a.checkDisk()}
	findings = append(findings, a.checkCards(ctx)...)
	findings = append(findings, a.checkHub(ctx), a.checkPrinter(ctx), a.checkDisplay())
	attention := 0
	for _, f := range findings {
		if f.Attention {
			attention++
		}
	}
	err := a.show(map[string]any{"findings": findings, "attention": attention}, func(w io.Writer) {
		for _, f := range findings {
			mark := a.say.T("ctl.doctor.fine")
			if f.Attention {
				mark = a.say.T("ctl.doctor.look")
			}
			line(w, mark, f.Message)
			if f.Advice != "" {
				line(w, "      ", f.Advice)
			}
		}
		line(w)
		line(w, a.say.N("ctl.doctor.sum", attention))
	})
	if err == nil && attention > 0 {
		return errAttention
	}
	return err
}

// fine and look make a finding; the arguments fill its words.
func (a *app) fine(check, result string, args ...any) finding {
	return finding{Check: check, Result: result, Message: a.say.T("ctl.doctor."+check+"."+result, args...)}
}

func (a *app) look(check, result string, args ...any) finding {
	f := a.fine(check, result, args...)
	f.Attention = true
	f.Advice = a.say.T("ctl.doctor."+check+"."+result+".advice", args...)
	return f
}

func (a *app) checkProgram() finding {
	return a.fine("program", "is", "Version", house.Version(), "Built", buildSetting("vcs.time"), "System", runtime.GOOS+"/"+runtime.GOARCH, "Go", runtime.Version())
}

// buildSetting returns one of the settings that this program was built with.
func buildSetting(key string) string {
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

// checkClock compares the clock with times that are certainly past: the program's own and the journal's last change.
func (a *app) checkClock() finding {
	now := a.now()
	newest, err := time.Parse(time.RFC3339, buildSetting("vcs.time"))
	if err != nil {
		newest = time.Time{} // a build outside a repository carries no time
	}
	if info, err := os.Stat(filepath.Join(a.data, journal.FileName)); err == nil && info.ModTime().After(newest) {
		newest = info.ModTime()
	}
	if now.Add(2 * time.Minute).Before(newest) {
		return a.look("clock", "behind", "Now", a.say.DateTime(now), "Known", a.say.DateTime(newest.In(now.Location())))
	}
	return a.fine("clock", "plausible", "Now", a.say.DateTime(now), "Zone", now.Format("-07:00"))
}

// checkData looks at the folder of the journal: there, writable, and closed to the other users of the computer.
func (a *app) checkData() finding {
	info, err := os.Stat(a.data)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return a.fine("data", "new", "Folder", a.data)
	case err != nil:
		return a.look("data", "unreadable", "Folder", a.data)
	case !info.IsDir():
		return a.look("data", "no_folder", "Folder", a.data)
	}
	probe, err := os.CreateTemp(a.data, ".doctor-*")
	if err != nil {
		return a.look("data", "unwritable", "Folder", a.data)
	}
	_ = probe.Close()
	_ = os.Remove(probe.Name()) // an empty file that stays behind harms nothing
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return a.look("data", "open", "Folder", a.data)
	}
	return a.fine("data", "there", "Folder", a.data)
}

func (a *app) checkDisk() finding {
	folder := a.data
	for {
		if _, err := os.Stat(folder); err == nil || folder == filepath.Dir(folder) {
			break
		}
		folder = filepath.Dir(folder)
	}
	free, err := freeBytes(folder)
	switch {
	case err != nil:
		return a.look("disk", "unknown")
	case free < enoughDisk:
		return a.look("disk", "short", "Free", free>>20)
	}
	return a.fine("disk", "enough", "Free", free>>20)
}

// checkCards names the card service, the readers and the card apart, since each is mended in another way.
func (a *app) checkCards(ctx context.Context) []finding {
	port := a.openPort()
	defer closePort(port)
	ctx, cancel := context.WithTimeout(ctx, doctorLimit)
	defer cancel()
	states, err := port.Watch(ctx, nil, 0)
	switch {
	case err == nil:
		return append([]finding{a.fine("service", "runs")}, a.checkReaders(states)...)
	case runtime.GOOS != "windows" && buildSetting("CGO_ENABLED") == "0":
		return []finding{a.look("service", "not_built_in")}
	case serviceMissing():
		return []finding{a.look("service", "missing")}
	}
	return []finding{a.look("service", "down")}
}

func (a *app) checkReaders(states []cardreader.ReaderState) []finding {
	if len(states) == 0 {
		if readerOnUSB() {
			return []finding{a.look("reader", "no_driver")}
		}
		return []finding{a.look("reader", "none")}
	}
	var all []finding
	for _, s := range states {
		all = append(all, a.fine("reader", "there", "Name", s.Name))
		switch s.Card {
		case cardreader.Present:
			all = append(all, a.fine("card", "answers", "ATR", strings.ToUpper(hex.EncodeToString(s.ATR))))
		case cardreader.Mute:
			all = append(all, a.look("card", "mute"))
		case cardreader.Empty:
			all = append(all, a.fine("card", "none"))
		}
	}
	return all
}

// checkHub tries the line, which takes the passphrase: who this desk is for its hub lies sealed in the journal. Without it the
// answer is how far the hub has the journal.
func (a *app) checkHub(ctx context.Context) finding {
	j, err := journal.Open(a.data, journal.Options{})
	switch {
	case errors.Is(err, journal.ErrNone):
		return a.fine("hub", "no_journal")
	case errors.Is(err, journal.ErrInUse):
		return a.fine("hub", "in_use")
	case err != nil:
		t, _ := a.tell(err)
		return finding{Check: "hub", Result: t.Code, Attention: true, Message: t.Message, Advice: t.Advice}
	}
	defer closeJournal(j)
	if a.env("BOTTEGA_PASSPHRASE") == "" {
		s, err := j.State()
		if err != nil {
			return a.look("hub", "unreadable")
		}
		return a.fine("hub", "untried", "Safe", s.Acked, "Total", s.Last)
	}
	err = a.tryHub(ctx, j)
	var trouble *client.Trouble
	switch {
	case errors.As(err, &trouble) && trouble.Word == client.NotEnrolled:
		return a.fine("hub", "none")
	case err != nil:
		t, _ := a.tell(err)
		return finding{Check: "hub", Result: t.Code, Attention: true, Message: t.Message, Advice: t.Advice}
	}
	return a.fine("hub", "answers")
}

// tryHub does what the desk does all day long: it sends what waits and asks for replies.
func (a *app) tryHub(ctx context.Context, j *journal.Journal) error {
	if err := a.unlock(ctx, j); err != nil {
		return err
	}
	l, err := a.lineOf(ctx, j)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, doctorLimit)
	defer cancel()
	return l.Send(ctx)
}

func (a *app) checkPrinter(ctx context.Context) finding {
	ctx, cancel := context.WithTimeout(ctx, doctorLimit)
	defer cancel()
	list, err := a.printers.List(ctx)
	if err != nil || len(list) == 0 {
		return a.look("printer", "none")
	}
	for _, p := range list {
		if p.Ready {
			return a.fine("printer", "ready", "Name", p.Name)
		}
	}
	return a.look("printer", "not_ready", "Name", list[0].Name)
}

// checkDisplay tells whether the desk app would find a screen.
func (a *app) checkDisplay() finding {
	if strings.HasPrefix(a.env("SESSIONNAME"), "RDP-") {
		return a.look("display", "remote")
	}
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return a.fine("display", "there")
	}
	if name := a.env("WAYLAND_DISPLAY"); name != "" {
		return a.fine("display", "there")
	}
	display := a.env("DISPLAY")
	if display == "" {
		return a.look("display", "none")
	}
	if number, local := strings.CutPrefix(display, ":"); local {
		number, _, _ = strings.Cut(number, ".")
		if _, err := os.Stat("/tmp/.X11-unix/X" + number); err != nil {
			return a.look("display", "gone", "Display", display)
		}
	}
	return a.fine("display", "there")
}

// serviceMissing tells whether the card service is not even installed. Only Linux has it apart from the system.
func serviceMissing() bool {
	if runtime.GOOS != "linux" {
		return false
	}
	for _, path := range []string{"/usr/sbin/pcscd", "/usr/bin/pcscd", "/usr/local/sbin/pcscd"} {
		if _, err := os.Stat(path); err == nil {
			return false
		}
	}
	return true
}

// readerOnUSB tells whether a smart card reader hangs on the bus although the card service lists none: its driver is missing.
// Class 0B is "smart card" in the USB tables.
func readerOnUSB() bool {
	classes, err := filepath.Glob("/sys/bus/usb/devices/*/bInterfaceClass")
	if err != nil {
		return false
	}
	for _, file := range classes {
		if class, err := os.ReadFile(file); err == nil && strings.TrimSpace(string(class)) == "0b" {
			return true
		}
	}
	return false
}
