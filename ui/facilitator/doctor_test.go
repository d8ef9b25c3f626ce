package facilitator

import (
	"context"
	"strings"
	"testing"
	"time"

	"bottega/cardreader"
	"bottega/desk"
	"bottega/ui/checkup"
	"bottega/ui/text"
)

// fakeDoctor finds what it is told to.
type fakeDoctor struct {
	found []checkup.Finding
	// wait lets an examination go on until it is closed.
	wait     chan struct{}
	examined int
	session  *Session
}

func (d *fakeDoctor) Examine(ctx context.Context, s *Session, tell func(done, of int)) ([]checkup.Finding, error) {
	d.examined++
	d.session = s
	tell(3, 8)
	if d.wait != nil {
		select {
		case <-d.wait:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return d.found, nil
}

// sick is a computer with something of everything.
func sick() []checkup.Finding {
	return []checkup.Finding{
		{Check: "system", Result: "is", State: checkup.Well, Args: []any{"Name", "Debian di prova", "Machine", "amd64"}},
		{Check: "disk", Result: "enough", State: checkup.Well, Args: []any{"Free", checkup.Bytes(64 << 30)}},
		{Check: "second_screen", Result: "none", State: checkup.Note},
		{Check: "service", Result: "runs", State: checkup.Well, Args: []any{"Version", "pcscd 1.9.9"}},
		{Check: "reader", Result: "no_driver", State: checkup.Broken, Args: []any{"Model", "Bit4id miniLector EVO"}},
		{Check: "trace", Result: "none", State: checkup.Well},
		{Check: "printer", Result: "trouble", State: checkup.Broken, Args: []any{
			"Name", "Banco", "Trouble", checkup.Opening("print.no_paper.title"), "Advice", checkup.Key("print.no_paper.advice"),
		}},
		{Check: "hub", Result: "answers", State: checkup.Well},
		{Check: "queue", Result: "waits", State: checkup.Note, Args: []any{"Safe", 12, "Total", 14}},
	}
}

func TestTheComputerIsExaminedFromTheHelpOfAnyPage(t *testing.T) {
	r := unlocked(t)
	r.doctor.found = sick()
	r.press(keyHelp, keyF5)
	r.wantPage("Controllo")
	r.wantSays("2 cose da sistemare", "manca il suo driver", "Installa il pacchetto libccid", "La stampante Banco non è pronta. Manca la carta.",
		"Disco: Sul disco ci sono 64 GB liberi", "F12 gira lo schermo")
	if r.doctor.session != r.app.session {
		t.Error("the line of the open desk was not examined")
	}
	r.press(keyBack, keyBack)
	r.wantPage("Inizio")
}

func TestAComputerWithoutADeskIsExaminedToo(t *testing.T) {
	r := newRig(t)
	r.doctor.found = sick()[:2]
	r.press(keyF4, keyF3)
	r.wantSays("Tutto a posto", "Debian di prova")
	if r.doctor.session != nil {
		t.Error("there is no session, and one was examined")
	}
}

func TestThePracticeDeskSaysThatTheRealComputerIsExamined(t *testing.T) {
	r := unlocked(t)
	r.app.session.Hand = nobodysHand{}
	r.press(keyHelp, keyF5)
	r.wantSays("Guarda il computer vero: il lettore e le carte di prova non c'entrano.")
}

// nobodysHand holds no practice card.
type nobodysHand struct{ PracticeHand }

func TestWhatNeedsSomebodyStandsFirst(t *testing.T) {
	r := unlocked(t)
	r.doctor.found = sick()
	r.press(keyF4, keyF3)
	said := r.read()
	places := []int{strings.Index(said, "manca il suo driver"), strings.Index(said, "Debian di prova"), strings.Index(said, "Le altre aspettano")}
	if places[0] < 0 || places[0] > places[1] || places[1] > places[2] {
		t.Errorf("the order is %v in\n%s", places, said)
	}
}

func TestTheWholeExaminationIsCopiedInItsOrder(t *testing.T) {
	r := unlocked(t)
	r.doctor.found = sick()
	r.press(keyF4, keyF3)
	if r.pc.copied != "" {
		t.Error("something was copied that nobody asked for")
	}
	r.press(keyMain)
	r.wantSays("Copiato", "niente di personale")
	want := checkup.Text(r.app.words.Current(), sick())
	if r.pc.copied != want || !strings.Contains(want, "GUARDA  Il lettore Bit4id miniLector EVO") {
		t.Errorf("copied %q, want %q", r.pc.copied, want)
	}
}

func TestAnExaminationSaysHowFarItIsAndCanBeGivenUp(t *testing.T) {
	r := unlocked(t)
	r.doctor.found, r.doctor.wait = sick(), make(chan struct{})
	r.app.Press(keyHelp)
	r.app.Press(keyF5)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := r.pump.Until(ctx, func() bool { c := r.app.worker.current; return c != nil && c.slow && strings.Contains(c.label, "3") }); err != nil {
		t.Fatal(err)
	}
	r.wantSays("... Controllo il computer: 3 di 8…")
	r.app.Press(keyBack)
	r.settle()
	r.wantPage("Controllo")
	r.wantSays("Il controllo non è finito")
	close(r.doctor.wait)
	r.press(keyF5)
	r.wantSays("2 cose da sistemare")
}

func TestTheCitizenSeesNothingOfAnExamination(t *testing.T) {
	r := unlocked(t)
	r.doctor.found = sick()
	r.insert(anna())
	r.press(keyMain)
	before := r.app.Stage.Screen()
	r.press(keyHelp, keyF5)
	if now := r.app.Stage.Screen(); now.Kind != before.Kind || now.Name != before.Name {
		t.Errorf("the citizen sees %+v, before %+v", now, before)
	}
}

func TestPagesWithATroubleOfTheComputerLeadToItsExamination(t *testing.T) {
	t.Run("reader", func(t *testing.T) {
		r := unlocked(t)
		r.tell(cardreader.Event{Kind: cardreader.ReadersChanged})
		r.press(keyF6)
		r.wantPage("Controllo")
	})
	t.Run("printer", func(t *testing.T) {
		r := unlocked(t)
		r.press(keyF4, keyF5, keyF3)
		r.wantPage("Controllo")
	})
	t.Run("line", func(t *testing.T) {
		r := unlocked(t)
		r.line.status = desk.LineStatus{State: desk.LineOffline, Total: 3, Safe: 1, Problem: "hub_unreachable"}
		r.press(keyF3, keyF6)
		r.wantPage("Controllo")
	})
	t.Run("and nothing where all is well", func(t *testing.T) {
		r := unlocked(t)
		r.tell(cardreader.Event{Kind: cardreader.ReadersChanged, Readers: []string{"Lettore di prova"}})
		if r.app.Press(keyF6) {
			t.Error("the first page offers an examination without a reason")
		}
	})
}

func TestAnExaminationIsReadInTheLanguageOfTheWindow(t *testing.T) {
	r := unlocked(t)
	r.doctor.found = sick()
	r.app.words.Set(text.English)
	r.press(keyHelp, keyF5)
	r.wantPage("Check")
	r.wantSays("2 things to put right", "its driver is missing", "The printer Banco is not ready. There is no paper.")
}
