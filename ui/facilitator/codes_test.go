package facilitator

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"bottega/cardreader"
	"bottega/desk"
	"bottega/ui/citizen"
)

// fakeCodes is a card with the PIN 24680, as far as its codes go.
type fakeCodes struct {
	needs  cardreader.CodeNeeds
	answer desk.DoorAnswer
	err    error
	door   string

	calls []string
	// held are the codes as they were handed over.
	held [][]byte
	// during is done while the card is at work.
	during func()
}

const pinOfCard, pukOfCard = "24680", "13572468"

func (c *fakeCodes) Ask(context.Context, string) (cardreader.CodeNeeds, error) { return c.needs, nil }

func (c *fakeCodes) called(what, right string, first []byte, more ...[]byte) error {
	c.calls = append(c.calls, what)
	c.held = append(append(c.held, first), more...)
	if c.during != nil {
		c.during()
	}
	switch {
	case c.err != nil:
		return fmt.Errorf("%s: %w", what, c.err)
	case first != nil && string(first) != right:
		return fmt.Errorf("%s: %w", what, &cardreader.CodeError{Trouble: cardreader.WrongPIN, Left: 2})
	}
	return nil
}

func (c *fakeCodes) Verify(_ context.Context, _ string, pin []byte) error {
	return c.called("verify", pinOfCard, pin)
}

func (c *fakeCodes) Change(_ context.Context, _ string, old, fresh []byte) error {
	return c.called("change to "+fmt.Sprint(len(fresh))+" digits", pinOfCard, old, fresh)
}

func (c *fakeCodes) Unblock(_ context.Context, _ string, puk, fresh []byte) error {
	return c.called("unblock", pukOfCard, puk, fresh)
}

func (c *fakeCodes) Login(_ context.Context, _, url string, pin []byte) (desk.DoorAnswer, error) {
	return c.answer, c.called("login at "+url, pinOfCard, pin)
}

// types lets the citizen type digits and confirm.
func (r *rig) types(digits string) {
	r.t.Helper()
	if !r.app.Stage.Asks() {
		r.t.Fatalf("nothing is asked of the citizen on the page %q:\n%s", r.page().Name, r.read())
	}
	for _, d := range []byte(digits) {
		r.app.Stage.Type(d)
	}
	r.app.Stage.Accept()
	r.settle()
}

// wiped fails when a code is left anywhere that it passed.
func (r *rig) wiped() {
	r.t.Helper()
	for i, code := range r.codes.held {
		if strings.Trim(string(code), "\x00") != "" {
			r.t.Errorf("code %d was not wiped", i)
		}
	}
	if r.app.Stage.Typed() != 0 {
		r.t.Error("the citizen's window still has digits")
	}
}

// withCertificate is Anna's card with a certificate on it.
func withCertificate() desk.Card {
	card := anna()
	card.Certificate = &desk.CardCertificate{Subject: "CN=prova", Checks: []desk.CertificateCheck{
		{Aspect: desk.AspectPeriod, Result: desk.PartWorks},
		{Aspect: desk.AspectRevocation, Result: desk.PartNotChecked, Reason: desk.ReasonNoLine},
	}}
	return card
}

// inVisit stands on the card tasks of a visit, with a line and a test door.
func inVisit(t *testing.T) *rig {
	t.Helper()
	r := unlocked(t)
	r.line.status = desk.LineStatus{State: desk.LineIdle}
	r.codes.door = "https://centro.example/v1/door"
	r.codes.answer = desk.DoorAnswer{Accepted: true, Serial: "0A", Protocol: "TLS 1.3", At: r.clock.Now()}
	r.insert(withCertificate())
	r.press(keyMain)
	r.choose("Tessera e PIN")
	return r
}

func (r *rig) proofs() []desk.CardProved {
	r.t.Helper()
	var found []desk.CardProved
	for _, e := range r.journal.Entries() {
		if p, err := desk.Decode(e); err == nil {
			if proved, ok := p.(*desk.CardProved); ok {
				found = append(found, *proved)
			}
		}
	}
	return found
}

