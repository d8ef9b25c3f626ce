package desk_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"

	"bottega/desk"
	"bottega/desk/civil"
)

// all is a sequence that the hub surely has.
const all = 1 << 40

func TestAVisitIsDueOnceHubAndExportHaveHadItLongEnough(t *testing.T) {
	today := civil.Of(morning)
	close := func(r *room, visit string) {
		if err := r.CloseVisit(r.t.Context(), visit, desk.Closing{}); err != nil {
			r.t.Fatal(err)
		}
	}
	export := func(r *room, from, to civil.Date) {
		if err := r.RecordExport(r.t.Context(), from, to); err != nil {
			r.t.Fatal(err)
		}
	}
	for name, tc := range map[string]struct {
		before func(r *room, visit string)
		acked  uint64
		due    bool
		held   bool // only by what there is to come back to
	}{
		"closed, sent, exported": {func(r *room, v string) { close(r, v); export(r, today, today) }, all, true, false},
		"not closed":             {func(r *room, _ string) { export(r, today, today) }, all, false, false},
		"not at the hub":         {func(r *room, v string) { close(r, v); export(r, today, today) }, 5, false, false},
		"not exported":           {func(r *room, v string) { close(r, v) }, all, false, false},
		"another day exported":   {func(r *room, v string) { close(r, v); export(r, today.AddDays(-9), today.AddDays(-1)) }, all, false, false},
		"exported too recently":  {func(r *room, v string) { close(r, v); export(r, today, today) }, 6, false, false},
		"sent with its export":   {func(r *room, v string) { close(r, v); export(r, today, today) }, 7, true, false},
		"exported before it was over": {
			func(r *room, v string) { export(r, today, today); close(r, v) }, all, false, false},
		"corrected after the export": {func(r *room, v string) {
			if err := r.AddNote(r.t.Context(), v, "nota"); err != nil {
				r.t.Fatal(err)
			}
			entries := r.journal.Entries()
			close(r, v)
			export(r, today, today)
			if err := r.Correct(r.t.Context(), entries[len(entries)-1].ID, desk.NoteAdded{Text: "nota giusta"}); err != nil {
				r.t.Fatal(err)
			}
		}, all, false, false},
		"something to come back to": {func(r *room, v string) {
			err := r.CloseVisit(r.t.Context(), v, desk.Closing{FollowUps: []desk.FollowUpOpened{{Type: desk.FollowPerson}}})
			if err != nil {
				r.t.Fatal(err)
			}
			export(r, today, today)
		}, all, false, true},
		"a record refused": {func(r *room, v string) {
			entries := r.journal.Entries()
			close(r, v)
			export(r, today, today)
			r.refuse(entries[len(entries)-1].ID, "unreadable")
		}, all, false, true},
		"something that is not understood": {func(r *room, v string) {
			r.journal.Put(desk.Entry{ID: "newer", Kind: "visit.hologram", Visit: v, At: morning, Version: 1, Payload: json.RawMessage(`{}`)})
			if err := r.CatchUp(r.t.Context()); err != nil {
				r.t.Fatal(err)
			}
			close(r, v)
			export(r, today, today)
		}, all, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := open(t)
			visit := r.visit()
			tc.before(r, visit)
			for range 2 {
				due := r.DueForErasure(tc.acked)
				held := r.HeldFromErasure(tc.acked)
				if tc.held != (len(held) == 1) || tc.held && held[0] != visit {
					t.Errorf("held: %v", held)
				}
				if tc.due != (len(due) == 1) {
					t.Fatalf("due: %+v", due)
				}
				if tc.due && (due[0].Visit != visit || due[0].Reason != desk.ErasedWhenDue || due[0].Tally == nil || due[0].Tally.Day != today) {
					t.Errorf("due: %+v", due[0])
				}
				r.restart()
			}
		})
	}
}

