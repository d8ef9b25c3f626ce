package client

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"bottega/desk"
	"bottega/sync/wire"
)

const (
	// batchBytes is how much payload goes into a batch at most; a batch of JSON with its headers stays within wire.MaxBatch.
	batchBytes = 4 << 20
	// maxCorrections is how often in one round the hub may send the desk back before it counts as a fault.
	maxCorrections = 8
)

// round pushes what waits and pulls what was answered, until there is nothing left. The caller holds the turn.
func (c *Client) round(ctx context.Context) error {
	before := c.Status()
	err := c.guarded(ctx, c.exchange)
	if ctx.Err() != nil && err != nil {
		c.change(func(s *desk.LineStatus) { s.State, s.Problem = before.State, before.Problem })
		return ctx.Err()
	}
	pos, posErr := c.params.Journal.Position(ctx)
	if err == nil {
		err = posErr
	}
	now := c.params.Clock()
	c.mu.Lock()
	recordRefused := c.refusedRecord
	c.mu.Unlock()
	if err == nil {
		c.change(func(s *desk.LineStatus) {
			s.State, s.Problem, s.LastAt, s.NextAt = desk.LineIdle, "", now, time.Time{}
			s.Total, s.Safe = pos.Last, min(pos.Acknowledged, pos.Last)
			if recordRefused {
				s.State, s.Problem = desk.LineAttention, RecordRefused
			}
		})
		signal(c.inReach)
		return nil
	}
	t := troubleOf(err)
	if t.Word != NotEnrolled {
		c.params.Log.Info("the hub was not reached", "trouble", t.Word, "error", t.Err)
	}
	c.change(func(s *desk.LineStatus) {
		s.State, s.Problem = t.State(), t.Word
		if posErr == nil {
			s.Total, s.Safe = pos.Last, min(pos.Acknowledged, pos.Last)
		}
	})
	return t
}

// guarded does something where a fault of this program is a trouble like others: the desk goes on, and people are told.
func (c *Client) guarded(ctx context.Context, do func(context.Context) error) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			// Where it happened and of what type it was, never the value: that may hold what a citizen said.
			c.params.Log.Error("a fault of the program on the line to the hub", "type", fmt.Sprintf("%T", fault), "stack", string(debug.Stack()))
			err = &Trouble{Word: ProgramFault, Err: fmt.Errorf("the program failed with a %T", fault)}
		}
	}()
	return do(ctx)
}

// exchange tries again where the desk can help itself: with an older version of the contract, or with the certificate that it had
// before the last renewal.
func (c *Client) exchange(ctx context.Context) error {
	if c.door == nil {
		return &Trouble{Word: NotEnrolled}
	}
	err := c.inStep(ctx)
	switch wordOf(err) {
	case Upgrade:
		if err = c.negotiate(ctx, err); err == nil {
			err = c.inStep(ctx)
		}
	case ReEnrol:
		err = c.asFormer(ctx, err)
	}
	if err != nil {
		return err
	}
	if id := c.who(); id != nil && id.Parcel != "" { // what the hub says now is newer than any answer to it
		if err := c.amend(ctx, func(id *identity) { id.Parcel = "" }); err != nil {
			return err
		}
	}
	c.tend(ctx)
	return nil
}

// inStep pushes and pulls until there is nothing left.
func (c *Client) inStep(ctx context.Context) error {
	for {
		if err := c.pushAll(ctx); err != nil {
			return err
		}
		more, err := c.pullAll(ctx)
		if err != nil || !more {
			return err
		}
		// Replies are entries too: they are sent in their turn.
	}
}

// goBack does what the hub asks after a fork or a gap.
func (c *Client) goBack(ctx context.Context, pos wire.Position, p *wire.Problem) error {
	want := p.Want
	c.params.Log.Warn("the hub sends this desk back", "problem", p.Type, "want", want)
	if want == 0 || want > pos.Last+1 {
		return &Trouble{Word: NotTheHub, Err: fmt.Errorf("the hub wants entry %d of %d", want, pos.Last)}
	}
	if p.Type == wire.ProblemFork || want < pos.Epoch.From {
		return c.newEpoch(ctx, want)
	}
	return c.params.Journal.Acknowledge(ctx, pos.Epoch.ID, want-1)
}

func (c *Client) newEpoch(ctx context.Context, from uint64) error {
	c.checked = false
	return c.params.Journal.NewEpoch(ctx, from)
}

// pullAll fetches and keeps replies until there are none left. It reports whether there were any.
func (c *Client) pullAll(ctx context.Context) (found bool, err error) {
	for corrections := 0; corrections <= maxCorrections; {
		pos, err := c.params.Journal.Position(ctx)
		if err != nil {
			return found, err
		}
		base := c.replyBase()
		after := pos.Replies - min(base, pos.Replies)
		page, err := c.door.replies(ctx, after)
		if err != nil {
			return found, asTrouble(err)
		}
		anew, err := c.countAnew(ctx, page, pos.Replies, after)
		if err != nil {
			return found, err
		}
		if anew {
			corrections++
			continue
		}
		if len(page.Replies) == 0 {
			return found, nil
		}
		if err := c.keepReplies(ctx, page.Replies, after, base); err != nil {
			return found, err
		}
		found = true
	}
	return found, &Trouble{Word: Other, Err: errors.New("the hub counts its replies otherwise each time")}
}

// countAnew notes the series of a page, and reports whether it is another one than before: then what was kept stays, and the numbers
// of the hub begin after it. A hub that was put back by hand, without a new series, is told by having fewer replies than it gave.
func (c *Client) countAnew(ctx context.Context, page wire.Replies, kept, after uint64) (bool, error) {
	id := c.who()
	if id == nil {
		return false, nil
	}
	other := page.Series != "" && page.Series != id.Series
	anew := other && id.Series != "" || page.Last < after
	if !other && !anew {
		return false, nil
	}
	return anew, c.amend(ctx, func(id *identity) {
		id.Series = page.Series
		if anew {
			id.ReplyBase = kept
		}
	})
}

// keepReplies keeps replies that follow number after.
func (c *Client) keepReplies(ctx context.Context, replies []desk.Reply, after, base uint64) error {
	for i, r := range replies {
		if r.Number != after+uint64(i)+1 {
			return &Trouble{Word: NotTheHub, Err: fmt.Errorf("reply %d came where %d was due", r.Number, after+uint64(i)+1)}
		}
		replies[i].Number += base
		c.noteRefusal(r)
	}
	return c.params.Journal.Keep(ctx, replies)
}

// noteRefusal remembers that a person is needed.
func (c *Client) noteRefusal(r desk.Reply) {
	if r.Kind != desk.RecordRefused {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refusedRecord = true
}
