package facilitator

import (
	"context"
	"strings"
	"testing"
	"time"

	"bottega/cardreader"
	"bottega/desk"
	"bottega/ui/citizen"
)

const call = "la postazione si blocca da sola"

func TestADeskThatNobodyUsesCallsOnceAndThenLocksItself(t *testing.T) {
	r := realDesk(t)
	r.pass(8*time.Minute + 59*time.Second)
	r.wantSilent(call)
	r.pass(time.Second)
	r.wantSays("Fra 1 minuto " + call)
	r.wantPage("Inizio")
	r.pass(20 * time.Second)
	r.wantSays("Fra 40 secondi " + call)
	r.pass(39 * time.Second)
	r.wantSays("Fra 1 secondo " + call)
	r.wantPage("Inizio")
	r.pass(time.Second)
	r.wantPage("Sblocco")
	r.wantSays("La postazione si è bloccata da sola")
	if r.doors.closed != 1 {
		t.Errorf("the desk was closed %d times", r.doors.closed)
	}
}

func TestTheWindowIsDrawnAnewWhileTheCallCountsDown(t *testing.T) {
	r := realDesk(t)
	r.pass(9 * time.Minute)
	var drawn []string
	r.app.redraw = func() { drawn = append(drawn, r.read()) }
	r.pass(time.Minute - time.Second)
	for i, left := range []string{"55 secondi", "50 secondi", "45 secondi"} {
		if len(drawn) <= i || !strings.Contains(drawn[i], left) {
			t.Fatalf("%d drawings, the one with %s left is missing", len(drawn), left)
		}
	}
}

func TestTheLastCallSaysWhatWouldBeLost(t *testing.T) {
	const lost = "quello che è scritto in questa pagina"
	r := realDesk(t)
	r.press(keyMain, keyF3)
	r.pass(9*time.Minute + 30*time.Second)
	r.wantSays(call)
	r.wantSilent(lost)
	r.press(keyMain)
	r.fill("text", "Torna con la figlia")
	r.pass(9*time.Minute + 30*time.Second)
	r.wantSays(call, lost)
	r.pass(time.Minute)
	r.wantSays("Quello che si stava scrivendo va riscritto")
}

func TestAnyKeyKeepsTheDeskOpenAndDoesNothingElse(t *testing.T) {
	r := realDesk(t)
	r.pass(9*time.Minute + 45*time.Second)
	r.wantSays(call)
	r.press(keyMain) // would open a visit
	r.wantPage("Inizio")
	r.wantSilent(call)
	r.pass(9*time.Minute - time.Second)
	r.wantSilent(call)
	r.pass(time.Minute + time.Second)
	r.wantPage("Sblocco")
}

func TestWhatKeepsADeskOpen(t *testing.T) {
	for name, sign := range map[string]func(*rig){
		"a key":   func(r *rig) { r.press(keyBlank, keyBlank) },
		"a click": func(r *rig) { r.app.choose(func() {}) },
		"a mouse": func(r *rig) { r.app.Active() },
		"a card":  func(r *rig) { r.insert(anna()) },
	} {
		t.Run(name, func(t *testing.T) {
			r := realDesk(t)
			r.pass(6 * time.Minute)
			sign(r)
			r.pass(6 * time.Minute)
			r.wantPage("Inizio")
			r.wantSilent(call)
			r.pass(4 * time.Minute)
			r.wantPage("Sblocco")
		})
	}
}

func TestTheReaderAloneKeepsNoDeskOpen(t *testing.T) {
	r := realDesk(t)
	r.pass(6 * time.Minute)
	r.tell(cardreader.Event{Kind: cardreader.ReadersChanged, Readers: []string{"Lettore"}})
	r.pass(4 * time.Minute)
	r.wantPage("Sblocco")
}

func TestAnOpenVisitIsTakenUpWhereItWasAfterTheDeskLockedItself(t *testing.T) {
	r := realDesk(t)
	r.insert(anna())
	r.press(keyMain, "1")
	at := r.page().Name
	r.pass(11 * time.Minute)
	r.wantSilent("BIANCHINI")
	if got := r.app.Stage.Screen(); got.Kind != citizen.Welcome {
		t.Errorf("the citizen sees %q", got.Kind)
	}
	r.enterPhrase()
	r.wantPage(at)
	r.press(keyBack)
	r.wantPage("Visita")
	r.wantSays("ANNA BIANCHINI")
}

