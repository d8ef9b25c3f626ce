package client

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"bottega/desk"
	"bottega/sync/client/clienttest"
	"bottega/sync/wire"
)

// slow is a hub at the end of a line on which every entry takes its time, and which breaks what takes longer than a minute.
type slow struct {
	*fakeHub
	entry time.Duration
	// breaks is what a desk gets for a batch that takes too long.
	breaks error
	sizes  []int
}

func (s *slow) push(ctx context.Context, b wire.Batch, entries *text) (wire.Ack, error) {
	s.sizes = append(s.sizes, len(b.Entries))
	took := time.Duration(len(b.Entries)) * s.entry
	time.Sleep(min(took, time.Minute))
	if took > time.Minute {
		return wire.Ack{}, s.breaks
	}
	return s.fakeHub.push(ctx, b, entries)
}

func TestLineOfAnySpeedCarriesABacklogInBatchesThatFitIt(t *testing.T) {
	for name, tc := range map[string]struct {
		entry       time.Duration
		least, most int // size of the last full batches
	}{
		"quick":               {time.Millisecond, 500, 500},
		"a stand's":           {200 * time.Millisecond, 32, 128},
		"two kilobytes":       {2 * time.Second, 2, 16},
		"a byte now and then": {50 * time.Second, 1, 1},
	} {
		for word, breaks := range map[string]error{"broken": offline(), "refused": &Trouble{Word: LineSlow}} {
			t.Run(name+" line, "+word, func(t *testing.T) { carryBacklog(t, tc.entry, breaks, tc.least, tc.most) })
		}
	}
}

// carryBacklog sends two thousand entries that each take so long; what takes longer than the hub waits breaks.
func carryBacklog(t *testing.T, entry time.Duration, breaks error, least, most int) {
	synctest.Test(t, func(t *testing.T) {
		j, h := clienttest.New(), &slow{fakeHub: newFakeHub(), entry: entry, breaks: breaks}
		for range 2000 {
			j.Add(desk.NoteAdded{Text: "uno"})
		}
		c, stop := run(t, j, h, func(c *Client) { c.most = wire.MaxBatchEntries })
		defer stop()
		time.Sleep(2000*entry*2 + time.Hour)
		if s := c.Status(); s.Safe != 2000 || s.State != desk.LineIdle {
			t.Fatalf("line: %+v", s)
		}
		largest := 0
		for _, n := range h.sizes[len(h.sizes)/2:] {
			largest = max(largest, n)
		}
		if largest < least || largest > most {
			t.Errorf("batches of %d at the end", largest)
		}
	})
}

// counted counts what is written to the journal.
type counted struct {
	*clienttest.Journal
	notes int
}

func (c *counted) Acknowledge(ctx context.Context, epoch string, seq uint64) error {
	c.notes++
	return c.Journal.Acknowledge(ctx, epoch, seq)
}

func TestHowFarTheHubIsGoesToTheDiskOnceASecondAndWhenTheLineBreaks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, h := &counted{Journal: clienttest.New()}, &slow{fakeHub: newFakeHub(), entry: 100 * time.Millisecond, breaks: offline()}
		for range 100 {
			j.Add(desk.NoteAdded{Text: "uno"})
		}
		c, err := line(t.Context(), j, h) // two entries go into a batch
		if err != nil {
			t.Fatal(err)
		}
		h.before = func() error {
			if len(h.sizes) > 40 {
				return offline()
			}
			return nil
		}
		if err := c.Send(t.Context()); wordOf(err) != HubUnreachable {
			t.Fatalf("Send = %v", err)
		}
		pos, err := j.Position(t.Context())
		if err != nil || pos.Acknowledged != 80 || c.Status().Safe != 80 {
			t.Errorf("acknowledged %d, %v, line %+v", pos.Acknowledged, err, c.Status())
		}
		if j.notes < 5 || j.notes > 10 {
			t.Errorf("written %d times in eight seconds", j.notes)
		}
	})
}

func TestNoMoreIsReadAheadThanGoesAtATime(t *testing.T) {
	j := backlog(1000)
	r := &reader{c: &Client{params: Params{Journal: j}}, pace: newPace(0, 500)}
	defer r.stop()
	from := uint64(1)
	for i, step := range []struct {
		took time.Duration
		want int
	}{{time.Second, 64}, {10 * time.Second, 128}, {10 * time.Second, 128}, {10 * time.Second, 128}} {
		l, err := r.load(t.Context(), from, 1000)
		if err != nil || len(l.entries) != step.want {
			t.Fatalf("batch %d: %d entries, %v", i+1, len(l.entries), err)
		}
		for _, a := range r.ahead[:1] {
			if <-a.done; i == 3 && len(a.load.entries) != step.want {
				t.Errorf("%d entries are read ahead", len(a.load.entries))
			}
		}
		from = l.entries[len(l.entries)-1].Seq + 1
		r.pace.after(len(l.entries), step.took, nil)
	}
}
