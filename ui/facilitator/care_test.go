package facilitator

import (
	"context"
	"slices"
	"testing"
	"time"

	"bottega/desk"
)

func TestAPracticeDeskSaysWhyThereIsNothingToCareFor(t *testing.T) {
	r := newRig(t)
	r.doors.practice = true
	r.press(keyMain)
	r.atHome()
	r.press(keyF4, keyF2)
	r.wantSays("Qui non c'è niente da regolare", "Il banco di prova sparisce quando lo chiudi")
	r.wantSilent("Blocco automatico", "Copia di sicurezza", "Persone e chiavi", "Contenuti", "Per quanto si tengono i dati")
	if n := len(r.page().rows()); n != 0 {
		t.Errorf("the page offers %d things", n)
	}
}

func TestADeskOffersOnlyWhatItCanDo(t *testing.T) {
	r := unlocked(t) // a desk in memory, without journal and keys
	r.press(keyF4, keyF2)
	r.wantSays("Blocco automatico")
	r.wantSilent("Copia di sicurezza", "Persone e chiavi", "Contenuti")
}

func TestABackupGoesToAStickAndIsRemembered(t *testing.T) {
	r := realDesk(t)
	r.press(keyF4, keyF2)
	r.choose("Copia di sicurezza")
	r.wantSays("Finora nessuna copia")
	r.press(keyMain)
	r.wantSays("Non trovo nessuna chiavetta")
	r.aStick()
	r.press(keyF5)
	r.wantSays("Chiavetta «BLU» | /media/piera/BLU", "Documenti di questo computer")
	r.press("1")
	r.wantSays("Copia fatta e ricontrollata", "bottega-2026-11-23.copia", "/media/piera/BLU", "Ultima copia: 23/11/2026, 09:00")
	if len(r.care.copies) != 1 || r.keeper.settings.LastBackup.IsZero() {
		t.Errorf("copies in %v, kept %v", r.care.copies, r.keeper.settings.LastBackup)
	}
}

func TestABackupThatFailsIsNoBackup(t *testing.T) {
	r := realDesk(t)
	r.aStick()
	r.care.plan(0, errStickFull)
	r.press(keyF4, keyF2)
	r.choose("Copia di sicurezza")
	r.press(keyMain, "1")
	r.wantSays("Non ci sono riuscito")
	r.wantPage("Dove va la copia")
	if !r.keeper.settings.LastBackup.IsZero() {
		t.Error("a copy that was not made is remembered")
	}
}

func TestAFolderThatIsNotListedIsTyped(t *testing.T) {
	r := realDesk(t)
	r.press(keyF4, keyF2)
	r.choose("Copia di sicurezza")
	r.press(keyMain, keyF6)
	r.fill("path", "chiavetta")
	r.press(keyMain)
	r.wantSays("Scrivi il percorso intero")
	r.fill("path", "/mnt/copie sicure/")
	r.press(keyMain)
	r.wantSays("Copia fatta")
	if r.care.copies[0] != "/mnt/copie sicure" {
		t.Errorf("the copy went to %q", r.care.copies[0])
	}
}

func TestHomeRemindsOfABackupAfterThirtyDays(t *testing.T) {
	r := realDesk(t)
	r.app.settings.LockAfter = 0
	r.app.idle.end()
	r.wantSilent("copia di sicurezza")
	r.clock.Advance(30 * 24 * time.Hour)
	r.wantSays("È ora di fare una copia di sicurezza")
	r.press(keyF4, keyF2)
	r.choose("Copia di sicurezza")
	r.choose("Mai")
	r.press(keyBack, keyBack, keyBack)
	r.wantPage("Inizio")
	r.wantSilent("È ora di fare una copia")
}

