package desk_test

import (
	"encoding/json"
	"sync"
	"testing"

	"bottega/desk"
	"bottega/desk/civil"
)

// TestWhatWasGivenOutStaysAsItWasWhileTheDeskGoesOn lets windows read while visits are opened, corrected and erased; the race detector
// sees what is shared.
func TestWhatWasGivenOutStaysAsItWasWhileTheDeskGoesOn(t *testing.T) {
	r := open(t)
	first := r.visit()
	r.activate(first)
	before, err := r.Visit(first)
	if err != nil {
		t.Fatal(err)
	}
	saying := func() string {
		text, err := json.Marshal(before)
		if err != nil {
			t.Error(err)
		}
		return string(text)
	}
	said := saying()
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			for range 30 {
				for _, v := range r.Search("provini", 5) {
					if _, err := json.Marshal(v); err != nil {
						t.Error(err)
					}
				}
				_, _, _, _ = r.FollowUps(), r.Refused(), r.NotUnderstood(), r.Counts(civil.Of(morning), civil.Of(morning))
				_, _ = r.Visit(first)
			}
		})
	}
	for range 10 {
		id := r.visit()
		r.activate(id)
		v, err := r.Visit(id)
		if err != nil {
			t.Fatal(err)
		}
		r.refuse(v.Activation.Entry, "unreadable")
		if err := r.Correct(t.Context(), v.Activation.Entry, v.Activation.Request); err != nil {
			t.Fatal(err)
		}
		if err := r.AddNote(t.Context(), first, "ancora una nota"); err != nil {
			t.Fatal(err)
		}
		r.erase(desk.VisitErased{Visit: id})
	}
	all.Wait()
	if after := saying(); after != said {
		t.Errorf("what was given out changed:\n%s\n%s", said, after)
	}
}
