package main

import (
	"context"

	"bottega/cmd/internal/house"
	"bottega/desk"
	"bottega/sync/journal"
	"bottega/ui/paper"
)

// work is a desk that is open for work, over its own journal.
type work struct {
	*desk.Desk
	journal *journal.Journal
	papers  *paper.Renderer
	packs   *house.Packs
	// unfollow lets the packs go.
	unfollow func()
}

// openDesk unlocks the journal and puts the desk together as the desk app does.
func (a *app) openDesk(ctx context.Context) (*work, error) {
	j, err := a.openJournal(ctx)
	if err != nil {
		return nil, err
	}
	packs, err := a.openPacks(ctx, j)
	if err != nil {
		closeJournal(j)
		return nil, err
	}
	content := packs.Content()
	d, err := content.Open(ctx, j, desk.ClockFunc(a.now), false)
	if err != nil {
		closeJournal(j)
		return nil, err
	}
	return &work{Desk: d, journal: j, papers: content.Papers, packs: packs, unfollow: packs.Follow(d, nil)}, nil
}

func (w *work) close() {
	w.unfollow()
	closeJournal(w.journal)
}
