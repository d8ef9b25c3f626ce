package facilitator

import (
	"testing"

	"bottega/desk/walk"
)

func TestAWalkGoesOnWhereItWasAfterTheProgramWasKilled(t *testing.T) {
	r := unlocked(t)
	r.insert(anna())
	r.press(keyMain, "1")
	start := r.page().Name
	r.press("1")
	second := r.page().Name
	if start == second {
		t.Fatalf("the answer did not lead on from %q", start)
	}
	journal := r.journal

	again := newRig(t)
	again.journal = journal
	again.press(keyMain)
	again.atHome()
	again.wantSays("C'è una visita aperta")
	again.press(keyF2)
	again.wantPage(second)
	again.press(keyBack)
	again.wantPage(start)
}

func TestTheCardOfAnOpenVisitTakesItUpAgain(t *testing.T) {
	r := unlocked(t)
	r.insert(anna())
	r.press(keyMain, keyBack)
	r.wantSays("Prima volta qui")
	r.press(keyMain)
	r.wantPage("Visita")
	if n := len(r.app.session.Desk.OpenVisits()); n != 1 {
		t.Errorf("%d visits are open", n)
	}
}

func TestAWalkEndsHereWithANamedOutcome(t *testing.T) {
	r := unlocked(t)
	r.press(keyMain, "1", keyF3)
	r.wantPage("Finisci qui")
	r.press("1")
	r.wantPage("Esito")
	r.press(keyMain)
	r.wantPage("Visita")
	if n := r.recorded("walk.ended"); n != 1 {
		t.Errorf("%d walks ended", n)
	}
}

func TestChangingOneFactComesStraightBackToTheVerdict(t *testing.T) {
	r := unlocked(t)
	r.insert(anna())
	r.press(keyMain)
	r.choose("esenzione dal ticket")
	r.walkUntil("Esenzioni")
	r.wantSays("E01")
	before := r.read()
	r.press(keyF6)
	r.choose("Per chi è")
	asked := r.page().Title
	steps := 0
	r.press("2") // another answer
	for ; r.page().Name != "Esenzioni" && steps < 10; steps++ {
		r.answer()
	}
	r.wantPage("Esenzioni")
	if r.read() == before {
		t.Errorf("the verdict did not follow the new answer to %q", asked)
	}
	t.Logf("%d pages on the way back", steps)
}

// walkUntil answers every step until a page of that name.
func (r *rig) walkUntil(name string) {
	r.t.Helper()
	for range 40 {
		if r.page().Name == name {
			return
		}
		r.answer()
	}
	r.wantPage(name)
}

// answer gives the step on the page some answer that leads on.
func (r *rig) answer() {
	r.t.Helper()
	if r.app.Stage.Asks() {
		r.types(pinOfCard)
		return
	}
	screen, ok := r.app.top().(*walkScreen)
	if !ok {
		r.press(keyMain)
		return
	}
	step := screen.view.Step
	for _, f := range step.Fields {
		if screen.values[f.ID] == "" || screen.wrong != nil {
			screen.values[f.ID] = sample(f)
		}
	}
	if step.Kind == walk.Ask {
		r.choose(r.page().rows()[0].Label)
		return
	}
	r.press(keyMain)
}