func TestADeskThatWasLockedByHandBeginsAtHome(t *testing.T) {
	r := realDesk(t)
	r.press(keyMain, keyLock)
	r.enterPhrase()
	r.wantPage("Inizio")
}

func TestADeskWaitsForATaskAndThenCallsBeforeItLocks(t *testing.T) {
	r := realDesk(t)
	ended := make(chan struct{})
	r.app.work("Lavoro lungo", func(context.Context) error { <-ended; return nil }, nil)
	for range 3 {
		r.clock.Advance(10 * time.Minute)
		r.app.idle.look()
	}
	if r.app.session == nil {
		t.Fatal("the desk was locked under a task")
	}
	close(ended)
	r.settle()
	r.app.idle.look()
	r.wantSays(call)
	r.pass(lastCall)
	r.wantPage("Sblocco")
}

func TestALongSendingIsGivenUpWhenTheDeskHasToLock(t *testing.T) {
	r := realDesk(t)
	r.line.status = desk.LineStatus{State: desk.LineSending, Total: 4000, Safe: 12}
	begun, heard := make(chan struct{}), make(chan struct{})
	r.line.send = func(ctx context.Context) error {
		close(begun)
		<-ctx.Done()
		close(heard)
		return ctx.Err()
	}
	r.press(keyF3)
	r.app.Press(keyMain)
	<-begun
	r.clock.Advance(10*time.Minute - lastCall)
	r.app.idle.look()
	r.wantSays(call, "ne restano 3.988")
	select {
	case <-heard:
		t.Fatal("the sending was given up before the desk had to lock")
	default:
	}
	r.clock.Advance(lastCall)
	r.app.idle.look()
	r.app.idle.look() // and whoever comes back now is too late
	r.settle()
	<-heard
	r.wantPage("Sblocco")
	r.wantSays("La postazione si è bloccata da sola", "L'invio al centro si è fermato a metà")
	if r.doors.closed != 1 {
		t.Errorf("the desk was closed %d times", r.doors.closed)
	}
}

func TestASendingThatSomebodyWatchesGoesOn(t *testing.T) {
	r := realDesk(t)
	r.line.status = desk.LineStatus{State: desk.LineSending, Total: 4000, Safe: 12}
	ended := make(chan struct{})
	r.line.send = func(ctx context.Context) error {
		select {
		case <-ended:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	r.press(keyF3)
	r.app.Press(keyMain)
	for range 5 {
		r.clock.Advance(10*time.Minute - lastCall)
		r.app.idle.look()
		r.app.Active()
	}
	r.clock.Advance(9 * time.Minute)
	r.app.idle.look()
	close(ended)
	r.settle()
	r.wantPage("Coda")
}

func TestADeskWaitsWhileTheCitizenTypesACode(t *testing.T) {
	r := realDesk(t)
	r.app.Stage.Ask(citizen.Asking{Least: 5, Most: 8, Done: func([]byte) {}})
	r.pass(30 * time.Minute)
	r.wantPage("Inizio")
	r.wantSilent(call)
	r.app.Stage.Withdraw()
	r.pass(2 * time.Minute)
	r.wantPage("Sblocco")
}

func TestALaptopThatWasShutTooLongIsLockedWhenItIsOpened(t *testing.T) {
	r := realDesk(t)
	r.clock.Advance(2 * time.Hour) // no timer runs while it sleeps
	r.press(keyMain)
	r.wantPage("Sblocco")
	if n := r.recorded("visit.opened"); n != 0 {
		t.Error("the key that woke the laptop did something")
	}
}

func TestANumberThatMakesNoSenseLocksNothing(t *testing.T) {
	r := realDesk(t)
	r.app.settings.LockAfter = -3
	r.app.idle.arm()
	r.pass(time.Hour)
	r.wantPage("Inizio")
}

func TestLockingIsChosenAndKept(t *testing.T) {
	r := realDesk(t)
	r.press(keyF4, keyF2)
	r.choose("Blocco automatico")
	r.wantSays("(x) Dopo 10 minuti")
	r.choose("Dopo 30 minuti")
	r.pass(25 * time.Minute)
	r.wantPage("Blocco automatico")
	r.choose("Mai")
	r.wantSays("premi F9")
	r.pass(24 * time.Hour)
	r.wantPage("Blocco automatico")
	if got := r.keeper.settings.LockAfter; got != 0 {
		t.Errorf("kept %d minutes", got)
	}
	r.choose("Dopo 5 minuti")
	r.pass(5 * time.Minute)
	r.wantPage("Sblocco")
}
