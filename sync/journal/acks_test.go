package journal_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bottega/desk"
	"bottega/sync/journal"
)

// What the hub had at some time is what entries may be counted from; see desk's retention.
func TestHowFarTheHubWasIsKnownDayByDay(t *testing.T) {
	c := newClock()
	j := create(t, c)
	ctx := context.Background()
	for range 100 {
		note(t, j, "v", "x")
	}
	start := c.Now()
	days := func(n int) time.Time { return start.Add(time.Duration(n) * 24 * time.Hour) }
	s, err := j.State()
	must(t, err)
	ack := func(after int, seq uint64) {
		t.Helper()
		c.add(days(after).Sub(c.Now()))
		must(t, j.Acknowledge(ctx, s.Epoch.ID, seq))
	}
	wants := func(what string, want map[int]uint64) {
		t.Helper()
		for n, seq := range want {
			if got, err := j.AckedBy(days(n)); err != nil || got != seq {
				t.Errorf("%s: by day %d the hub had %d, want %d (%v)", what, n, got, seq, err)
			}
		}
	}
	wants("nothing yet", map[int]uint64{0: 0, 500: 0})
	ack(0, 10)
	ack(0, 20)
	ack(1, 30)
	ack(4, 30)
	ack(5, 60)
	wants("in good order", map[int]uint64{-1: 0, 0: 0, 1: 20, 2: 30, 5: 30, 6: 60, 900: 60})
	ack(9, 25)
	wants("the hub was put back", map[int]uint64{1: 20, 2: 25, 6: 25, 10: 25})
	ack(12, 70)
	wants("and has it again", map[int]uint64{6: 25, 12: 25, 13: 70})
	ack(3, 80)
	wants("a clock that jumped back dates nothing before", map[int]uint64{4: 25, 12: 25, 13: 80})
	ack(20, 15)
	must(t, j.NewEpoch(ctx, 11))
	wants("another epoch", map[int]uint64{1: 10, 30: 10})
	j = reopen(t, j, c)
	wants("after a restart", map[int]uint64{1: 10, 30: 10})
	verified(t, j)
}

// A clock that ran a year ahead must not keep every later acknowledgement from being counted: the hub says what day it is.
func TestAcknowledgementsOfAClockThatRanAheadAreDatedByTheHub(t *testing.T) {
	const days = 24 * time.Hour
	c := newClock()
	j := create(t, c)
	ctx := context.Background()
	for range 100 {
		note(t, j, "v", "x")
	}
	start := c.Now()
	s, err := j.State()
	must(t, err)
	wants := func(by time.Duration, seq uint64) {
		t.Helper()
		if got, err := j.AckedBy(start.Add(by)); err != nil || got != seq {
			t.Errorf("by day %d the hub had %d, want %d (%v)", by/days, got, seq, err)
		}
	}
	must(t, j.Acknowledge(ctx, s.Epoch.ID, 10))
	must(t, j.HubTime(ctx, start))
	c.add(365 * days)
	must(t, j.Acknowledge(ctx, s.Epoch.ID, 40)) // over a hub that does not tell its time
	c.add(-364 * days)                          // somebody sets the clock right on the next day
	must(t, j.Acknowledge(ctx, s.Epoch.ID, 60))
	wants(300*days, 10)
	must(t, j.HubTime(ctx, start.Add(1*days)))
	wants(1*days, 10)
	wants(2*days, 60)
	c.add(9 * days)
	must(t, j.Acknowledge(ctx, s.Epoch.ID, 80))
	must(t, j.HubTime(ctx, start.Add(10*days)))
	j = reopen(t, j, c)
	wants(10*days, 60)
	wants(11*days, 80)
	must(t, j.HubTime(ctx, start.Add(3*days))) // an answer that was on a stick for a week
	wants(10*days, 60)
	wants(11*days, 80)
	if at, err := j.HubAt(); err != nil || !at.Equal(start.Add(10*days)) {
		t.Errorf("the hub told %v, %v", at, err)
	}
	verified(t, j)
}

// Nor may one that is behind make what the hub has look old: it would be erased at once.
func TestAcknowledgementsOfAClockThatIsBehindAreNotOlderThanTheHubSaid(t *testing.T) {
	const days = 24 * time.Hour
	c := newClock()
	j := create(t, c)
	ctx := context.Background()
	note(t, j, "v", "x")
	today := c.Now()
	s, err := j.State()
	must(t, err)
	c.add(-90 * days)
	must(t, j.HubTime(ctx, today))
	must(t, j.Acknowledge(ctx, s.Epoch.ID, 1))
	for by, want := range map[time.Duration]uint64{-60 * days: 0, 0: 0, 1 * days: 1} {
		if got, err := j.AckedBy(today.Add(by)); err != nil || got != want {
			t.Errorf("by day %d the hub had %d, want %d (%v)", by/days, got, want, err)
		}
	}
}

// However the hub acknowledged and went back, by a moment it had what it said before and never took back.
func TestHowFarTheHubWasIsTheLeastThatItSaidSince(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "journal")
		fatal(t, err)
		defer os.RemoveAll(dir) //nolint:errcheck // a folder of the test
		ctx, c := context.Background(), newClock()
		j, err := journal.Create(filepath.Join(dir, "dati"), journal.NewFacilitator{Sigla: sigla}, passphrase(), options(c))
		fatal(t, err)
		defer func() { fatal(t, j.Close()) }()
		for range 10 {
			_, err := j.Append(ctx, desk.Draft{Visit: "v", Payload: desk.NoteAdded{Text: "x"}})
			fatal(t, err)
		}
		s, err := j.State()
		fatal(t, err)
		start := c.Now()
		said := map[int][]uint64{} // by day, in order
		today := 0
		for range rapid.IntRange(0, 12).Draw(t, "acknowledgements") {
			days := rapid.IntRange(0, 3).Draw(t, "days later")
			today += days
			c.add(time.Duration(days) * 24 * time.Hour)
			seq := uint64(rapid.IntRange(0, 10).Draw(t, "sequence"))
			fatal(t, j.Acknowledge(ctx, s.Epoch.ID, seq))
			said[today] = append(said[today], seq)
		}
		for by := range today + 2 {
			want := uint64(0)
			for d := range today + 1 {
				for _, seq := range said[d] {
					if d < by || seq < want { // said before, or taken back since
						want = seq
					}
				}
			}
			got, err := j.AckedBy(start.Add(time.Duration(by) * 24 * time.Hour))
			if err != nil || got != want {
				t.Fatalf("by day %d the hub had %d, want %d of what it said: %v (%v)", by, got, want, said, err)
			}
		}
	})
}
