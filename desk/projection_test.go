package desk_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bottega/desk"
	"bottega/desk/civil"
)

// everything is all that a desk shows, as one text.
func (r *room) everything() string { return shown(r.t, r.Desk) }

func shown(t testing.TB, d *desk.Desk) string {
	t.Helper()
	today := civil.Of(morning)
	from, to := today.AddDays(-3), today.AddDays(60)
	all := map[string]any{
		"open": d.OpenVisits(), "follow-ups": d.FollowUps(), "refused": d.Refused(), "counts": d.Counts(from, to),
		"of": d.VisitsOf(ada().FiscalCode), "found": d.Search("ada", 100),
	}
	for day := from; !day.After(to); day = day.AddDays(1) {
		if visits := d.VisitsOn(day); len(visits) > 0 {
			all[day.String()] = visits
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// erase erases behind the desk's back, as the journal does.
func (r *room) erase(orders ...desk.VisitErased) {
	r.t.Helper()
	if _, err := r.journal.Erase(r.t.Context(), orders...); err != nil {
		r.t.Fatal(err)
	}
	if err := r.CatchUp(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

// chain is a request and its corrections, as a person would keep them on paper.
type chain struct {
	visit string
	// entries are the request and its corrections; the last one counts.
	entries []string
	code    string
	answer  *desk.Reply // to the last one
	waiting bool        // somebody has to come back to it
	refused bool        // the hub could not make sense of it, and nobody said so be it
	erased  bool
}

func (c *chain) last() string { return c.entries[len(c.entries)-1] }

// ledger is what happened, kept beside the desk.
type ledger struct {
	*room
	rt     *rapid.T
	visits []string
	gone   map[string]bool
	chains []*chain
	reply  uint64
}

func (l *ledger) ok(err error) {
	if err != nil {
		l.rt.Fatal(err)
	}
}

func (l *ledger) lastEntry() string {
	all := l.journal.Entries()
	return all[len(all)-1].ID
}

func (l *ledger) ask(visit string) {
	code := fmt.Sprintf("E%02d", len(l.chains))
	_, err := l.journal.Append(l.t.Context(), desk.Draft{Visit: visit, Payload: desk.ExemptionRequested{Person: ada(), Code: code}})
	l.ok(err)
	l.chains = append(l.chains, &chain{visit: visit, entries: []string{l.lastEntry()}, code: code, waiting: true, erased: l.gone[visit]})
	l.ok(l.CatchUp(l.t.Context()))
}

func (l *ledger) correct(c *chain, entry string) {
	code := fmt.Sprintf("%s-%d", c.code, len(c.entries))
	err := l.Correct(l.t.Context(), entry, desk.ExemptionRequested{Person: ada(), Code: code})
	switch {
	case c.erased:
		if !errors.Is(err, desk.ErrNoEntry) {
			l.rt.Fatalf("correcting what was erased: %v", err)
		}
	case entry != c.last():
		if !errors.Is(err, desk.ErrCorrected) {
			l.rt.Fatalf("correcting what was corrected: %v", err)
		}
	default:
		l.ok(err)
		c.entries, c.code, c.answer, c.waiting, c.refused = append(c.entries, l.lastEntry()), code, nil, true, false
	}
}

func (l *ledger) hear(c *chain, entry string, kind desk.ReplyKind) {
	l.reply++
	r := desk.Reply{Number: l.reply, About: entry, Kind: kind, At: morning}
	draft := desk.Draft{Payload: desk.ReplyReceived{Reply: r}}
	if !c.erased && l.reply%2 == 0 {
		draft.Visit = c.visit // the real journal puts it there
	}
	_, err := l.journal.Append(l.t.Context(), draft)
	l.ok(err)
	l.ok(l.CatchUp(l.t.Context()))
	if entry == c.last() && !c.erased {
		c.answer, c.refused = &r, kind == desk.RecordRefused
	}
}

// step does one thing that may happen at a desk.
func (l *ledger) step() {
	ctx := l.t.Context()
	visit := func() string { return rapid.SampledFrom(l.visits).Draw(l.rt, "visit") }
	pick := func() (*chain, string) {
		c := rapid.SampledFrom(l.chains).Draw(l.rt, "request")
		return c, rapid.SampledFrom(c.entries).Draw(l.rt, "entry")
	}
	what := rapid.IntRange(0, 9).Draw(l.rt, "what")
	switch {
	case what == 0 || len(l.visits) == 0:
		id, err := l.OpenVisitByCard(ctx, adasCard())
		l.ok(err)
		l.visits = append(l.visits, id)
	case what == 1:
		id := visit()
		if err := l.CloseVisit(ctx, id, desk.Closing{}); err != nil && !errors.Is(err, desk.ErrVisitClosed) && !l.gone[id] {
			l.rt.Fatal(err)
		}
	case what <= 3 || len(l.chains) == 0:
		if id := visit(); !l.gone[id] {
			l.ask(id)
		}
	case what == 4:
		c, entry := pick()
		l.correct(c, entry)
	case what <= 6:
		c, entry := pick()
		kinds := []desk.ReplyKind{desk.RecordRefused, desk.ExemptionFound, desk.ExemptionNotFound}
		l.hear(c, entry, rapid.SampledFrom(kinds).Draw(l.rt, "reply"))
	case what == 7:
		c, _ := pick()
		err := l.CloseFollowUp(ctx, c.last(), "lost")
		if wants := (c.waiting || c.refused) && !c.erased; wants != (err == nil) {
			l.rt.Fatalf("closing: %v", err)
		}
		c.waiting, c.refused = false, false
	case what == 8:
		id := visit()
		tally, err := l.TallyOf(id)
		if l.gone[id] {
			return
		}
		l.ok(err)
		l.erase(desk.VisitErased{Visit: id, Tally: &tally})
		l.gone[id] = true
		for _, c := range l.chains {
			c.erased = c.erased || c.visit == id
		}
	default:
		l.clock.Advance(7 * time.Hour)
	}
}

func (l *ledger) compare() {
	var waits, refused []string
	for _, f := range l.FollowUps() {
		waits = append(waits, f.ID)
	}
	for _, f := range l.Refused() {
		refused = append(refused, f.Entry)
	}
	for _, c := range l.chains {
		if want := c.refused && !c.erased; want != slices.Contains(refused, c.last()) {
			l.rt.Fatalf("%s is refused: %v, and the desk lists %v", c.last(), want, refused)
		}
		if !c.waiting && slices.Contains(waits, c.last()) {
			l.rt.Fatalf("%s was closed and waits", c.last())
		}
		if c.waiting && !c.erased && !slices.Contains(waits, c.last()) {
			l.rt.Fatalf("%s waits for an answer and is not listed", c.last())
		}
		for _, old := range c.entries[:len(c.entries)-1] {
			if slices.Contains(waits, old) || slices.Contains(refused, old) {
				l.rt.Fatalf("%s was corrected and still asks for attention", old)
			}
		}
		v, err := l.Visit(c.visit)
		if c.erased {
			if !errors.Is(err, desk.ErrNoVisit) {
				l.rt.Fatalf("an erased visit is shown: %v", err)
			}
			continue
		}
		i := slices.IndexFunc(v.Exemptions, func(a desk.AskedExemption) bool { return a.Entry == c.last() })
		if i < 0 || v.Exemptions[i].Request.Code != c.code || (v.Exemptions[i].Reply == nil) != (c.answer == nil) {
			l.rt.Fatalf("the visit shows %+v, want %+v", v.Exemptions, c)
		}
	}
	if got, want := l.Counts(civil.Of(morning), civil.Of(morning).AddDays(60)).Visits, len(l.visits); got != want {
		l.rt.Fatalf("%d visits are counted, want %d", got, want)
	}
}

func TestAnySequenceOfCorrectionsRepliesErasuresAndRestartsGivesTheSameProjection(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := &ledger{room: open(t), rt: rt, gone: map[string]bool{}}
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			l.step()
			if rapid.Bool().Draw(rt, "looks") {
				l.compare()
			}
			if rapid.IntRange(0, 9).Draw(rt, "restart") == 0 {
				l.restart()
			}
		}
		l.compare()
		live := l.everything()
		l.restart()
		if again := l.everything(); again != live {
			rt.Fatalf("a restart shows something else:\n%s\n%s", live, again)
		}
		l.compare()
	})
}
