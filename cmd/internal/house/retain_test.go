package house_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"bottega/cmd/internal/house"
	"bottega/desk"
	"bottega/desk/civil"
	"bottega/desk/desktest"
	"bottega/sync/journal"
)

// keeper is a journal in memory that knows when the hub had what.
type keeper struct {
	*desktest.Journal
	days int
	// had is the sequence that the hub has, since when.
	had   uint64
	since time.Time
	fail  error
	// hub is what time it is there, as far as the desk knows.
	hub func() time.Time
}

func (k *keeper) RetentionDays(context.Context) (int, error) { return k.days, nil }

func (k *keeper) HubAt() (time.Time, error) { return k.hub(), nil }

func (k *keeper) AckedBy(t time.Time) (uint64, error) {
	if t.Before(k.since) {
		return 0, k.fail
	}
	return k.had, k.fail
}

// kept is a desk with one closed visit of a first of March, which hub and export have had since.
func kept(t *testing.T) (*desktest.Clock, *keeper, *desk.Desk) {
	t.Helper()
	clock := desktest.NewClock(time.Date(2026, time.March, 1, 9, 0, 0, 0, time.FixedZone("", 3600)))
	k := &keeper{Journal: &desktest.Journal{Clock: clock}, days: 60, hub: clock.Now}
	d, err := desk.Open(t.Context(), desk.Params{Journal: k, Clock: clock, NewID: desktest.IDs(), Papers: desktest.Papers{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.SetSite(t.Context(), desk.SiteSet{Site: desk.Site{ID: "LU"}, Desk: "1"}); err != nil {
		t.Fatal(err)
	}
	visit, err := d.OpenVisit(t.Context(), desk.Opening{Person: desk.Person{Surname: "PROVINI"}})
	if err != nil {
		t.Fatal(err)
	}
	clock.Advance(20 * time.Minute)
	if err := d.CloseVisit(t.Context(), visit, desk.Closing{}); err != nil {
		t.Fatal(err)
	}
	today := civil.Of(clock.Now())
	if err := d.RecordExport(t.Context(), today, today); err != nil {
		t.Fatal(err)
	}
	k.had, k.since = uint64(len(k.Entries())), clock.Now()
	return clock, k, d
}

func TestContentsAreErasedAfterTheirTimeAndTheFiguresStay(t *testing.T) {
	clock, k, d := kept(t)
	march := civil.Of(clock.Now())
	before := d.Counts(march, march)
	clock.Advance(59 * 24 * time.Hour)
	if n, err := house.Retain(t.Context(), k, d); n != 0 || err != nil {
		t.Fatalf("before their time %d visits were erased, %v", n, err)
	}
	clock.Advance(2 * 24 * time.Hour)
	if due, err := house.Due(t.Context(), k, d); len(due) != 1 || err != nil {
		t.Fatalf("due: %v, %v", due, err)
	}
	if n, err := house.Retain(t.Context(), k, d); n != 1 || err != nil {
		t.Fatalf("%d visits were erased, %v", n, err)
	}
	if found := d.Search("provini", 9); len(found) != 0 {
		t.Errorf("the visit is still shown: %+v", found)
	}
	if after := d.Counts(march, march); !reflect.DeepEqual(after, before) {
		t.Errorf("the figures are %+v, were %+v", after, before)
	}
	if n, err := house.Retain(t.Context(), k, d); n != 0 || err != nil {
		t.Errorf("a second time %d visits were erased, %v", n, err)
	}
}

// Whoever looks after the desk has to be told: nothing else ends it.
func TestAVisitWithSomethingToFollowUpIsNamedOnceItsTimeIsOver(t *testing.T) {
	clock, k, d := kept(t)
	open, err := d.OpenVisit(t.Context(), desk.Opening{Person: desk.Person{Surname: "LIPPI"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.CloseVisit(t.Context(), open, desk.Closing{FollowUps: []desk.FollowUpOpened{{Type: desk.FollowPerson}}}); err != nil {
		t.Fatal(err)
	}
	today := civil.Of(clock.Now())
	if err := d.RecordExport(t.Context(), today, today); err != nil {
		t.Fatal(err)
	}
	k.had, k.since = uint64(len(k.Entries())), clock.Now()
	if held, err := house.Held(t.Context(), k, d); len(held) != 0 || err != nil {
		t.Errorf("before its time: %v, %v", held, err)
	}
	clock.Advance(61 * 24 * time.Hour)
	if held, err := house.Held(t.Context(), k, d); !reflect.DeepEqual(held, []string{open}) || err != nil {
		t.Errorf("held %v, %v, want %s", held, err, open)
	}
	if n, err := house.Retain(t.Context(), k, d); n != 1 || err != nil {
		t.Errorf("%d visits were erased, %v", n, err)
	}
	if err := d.CloseFollowUp(t.Context(), d.FollowUps()[0].ID, "obtained"); err != nil {
		t.Fatal(err)
	}
	if held, err := house.Held(t.Context(), k, d); len(held) != 0 || err != nil {
		t.Errorf("once it is settled: %v, %v", held, err)
	}
}

func TestNothingIsErasedThatTheHubOrSomebodyStillNeeds(t *testing.T) {
	full := errors.New("no space left on device")
	for name, tc := range map[string]struct {
		change func(k *keeper)
		want   error
	}{
		"kept for ever":              {func(k *keeper) { k.days = 0 }, nil},
		"the hub has had it lately":  {func(k *keeper) { k.since = k.since.AddDate(0, 0, 50) }, nil},
		"the hub lacks the end":      {func(k *keeper) { k.had = 3 }, nil},
		"the journal cannot tell":    {func(k *keeper) { k.fail = full }, full},
		"the hub never told the day": {func(k *keeper) { k.hub = func() time.Time { return time.Time{} } }, nil},
		"a clock that runs ahead":    {func(k *keeper) { k.hub = func() time.Time { return k.since.AddDate(0, 0, 59) } }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			clock, k, d := kept(t)
			clock.Advance(90 * 24 * time.Hour)
			tc.change(k)
			if n, err := house.Retain(t.Context(), k, d); n != 0 || !errors.Is(err, tc.want) {
				t.Errorf("%d visits were erased, %v", n, err)
			}
			if len(d.Search("provini", 9)) != 1 {
				t.Error("the visit is gone")
			}
		})
	}
}

// unscrubbed erases, and leaves traces on its disk.
type unscrubbed struct{ *keeper }

func (u unscrubbed) Erase(ctx context.Context, orders ...desk.VisitErased) ([]desk.Entry, error) {
	entries, err := u.keeper.Erase(ctx, orders...)
	return entries, errors.Join(err, journal.ErrTracesLeft)
}

func TestAVisitWhoseTracesAreLeftIsErasedAllTheSame(t *testing.T) {
	clock, k, d := kept(t)
	clock.Advance(61 * 24 * time.Hour)
	if n, err := house.Retain(t.Context(), unscrubbed{k}, d); n != 1 || err != nil {
		t.Errorf("%d visits were erased, %v", n, err)
	}
	if found := d.Search("provini", 9); len(found) != 0 {
		t.Errorf("the visit is still shown: %+v", found)
	}

	_, k, d = kept(t)
	visit := d.Search("provini", 9)[0].ID
	if err := house.EraseOnRequest(t.Context(), unscrubbed{k}, d, visit); !errors.Is(err, journal.ErrTracesLeft) {
		t.Errorf("told %v", err)
	}
	if found := d.Search("provini", 9); len(found) != 0 {
		t.Errorf("the visit is still shown: %+v", found)
	}
}
