package client

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"bottega/desk"
	"bottega/sync/client/clienttest"
)

// world is a hub, the desks that share an identity because one is a copy of another, backups of both, and what lies on sticks.
type world struct {
	hub    *fakeHub
	saved  *fakeHub
	desks  []*clienttest.Journal
	backup *clienttest.Journal
	// parcels and answers may be taken to their end in any order, twice, or never.
	parcels, answers [][]byte
}

// Whatever happens between desk and hub - lines that break before or after the hub did its work, programs that die between two
// steps, disks that are copied or put back, a hub that is put back, certificates that are renewed, sticks that come late, twice or
// never - once it stops happening, everything that stands in a journal is at the hub, every answer is in the journal once, and
// nothing was ever called safe that was not.
func TestScheduleOfAnythingThatMayHappenLosesNothingAndDoublesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{hub: newFakeHub(), desks: []*clienttest.Journal{clienttest.New()}}
		w.hub.enrol(context.Background(), t, w.desks[0])
		hubs := rapid.Bool().Draw(t, "the hub may be put back")
		t.Repeat(map[string]func(*rapid.T){
			"write":             w.write,
			"send":              w.send,
			"copy":              w.copyDesk,
			"backup":            w.backUp,
			"put back":          w.putBack,
			"fill a stick":      w.fillStick,
			"parcel at the hub": w.takeParcel,
			"answer at a desk":  w.takeAnswer,
			"save the hub": func(*rapid.T) {
				if hubs { // check holds desks to account only where the hub keeps its own promise
					w.saved = w.hub.clone()
				}
			},
			"put the hub back": func(t *rapid.T) {
				if !hubs || w.saved == nil {
					return
				}
				w.hub = w.saved.clone()
				w.hub.series = uuid.NewString()
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
	steps := rapid.SliceOfN(rapid.SampledFrom([]string{"good", "good", "good", "cut", "half", "lost", "dies"}), 0, 12).Draw(t, "line")
	next := func() string {
		if len(steps) == 0 {
			return "good"
		}
		s := steps[0]
		steps = steps[1:]
		return s
	}
	w.hub.before = func() error {
		switch next() {
		case "cut":
			return offline()
		case "half":
			w.hub.half = true
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
	age := rapid.SampledFrom([]time.Duration{0, 0, aYear - time.Hour}).Draw(t, "age of the certificate")
	c, err := enrolledLine(ctx, w.desk(t), w.hub, at(time.Now().Add(age)))
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Send(ctx) // what it says does not matter; check and settle look at what it did
	w.hub.before, w.hub.after, w.hub.half = nil, nil, false
}

// fillStick seals a parcel, which a program that dies may leave half written.
func (w *world) fillStick(t *rapid.T) {
	c, err := enrolledLine(context.Background(), w.desk(t), w.hub)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if _, err := c.Export(context.Background(), &file); err != nil {
		if wordOf(err) != NoSealingKey { // it has not reached its hub yet
			t.Fatal(err)
		}
		return
	}
	w.parcels = append(w.parcels, file.Bytes())
}

func (w *world) takeParcel(t *rapid.T) {
	if len(w.parcels) == 0 {
		return
	}
	file := rapid.SampledFrom(w.parcels).Draw(t, "parcel")
	if answer := w.hub.takeParcel(t, file); answer != nil {
		w.answers = append(w.answers, answer)
	}
}

func (w *world) takeAnswer(t *rapid.T) {
	if len(w.answers) == 0 {
		return
	}
	file := rapid.SampledFrom(w.answers).Draw(t, "answer")
	if rapid.Bool().Draw(t, "pulled out too early") {
		file = file[:len(file)-1]
	}
	c, err := enrolledLine(context.Background(), w.desk(t), w.hub)
	if err != nil {
		t.Fatal(err)
	}
	switch err := c.Import(context.Background(), bytes.NewReader(file)); wordOf(err) {
	case "", FileCut, FileOther: // FileOther where another copy of the desk, or an earlier state of it, made the parcel
	default:
		t.Fatalf("Import = %v", err)
	}
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

// settle lets every desk send over a good line. A copy whose certificate was renewed by another is enrolled again, as its keeper would
// have to.
func (w *world) settle(t *rapid.T) {
	ctx := context.Background()
	for range 2 { // the second time, one desk has what another's fork made it send again
		for _, j := range w.desks {
			c, err := enrolledLine(ctx, j, w.hub)
			if err != nil {
				t.Fatal(err)
			}
			err = c.Send(ctx)
			if wordOf(err) == ReEnrol {
				w.hub.enrol(ctx, t, j)
				if c, err = enrolledLine(ctx, j, w.hub); err != nil {
					t.Fatal(err)
				}
				err = c.Send(ctx)
			}
			if err != nil {
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
		seen, about := map[uint64]bool{}, map[string]int{}
		for _, r := range j.Replies() {
			if seen[r.Number] {
				t.Fatalf("reply %d was kept twice", r.Number)
			}
			seen[r.Number] = true
			about[r.About]++
		}
		for _, r := range w.hub.answers {
			// A hub that was put back tells everything again.
			if n := about[r.About]; n == 0 || n > 1 && w.saved == nil {
				t.Fatalf("the answer about %s was heard %d times", r.About, n)
			}
		}
	}
}
