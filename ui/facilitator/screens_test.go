package facilitator

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bottega/cardreader"
	"bottega/desk"
	"bottega/ui/text"
)

func TestPresentersKnowNoToolkit(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasPrefix(name, "view") {
			continue
		}
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(source), `"fyne.`+`io/`) {
			t.Errorf("%s imports the toolkit: only view*.go may", name)
		}
	}
}

func TestAComputerWithoutADeskOffersThePracticeDeskAndARealOne(t *testing.T) {
	r := newRig(t)
	r.wantSays("Benvenuti in Bottega", "Apri il banco di prova", "Prepara una postazione vera")
	r.press("1")
	r.atHome()
	r.wantSays("Buon lavoro, Piera", "Bottega di piazza, Lucca · 23 novembre 2026")
}

func TestARealDeskIsSetUpWithAPhraseTypedTwice(t *testing.T) {
	r := newRig(t)
	r.press("2")
	r.wantPage("Nuova postazione")
	r.fill("facilitator", "Piera Neri")
	for id, v := range map[string]string{"site": "Bottega", "code": "lu piazza"} {
		r.fill(id, v)
	}
	r.press(keyMain)
	r.wantSays("Manca: serve per andare avanti.", "Solo lettere, cifre e trattini")
	if got := r.page().Focus; got != "municipality" {
		t.Errorf("the cursor goes to %q, want the first line refused", got)
	}
	r.fill("municipality", "Lucca")
	r.fill("code", "lu-piazza")
	r.fill("phrase", "corta")
	r.fill("again", "corta")
	r.press(keyMain)
	r.wantSays("Troppo corta")
	r.fill("phrase", rightPhrase)
	r.fill("again", rightPhrase+"!")
	r.press(keyMain)
	r.wantSays("Le due frasi non sono uguali")
	r.fill("phrase", rightPhrase)
	r.fill("again", rightPhrase)
	r.press(keyMain)
	r.atHome()
	if got := r.doors.setUp.Site.Site.ID; got != "LU-PIAZZA" {
		t.Errorf("the site is called %q", got)
	}
}

func TestAWrongPassphraseSaysInWordsHowLongToWait(t *testing.T) {
	r := newRig(t)
	r.doors.people = keyholders("Piera", "Gino")
	r.doors.refuse = 4 * time.Second
	r.app.lookForDesk()
	r.settle()
	r.wantPage("Sblocco")
	r.press("Alt+2")
	r.fill("phrase", "non questa")
	r.press(keyMain)
	r.wantSays("Per sicurezza aspetta 4 secondi", "(x) Gino")
	r.fill("phrase", rightPhrase)
	r.press(keyMain)
	r.wantSays("Ancora 4 secondi")
	r.clock.Advance(5 * time.Second)
	r.press(keyMain)
	r.atHome()
}

func TestAPassphraseIsForgottenAtOnce(t *testing.T) {
	r := newRig(t)
	r.doors.people = keyholders("Piera")
	r.app.lookForDesk()
	r.settle()
	r.fill("phrase", "non questa")
	r.press(keyMain)
	for i, b := range r.doors.phrases {
		if strings.Trim(string(b), "\x00") != "" {
			t.Errorf("phrase %d was not wiped", i)
		}
	}
	if len(r.doors.phrases) != 1 {
		t.Errorf("%d phrases were tried", len(r.doors.phrases))
	}
}

func TestHomeShowsTheCardAndItsTroubleWithAdvice(t *testing.T) {
	r := unlocked(t)
	r.tell(cardreader.Event{Kind: cardreader.ReadersChanged})
	r.wantSays("Nessun lettore collegato", "Collega il lettore")
	r.tell(cardreader.Event{Kind: cardreader.ReadersChanged, Readers: []string{"Lettore di prova"}})
	r.wantSays("Nessuna carta nel lettore")
	r.tell(cardreader.Event{Kind: cardreader.CardInserted, Reader: "Lettore di prova"}, cardreader.Event{Kind: cardreader.ReadingPhase, Phase: cardreader.PhasePersonal})
	r.wantSays("Leggo i dati…")
	r.insert(anna())
	r.wantSays("ANNA BIANCHINI", "Prima volta qui")
	r.tell(cardreader.Event{Kind: cardreader.CardRemoved, Reader: "Lettore di prova"})
	r.wantSilent("BIANCHINI")
}

