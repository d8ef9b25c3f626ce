package facilitator

import (
	"context"
	"strings"
	"testing"
	"time"

	"bottega/cardreader"
	"bottega/desk"
	"bottega/desk/civil"
	"bottega/desk/fiscalcode"
	"bottega/ui/text"
)

// closedVisit records a visit of anna's that is over, with one service and one paper.
func (r *rig) closedVisit() string {
	r.t.Helper()
	r.insert(anna())
	r.press(keyMain, "1")
	id := r.app.visitAtHand()
	d := r.app.session.Desk
	if _, _, err := d.MakePaper(r.t.Context(), id, desk.PaperOrder{Kind: desk.PaperCardTest, Lang: text.Italian}); err != nil {
		r.t.Fatal(err)
	}
	if err := d.CloseVisit(r.t.Context(), id, desk.Closing{}); err != nil {
		r.t.Fatal(err)
	}
	r.press(keyBack, keyBack)
	return id
}

func TestAPersonIsFoundWhileOneTypesAfterAPause(t *testing.T) {
	r := realDesk(t)
	r.closedVisit()
	r.press(keyF10)
	r.fill("query", "bian an")
	r.wantSilent("ANNA BIANCHINI")
	r.strike()
	r.settle()
	r.wantSays("Una visita", "ANNA BIANCHINI | 23/11/2026, 09:00 · Attivare la tessera sanitaria")
	r.fill("query", strings.ToLower(anna().Holder.FiscalCode[:9]))
	r.press(keyMain)
	r.wantSays("ANNA BIANCHINI")
	r.fill("query", "verdi")
	r.press(keyMain)
	r.wantSays("Nessuna visita con queste lettere")
	r.press(keyBack, keyF10)
	r.wantSilent("verdi", "ANNA")
}

func TestADeskThatIsLockedInTheVeryMomentOfALookDoesNotLook(t *testing.T) {
	r := realDesk(t)
	r.press(keyF10)
	r.app.later = func(_ time.Duration, do func()) func() { return r.app.afterwards(0, do) }
	r.fill("query", "anna")
	r.untilQueued()
	if !r.app.Press(keyLock) {
		t.Fatal("the desk cannot be locked")
	}
	r.settle()
	r.wantPage("Sblocco")
}

// untilQueued waits for something that waits for its turn on the goroutine of the windows, and leaves it there.
func (r *rig) untilQueued() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 20*time.Second)
	defer cancel()
	if err := r.pump.Arrived(ctx); err != nil {
		r.t.Fatal(err)
	}
}

func TestTheVisitThatWasFoundHasItsPapers(t *testing.T) {
	r := realDesk(t)
	r.printer.list = []desk.PrinterInfo{{URI: "ipp://b", Name: "Banco", Default: true, Ready: true}}
	r.closedVisit()
	r.press(keyF10)
	r.fill("query", "anna")
	r.press(keyMain, "Alt+1")
	r.wantPage("Visita")
	r.wantSays("ANNA BIANCHINI")
	r.press(keyMain)
	r.wantPage("Fogli")
	r.press(keyMain)
	if len(r.printer.printed) != 1 {
		t.Errorf("printed %v", r.printer.printed)
	}
}

func TestAVisitIsErasedAfterBeingAskedTwiceAndTheProofIsPrinted(t *testing.T) {
	r := realDesk(t)
	id := r.closedVisit()
	r.printer.list = []desk.PrinterInfo{{URI: "ipp://b", Name: "Banco", Default: true, Ready: true}}
	r.press(keyF10)
	r.fill("query", "anna")
	r.press(keyMain, "Alt+1", keyF10)
	r.wantSays("Cancellare la visita di ANNA BIANCHINI?", "nessuno la può recuperare")
	r.press(keyF10)
	r.wantSays("Sei proprio sicuro?")
	if r.app.Press(keyF10) {
		t.Error("a key held down says yes twice")
	}
	r.press(keyMain)
	r.wantPage("Visita")
	r.press(keyF10, keyF10, keyF5)
	r.wantPage("Visita cancellata")
	r.wantSays("La visita è cancellata")
	r.wantSilent("ANNA", "BIANCHINI")
	r.press(keyF4)
	r.wantSays("Foglio mandato alla stampante")
	r.press(keyF5)
	r.wantSays("/carte/LU-PIAZZA-1-C-7.pdf")
	r.press(keyMain)
	r.wantPage("Cerca")
	r.wantSilent("ANNA")
	if len(r.care.erased) != 1 || r.care.erased[0] != id || len(r.printer.printed) != 1 {
		t.Errorf("erased %v, printed %v", r.care.erased, r.printer.printed)
	}
}