func TestTheCitizenTypesThePINAndTheCardOpensTheTestDoor(t *testing.T) {
	r := inVisit(t)
	r.choose("Prova la tessera")
	r.wantCitizen(citizen.TypeCode)
	r.wantSays("guarda altrove")
	r.types(pinOfCard)
	r.wantSays("La tessera ha aperto la porta di prova", "L'attivazione la conferma il centro", "TLS 1.3", "È scritto nella visita")
	r.wantCitizen(citizen.Result)
	if got := r.codes.calls; len(got) != 1 || got[0] != "login at "+r.codes.door {
		t.Errorf("asked the card to %v", got)
	}
	if got := r.proofs(); len(got) != 1 || got[0].Door == nil || !got[0].Door.Accepted || len(got[0].Checks) != 2 {
		t.Errorf("recorded %+v", got)
	}
	r.wiped()
	for _, e := range r.journal.Entries() {
		if strings.Contains(string(e.Payload), pinOfCard) {
			t.Errorf("the PIN is in the journal: %s", e.Payload)
		}
	}
	r.press(keyMain)
	r.wantPage("Tessera e PIN")
}

func TestWithoutALineThePINAloneIsTestedAndTheLoginSaysNotChecked(t *testing.T) {
	r := inVisit(t)
	r.line.status = desk.LineStatus{State: desk.LineOffline}
	r.choose("Prova la tessera")
	r.types(pinOfCard)
	r.wantSays("La tessera ha preso il PIN", "non controllato: manca la linea")
	if got := r.codes.calls; len(got) != 1 || got[0] != "verify" {
		t.Errorf("asked the card to %v", got)
	}
}

func TestAWrongPINStopsAtTheFirstErrorAndIsTriedAgainOnlyWhenAsked(t *testing.T) {
	r := inVisit(t)
	r.choose("Prova la tessera")
	r.types("99999")
	r.wantSays("PIN sbagliato", "Restano 2 tentativi", "Controlla con calma")
	r.wantCitizen(citizen.Result)
	if len(r.codes.calls) != 1 || r.app.Stage.Asks() {
		t.Fatalf("the card was asked %v, the citizen again %v", r.codes.calls, r.app.Stage.Asks())
	}
	r.wiped()
	r.press(keyF5)
	r.types(pinOfCard)
	r.wantSays("La tessera ha aperto la porta di prova")
	if got := r.proofs(); len(got) != 2 || got[0].Checks[0].Reason != desk.ReasonWrongPIN {
		t.Errorf("recorded %+v", got)
	}
}

func TestTheLastTryIsAskedOfTheFacilitatorAndThenOfTheCitizen(t *testing.T) {
	r := inVisit(t)
	r.codes.needs.PINLeft = 1
	r.choose("Prova la tessera")
	r.wantSays("Resta un solo tentativo", "Un altro errore blocca la tessera")
	if r.app.Stage.Asks() {
		t.Fatal("the citizen is asked before the facilitator")
	}
	r.press(keyF5)
	r.wantCitizen(citizen.LastTry)
	if len(r.codes.calls) != 0 {
		t.Fatalf("the card was asked %v", r.codes.calls)
	}
	r.app.Stage.Accept()
	r.settle()
	r.wantCitizen(citizen.TypeCode)
	r.types(pinOfCard)
	r.wantSays("La tessera ha aperto la porta di prova")
}

func TestEnterOnTheLastTryStopsHere(t *testing.T) {
	r := inVisit(t)
	r.codes.needs.PINLeft = 1
	r.choose("Prova la tessera")
	r.press(keyMain)
	r.wantPage("Tessera e PIN")
	if len(r.codes.calls) != 0 || r.app.Stage.Asks() {
		t.Errorf("the card was asked %v", r.codes.calls)
	}
}

func TestACardWithoutTriesIsNotAskedForItsPIN(t *testing.T) {
	r := inVisit(t)
	r.codes.needs.PINLeft = 0
	r.choose("Prova la tessera")
	r.wantSays("PIN bloccato", "PUK")
	if r.app.Stage.Asks() {
		t.Fatal("the citizen is asked for a PIN that cannot be tried")
	}
	r.press(keyF6)
	r.wantCitizen(citizen.TypeCode)
	r.types(pukOfCard)
	r.types("98765")
	r.types("98765")
	r.wantSays("La tessera è sbloccata")
	r.wiped()
}

