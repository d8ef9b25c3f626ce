package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"bottega/cardreader"
	"bottega/cmd/internal/house"
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
	folder      string // where the session may keep what is not about anybody
	// end is done last when the session closes.
	end func() error
}

// openSession puts a desk together over an unlocked journal, with its readers and its line, and keeps the line going until the
// session is closed.
func (p *parts) openSession(ctx context.Context, o opening) (*facilitator.Session, error) {
	packs, err := p.openPacks(ctx, o)
	if err != nil {
		return nil, err
	}
	d, err := packs.Content().Open(ctx, o.journal, desk.ClockFunc(time.Now), o.practice)
	if err != nil {
		return nil, err
	}
	c, err := client.New(ctx, client.Params{
		Journal: lineJournal{Journal: o.journal, desk: d}, Identity: o.journal, Program: "bottega " + house.Version(), Practice: o.practice,
		Packs: packKeeper(packs, o.practice),
	})
	if err != nil {
		return nil, fmt.Errorf("preparing the line to the hub: %w", err)
	}
	packs.KeysFrom(c.PackKeys)
	cards := newCardRoom(o.port, c, packs, o)
	going, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	var runErr error
	running.Go(func() { runErr = c.Run(going) })
	stop := d.Watch(c.Nudge)
	stopPacks := packs.Follow(d, func(c house.Content) {
		p.words.say(c)
		cards.know(c)
	})
	s := &facilitator.Session{
		Desk: d, Facilitator: o.facilitator, Line: &line{Client: c, journal: o.journal}, Printers: p.printers,
		Content: packs.Status,
		Close: func() error {
			stop()
			stopPacks()
			cancel()
			running.Wait()
			return errors.Join(runErr, o.port.Close(), o.end())
		},
	}
	cards.into(s)
	care := caretaker{journal: o.journal, desk: d, papers: p.content.Papers}
	s.Eraser = care
	if !o.practice {
		s.Courier, s.Retention, s.SetMetered = courier{client: c, desk: d}, care, c.SetMetered
		s.Backup, s.RecoveryPaper = care.backup, care.recoveryPaper
		s.InstallPack = func(_ context.Context, file string) error { return installPack(packs, file) }
	}
	return s, nil
}

// watch follows the readers of a port.
func watch(port cardreader.Port, read cardreader.ReadFunc) func(context.Context, func(cardreader.Event)) {
	return func(ctx context.Context, deliver func(cardreader.Event)) {
		w := cardreader.Watcher{Port: port, Read: read, Deliver: deliver}
		_ = w.Run(ctx) // it ends with the context; every trouble before was an event
	}
}