func TestRetentionRunsAtUnlockingAndOnceADay(t *testing.T) {
	r := newRig(t)
	r.care.plan(3, nil)
	r.doors.real, r.doors.people = true, keyholders("Piera")
	r.app.lookForDesk()
	r.settle()
	r.enterPhrase()
	r.until(func() bool { return r.care.runs.Load() == 1 && !r.app.settings.LastErasing.IsZero() })
	r.wantSays("Oggi sono stati cancellati i contenuti di 3 visite vecchie")
	r.pass(10 * time.Hour)
	if r.care.runs.Load() != 1 {
		t.Errorf("retention ran %d times in one day", r.care.runs.Load())
	}
	r.pass(14 * time.Hour)
	r.until(func() bool { return r.care.runs.Load() == 2 })
	r.until(func() bool { return r.app.settings.LastErased == 0 })
	r.wantSilent("cancellati i contenuti")
}

// until waits for what the desk does beside its pages.
func (r *rig) until(done func() bool) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 20*time.Second)
	defer cancel()
	if err := r.pump.Until(ctx, done); err != nil {
		r.t.Fatal(err)
	}
}

func TestHowLongContentsAreKeptIsChosenAndDoneAtOnce(t *testing.T) {
	r := realDesk(t)
	r.until(func() bool { return !r.app.settings.LastErasing.IsZero() })
	r.press(keyF4, keyF2)
	r.choose("Per quanto si tengono i dati")
	r.wantSays("(x) 60 giorni", "0 visite cancellate")
	r.choose("30 giorni")
	r.care.plan(1, nil)
	r.press(keyF5)
	r.wantSays("(x) 30 giorni", "Cancellati i contenuti di una visita", "una visita cancellata")
	if r.care.days != 30 {
		t.Errorf("kept for %d days", r.care.days)
	}
}

