package main

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"bottega/assets"
	"bottega/desk"
	"bottega/sync/journal"
	"bottega/ui/paper"
)

// work is a desk that is open for work, over its own journal.
type work struct {
	*desk.Desk
	journal *journal.Journal
}

// openDesk unlocks the journal and puts the desk together as the desk app does.
func (a *app) openDesk(ctx context.Context) (*work, error) {
	services, err := assets.Services()
	if err != nil {
		return nil, err
	}
	papers, err := paper.New()
	if err != nil {
		return nil, fmt.Errorf("preparing the papers: %w", err)
	}
	rules, err := assets.Rules()
	if err != nil {
		return nil, err
	}
	j, err := a.openJournal(ctx)
	if err != nil {
		return nil, err
	}
	d, err := desk.Open(ctx, desk.Params{
		Journal: j, Clock: desk.ClockFunc(a.now), NewID: newID, Papers: papers,
		Catalogue: desk.Catalogue{Services: services, Exemptions: rules},
	})
	if err != nil {
		closeJournal(j)
		return nil, err
	}
	return &work{Desk: d, journal: j}, nil
}

func (w *work) close() { closeJournal(w.journal) }

// newID returns a UUIDv7. The source of chance of a computer that works does not fail; one that does must not go on.
func newID() string { return uuid.Must(uuid.NewV7()).String() }
