package desk_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bottega/assets"
	"bottega/desk"
	"bottega/desk/civil"
	"bottega/desk/desktest"
	"bottega/desk/walk"
)

// Whatever a facilitator does with the services that travel with the program, in any order, with the card in or out and the
// program killed in between: the desk goes on, stands where it stood, and never writes an income down.
func TestEveryEmbeddedServiceCanBeWalkedAtARealDeskThroughAnyNumberOfCrashes(t *testing.T) {
	services, err := assets.Services()
	if err != nil {
		t.Fatal(err)
	}
	rules, err := assets.Rules()
	if err != nil {
		t.Fatal(err)
	}
	outcomes := map[string]bool{}
	rapid.Check(t, func(t *rapid.T) {
		clock := desktest.NewClock(morning)
		journal := &desktest.Journal{Clock: clock}
		params := desk.Params{
			Journal: journal, Clock: clock, NewID: desktest.IDs(), Papers: desktest.Papers{},
			Catalogue: desk.Catalogue{Services: services, Exemptions: rules},
		}
		w := &anyWalk{t: t, params: params}
		w.crash()
		w.begin(rapid.SampledFrom(services).Draw(t, "service").ID)
		for range rapid.IntRange(1, 60).Draw(t, "moves") {
			if w.move() {
				outcomes[w.view.Service.ID+" "+w.view.Outcome.ID] = true
				break
			}
		}
		for _, e := range journal.Entries() {
			if strings.Contains(string(e.Payload), "1.000,00") || strings.Contains(string(e.Payload), "100000") {
				t.Fatalf("an income is in the journal: %s", e.Payload)
			}
		}
	})
	if len(outcomes) < 5 {
		t.Errorf("only these outcomes were reached: %v", outcomes)
	}
}

// anyWalk makes moves at random.
type anyWalk struct {
	t      *rapid.T
	params desk.Params
	desk   *desk.Desk
	visit  string
	id     string
	view   desk.WalkView
}

func (w *anyWalk) must(err error) {
	if err != nil {
		w.t.Fatalf("on %q: %v", w.view.Step.ID, err)
	}
}

func (w *anyWalk) crash() {
	d, err := desk.Open(w.t.Context(), w.params)
	w.must(err)
	w.desk = d
}

func (w *anyWalk) begin(service string) {
	w.must(w.desk.SetSite(w.t.Context(), desk.SiteSet{Site: desk.Site{ID: "LU", Name: "Bottega", Municipality: "Lucca"}, Desk: "1"}))
	var err error
	w.visit, err = w.desk.OpenVisitByCard(w.t.Context(), adasCard())
	w.must(err)
	w.id, err = w.desk.StartWalk(w.t.Context(), w.visit, service)
	w.must(err)
	w.view, err = w.desk.Walk(w.id, w.moment())
	w.must(err)
}

func (w *anyWalk) moment() desk.Moment {
	if rapid.IntRange(0, 4).Draw(w.t, "card out") == 0 {
		return desk.Moment{}
	}
	return desk.Moment{Card: adasCard(), HubReachable: true}
}

// move does one thing and reports whether the walk has ended.
func (w *anyWalk) move() bool {
	var err error
	m := w.moment()
	switch rapid.IntRange(0, 9).Draw(w.t, "what") {
	case 0:
		w.crash()
		before := w.view.Step.ID
		w.view, err = w.desk.Walk(w.id, m)
		w.must(err)
		// Only an income that nobody has used yet is asked for again.
		if after := w.view.Step; after.ID != before && !(len(after.Fields) > 0 && after.Fields[0].Transient) {
			w.t.Fatalf("stood on %q before the crash and on %q after it", before, after.ID)
		}
	case 1:
		w.view, err = w.desk.Back(w.t.Context(), w.id, m)
		w.must(err)
	default:
		w.print()
		tries := walk.Tries(w.view.Service, w.view.Step, civil.Of(morning))
		if len(tries) == 0 {
			w.t.Fatalf("%q offers nothing to choose", w.view.Step.ID)
		}
		view, wrong, err := w.desk.Answer(w.t.Context(), w.id, rapid.SampledFrom(tries).Draw(w.t, "answer").Values, m)
		if errors.Is(err, desk.ErrNoCard) && m.Card == nil || len(wrong) > 0 {
			return false
		}
		w.must(err)
		w.view = view
	}
	return w.view.Outcome != nil
}

// print makes the paper of the step, if it has one.
func (w *anyWalk) print() {
	if w.view.Step.Paper == "" {
		return
	}
	visit, err := w.desk.Visit(w.visit)
	w.must(err)
	kind := visit.PaperOf(w.view.Step)
	_, pdf, err := w.desk.MakePaper(w.t.Context(), w.visit, desk.PaperOrder{Kind: kind, Lang: "it", Walk: w.id})
	w.must(err)
	if !json.Valid(pdf) || strings.Contains(string(pdf), "1.000,00") {
		w.t.Fatalf("a paper that is none, or that tells an income: %s", pdf)
	}
}