func TestANewPINIsTypedTwiceAndChangedWhenBothAreTheSame(t *testing.T) {
	r := inVisit(t)
	r.choose("Cambia il PIN")
	r.types(pinOfCard)
	r.types("111222")
	r.types("111223")
	if len(r.codes.calls) != 0 {
		t.Fatalf("two different PINs led to %v", r.codes.calls)
	}
	if words := r.app.Stage.Page().Lines; !strings.Contains(strings.Join(words, " "), "non erano uguali") {
		t.Errorf("the citizen reads %q", words)
	}
	r.types("111222")
	r.types("111222")
	r.wantSays("Il PIN nuovo vale da adesso")
	if got := r.codes.calls; len(got) != 1 || got[0] != "change to 6 digits" {
		t.Errorf("asked the card to %v", got)
	}
	if got := r.proofs(); len(got) != 1 || got[0].Work != desk.WorkChange {
		t.Errorf("recorded %+v", got)
	}
	r.wiped()
}

// Whichever way the page is left while a code is typed, nothing of it stays, nothing is tried, nothing is recorded.
func TestEveryWayOutWhileTypingWipesTheCode(t *testing.T) {
	for name, tc := range map[string]struct {
		leave func(*rig)
		page  string
		says  string
	}{
		"Esc":                    {func(r *rig) { r.press(keyBack) }, "Codici della tessera", "nessun tentativo"},
		"the citizen stops":      {func(r *rig) { r.app.Stage.GiveUp() }, "Codici della tessera", "nessun tentativo"},
		"the screen is blanked":  {func(r *rig) { r.press(keyBlank) }, "Codici della tessera", "nessun tentativo"},
		"two minutes have gone":  {func(r *rig) { r.strike() }, "Codici della tessera", "nessun tentativo"},
		"the card is pulled out": {func(r *rig) { r.tell(cardreader.Event{Kind: cardreader.CardRemoved, Reader: anna().Reader}) }, "Codici della tessera", "tolta troppo presto"},
		"the desk is locked":     {func(r *rig) { r.press(keyLock) }, "Inizio", ""},
		"the program ends":       {func(r *rig) { _ = r.app.Close() }, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := inVisit(t)
			r.choose("Cambia il PIN")
			r.types(pinOfCard) // the old PIN waits for the new one
			task := r.app.top().(*codeTask)
			waiting := task.first
			r.app.Stage.Type('7')
			tc.leave(r)
			if strings.Trim(string(waiting[:cap(waiting)]), "\x00") != "" || task.first != nil || task.fresh != nil {
				t.Error("the old PIN is still there")
			}
			r.wiped()
			if len(r.codes.calls) != 0 || len(r.proofs()) != 0 || r.app.Stage.Asks() {
				t.Errorf("the card was asked %v, recorded %+v", r.codes.calls, r.proofs())
			}
			if tc.page != "" {
				r.settle()
				r.wantPage(tc.page)
				r.wantSays(tc.says)
			}
		})
	}
}

func TestTheFacilitatorsWindowNeverTellsHowMuchIsTyped(t *testing.T) {
	r := inVisit(t)
	r.choose("Prova la tessera")
	before := r.read()
	for _, k := range []key{"1", "2", "3"} { // the keyboard is in the facilitator's window, and the digits reach the citizen's
		r.press(k)
	}
	if r.app.Stage.Typed() != 3 {
		t.Errorf("%d digits were taken", r.app.Stage.Typed())
	}
	if r.read() != before {
		t.Errorf("the page went from\n%s\nto\n%s", before, r.read())
	}
	r.press(keyRub, keyBack)
	r.wiped()
}

func TestAReaderWithKeysOfItsOwnTakesTheCode(t *testing.T) {
	r := inVisit(t)
	r.codes.needs.Pad, r.codes.needs.PINLeft = true, 3
	var seen citizen.Screen
	r.codes.during = func() { seen = r.app.Stage.Screen() }
	r.choose("Prova la tessera")
	r.settle()
	if seen.Kind != citizen.TypeOnPad || seen.Left != 3 {
		t.Errorf("meanwhile the citizen sees %+v", seen)
	}
	if len(r.codes.held) != 1 || r.codes.held[0] != nil || r.app.Stage.Asks() {
		t.Errorf("the card got %v", r.codes.held)
	}
	r.wantSays("La tessera ha aperto la porta di prova")
}

