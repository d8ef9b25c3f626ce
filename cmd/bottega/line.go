package main

import (
	"context"
	"errors"
	"fmt"

	"bottega/desk"
	"bottega/sync/client"
	"bottega/sync/journal"
	"bottega/sync/wire"
	"bottega/ui/facilitator"
)

// lineJournal is the journal as the client sees it: what the client appends, the desk takes in at once.
type lineJournal struct {
	*journal.Journal
	desk *desk.Desk
}

// Keep implements client.Journal.
func (j lineJournal) Keep(ctx context.Context, replies []desk.Reply) error {
	if err := j.Journal.Keep(ctx, replies); err != nil {
		return err
	}
	return j.desk.CatchUp(ctx)
}

// line is the way to the hub as the window sees it.
type line struct {
	*client.Client
	journal *journal.Journal
}

var _ facilitator.Line = (*line)(nil)

// errEnough ends a reading of the journal that has seen what it wanted.
var errEnough = errors.New("enough")

// Waiting implements facilitator.Line.
func (l *line) Waiting(ctx context.Context, limit int) ([]facilitator.Waiting, error) {
	state, err := l.journal.State()
	if err != nil {
		return nil, fmt.Errorf("asking the journal what waits: %w", err)
	}
	var waiting []facilitator.Waiting
	err = l.journal.Read(ctx, state.Acked+1, func(e desk.Entry) error {
		if len(waiting) >= limit {
			return errEnough
		}
		waiting = append(waiting, facilitator.Waiting{Entry: e.ID, Kind: e.Kind, At: e.At})
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, fmt.Errorf("reading what waits: %w", err)
	}
	return waiting, nil
}

// Enrol implements facilitator.Line.
func (l *line) Enrol(ctx context.Context, code string) error {
	_, err := l.Client.Enrol(ctx, code)
	return enrolError(err)
}

// enrolError gives a refused enrolment the words that a window translates.
func enrolError(err error) error {
	if err == nil {
		return nil
	}
	refused := &facilitator.EnrolError{Word: client.Other, Err: err}
	var trouble *client.Trouble
	if errors.As(err, &trouble) {
		refused.Word = trouble.Word
	}
	var group *wire.CodeGroupError
	if errors.As(err, &group) {
		refused.Group = group.Group
	}
	return refused
}
