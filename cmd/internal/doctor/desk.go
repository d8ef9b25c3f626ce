package doctor

import (
	"context"
	"errors"
	"time"

	"bottega/desk"
	"bottega/desk/bilingual"
	"bottega/desk/civil"
	"bottega/sync/client"
	"bottega/sync/journal"
	"bottega/ui/checkup"
)

// lookAtDesk looks at the journal and, where somebody has unlocked it, at the line to the hub.
func (c *Computer) lookAtDesk(ctx context.Context, s *sheet) {
	d, done := c.Desk(ctx)
	defer done()
	var told interface {
		Title() bilingual.Text
		Advice() bilingual.Text
	}
	switch {
	case errors.Is(d.Err, journal.ErrNone):
		s.note("journal", "none")
	case errors.Is(d.Err, journal.ErrInUse):
		s.note("journal", "in_use")
		return
	case errors.As(d.Err, &told):
		s.broken("journal", "trouble", "What", told.Title(), "Do", told.Advice())
	case d.Err != nil:
		s.broken("journal", "unreadable")
	case d.State.HeadLost:
		s.broken("journal", "trouble", "What", journal.ErrHeadLost.Title(), "Do", journal.ErrHeadLost.Advice())
	case d.State.TracesLeft:
		s.broken("journal", "trouble", "What", journal.ErrTracesLeft.Title(), "Do", journal.ErrTracesLeft.Advice())
	case d.State.ClockBehind:
		s.broken("journal", "ahead", "Last", d.State.LastAt.In(c.Now().Location()))
	default:
		s.well("journal", "opens", "Total", int(d.State.Last))
	}
	c.lookAtLine(ctx, s, d)
}

func (c *Computer) lookAtLine(ctx context.Context, s *sheet, d Desk) {
	switch {
	case d.Practice:
		s.note("hub", "practice")
		return
	case d.LineErr != nil:
		s.broken("hub", "no_line")
	case d.Line == nil && d.Err != nil: // the journal was told; what it does not hold waits for nobody
	case d.Line == nil:
		s.note("hub", "untried")
		tellQueue(s, desk.LineStatus{Total: d.State.Last, Safe: d.State.Acked})
	default:
		c.lookAtHub(ctx, s, d.Line)
	}
}

// lookAtHub asks the hub. That there is no network is no fault of a desk that is made to work without one.
func (c *Computer) lookAtHub(ctx context.Context, s *sheet, line Line) {
	sight, err := line.Look(ctx)
	var trouble *client.Trouble
	switch {
	case ctx.Err() != nil:
		return // told as late
	case err == nil:
		s.well("hub", "answers")
	case errors.As(err, &trouble) && trouble.Word == client.NotEnrolled:
		s.note("hub", "none")
		return
	case errors.As(err, &trouble) && trouble.Word == client.NoNetwork:
		s.note("hub", "no_network", problem(trouble.Word)...)
	case errors.As(err, &trouble):
		s.broken("hub", "trouble", problem(trouble.Word)...)
	default:
		s.broken("hub", "trouble", problem(client.Other)...)
	}
	c.tellClocks(s, sight)
	c.tellCertificate(s, sight.DeskUntil)
	tellQueue(s, line.Status())
}

// problem is a trouble of the line in its own words: first what happened, then what to do.
func problem(word string) []any {
	key := "line.problem." + word
	return []any{"What", checkup.Opening(key), "Do", checkup.Remainder(key)}
}

// tellClocks compares our clock with the hub's.
func (c *Computer) tellClocks(s *sheet, sight client.Sight) {
	if sight.Hub.IsZero() {
		return
	}
	ahead := sight.Here.Sub(sight.Hub).Round(time.Second)
	switch {
	case ahead > clockSlack:
		s.broken("hub_clock", "ahead", "Minutes", int(ahead/time.Minute))
	case ahead < -clockSlack:
		s.broken("hub_clock", "behind", "Minutes", int(-ahead/time.Minute))
	default:
		s.well("hub_clock", "agrees")
	}
}

// soon is how long before a certificate ends one should ask for another: a code is asked for by people who are there once a week.
const soon = 30 * 24 * time.Hour

func (c *Computer) tellCertificate(s *sheet, until time.Time) {
	now := c.Now()
	day := civil.Of(until.In(now.Location()))
	switch {
	case until.IsZero():
	case !now.Before(until):
		s.broken("certificate", "ended", "Day", day)
	case now.Add(soon).After(until):
		s.note("certificate", "ends_soon", "Day", day)
	default:
		s.well("certificate", "good", "Day", day)
	}
}

// tellQueue says how much of the journal the hub has.
func tellQueue(s *sheet, status desk.LineStatus) {
	total, safe := int(status.Total), int(min(status.Safe, status.Total))
	switch {
	case status.Problem == client.RecordRefused:
		s.broken("queue", "refused", "Safe", safe, "Total", total)
	case safe < total:
		s.note("queue", "waits", "Safe", safe, "Total", total)
	default:
		s.well("queue", "safe", "Safe", safe, "Total", total)
	}
}