// write appends an entry beside the desk, as the line does, and returns its ID.
func (r *rig) write(d desk.Draft) string {
	r.t.Helper()
	entries, err := r.journal.Append(r.t.Context(), d)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := r.app.session.Desk.CatchUp(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	r.settle()
	return entries[0].ID
}

// hubSays lets an answer of the hub come in.
func (r *rig) hubSays(reply desk.Reply) {
	r.t.Helper()
	reply.At = r.clock.Now()
	r.write(desk.Draft{Payload: desk.ReplyReceived{Reply: reply}})
}

// refuse lets the hub say that it cannot make sense of an entry.
func (r *rig) refuse(entry, reason string) {
	r.t.Helper()
	r.hubSays(desk.Reply{About: entry, Kind: desk.RecordRefused, Reason: reason})
}

// asked writes a request into a visit that is over, and returns its entry.
func (r *rig) asked(p desk.Payload) string {
	r.t.Helper()
	return r.write(desk.Draft{Visit: r.closedVisit(), Payload: p})
}

func TestARefusedRequestIsCorrectedFromTheQueue(t *testing.T) {
	r := realDesk(t)
	wrong := anna().Holder
	wrong.Surname = "BIANCHNI"
	wrong.FiscalCode = fiscalcode.Compose("BIANCHNI", "ANNA", wrong.BirthDate, "F", "D612")
	entry := r.asked(desk.ActivationRequested{
		CardNumber: anna().Number, Holder: wrong, Presence: desk.InPerson,
		Document: desk.Document{Kind: "identity_card", Number: "CA00000AA", Expires: civil.Date{Year: 2031, Month: 12, Day: 31}},
	})
	r.refuse(entry, "holder_mismatch")
	r.press(keyF3)
	r.wantSays("Il centro non ha capito una registrazione", "richiesta di attivazione, 23/11/2026, 09:00 | La tessera risulta di un'altra persona")
	r.press("1")
	r.wantPage("Registrazione respinta")
	r.press(keyMain)
	r.wantSays("Cognome=BIANCHNI", "Numero della tessera="+anna().Number, "Scadenza del documento=31/12/2031")
	r.fill("surname", "")
	r.fill("card_number", "123")
	r.fill("expires", "domani")
	r.press(keyMain)
	r.wantSays("Manca", "conta di nuovo", "Non è una data")
	r.fill("surname", "BIANCHINI")
	r.fill("fiscal_code", anna().Holder.FiscalCode)
	r.fill("card_number", anna().Number)
	r.fill("expires", "01/02/2032")
	r.press(keyMain)
	r.wantPage("Coda")
	r.wantSays("Correzione scritta")
	r.wantSilent("non ha capito")
	entries := r.journal.Entries()
	var right *desk.ActivationRequested
	for _, e := range entries {
		if e.Supersedes == entry {
			p, err := desk.Decode(e)
			if err != nil {
				t.Fatal(err)
			}
			right = p.(*desk.ActivationRequested)
		}
	}
	if right == nil || right.Holder.FiscalCode != anna().Holder.FiscalCode || right.Document.Expires.String() != "2032-02-01" || right.Presence != desk.InPerson {
		t.Errorf("the correction says %+v", right)
	}
}

func TestARefusedExemptionIsCorrectedAndKeepsThePerson(t *testing.T) {
	r := realDesk(t)
	entry := r.asked(desk.ExemptionRequested{Person: anna().Holder, Code: "E10"})
	r.refuse(entry, "incomplete")
	r.press(keyF3, "1", keyMain)
	r.fill("exemption", "E01")
	r.press(keyMain)
	for _, e := range r.journal.Entries() {
		if e.Supersedes != entry {
			continue
		}
		p, err := desk.Decode(e)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.(*desk.ExemptionRequested); got.Code != "E01" || got.Person != anna().Holder {
			t.Errorf("the correction says %+v", got)
		}
		return
	}
	t.Error("no correction was written")
}

func TestAnErasedVisitIsNotSaidByTheRecordThatTheHubRefused(t *testing.T) {
	ways := map[string]func(r *rig, visit string){
		"erased from the record's page": func(r *rig, _ string) {
			r.press("1", keyF2, keyF10, keyF10, keyF5, keyMain)
			r.wantPage("Coda")
		},
		"erased while the record is looked at": func(r *rig, visit string) {
			r.press("1")
			r.erase(visit)
			r.wantSays("Qui non c'è più niente da correggere")
			r.press(keyBack)
			r.wantPage("Coda")
		},
		"erased while the record is corrected": func(r *rig, visit string) {
			r.press("1", keyMain)
			r.erase(visit)
			r.press(keyMain)
			r.wantPage("Coda")
			r.wantSays("Questa registrazione non c'è più")
		},
	}
	for name, erase := range ways {
		t.Run(name, func(t *testing.T) {
			r := realDesk(t)
			entry := r.asked(desk.ActivationRequested{
				CardNumber: anna().Number, Holder: anna().Holder, Presence: desk.InPerson,
				Document: desk.Document{Kind: "identity_card", Number: "CA00000AA", Expires: civil.Date{Year: 2031, Month: 12, Day: 31}},
			})
			r.refuse(entry, "holder_mismatch")
			visit := r.app.session.Desk.Refused()[0].Visit
			r.tell(cardreader.Event{Kind: cardreader.CardRemoved})
			r.press(keyF3)
			erase(r, visit)
			for range 3 {
				r.wantSilent("ANNA", "BIANCHINI", anna().Holder.FiscalCode, anna().Number, "CA00000AA", "non ha capito")
				r.app.Press(keyBack)
				r.settle()
			}
			r.wantPage("Inizio")
		})
	}
}

// erase erases a visit beside the pages, as retention does.
func (r *rig) erase(visit string) {
	r.t.Helper()
	if err := r.care.Erase(r.t.Context(), visit); err != nil {
		r.t.Fatal(err)
	}
	r.settle()
}

func TestARecordThatCannotBeCorrectedIsLetBe(t *testing.T) {
	r := realDesk(t)
	entry := r.asked(desk.EnvelopeRecorded{Number: "B0012345"})
	r.refuse(entry, "unreadable")
	r.press(keyF3, "1")
	r.wantSays("non si può correggere qui")
	if r.app.Press(keyMain) {
		t.Error("a record that cannot be corrected offers a correction")
	}
	r.press(keyF10)
	r.wantPage("Coda")
	r.wantSays("Non te lo chiedo più")
	r.wantSilent("non ha capito")
}

func TestAReasonOfANewerHubIsASentenceWithItsWordForSupport(t *testing.T) {
	r := realDesk(t)
	r.refuse(r.asked(desk.ExemptionRequested{Person: anna().Holder, Code: "E10"}), "quota_of_region")
	r.press(keyF3)
	r.wantSays("Il centro ha dato un motivo che questo programma non conosce ancora")
	r.wantSilent("quota_of_region")
	r.press("1")
	r.wantSays("Che cosa non va | Il centro ha dato un motivo che questo programma non conosce ancora", "Per l'assistenza: «quota_of_region»")
	r.app.words.Set(text.English)
	r.wantSays("The hub gave a reason that this program does not know yet", `For support: "quota_of_region"`)
}

func TestRecordsOfANewerProgramAreSaidAndNotLost(t *testing.T) {
	r := realDesk(t)
	r.journal.Put(desk.Entry{
		Seq: uint64(len(r.journal.Entries()) + 1), ID: "x", Kind: "visit.hologram", Version: 1, At: r.clock.Now(), Payload: []byte(`{}`),
	})
	if err := r.app.session.Desk.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.press(keyF3)
	r.wantSays("Una registrazione viene da un programma più nuovo", "Aggiorna il programma", "non si perde niente")
}