func TestVisitsThatStayPastTheirTimeAreNamedAndOpened(t *testing.T) {
	r := realDesk(t)
	r.until(func() bool { return !r.app.settings.LastErasing.IsZero() })
	id, err := r.app.session.Desk.OpenVisit(t.Context(), desk.Opening{Person: desk.Person{Surname: "LIPPI", Name: "Filippo"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.app.session.Desk.CloseVisit(t.Context(), id, desk.Closing{}); err != nil {
		t.Fatal(err)
	}
	r.care.held = []string{id, "erased meanwhile"}
	r.press(keyF4, keyF2)
	r.choose("Per quanto si tengono i dati")
	r.wantSays("2 visite hanno passato il loro tempo e restano", "qualcosa da seguire", "Filippo LIPPI")
	r.choose("Filippo LIPPI")
	r.wantPage("Visita")
}

func TestContentSaysItsVersionAndWhatWaits(t *testing.T) {
	r := realDesk(t)
	r.press(keyF4, keyF2)
	r.choose("Contenuti")
	r.wantSays("quelli del programma prova")
	r.care.packs = desk.ContentStatus{Version: 7, Waiting: 8, Problem: "cut_short"}
	r.wantSays("versione 7", "La versione 8 è in attesa | Entra in uso quando nessuna visita è aperta.", "I contenuti nuovi non si possono usare", "è arrivato a metà")
	r.aStick("toscana-8.pacchetto", "altro.txt")
	r.press(keyF5)
	r.wantSays("toscana-8.pacchetto")
	r.wantSilent("altro.txt")
	r.press("1")
	r.wantSays("Contenuti nuovi ricevuti")
	if len(r.care.install) != 1 || r.care.install[0] != "/media/piera/BLU/toscana-8.pacchetto" {
		t.Errorf("installed %v", r.care.install)
	}
}

func TestALongBacklogShowsHowMuchIsLeftWhileTheLineSendsByItself(t *testing.T) {
	r := unlocked(t)
	r.press(keyF3)
	r.line.status = desk.LineStatus{State: desk.LineSending, Total: 1200, Safe: 300}
	r.wantSays("... 300 di 1.200 al sicuro al centro: ne restano 900")
	r.line.status.Safe = 1199
	r.wantSays("ne resta una")
	r.line.status = desk.LineStatus{State: desk.LineIdle, Total: 1200, Safe: 1200}
	r.wantSilent("...")
}

func TestAClockThatIsWrongIsSaidWithWhatToDo(t *testing.T) {
	for name, tc := range map[string]struct {
		skew time.Duration
		says string
	}{
		"ahead":  {17*time.Minute + 20*time.Second, "L'orologio di questo computer è avanti di 17 minuti"},
		"behind": {-5 * time.Minute, "L'orologio di questo computer è indietro di 5 minuti"},
		"good":   {4 * time.Minute, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := unlocked(t)
			r.line.status = desk.LineStatus{State: desk.LineIdle, Total: 3, Safe: 3, Skew: tc.skew}
			r.press(keyF3)
			if tc.says == "" {
				r.wantSilent("orologio")
				return
			}
			r.wantSays(tc.says, "Mettilo a posto")
		})
	}
}

func TestAMeteredConnectionIsSparedAndTheChoiceIsKept(t *testing.T) {
	r := realDesk(t)
	r.line.status = desk.LineStatus{State: desk.LineIdle, Total: 3, Safe: 3}
	r.press(keyF3)
	offers := func(want string) {
		t.Helper()
		if !slices.ContainsFunc(r.page().Actions, func(a action) bool { return a.Key == keyF10 && a.Label == want }) {
			t.Errorf("the queue does not offer %q", want)
		}
	}
	offers("Risparmia la connessione")
	r.press(keyF10)
	r.wantSays("Connessione a consumo: si risparmia", "«Invia adesso»")
	offers("Non risparmiare più")
	if !r.keeper.settings.Metered {
		t.Error("the choice is not kept")
	}
	r.press(keyF10)
	r.wantSilent("Connessione a consumo")
	offers("Risparmia la connessione")
	r.app.settings.Metered = true
	r.press(keyLock)
	r.enterPhrase()
	if !r.line.status.Metered {
		t.Error("the choice does not hold after unlocking")
	}
}

func TestABacklogIsCarriedOnAStickAndTheAnswerComesBackOnIt(t *testing.T) {
	r := realDesk(t)
	r.line.status = desk.LineStatus{State: desk.LineOffline, Total: 30, Safe: 18}
	r.aStick("centro-12.ricevuta")
	r.press(keyF3, keyF2)
	r.wantPage("Plico per il centro")
	r.press("1")
	r.wantPage("Coda")
	r.wantSays("Plico scritto, con 12 registrazioni", "bottega-LU-PIAZZA-1.plico", "Porta la chiavetta a chi gestisce il centro")
	r.press(keyF4)
	r.wantSays("centro-12.ricevuta | Chiavetta «BLU», 23/11/2026, 09:00")
	r.press("1")
	r.wantSays("Risposta letta")
	if len(r.line.exported) != 1 || len(r.line.imported) != 1 || r.line.imported[0] != "/media/piera/BLU/centro-12.ricevuta" {
		t.Errorf("exported to %v, imported %v", r.line.exported, r.line.imported)
	}
}

func TestADeskWithoutAHubOffersNothingToCarry(t *testing.T) {
	r := realDesk(t)
	r.press(keyF3)
	if r.app.Press(keyF2) || r.app.Press(keyF10) {
		t.Error("a desk without a hub offers a parcel or a metered line")
	}
}

func TestAWarningIsReadBeforeWorkGoesOn(t *testing.T) {
	r := newRig(t)
	r.app.settings.LockAfter = 10
	r.doors.real, r.doors.people, r.care.warning = true, keyholders("Piera"), errStickFull
	r.app.lookForDesk()
	r.settle()
	r.fill("phrase", rightPhrase)
	r.press(keyMain)
	r.wantPage("Avviso")
	r.wantSays("Prima di cominciare, leggi qui")
	if r.care.read.Load() != 0 {
		t.Error("nobody read it yet")
	}
	r.press(keyMain)
	r.atHome()
	r.until(func() bool { return r.care.read.Load() == 1 })
}
