package facilitator

import (
	"fmt"
	"strings"
	"testing"

	"bottega/cardreader"
	"bottega/ui/citizen"
)

func (r *rig) wantCitizen(k citizen.Kind) {
	r.t.Helper()
	s := r.app.Stage.Screen()
	if s.Kind != k {
		r.t.Fatalf("the citizen sees %q, want %q", s.Kind, k)
	}
	if err := s.Validate(); err != nil {
		r.t.Error(err)
	}
}

func TestTheCitizenSeesTheVisitGoBy(t *testing.T) {
	r := unlocked(t)
	r.wantCitizen(citizen.Welcome)
	r.tell(cardreader.Event{Kind: cardreader.CardInserted, Reader: "Lettore di prova"})
	r.wantCitizen(citizen.Reading)
	r.insert(anna())
	r.wantCitizen(citizen.Welcome)
	r.press(keyMain)
	r.wantCitizen(citizen.Greeting)
	r.press(keyF3)
	r.fill("text", "non deve vederlo")
	r.wantCitizen(citizen.Greeting)
	r.press(keyBack, "1")
	r.wantCitizen(citizen.Step)
	r.press(keyF10, keyF10)
	r.wantCitizen(citizen.TakeCard)
	r.press(keyMain, keyMain)
	r.wantCitizen(citizen.TakeCard)
	r.tell(cardreader.Event{Kind: cardreader.CardRemoved, Reader: "Lettore di prova"})
	r.wantCitizen(citizen.Goodbye)
	r.press(keyF4)
	r.wantCitizen(citizen.Welcome)
}

func TestTheEndOfAVisitLeavesNothingOfItOnTheScreens(t *testing.T) {
	r := unlocked(t)
	r.insert(anna())
	r.press(keyMain, keyF10, "1", "2", keyMain)
	r.tell(cardreader.Event{Kind: cardreader.CardRemoved, Reader: "Lettore di prova"})
	for what, said := range map[string]string{"window": r.read(), "citizen's window": fmt.Sprint(r.app.Stage.Screen())} {
		if strings.Contains(said, "ANNA") || strings.Contains(said, anna().Holder.FiscalCode) {
			t.Errorf("the %s still shows the citizen:\n%s", what, said)
		}
	}
}

func TestOneKeyBlanksTheCitizensScreenEvenDuringWork(t *testing.T) {
	r := unlocked(t)
	r.app.worker.current = &task{cancel: func() {}}
	r.app.Press(keyBlank)
	r.app.worker.current = nil
	if !r.app.Stage.Covered() {
		t.Error("the citizen's screen is still to be seen")
	}
	r.press(keyBlank)
	if r.app.Stage.Covered() {
		t.Error("the citizen's screen stays covered")
	}
}

func TestANameFromACardIsWrittenAsToAPerson(t *testing.T) {
	for card, want := range map[string]string{
		"BRUNA INNOCENTI":     "Bruna Innocenti",
		"NICCOLO' D'AMBROSIO": "Niccolò D'Ambrosio",
		"ANNA-MARIA DE LUCA":  "Anna-Maria De Luca",
		"ȘTEFANIA":            "Ștefania",
		"Anna McKay":          "Anna McKay",
		"":                    "",
	} {
		if got := written(card); got != want {
			t.Errorf("%q is written %q, want %q", card, got, want)
		}
	}
}
