package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"bottega/cardreader"
	"bottega/cardreader/cns"
	"bottega/desk"
	"bottega/sync/client"
	"bottega/sync/journal"
	"bottega/ui/facilitator"
)

// opening says what a session is put together from.
type opening struct {
	journal     *journal.Journal // unlocked
	facilitator desk.FacilitatorInfo
	port        cardreader.Port
	practice    bool
	// end is done last when the session closes.
	end func() error
}

// openSession puts a desk together over an unlocked journal, with its readers and its line, and keeps the line going until the
// session is closed.
func (p *parts) openSession(ctx context.Context, o opening) (*facilitator.Session, error) {
	d, err := desk.Open(ctx, desk.Params{
		Journal: o.journal, Clock: desk.ClockFunc(time.Now), NewID: newID, Catalogue: p.catalogue, Papers: p.papers, Practice: o.practice,
	})
	if err != nil {
		return nil, fmt.Errorf("opening the desk: %w", err)
	}
	c, err := client.New(ctx, client.Params{
		Journal: lineJournal{Journal: o.journal, desk: d}, Identity: o.journal, Program: "bottega " + programVersion(), Practice: o.practice,
	})
	if err != nil {
		return nil, fmt.Errorf("preparing the line to the hub: %w", err)
	}
	going, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	var runErr error
	running.Go(func() { runErr = c.Run(going) })
	stop := d.Watch(c.Nudge)
	return &facilitator.Session{
		Desk: d, Catalogue: p.catalogue, Facilitator: o.facilitator, Line: &line{Client: c, journal: o.journal}, Printers: p.printers,
		Watch: watch(o.port),
		Close: func() error {
			stop()
			cancel()
			running.Wait()
			return errors.Join(runErr, o.port.Close(), o.end())
		},
	}, nil
}

// watch follows the readers of a port.
func watch(port cardreader.Port) func(context.Context, func(cardreader.Event)) {
	return func(ctx context.Context, deliver func(cardreader.Event)) {
		w := cardreader.Watcher{Port: port, Read: cns.Reader{}.Read, Deliver: deliver}
		_ = w.Run(ctx) // it ends with the context; every trouble before was an event
	}
}

// newID returns a UUIDv7. The source of chance of a computer that works does not fail; one that does must not go on.
func newID() string { return uuid.Must(uuid.NewV7()).String() }
