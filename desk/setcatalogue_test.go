package desk_test

import (
	"errors"
	"testing"

	"bottega/desk"
	"bottega/desk/walk"
)

func TestContentChangesBetweenVisitsAndNeverDuringOne(t *testing.T) {
	r := open(t)
	newer := desk.Catalogue{Services: []*walk.Service{exemption()}}
	visit, err := r.OpenVisit(t.Context(), desk.Opening{Naming: desk.NamedByHand, Person: ada()})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.SetCatalogue(newer, nil); !errors.Is(err, desk.ErrVisitOpen) {
		t.Fatalf("while a visit is open: %v", err)
	}
	r.restart() // a visit that was open at a crash is open still
	if err := r.SetCatalogue(newer, nil); !errors.Is(err, desk.ErrVisitOpen) {
		t.Fatalf("after a crash: %v", err)
	}
	if _, found := r.Catalogue().Service("activation"); !found {
		t.Error("a refused change changed something")
	}
	if err := r.CloseVisit(t.Context(), visit, desk.Closing{}); err != nil {
		t.Fatal(err)
	}
	full := errors.New("the disk is full")
	if err := r.SetCatalogue(newer, func() error { return full }); !errors.Is(err, full) {
		t.Fatalf("%v", err)
	}
	if _, found := r.Catalogue().Service("activation"); !found {
		t.Error("what could not be written down came into force")
	}
	told := 0
	defer r.Watch(func() { told++ })()
	if err := r.SetCatalogue(newer, nil); err != nil {
		t.Fatal(err)
	}
	if _, found := r.Catalogue().Service("activation"); found || told != 1 {
		t.Errorf("the old service is there: %t; told %d times", found, told)
	}
}