func TestNothingTypedOnTheReaderSpendsNothing(t *testing.T) {
	r := inVisit(t)
	r.codes.needs.Pad, r.codes.err = true, cardreader.PadCancelled
	r.choose("Prova la tessera")
	r.settle()
	r.wantSays("Non è stato scritto nessun codice")
	if len(r.proofs()) != 0 {
		t.Errorf("recorded %+v", r.proofs())
	}
}

func TestACardThatIsNotActiveYetSaysSoAndWhatToDo(t *testing.T) {
	r := inVisit(t)
	r.codes.err = cardreader.NotActive
	r.choose("Prova la tessera")
	r.types(pinOfCard)
	r.wantSays("Funzione non ancora attiva", "riprova quando è confermata", "Il PIN: non funziona: la funzione non è ancora attiva")
}

func TestARefusedCertificateLeadsToTheOtherWays(t *testing.T) {
	r := inVisit(t)
	r.codes.answer = desk.DoorAnswer{Reason: desk.ReasonRevoked, Serial: "0A", Protocol: "TLS 1.3", At: r.clock.Now()}
	r.choose("Prova la tessera")
	r.types(pinOfCard)
	r.wantSays("Il PIN è giusto, ma la porta di prova non si è aperta", "SPID", "l'autorità lo ha ritirato")
}

func TestADoorThatDoesNotAnswerSaysNothingOfTheCard(t *testing.T) {
	r := inVisit(t)
	r.codes.err = cardreader.DoorClosed
	r.choose("Prova la tessera")
	r.types(pinOfCard)
	r.wantSays("colpa della linea", "non controllato: manca la linea")
	r.codes.err = nil
	r.press(keyF5)
	r.types(pinOfCard)
	r.wantSays("La tessera ha preso il PIN")
	if got := r.codes.calls; len(got) != 2 || got[1] != "verify" {
		t.Errorf("asked the card to %v", got)
	}
}

func TestAtHomeTheCardIsTestedAndNothingIsRecorded(t *testing.T) {
	r := unlocked(t)
	r.insert(withCertificate())
	r.press(keyF5)
	r.wantSays("ANNA BIANCHINI", "Non ritirato: non controllato: manca la linea per chiederlo")
	r.choose("Prova la tessera")
	r.types(pinOfCard)
	r.wantSays("Non si scrive niente", "non c'è una visita aperta")
	if len(r.proofs()) != 0 {
		t.Errorf("recorded %+v", r.proofs())
	}
}

func TestAJobAndATaskPrintNoCode(t *testing.T) {
	job := codeJob{work: desk.WorkTest, first: []byte(pinOfCard)}
	if said := fmt.Sprintf("%v %+v %#v %s", job, job, job, job); strings.Contains(said, "24680") || strings.Contains(said, "50 52") {
		t.Errorf("a job prints %s", said)
	}
}

func TestWhatIsWrongWithWritingIsSaidAndTheOutcomeStays(t *testing.T) {
	r := inVisit(t)
	r.choose("Prova la tessera")
	r.journal.Fail = func([]desk.Draft) error { return errors.New("il disco è pieno") }
	r.types(pinOfCard)
	r.wantSays("La tessera ha aperto la porta di prova", "il disco è pieno")
}

// fakeHand holds two practice cards.
type fakeHand struct{ in int }

func (h *fakeHand) People() []string         { return []string{"BRUNA INNOCENTI", "NICCOLO' D'AMBROSIO"} }
func (h *fakeHand) Group(int) string         { return "people" }
func (h *fakeHand) About(int, string) string { return "tessera in regola" }
func (h *fakeHand) Codes() (pin, puk string) { return "12345", "12345678" }
func (h *fakeHand) Insert(person int) error  { h.in = person; return nil }
func (h *fakeHand) Remove() error            { h.in = -1; return nil }
func (h *fakeHand) Inserted() int            { return h.in }

