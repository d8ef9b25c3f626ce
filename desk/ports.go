package desk

import (
	"context"
	"time"
)

// Journal is where facts go. An Append that returned is on the disk.
type Journal interface {
	// Append writes the drafts as consecutive entries, all of them or none.
	Append(ctx context.Context, drafts ...Draft) ([]Entry, error)
	// Read calls each for every entry from the given sequence on, in order, until each returns an error. What each was given, its
	// payload too, is its own to keep.
	Read(ctx context.Context, from uint64, each func(Entry) error) error
}

// Index is what a Journal may be besides: one that finds visits by fiscal code without knowing what is in them.
type Index interface {
	// Visits returns the visits that name this fiscal code, in no particular order; erased visits are not among them.
	Visits(ctx context.Context, fiscalCode string) ([]string, error)
}

// Clock tells the time, with the desk's own offset.
type Clock interface {
	Now() time.Time
}

// ClockFunc makes a function a Clock; time.Now is one.
type ClockFunc func() time.Time

// Now implements Clock.
func (f ClockFunc) Now() time.Time { return f() }

// Papers renders papers as PDF: equal papers give equal bytes.
type Papers interface {
	Render(ctx context.Context, p Paper) ([]byte, error)
}

// PrinterInfo is a printer that can be chosen.
type PrinterInfo struct {
	URI     string
	Name    string
	Default bool
	// Ready is false when the printer said that it cannot print now; Trouble says why, as a stable word (no_paper, jam, offline).
	Ready   bool
	Trouble string
}

// Printers finds printers and hands them papers.
type Printers interface {
	List(ctx context.Context) ([]PrinterInfo, error)
	// Print returns when the printer accepted the whole document.
	Print(ctx context.Context, uri, title string, pdf []byte) error
	// Clear cancels what this desk still has waiting in the printer's queue.
	Clear(ctx context.Context, uri string) error
}

// LineState is how the desk stands with the hub.
type LineState string

// The states of the line, each with its own words on the home screen.
const (
	LineNotEnrolled LineState = "not_enrolled" // this desk has no hub yet
	LineIdle        LineState = "idle"         // everything is at the hub
	LineSending     LineState = "sending"
	LineOffline     LineState = "offline"   // no answer; will be tried again by itself
	LineHeld        LineState = "held"      // the hub does not know this desk any more: enrol again
	LineUpgrade     LineState = "upgrade"   // the hub wants a newer program
	LineAttention   LineState = "attention" // a record was refused and needs a person
)

// LineStatus is the one line "N of N safe at the hub, last at hh:mm".
type LineStatus struct {
	State LineState
	// Total counts the entries of this desk; Safe those the hub has said are durable there.
	Total, Safe uint64
	// LastAt is when the hub last answered; zero if never.
	LastAt time.Time
	// NextAt is when the next attempt is due; zero when none is planned.
	NextAt time.Time
	// Problem is a stable word for what is wrong (no_network, not_the_hub, re_enrol, ...), empty when all is well. The sentence for
	// a person is its translation, "line.problem.<Problem>".
	Problem string
	// Skew is how far this computer's clock is ahead of the hub's, as the hub told last; negative when it is behind.
	Skew time.Duration
	// Metered says that the connection costs by what passes: little is asked of it until somebody sends by hand.
	Metered bool
}

// ClockOff is from how much skew on the clock of this computer has to be set right.
const ClockOff = 5 * time.Minute

// Line is the way to the hub.
type Line interface {
	Status() LineStatus
	// Send pushes what waits and fetches what the hub answers, now; it returns when there is nothing left or it cannot go on.
	Send(ctx context.Context) error
	// Watch calls changed after every change of the status, from any goroutine, until the returned function is called.
	Watch(changed func()) (stop func())
}

// FacilitatorInfo is somebody who can unlock the desk.
type FacilitatorInfo struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}