func TestHomeSaysHowMuchIsSafeAtTheHub(t *testing.T) {
	r := unlocked(t)
	r.line.status = desk.LineStatus{State: desk.LineOffline, Total: 14, Safe: 12, LastAt: time.Date(2026, 11, 23, 8, 41, 0, 0, time.UTC)}
	r.wantSays("12 di 14 registrazioni al sicuro al centro", "Ultimo invio alle 08:41", "Puoi lavorare lo stesso")
}

// The promise of the whole program: a citizen who was here before, card in the reader, is recorded in at most six actions.
func TestAReturningVisitIsRecordedInAtMostSixActions(t *testing.T) {
	r := unlocked(t)
	first := []key{keyMain, keyF2, "1", keyMain}
	r.insert(anna())
	r.press(first...)
	r.tell(cardreader.Event{Kind: cardreader.CardRemoved, Reader: "Lettore di prova"})
	r.clock.Advance(48 * time.Hour)

	actions := 1 // the card goes in
	r.insert(anna())
	r.wantSays("Una visita precedente")
	for _, k := range first {
		actions++
		r.press(k)
		if r.app.visitAtHand() == "" && actions > 2 {
			break
		}
	}
	if actions > 6 {
		t.Errorf("it took %d actions", actions)
	}
	visits := r.app.session.Desk.VisitsOf(anna().Holder.FiscalCode)
	if len(visits) != 2 || visits[0].Open() || len(visits[0].Records) != 1 || visits[0].Naming != desk.NamedByCard {
		t.Fatalf("the second visit was not recorded and closed: %+v", visits)
	}
	if got := visits[0].Records[0]; got.Minutes != 5 || got.Service == "" {
		t.Errorf("recorded %+v", got)
	}
}

func TestAPlainVisitAsksForTheServiceAlone(t *testing.T) {
	r := unlocked(t)
	r.press(keyMain, keyF2)
	r.wantSays("Bottega di piazza, Lucca", "23/11/2026, 09:00", "5 minuti")
	r.press(keyMain)
	r.wantSays("Scegli il servizio con il suo numero.")
	r.press("1", keyF4, keyMain)
	r.wantSays("Visita chiusa")
	if got := r.app.session.Desk.Today().Visits; got != 1 {
		t.Errorf("%d visits today", got)
	}
}

func TestANoteThatLooksLikeASecretIsRefusedWhereItStands(t *testing.T) {
	r := unlocked(t)
	r.press(keyMain, keyF3)
	r.fill("text", "il PIN è 12345")
	r.press(keyMain)
	r.wantPage("Nota")
	r.wantSays("Sembra un PIN")
	if n := r.recorded("visit.note"); n != 0 {
		t.Errorf("%d notes were written", n)
	}
	r.fill("text", "porta la delega martedì")
	r.press(keyMain)
	r.wantPage("Visita")
	r.wantSays("porta la delega martedì")
}

func TestAVisitIsNamedByHandWithTheCodeChecked(t *testing.T) {
	r := unlocked(t)
	r.press(keyMain, keyF4)
	r.fill("fiscal_code", "BNCNNA48C45D612X")
	r.fill("surname", "Bianchini")
	r.fill("given", "Anna")
	r.press(keyMain)
	r.wantSays("Il codice fiscale non torna")
	r.fill("fiscal_code", strings.ToLower(anna().Holder.FiscalCode))
	r.press(keyMain)
	r.wantSays("Anna Bianchini", "05/03/1948", "Nome scritto a mano")
}

func TestACardOfSomebodyElseIsSaid(t *testing.T) {
	r := unlocked(t)
	r.press(keyMain, keyF4)
	r.fill("surname", "Rossi")
	r.fill("given", "Carla")
	other := anna()
	other.Holder.FiscalCode = "RSSCRL50A41D612K"
	r.fill("fiscal_code", "")
	r.press(keyMain)
	r.insert(anna())
	r.wantSays("Carla Rossi")
}

func TestTheTimeOfAVisitGoesWhereItIsPut(t *testing.T) {
	r := unlocked(t)
	r.press(keyMain)
	r.clock.Advance(12 * time.Minute)
	r.choose("Pratiche")
	r.clock.Advance(3 * time.Minute)
	r.wantSays("( ) Allo sportello | 12 minuti", "(x) Pratiche, dopo | 3 minuti")
}

