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
	refused, err := l.refused(ctx)
	if err != nil {
		return nil, err
	}
	state, err := l.journal.State()
	if err != nil {
		return nil, fmt.Errorf("asking the journal what waits: %w", err)
	}
	waiting := refused
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

// refused returns the records that the hub has and could not make sense of. It reads the whole journal, and does so only while
// the line says that there is one.
func (l *line) refused(ctx context.Context) ([]facilitator.Waiting, error) {
	if l.Status().State != desk.LineAttention {
		return nil, nil
	}
	var found []facilitator.Waiting
	kinds := map[string]desk.Entry{}
	err := l.journal.Read(ctx, 1, func(e desk.Entry) error {
		kinds[e.ID] = e
		p, err := desk.Decode(e)
		reply, ok := p.(*desk.ReplyReceived)
		if err != nil || !ok || reply.Reply.Kind != desk.RecordRefused {
			return nil // what cannot be decoded is no answer of the hub's
		}
		about := kinds[reply.Reply.About]
		found = append(found, facilitator.Waiting{
			Entry: about.ID, Kind: about.Kind, At: about.At, Refused: true, Reason: reply.Reply.Reason,
		})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("looking for refused records: %w", err)
	}
	return found, nil
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
