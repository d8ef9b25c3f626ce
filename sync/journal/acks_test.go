package journal_test

import (
	"context"
	"testing"
	"time"
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
