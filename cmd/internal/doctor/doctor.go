// Package doctor examines the computer that a desk stands on: card service, readers, card, printer, screen, disk, clock, journal and
// the line to the hub, each named apart because each is mended in another way. What it finds is put into words by ui/checkup.
//
// Nothing in a finding is personal: the examination is meant to be read out over the telephone and pasted into a request for help.
//
// Only programs (cmd) import it. It has no state, and reaches the computer only through the fields of Computer, so that every
// finding can be met in a test.
package doctor

import (
	"context"
	"io/fs"
	"net"
	"slices"
	"sync"
	"time"

	"bottega/cardreader"
	"bottega/desk"
	"bottega/sync/client"
	"bottega/sync/journal"
	"bottega/ui/checkup"
)

// Computer is everything that an examination looks at. Here returns the one that the program runs on.
type Computer struct {
	// System is the operating system as Go names it.
	System string
	// Version is this program's, Built when its sources were last changed; zero where the build did not stamp it.
	Version string
	Built   time.Time
	Env     func(string) string
	Now     func() time.Time
	// Private are words about people that no finding may repeat; Home is shown as ~.
	Private []string
	Home    string

	// Files are the system's files from the root on, where the system tells about itself in files: Linux.
	Files fs.FS
	// Run runs a program of the system and returns what it prints.
	Run func(ctx context.Context, name string, arguments ...string) (string, error)
	// Dial opens a connection, as net.Dialer does.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Name is the operating system with its version, as its maker writes it; empty when it does not say.
	Name func(ctx context.Context) string
	// USB lists what is on the USB bus, and false where that cannot be seen.
	USB func(ctx context.Context) ([]Device, bool)
	// Processes are the programs that run, as far as this user may see them.
	Processes func(ctx context.Context) []Process

	// Data is the folder of the journal. Stat looks at it, TryWrite writes and removes an empty file in it, and Free tells the
	// bytes that may still be written there.
	Data     string
	Stat     func(path string) (fs.FileInfo, error)
	TryWrite func(folder string) error
	Free     func(folder string) (int64, error)

	// Cards opens the card service; NoCards says that this program was built without one.
	Cards   func() cardreader.Port
	NoCards bool
	Read    cardreader.ReadFunc
	// Patience is how long a card may be held by others before that is a finding: our own window reads it, too.
	Patience time.Duration

	// Printers finds the printers of the computer and those at the given addresses; Printer is the one that the desk has chosen.
	Printers func(addresses ...string) desk.Printers
	Printer  string

	// Window is what the program's own window shows of the screens; nil in a program without one.
	Window func(ctx context.Context) Window

	// Desk opens what is kept of the desk on this computer, and lets go of it afterwards.
	Desk func(ctx context.Context) (d Desk, done func())
}

// Window is what a program with a window knows about screens.
type Window struct {
	// Second says that a second screen is plugged in; Known is false when the window could not be asked.
	Second, Known bool
}

// Desk is what can be known of the desk on this computer.
type Desk struct {
	// Err is why the journal does not open: journal.ErrNone, journal.ErrInUse, or what is wrong with it.
	Err   error
	State journal.State
	// Line is the way to the hub, nil while nobody has unlocked the desk; LineErr is why there is none although somebody has.
	Line    Line
	LineErr error
	// Practice says that the line is the practice desk's, which says nothing about the real one.
	Practice bool
}

// Line is what the examination asks of the line to the hub.
type Line interface {
	Status() desk.LineStatus
	Look(ctx context.Context) (client.Sight, error)
}

// look is one thing that is looked at, by itself and with a limit of its own.
type look struct {
	// checks are what it may find something about.
	checks []string
	limit  time.Duration
	do     func(*Computer, context.Context, *sheet)
}

// looks are what is looked at. The limits bound what is stuck; a healthy computer is far from them.
func looks() []look {
	const short, long = 10 * time.Second, 20 * time.Second
	return []look{
		{[]string{"program", "system"}, short, (*Computer).lookAtProgram},
		{[]string{"clock"}, short, (*Computer).lookAtClock},
		{[]string{"data", "disk"}, short, (*Computer).lookAtDisk},
		{[]string{"journal", "hub", "certificate", "queue", "hub_clock"}, long, (*Computer).lookAtDesk},
		{[]string{"display", "opengl", "second_screen"}, short, (*Computer).lookAtScreens},
		{[]string{"service", "reader", "card", "holder"}, long, (*Computer).lookAtCards},
		{[]string{"trace"}, short, (*Computer).lookForTraces},
		{[]string{"printer"}, long, (*Computer).lookAtPrinter},
	}
}

// order is the order in which findings are shown, from the computer outwards.
func order() []string {
	return []string{
		"program", "system", "clock", "hub_clock", "data", "disk", "journal", "display", "opengl", "second_screen",
		"service", "reader", "card", "holder", "trace", "printer", "hub", "certificate", "queue",
	}
}

// Examine looks at everything at once and returns what it found, always in the same order. Tell, which may be nil, hears after each
// look how many of how many are done; it may be called from any goroutine. The error is the context's.
func (c *Computer) Examine(ctx context.Context, tell func(done, of int)) ([]checkup.Finding, error) {
	all := looks()
	sheets := make([]*sheet, len(all))
	var working sync.WaitGroup
	var mu sync.Mutex
	done := 0
	for i, l := range all {
		sheets[i] = &sheet{hide: newHider(c.Home, c.Private)}
		working.Go(func() {
			c.within(ctx, l, sheets[i])
			mu.Lock()
			defer mu.Unlock()
			done++
			if tell != nil {
				tell(done, len(all))
			}
		})
	}
	working.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	var findings []checkup.Finding
	for _, s := range sheets {
		findings = append(findings, s.findings...)
	}
	places := order()
	slices.SortStableFunc(findings, func(a, b checkup.Finding) int {
		return slices.Index(places, a.Check) - slices.Index(places, b.Check)
	})
	return findings, nil
}

// within looks for as long as the limit allows. What is stuck is left alone to end by itself, and what it says later is not heard.
func (c *Computer) within(ctx context.Context, l look, s *sheet) {
	ctx, cancel := context.WithTimeout(ctx, l.limit)
	defer cancel()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		l.do(c, ctx, s)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
	}
	s.close(ctx, l.checks)
}

// sheet takes the findings of one look.
type sheet struct {
	hide hider

	mu       sync.Mutex
	closed   bool
	findings []checkup.Finding
}

// well, note and broken write down a finding. Result is what was found, and args fill its words.
func (s *sheet) well(check, result string, args ...any) { s.write(checkup.Well, check, result, args) }

func (s *sheet) note(check, result string, args ...any) { s.write(checkup.Note, check, result, args) }

func (s *sheet) broken(check, result string, args ...any) {
	s.write(checkup.Broken, check, result, args)
}

func (s *sheet) write(state checkup.State, check, result string, args []any) {
	for i, arg := range args {
		if text, ok := arg.(string); ok && i%2 == 1 {
			args[i] = s.hide.people(text)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.findings = append(s.findings, checkup.Finding{Check: check, Result: result, State: state, Args: args})
	}
}

// close ends the sheet. A look that ran out of time is told by the first check that it did not come to.
func (s *sheet) close(ctx context.Context, checks []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if ctx.Err() == nil {
		return
	}
	for _, check := range checks {
		if !slices.ContainsFunc(s.findings, func(f checkup.Finding) bool { return f.Check == check }) {
			s.findings = append(s.findings, checkup.Finding{Check: check, Result: checkup.Late, State: checkup.Broken})
			return
		}
	}
}