func TestTheCountsOfPastDaysStayAfterAnErasure(t *testing.T) {
	r := open(t)
	first := r.visit()
	r.activate(first)
	if _, _, err := r.MakePaper(t.Context(), first, desk.PaperOrder{Kind: desk.PaperReceipt, Lang: "it"}); err != nil {
		t.Fatal(err)
	}
	r.clock.Advance(25 * time.Minute)
	if err := r.CloseVisit(t.Context(), first, desk.Closing{Record: &desk.VisitRecorded{Service: "exemption", Minutes: 5}}); err != nil {
		t.Fatal(err)
	}
	second := r.visit()
	if err := r.CloseVisit(t.Context(), second, desk.Closing{Left: true}); err != nil {
		t.Fatal(err)
	}
	today := civil.Of(morning)
	before := r.Counts(today, today)
	if before.Visits != 2 || before.Left != 1 || before.Minutes != 25 || before.ByOutcome["activation/requested"] != 1 || before.Papers != 1 {
		t.Fatalf("counts %+v", before)
	}
	var orders []desk.VisitErased
	for _, id := range []string{first, second} {
		tally, err := r.TallyOf(id)
		if err != nil {
			t.Fatal(err)
		}
		orders = append(orders, desk.VisitErased{Visit: id, Reason: desk.ErasedWhenDue, Tally: &tally})
	}
	r.erase(orders...)
	r.erase(orders...)
	for _, when := range []string{"at once", "after a restart"} {
		if after := r.Counts(today, today); !reflect.DeepEqual(after, before) {
			t.Errorf("%s the counts are %+v, were %+v", when, after, before)
		}
		if after := r.Counts(today.AddDays(1), today.AddDays(30)); after.Visits != 0 {
			t.Errorf("%s other days count %+v", when, after)
		}
		if _, err := r.TallyOf(first); !errors.Is(err, desk.ErrNoVisit) {
			t.Errorf("%s an erased visit has a tally: %v", when, err)
		}
		if ups := r.FollowUps(); len(ups) != 0 {
			t.Errorf("%s there is to come back to %+v", when, ups)
		}
		r.restart()
	}
}

func TestAPaperOfAnErasedVisitKeepsItsNumberForItself(t *testing.T) {
	r := open(t)
	make := func() string {
		t.Helper()
		v := r.visit()
		r.activate(v)
		p, _, err := r.MakePaper(t.Context(), v, desk.PaperOrder{Kind: desk.PaperReceipt, Lang: "it"})
		if err != nil {
			t.Fatal(err)
		}
		r.erase(desk.VisitErased{Visit: v})
		if _, _, err := r.Reprint(t.Context(), p.ID); !errors.Is(err, desk.ErrNoPaper) {
			t.Errorf("a paper of an erased visit is printed again: %v", err)
		}
		r.restart()
		return p.Number
	}
	if first, second := make(), make(); first == second {
		t.Errorf("two papers have the number %s", first)
	}
}

func TestAWalkOfAVisitThatIsErasedMeanwhileEnds(t *testing.T) {
	r := open(t)
	v := r.visit()
	id := r.start(v, "activation")
	r.answer(id, nil)
	r.erase(desk.VisitErased{Visit: v})
	if _, _, err := r.Answer(t.Context(), id, nil, desk.Moment{}); !errors.Is(err, desk.ErrNoWalk) {
		t.Errorf("Answer = %v, want %v", err, desk.ErrNoWalk)
	}
	if open := r.OpenVisits(); len(open) != 0 {
		t.Errorf("still open: %+v", open)
	}
}

func TestDaysThatAreStillToComeAreNotExported(t *testing.T) {
	r := open(t)
	today := civil.Of(morning)
	for name, tc := range map[string]struct {
		from, to civil.Date
		want     error
	}{
		"a week":           {today.AddDays(-7), today.AddDays(-1), nil},
		"today":            {today, today, nil},
		"tomorrow":         {today, today.AddDays(1), desk.ErrPeriod},
		"the wrong way":    {today, today.AddDays(-1), desk.ErrPeriod},
		"nobody knows how": {civil.Date{}, today, desk.ErrPeriod},
	} {
		if err := r.RecordExport(t.Context(), tc.from, tc.to); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
}