func TestClosingAsksForTheTicksOnceAndEmptiesTheRest(t *testing.T) {
	r := unlocked(t)
	r.app.settings.Printer = "ipp://stampante"
	r.press(keyMain, keyF10)
	r.wantPage("Chiusura")
	r.press("1", keyMain)
	r.wantSays("Manca il segno su: finestre chiuse")
	r.press("2", keyMain)
	r.wantSays("Visita chiusa")
	if r.pc.empty != 1 || len(r.printer.cleared) != 1 {
		t.Errorf("clipboard emptied %d times, print queues %v", r.pc.empty, r.printer.cleared)
	}
	for _, v := range r.app.session.Desk.VisitsOn(civilDay(r.clock.Now())) {
		if len(v.CleanUp) != 4 {
			t.Errorf("recorded as cleaned up: %v", v.CleanUp)
		}
	}
}

func TestAPrintQueueThatStaysFullIsSaidAndNotRecorded(t *testing.T) {
	r := unlocked(t)
	r.app.settings.Printer = "ipp://stampante"
	r.printer.fail = errPrinterJam
	r.press(keyMain, keyF10, "1", "2", keyMain)
	r.wantSays("la coda di stampa non si è svuotata")
	for _, v := range r.app.session.Desk.VisitsOn(civilDay(r.clock.Now())) {
		if len(v.CleanUp) != 3 {
			t.Errorf("recorded as cleaned up: %v", v.CleanUp)
		}
	}
}

func TestAPaperIsMadePrintedSavedAndOpened(t *testing.T) {
	r := unlocked(t)
	r.printer.list = []desk.PrinterInfo{{URI: "ipp://a", Name: "Sala"}, {URI: "ipp://b", Name: "Banco", Default: true, Ready: true}}
	r.press(keyMain, "1", keyF3, "1", keyMain, keyF5)
	r.wantSays("Ancora nessun foglio.", "Banco")
	r.choose("Foglio da portare a casa")
	r.wantSays("LU-PIAZZA-1-2026-000001 pronto")
	r.press(keyMain)
	r.wantSays("Foglio mandato alla stampante", "Stampato.")
	r.press(keyF5)
	r.wantSays("/carte/LU-PIAZZA-1-2026-000001.pdf")
	r.press(keyF6)
	if len(r.printer.printed) != 1 || !strings.HasPrefix(r.printer.printed[0], "ipp://b ") || len(r.pc.opened) != 1 {
		t.Errorf("printed %v, opened %v", r.printer.printed, r.pc.opened)
	}
	if n := r.recorded("paper.printed"); n != 3 {
		t.Errorf("%d ways out were recorded, want three", n)
	}
}

func TestAPaperOfAWalkFindsThePrinterByItself(t *testing.T) {
	r := unlocked(t)
	r.insert(anna())
	r.press(keyMain, "1")
	r.walkUntil("Percorso: Il foglio della prova")
	r.press(keyMain, keyF4)
	r.wantSays("Nessuna stampante")
	r.printer.list = []desk.PrinterInfo{{URI: "ipp://b", Name: "Banco", Ready: true}}
	r.press(keyF4)
	if len(r.printer.printed) != 1 {
		t.Errorf("printed %v", r.printer.printed)
	}
}

func TestAPrinterOfTheNetworkIsChosenByItsAddress(t *testing.T) {
	r := unlocked(t)
	r.press(keyF4, keyF5, keyF6)
	r.fill("uri", "stampante")
	r.press(keyMain)
	r.wantSays("Non è un indirizzo di stampante")
	r.fill("uri", "ipp://192.168.1.20/ipp/print")
	r.press(keyMain)
	r.wantSays("(x) ipp://192.168.1.20/ipp/print")
	r.printer.list = []desk.PrinterInfo{{URI: "ipp://b", Name: "Banco", Default: true, Ready: true}}
	r.press(keyF5)
	r.wantSays("( ) Banco", "(x) ipp://192.168.1.20/ipp/print")
	if got := r.keeper.settings.Printer; got != "ipp://192.168.1.20/ipp/print" {
		t.Errorf("kept %q", got)
	}
}

func TestAPrinterThatRefusesLosesNoPaper(t *testing.T) {
	r := unlocked(t)
	r.printer.list, r.printer.fail = []desk.PrinterInfo{{URI: "ipp://b", Name: "Banco", Default: true, Ready: true}}, errPrinterJam
	r.press(keyMain, "1", keyF3, "1", keyMain, keyF5)
	r.choose("Foglio da portare a casa")
	r.press(keyMain)
	r.wantSays("Il foglio non è perso", "F5")
	if n := r.recorded("paper.printed"); n != 0 {
		t.Errorf("%d papers are said to have left", n)
	}
}

func TestAPaperWithoutFactsSaysWhatIsMissing(t *testing.T) {
	r := unlocked(t)
	r.press(keyMain, keyF5)
	r.choose("Attestato")
	r.wantSays("Per questo foglio mancano ancora le notizie")
}

