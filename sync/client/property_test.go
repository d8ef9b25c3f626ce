package client

import (
	"context"
	"testing"

	"pgregory.net/rapid"

	"bottega/desk"
	"bottega/sync/client/clienttest"
)

// world is a hub, the desks that share an identity because one is a copy of another, and backups of both.
type world struct {
	hub    *fakeHub
	saved  *fakeHub
	desks  []*clienttest.Journal
	backup *clienttest.Journal
}

// Whatever happens between desk and hub - lines that break before or after the hub did its work, programs that die between two
// steps, disks that are copied or put back, a hub that is put back - once it stops happening, everything that stands in a journal
// is at the hub, every answer is in the journal once, and nothing was ever called safe that was not.
func TestNothingIsLostWhateverHappens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{hub: newFakeHub(), desks: []*clienttest.Journal{clienttest.New()}}
		hubs := rapid.Bool().Draw(t, "the hub may be put back")
		t.Repeat(map[string]func(*rapid.T){
			"write":  w.write,
			"send":   w.send,
			"copy":   w.copyDesk,
			"backup": w.backUp,
			"put back": func(t *rapid.T) {
				w.putBack(t)
			},
			"save the hub": func(*rapid.T) { w.saved = w.hub.clone() },
			"put the hub back": func(t *rapid.T) {
				if !hubs || w.saved == nil {
					return
				}
				w.hub = w.saved.clone()
			},
			"": w.check,
		})
		w.settle(t)
	})
}

func (w *world) desk(t *rapid.T) *clienttest.Journal {
	return w.desks[rapid.IntRange(0, len(w.desks)-1).Draw(t, "desk")]
}

func (w *world) write(t *rapid.T) {
	j := w.desk(t)
	for range rapid.IntRange(1, 5).Draw(t, "entries") {
		j.Add(desk.NoteAdded{Text: rapid.SampledFrom([]string{"fatto", "answer me"}).Draw(t, "text")})
	}
}

// send runs a program that is started, talks over a bad line, and may die after any request.
func (w *world) send(t *rapid.T) {
	ctx, die := context.WithCancel(context.Background())
	defer die()
	steps := rapid.SliceOfN(rapid.SampledFrom([]string{"good", "good", "good", "cut", "lost", "dies"}), 0, 12).Draw(t, "line")
	next := func() string {
		if len(steps) == 0 {
			return "good"
		}
		s := steps[0]
		steps = steps[1:]
		return s
	}
	w.hub.before = func() error {
		if next() == "cut" {
			return offline()
		}
		return nil
	}
	w.hub.after = func() error {
		switch next() {
		case "lost":
			return offline()
		case "dies":
			die()
			return ctx.Err()
		}
		return nil
	}
	c, err := line(ctx, w.desk(t), w.hub)
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Send(ctx) // what it says does not matter; check and settle look at what it did
	w.hub.before, w.hub.after = nil, nil
}

func (w *world) copyDesk(t *rapid.T) {
	if copied := w.desk(t).Clone(); len(w.desks) < 3 {
		w.desks = append(w.desks, copied)
	}
}

func (w *world) backUp(t *rapid.T) { w.backup = w.desk(t).Clone() }

func (w *world) putBack(t *rapid.T) {
	if i := rapid.IntRange(0, len(w.desks)-1).Draw(t, "desk"); w.backup != nil {
		w.desks[i] = w.backup.Clone()
	}
}

// check holds every journal's belief against the hub. A hub that was put back has broken its own promise, not the desk's.
func (w *world) check(t *rapid.T) {
	if w.saved != nil {
		return
	}
	for _, j := range w.desks {
		p, err := j.Position(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if p.Acknowledged > p.Last {
			t.Fatalf("acknowledged %d of %d", p.Acknowledged, p.Last)
		}
		if lost := w.hub.missing(j.Entries()[:p.Acknowledged]); lost != "" {
			t.Fatalf("%s counts as safe and is not at the hub", lost)
		}
	}
}

// settle lets every desk send over a good line.
func (w *world) settle(t *rapid.T) {
	ctx := context.Background()
	for range 2 { // the second time, one desk has what another's fork made it send again
		for _, j := range w.desks {
			c, err := line(ctx, j, w.hub)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Send(ctx); err != nil {
				t.Fatalf("over a good line: %v", err)
			}
			if s := c.Status(); s.State != desk.LineIdle || s.Safe != s.Total {
				t.Fatalf("line: %+v", s)
			}
		}
	}
	for _, j := range w.desks {
		if lost := w.hub.missing(j.Entries()); lost != "" {
			t.Fatalf("%s never arrived", lost)
		}
		seen := map[uint64]bool{}
		for _, r := range j.Replies() {
			if seen[r.Number] {
				t.Fatalf("reply %d was kept twice", r.Number)
			}
			seen[r.Number] = true
		}
		if w.saved == nil && len(seen) != len(w.hub.answers) {
			t.Fatalf("%d of %d replies arrived", len(seen), len(w.hub.answers))
		}
	}
}