func TestThePracticeHandTellsThePracticePINAndMarksIt(t *testing.T) {
	r := unlocked(t)
	r.app.session.Hand = &fakeHand{in: -1}
	r.press(keyPractice)
	r.wantSays("PROVA: il PIN delle carte di prova è 12345, il PUK 12345678", "BRUNA INNOCENTI")
	r.press("2")
	r.wantPage("Inizio")
}

// bigHand is a hand whose cards are of two groups.
type bigHand struct{ fakeHand }

func (h *bigHand) People() []string        { return append(h.fakeHand.People(), "IVANA CECCHI") }
func (h *bigHand) Group(person int) string { return []string{"people", "people", "fault"}[person] }

func TestPracticeCardsOfOtherGroupsAreBehindADoorOfTheirOwn(t *testing.T) {
	r := unlocked(t)
	hand := &bigHand{fakeHand{in: -1}}
	r.app.session.Hand = hand
	r.press(keyPractice)
	r.wantSays("Carte in regola", "NICCOLO' D'AMBROSIO", "Carte con qualcosa che non va")
	if strings.Contains(r.read(), "IVANA CECCHI") {
		t.Error("a card of another group is on the first page")
	}
	r.press("3")
	r.wantSays("IVANA CECCHI")
	r.press("1")
	r.wantPage("Inizio")
	if hand.in != 2 {
		t.Errorf("card %d is in", hand.in)
	}
	r.press(keyPractice)
	r.press("3")
	r.press(keyPractice)
	r.wantPage("Inizio")
}

func TestAnAuthorityThatWithdrewTheCertificateIsShownWhenItAnswers(t *testing.T) {
	r := unlocked(t)
	r.app.session.Withdrawn = func(context.Context, *desk.CardCertificate) desk.CertificateCheck {
		return desk.CertificateCheck{Aspect: desk.AspectRevocation, Result: desk.PartFails, Reason: desk.ReasonRevoked, At: r.clock.Now()}
	}
	r.insert(withCertificate())
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	told := func() bool { return strings.Contains(r.read(), "1 non a posto") }
	if err := r.pump.Until(ctx, told); err != nil {
		t.Fatalf("nothing is said of it:\n%s", r.read())
	}
	r.press(keyF5)
	r.wantSays("Non ritirato: non a posto: l'autorità lo ha ritirato")
}

func TestACardThatIsNoHealthCardIsCalledByItsName(t *testing.T) {
	for kind, says := range map[desk.CardKind]string{
		desk.KindCIE3: "Carta d'identità elettronica", desk.KindForeignHealth: "Tessera sanitaria di un altro Paese",
		desk.KindBusiness: "Carta della Camera di commercio", desk.KindOther: "Un'altra carta con il chip",
	} {
		r := unlocked(t)
		r.tell(
			cardreader.Event{Kind: cardreader.CardInserted, Reader: "Lettore"},
			cardreader.Event{Kind: cardreader.TroubleMet, Reader: "Lettore", Trouble: cardreader.NotACNS, Card: &desk.Card{Reader: "Lettore", Kind: kind}},
		)
		r.wantSays(says, "tessera sanitaria")
	}
}

func TestWhatIsOddAboutACardIsSaidAndStopsNothing(t *testing.T) {
	r := unlocked(t)
	card := anna()
	card.Warnings = []string{desk.WarningCodeName, desk.WarningEndsSoon, "a word of a newer program"}
	r.insert(card)
	r.wantSays("2 cose da guardare con calma", "confronta", "entro sessanta giorni", "ANNA BIANCHINI")
	r.press(keyMain)
	r.wantPage("Visita")
}

func TestAScannedFiscalCodeAsksForTheNameNext(t *testing.T) {
	r := unlocked(t)
	r.press(keyMain, keyF4)
	r.fill("fiscal_code", "*"+anna().Holder.FiscalCode+"*")
	r.press(keyMain) // the scanner's own Enter
	r.wantSays("Codice letto. Ora scrivi cognome e nome.")
	if got := r.page().Focus; got != "surname" {
		t.Errorf("the cursor goes to %q", got)
	}
	r.fill("surname", "Bianchini")
	r.fill("given", "Anna")
	r.press(keyMain)
	r.wantPage("Visita")
	r.wantSays(anna().Holder.FiscalCode, "05/03/1948")
}