func TestTheQueueShowsEachRecordAndSendsNow(t *testing.T) {
	r := unlocked(t)
	r.line.status = desk.LineStatus{State: desk.LineOffline, Total: 3, Safe: 1}
	r.line.waiting = []Waiting{{Kind: "visit.opened"}, {Kind: "activation.request"}}
	r.press(keyF3)
	r.wantSays("2 in attesa", "visita cominciata: aspetta", "richiesta di attivazione: aspetta")
	r.line.send = func(context.Context) error {
		r.line.waiting, r.line.status = nil, desk.LineStatus{State: desk.LineIdle, Total: 3, Safe: 3}
		return nil
	}
	r.press(keyMain)
	r.wantSays("Tutto inviato", "Niente in attesa")
}

func TestAHubThatForgotTheDeskAsksForACode(t *testing.T) {
	r := unlocked(t)
	r.line.status = desk.LineStatus{State: desk.LineHeld}
	r.line.enrol = func(code string) error {
		if code != "ABCDE" {
			return &EnrolError{Word: "code_mistyped", Group: 3, Err: errors.New("409")}
		}
		r.line.status.State = desk.LineIdle
		return nil
	}
	r.press(keyF3, keyMain)
	r.fill("code", "ABCED")
	r.press(keyMain)
	r.wantSays("Il codice di iscrizione non è scritto bene.", "gruppo numero 3")
	r.fill("code", "ABCDE")
	r.press(keyMain)
	r.wantSays("Postazione iscritta al centro")
}

func TestTheTwoWindowsHaveTheirOwnLanguages(t *testing.T) {
	r := unlocked(t)
	r.press(keyF4)
	r.choose("Inglese (English)")
	r.wantSays("Settings")
	if got := r.app.citizenWords.Current().Lang(); got != text.Italian {
		t.Errorf("the citizen's window speaks %q", got)
	}
	r.press(keyCitizenLang)
	if got := r.app.citizenWords.Current().Lang(); got != text.English {
		t.Errorf("the citizen's window speaks %q", got)
	}
	if r.keeper.settings.Lang != text.English || r.keeper.settings.CitizenLang != text.English {
		t.Errorf("kept %+v", r.keeper.settings)
	}
}

func TestSettingsThatCannotBeKeptStillHold(t *testing.T) {
	r := unlocked(t)
	r.keeper.fail = os.ErrPermission
	r.press(keyF4)
	r.choose("Contrasto alto")
	r.wantSays("La scelta vale solo per oggi", "(x) Contrasto alto")
}

func TestHelpListsEveryKeyOfThePageBelow(t *testing.T) {
	r := unlocked(t)
	want := r.keys()
	r.press(keyHelp)
	for _, k := range want {
		label := k[strings.Index(k, "=")+1:]
		r.wantSays(label)
	}
	r.press(keyHelp)
	r.wantPage("Inizio")
}

func TestLockingForgetsEverythingAndClosesTheDesk(t *testing.T) {
	r := unlocked(t)
	r.doors.people = keyholders("Piera")
	r.insert(anna())
	r.press(keyMain)
	r.press(keyLock)
	r.wantPage("Sblocco")
	r.wantSilent("BIANCHINI")
	if r.doors.closed != 1 {
		t.Errorf("the desk was closed %d times", r.doors.closed)
	}
}

func TestAFollowUpWithTheHubsAnswerIsOpenedAndClosed(t *testing.T) {
	r := unlocked(t)
	r.press(keyMain)
	id := r.app.visitAtHand()
	d := r.app.session.Desk
	if err := d.CloseVisit(t.Context(), id, desk.Closing{FollowUps: []desk.FollowUpOpened{{ID: "fu", Type: desk.FollowPerson, Text: "telefonare per la delega"}}}); err != nil {
		t.Fatal(err)
	}
	r.press(keyBack)
	r.choose("telefonare per la delega")
	r.choose("Ottenuto")
	r.wantPage("Inizio")
	r.wantSays("Niente da seguire.")
}

func TestAnErrorSaysWhatHappenedAndWhatToDoBeforeAnyCode(t *testing.T) {
	r := unlocked(t)
	r.journal.Fail = func([]desk.Draft) error { return errors.New("bucket 7: checksum") }
	r.press(keyMain)
	r.wantSays("! Non ci sono riuscito | Riprova. Quello che era già scritto è al sicuro.")
	r.wantPage("Inizio")
}
