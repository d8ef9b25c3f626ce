package facilitator

import (
	"errors"
	"io/fs"
	"time"

	"fyne.io/fyne/v2"

	"bottega/desk"
	"bottega/desk/civil"
)

// forgotten goes through the pages of somebody who forgot the passphrase, from the first screen and back to it.
func (w *windowed) forgotten(at func(name string)) {
	w.t.Helper()
	w.key("F2")
	at("forgotten-no-key")
	w.key(fyne.KeyReturn)
	w.doors.recovery, w.doors.people[1].Remembered = true, true
	w.app.lookForDesk()
	w.settle()
	w.alt("2")
	at("unlock-remembered")
	w.key("F2")
	w.fill("key", "7K3MV 9QX2T D4HNX 0RW6Z J8FCY 2PTGS 5XEMA Q1VKD")
	w.fill("phrase", "nuova frase lunga")
	w.fill("again", "nuova frase lunga")
	w.key(fyne.KeyReturn)
	at("forgotten")
	w.key(fyne.KeyEscape)
	w.alt("1")
}

// caring goes through what stands behind the settings, from the first page and back to it.
func (w *windowed) caring(at func(name string)) {
	w.t.Helper()
	w.app.settings.LastErasing, w.app.settings.LastErased = w.clock.Now(), 12
	w.app.settings.KeyPending = true
	w.care.packs = desk.ContentStatus{Version: 7, Waiting: 8, Problem: "unknown_key"}
	w.key("F4", "F2")
	at("care")
	w.key("1")
	at("people")
	w.key("F2", fyne.KeyReturn)
	at("person-new")
	w.key(fyne.KeyEscape, "F3")
	at("own-phrase")
	w.key(fyne.KeyEscape, "2")
	at("removal")
	w.key(fyne.KeyEscape, "F4")
	at("renewal")
	w.key(fyne.KeyReturn)
	at("recovery-key")
	w.key(fyne.KeyReturn)
	w.typed("zzz")
	w.key(fyne.KeyReturn)
	at("recovery-ask")
	w.key("F10", fyne.KeyEscape, "2")
	at("locking")
	w.key(fyne.KeyEscape, "3")
	at("backup")
	w.key(fyne.KeyReturn)
	at("backup-no-stick")
	w.aStick("toscana-8.pacchetto")
	w.key("F5")
	at("backup-where")
	w.care.plan(0, &PlaceError{Err: fs.ErrNotExist})
	w.key("1")
	at("backup-stick-gone")
	w.care.plan(0, nil)
	w.key("F6", fyne.KeyReturn)
	at("typed-folder")
	w.key(fyne.KeyEscape, "1")
	at("backup-done")
	w.key(fyne.KeyEscape, "4")
	at("retention")
	w.key(fyne.KeyEscape, "5")
	at("packs")
	w.key("F5")
	at("pack-file")
	w.key(fyne.KeyEscape, fyne.KeyEscape, fyne.KeyEscape, fyne.KeyEscape)
	w.app.settings.LastBackup = w.clock.Now().AddDate(0, -2, 0)
	w.app.changed()
	at("home-reminders")
	w.app.settings.KeyPending, w.app.settings.LastErased, w.app.settings.LastBackup = false, 0, w.clock.Now()
}

// carrying goes through the queue with all that can be wrong, from the first page and back to it.
func (w *windowed) carrying(at func(name string)) {
	w.t.Helper()
	was := w.line.status
	entry := w.asked(desk.ActivationRequested{
		CardNumber: anna().Number, Holder: anna().Holder, Presence: desk.InPerson,
		Document: desk.Document{Kind: "identity_card", Number: "CA00000AA", Expires: civil.Date{Year: 2031, Month: 12, Day: 31}},
	})
	w.refuse(entry, "holder_mismatch")
	w.line.status = desk.LineStatus{State: desk.LineSending, Total: 10_240, Safe: 3_100, Skew: 17 * time.Minute, Metered: true, LastAt: w.clock.Now()}
	w.key("F3")
	at("queue-full")
	w.key("1")
	at("refusal")
	w.key(fyne.KeyReturn)
	w.fill("expires", "domani")
	w.key(fyne.KeyReturn)
	at("correction")
	w.key(fyne.KeyEscape, fyne.KeyEscape)
	w.refuse(entry, "quota_of_region")
	w.key("1")
	at("refusal-newer-hub")
	w.key(fyne.KeyEscape, "F2")
	at("export")
	w.key("1")
	at("exported")
	w.key("F4")
	at("answer-file")
	w.key(fyne.KeyEscape, fyne.KeyEscape)
	w.line.status = was
}

// findingSomebody goes through the search, a visit that is over, and its erasure, from the first page and back to it.
func (w *windowed) findingSomebody(at func(name string)) {
	w.t.Helper()
	w.key("F10")
	w.typed("bian")
	w.key(fyne.KeyReturn)
	at("find")
	w.alt("1")
	at("visit-closed")
	for _, p := range []desk.Payload{
		desk.WalkStarted{Walk: "w", Service: "exemption-check", ContentVersion: 1},
		desk.ExemptionRequested{Walk: "w", Person: anna().Holder, Code: "E01"},
		desk.WalkEnded{Walk: "w", Service: "exemption-check", Outcome: "asked"},
		desk.VisitRecorded{Minutes: 10, Service: "hologram-care"},
	} {
		w.write(desk.Draft{Visit: w.app.visitAtHand(), Payload: p})
	}
	w.replyTo(desk.ExemptionRequested{}.Kind(), desk.Reply{Kind: desk.ExemptionFound})
	w.app.changed()
	at("visit-answered")
	w.key("F10")
	at("erasing")
	w.key("F10")
	at("erasing-sure")
	w.key("F5")
	at("erased")
	w.key(fyne.KeyReturn)
	w.fill("query", "verdi")
	w.key(fyne.KeyReturn)
	at("find-nobody")
	w.key(fyne.KeyEscape)
}

// goingAway leaves the desk alone with something typed, until it has locked itself.
func (w *windowed) goingAway(at func(name string)) {
	w.t.Helper()
	w.key(fyne.KeyReturn, "F3")
	w.fill("text", "Torna con la figlia")
	w.app.settings.LockAfter = 10
	w.app.Active()
	w.app.idle.arm()
	w.pass(9*time.Minute + 15*time.Second)
	at("last-call")
	w.pass(45 * time.Second)
	at("locked-by-itself")
	w.typed(rightPhrase)
	w.key(fyne.KeyReturn)
	w.atHome()
	w.pc.held = errors.New("in use")
	w.key("F9")
	at("locked-paper-open")
}
