package facilitator

import (
	"errors"
	"testing"
	"time"
)

func TestPapersThatWereLookedAtGo(t *testing.T) {
	for name, tc := range map[string]func(*rig){
		"when the desk is locked":    func(r *rig) { r.press(keyLock) },
		"when the desk locks itself": func(r *rig) { r.pass(11 * time.Minute) },
		"when a visit is erased": func(r *rig) {
			r.press(keyF10)
			r.fill("query", "anna")
			r.press(keyMain, "Alt+1", keyF10, keyF10, keyF5)
		},
		"when old visits are erased": func(r *rig) {
			r.care.plan(2, nil)
			r.press(keyF4, keyF2)
			r.choose("Per quanto si tengono i dati")
			r.press(keyF5)
		},
		"when the desk erases old visits by itself": func(r *rig) {
			r.app.settings.LockAfter = 0
			r.app.idle.arm()
			r.care.plan(2, nil)
			r.pass(24 * time.Hour)
			r.until(func() bool { return r.app.settings.LastErased == 2 })
		},
		"when the window is closed": func(r *rig) {
			if err := r.app.Close(); err != nil {
				r.t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := realDesk(t)
			r.closedVisit()
			r.until(func() bool { return !r.app.settings.LastErasing.IsZero() })
			if r.pc.forgot != 0 {
				t.Fatalf("papers were removed %d times before", r.pc.forgot)
			}
			tc(r)
			if r.pc.forgot == 0 {
				t.Error("papers that were looked at stay")
			}
		})
	}
}

func TestAPaperThatAnotherProgramHoldsIsSaid(t *testing.T) {
	r := realDesk(t)
	r.pc.held = errors.New("in use")
	r.pass(11 * time.Minute)
	r.wantPage("Sblocco")
	r.wantSays("Un foglio è ancora aperto in un'altra finestra", "Chiudi quella finestra")
}
