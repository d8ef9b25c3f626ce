package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bottega/desk"
	"bottega/sync/wire"
)

// keepEvery is how often, while a long backlog is sent, the journal notes how far the hub has come: each note is a write to the disk,
// and what was not noted is only sent again.
const keepEvery = time.Second

// pushAll sends entries until the hub has all of them. What it has is believed, never what was sent.
func (c *Client) pushAll(ctx context.Context) error {
	for corrections := 0; corrections <= maxCorrections; {
		pos, err := c.params.Journal.Position(ctx)
		if err != nil {
			return err
		}
		if pos.Acknowledged >= pos.Last && c.checked {
			return nil
		}
		back, err := c.pushFrom(ctx, pos)
		if err != nil {
			return err
		}
		if back {
			corrections++
		}
	}
	return &Trouble{Word: Other, Err: errors.New("desk and hub do not agree on what was sent")}
}

// pushFrom sends what waits at a position, batch after batch, for as long as the hub takes it. It reports whether the hub sent the desk
// back: then the position of the journal is another one.
func (c *Client) pushFrom(ctx context.Context, pos wire.Position) (back bool, err error) {
	kept := keeper{c: c, at: pos, when: time.Now()}
	read := &reader{c: c, pace: newPace(c.size, c.most)}
	defer read.stop()
	for {
		begin := time.Now()
		sent, ack, err := c.pushSome(ctx, pos, read)
		c.size = read.pace.after(len(sent), time.Since(begin), err)
		var problem *wire.Problem
		switch {
		case err == nil:
		case wordOf(err) == TooLarge && len(sent) > 1:
			continue // with fewer
		case errors.As(err, &problem) && wordOf(err) == "":
			if err := kept.keep(ctx, pos); err != nil {
				return false, err
			}
			return true, c.goBack(ctx, pos, problem)
		default:
			return false, errors.Join(err, kept.keep(ctx, pos))
		}
		v, err := judge(pos, sent, ack)
		if err != nil {
			return false, errors.Join(err, kept.keep(ctx, pos))
		}
		c.checked = true
		pos.Acknowledged = v.safe
		c.change(func(s *desk.LineStatus) {
			s.Safe, s.Skew = min(v.safe, pos.Last), skewOf(ack).Round(time.Second)
		})
		done := v.back || v.fresh || nextToSend(pos) > pos.Last
		if done || time.Since(kept.when) > keepEvery {
			if err := c.params.Journal.HubTime(ctx, c.params.Clock().Add(-skewOf(ack))); err != nil { // what is kept is dated by it
				return false, err
			}
			if err := kept.keep(ctx, pos); err != nil {
				return false, err
			}
		}
		if v.fresh {
			return true, c.beginAfter(ctx, pos, ack)
		}
		if done {
			return v.back, nil
		}
	}
}

// pushSome sends one batch. When the hub is only asked how far it is, the newest entry goes along once more: a hub that was put back
// may have another desk's entry in that place by now.
func (c *Client) pushSome(ctx context.Context, pos wire.Position, read *reader) ([]wire.Entry, wire.Ack, error) {
	from := nextToSend(pos)
	if from <= pos.Last {
		c.change(func(s *desk.LineStatus) {
			s.State, s.Total, s.Safe, s.Problem = desk.LineSending, pos.Last, pos.Acknowledged, ""
		})
	} else {
		from = max(pos.Last, pos.Epoch.From)
	}
	l := load{text: &text{}}
	if from <= pos.Last {
		var err error
		if l, err = read.load(ctx, from, pos.Last); err != nil {
			return nil, wire.Ack{}, err
		}
	}
	ack, err := c.door.push(ctx, wire.Batch{
		Version: c.speaks, Program: c.params.Program, SentAt: c.params.Clock(), Epoch: pos.Epoch, Entries: l.entries,
	}, l.text)
	return l.entries, ack, err
}

// skewOf is how far this computer's clock is ahead of the hub's.
func skewOf(ack wire.Ack) time.Duration { return time.Duration(ack.SkewMS) * time.Millisecond }

// nextToSend is the first sequence that the hub may not have. What stands before an epoch is at the hub: it begins one only after
// an entry that it knows by its digest, and the digest covers all that went before.
func nextToSend(pos wire.Position) uint64 { return max(pos.Acknowledged+1, pos.Epoch.From) }

// verdict is what an acknowledgement means for the journal.
type verdict struct {
	// safe is up to where the hub has this journal's entries.
	safe uint64
	// back says that the hub has less than it was shown.
	back bool
	// fresh says that the hub has entries which this journal has not: the desk was copied, or put back from a backup.
	fresh bool
}

// judge holds an acknowledgement against what was sent. Never more is safe than was held against the hub: where the hub has more than
// it was sent, the rest may be of a copy of this desk.
func judge(pos wire.Position, sent []wire.Entry, ack wire.Ack) (verdict, error) {
	if ack.Epoch != pos.Epoch.ID || ack.Durable+1 < pos.Epoch.From {
		return verdict{}, &Trouble{Word: NotTheHub, Err: errors.New("the answer is about another epoch")}
	}
	reached := nextToSend(pos) - 1
	if len(sent) > 0 {
		reached = sent[len(sent)-1].Seq
	}
	return verdict{
		safe: min(ack.Durable, reached), back: ack.Durable < reached, fresh: ack.Durable > pos.Last && reached == pos.Last,
	}, nil
}

// beginAfter goes on in a new epoch after the newest entry. The numbers of entries that only the hub has are not used again.
func (c *Client) beginAfter(ctx context.Context, pos wire.Position, ack wire.Ack) error {
	c.params.Log.Warn("the hub has more than this journal: going on in a new epoch", "hub", ack.Durable, "journal", pos.Last)
	return c.newEpoch(ctx, pos.Last+1)
}

// keeper notes in the journal what the hub has, when it is another than was noted before.
type keeper struct {
	c    *Client
	at   wire.Position
	when time.Time
}

func (k *keeper) keep(ctx context.Context, pos wire.Position) error {
	if pos.Acknowledged == k.at.Acknowledged {
		return nil
	}
	if err := k.c.params.Journal.Acknowledge(ctx, pos.Epoch.ID, pos.Acknowledged); err != nil {
		return err
	}
	k.at, k.when = pos, time.Now()
	return nil
}

// batch returns entries from one that the journal has, in a room or, when it is nil, in memory of their own.
func (c *Client) batch(ctx context.Context, room *wire.Room, from uint64, most int) ([]wire.Entry, error) {
	entries, err := c.params.Journal.Batch(ctx, room, from, most, batchBytes)
	if err != nil {
		return nil, err
	}
	if len(entries) == 0 || entries[0].Seq != from {
		return nil, fmt.Errorf("the journal does not give entry %d", from)
	}
	return entries, nil
}
