package main

import (
	"context"

	"bottega/cmd/internal/house"
	"bottega/desk"
	"bottega/sync/journal"
)

// work is a desk that is open for work, over its own journal.
type work struct {
	*desk.Desk
	journal *journal.Journal
	papers  desk.Papers
}

// openDesk unlocks the journal and puts the desk together as the desk app does.
func (a *app) openDesk(ctx context.Context) (*work, error) {
	content, err := house.LoadContent()
	if err != nil {
		return nil, err
	}
	j, err := a.openJournal(ctx)
	if err != nil {
		return nil, err
	}
	d, err := content.Open(ctx, j, desk.ClockFunc(a.now), false)
	if err != nil {
		closeJournal(j)
		return nil, err
	}
	return &work{Desk: d, journal: j, papers: content.Papers}, nil
}

func (w *work) close() { closeJournal(w.journal) }
