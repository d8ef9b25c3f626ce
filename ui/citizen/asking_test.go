package citizen_test

import (
	"fmt"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"bottega/ui/citizen"
	"bottega/ui/text/texttest"
	"bottega/ui/widgets"
)

// asked is what came of a question to the citizen.
type asked struct {
	code    []byte
	done    int
	stopped int
}

func (a *asked) question() citizen.Asking {
	return citizen.Asking{
		Least: 5, Most: 8,
		Done:    func(code []byte) { a.code, a.done = code, a.done+1 },
		Stopped: func() { a.stopped++ },
	}
}

func typed(s *citizen.Stage, digits string) {
	for _, d := range []byte(digits) {
		s.Type(d)
	}
}

func TestACodeIsTypedRubbedOutAndHandedOverOnce(t *testing.T) {
	s := citizen.NewStage(texttest.Holder(t, "it"))
	var a asked
	s.Ask(a.question())
	typed(s, "99")
	s.Wipe()
	typed(s, "1234x")
	s.Accept() // too short: still being typed
	if a.done != 0 || s.Typed() != 4 {
		t.Fatalf("with %d digits it was handed over %d times", s.Typed(), a.done)
	}
	typed(s, "6")
	s.RubOut()
	typed(s, "5")
	s.Accept()
	s.Accept()
	if string(a.code) != "12345" || a.done != 1 || a.stopped != 0 || s.Asks() {
		t.Errorf("handed over %d times, stopped %d, still asking %v", a.done, a.stopped, s.Asks())
	}
}

func TestACodeHasNoMoreDigitsThanTheCardTakes(t *testing.T) {
	s := citizen.NewStage(texttest.Holder(t, "it"))
	var a asked
	s.Ask(a.question())
	typed(s, "123456789")
	if s.Typed() != 8 {
		t.Errorf("%d digits were taken", s.Typed())
	}
	s.Type('a')
}

func TestAQuestionIsAnsweredWithoutDigits(t *testing.T) {
	s := citizen.NewStage(texttest.Holder(t, "it"))
	yes := 0
	s.Ask(citizen.Asking{Done: func(code []byte) {
		if code != nil {
			t.Error("a yes has digits")
		}
		yes++
	}})
	typed(s, "123")
	s.Accept()
	if yes != 1 {
		t.Errorf("said yes %d times", yes)
	}
}

// Whichever way an asking ends without a code, the one place where the digits were holds none any more.
func TestWhatWasTypedIsWipedOnEveryWayOut(t *testing.T) {
	for name, end := range map[string]func(*citizen.Stage){
		"the citizen stops":       func(s *citizen.Stage) { s.GiveUp() },
		"the screen is covered":   func(s *citizen.Stage) { s.Cover(true) },
		"the asker takes it back": func(s *citizen.Stage) { s.Withdraw() },
		"something else is asked": func(s *citizen.Stage) { s.Ask(citizen.Asking{Least: 5, Most: 8}) },
		"the citizen starts over": func(s *citizen.Stage) { s.Wipe() },
	} {
		t.Run(name, func(t *testing.T) {
			s := citizen.NewStage(texttest.Holder(t, "it"))
			var a asked
			s.Ask(a.question())
			typed(s, "12345")
			digits := citizen.Digits(s)
			end(s)
			if strings.Trim(string(digits[:cap(digits)]), "\x00") != "" {
				t.Error("digits are left in memory")
			}
			if a.done != 0 || s.Typed() != 0 {
				t.Errorf("handed over %d times, %d digits shown", a.done, s.Typed())
			}
		})
	}
}

func TestNothingPrintsWhatIsTyped(t *testing.T) {
	s := citizen.NewStage(texttest.Holder(t, "it"))
	s.Show(citizen.Screen{Kind: citizen.TypeCode, Types: citizen.CodePIN})
	var a asked
	s.Ask(a.question())
	typed(s, "97531")
	said := fmt.Sprintf("%v %+v %#v %v %+v", s, s, s, s.Screen(), s.Page())
	if strings.Contains(said, "97531") || strings.Contains(said, "57 55") {
		t.Errorf("somebody could print the code: %s", said)
	}
}

func TestTheKeyboardIsTheCitizensWhileACodeIsTyped(t *testing.T) {
	d := newDesk(t, false)
	var a asked
	d.stage.Show(citizen.Screen{Kind: citizen.TypeCode, Types: citizen.CodePIN})
	d.stage.Ask(a.question())
	if d.window.Place() != citizen.TurnedOver {
		t.Fatalf("with one screen the window is %s", d.window.Place())
	}
	test.Type(d.main.Canvas().Focused(), "123456")
	d.press(fyne.KeyBackspace)
	d.press(fyne.KeyReturn)
	if string(a.code) != "12345" || d.pressed != 0 {
		t.Errorf("typed a code of %d digits; the facilitator's page took %d keys", len(a.code), d.pressed)
	}
	if d.window.Place() != citizen.Nowhere || !d.main.Content().Visible() {
		t.Errorf("afterwards the window is %s", d.window.Place())
	}
}

func TestTouchingTheKeysOfTheScreenLeavesTheKeyboardWithTheCitizen(t *testing.T) {
	d := newDesk(t, false)
	var a asked
	d.stage.Show(citizen.Screen{Kind: citizen.TypeCode, Types: citizen.CodePIN})
	d.stage.Ask(a.question())
	d.main.Canvas().Unfocus() // as the toolkit does when something is touched that cannot have the focus
	d.stage.Type('1')
	d.press(fyne.KeyReturn)
	test.Type(d.main.Canvas().Focused(), "2345")
	d.press(fyne.KeyReturn)
	if string(a.code) != "12345" || d.pressed != 0 {
		t.Errorf("typed a code of %d digits; the facilitator's page took %d keys", len(a.code), d.pressed)
	}
}

func TestAQuestionThatFollowsAtOnceFindsTheScreenStillTurned(t *testing.T) {
	d := newDesk(t, false)
	var second asked
	d.stage.Ask(citizen.Asking{Done: func([]byte) { d.stage.Ask(second.question()) }})
	d.stage.Accept()
	d.stage.GiveUp()
	if second.stopped != 1 {
		t.Errorf("the second question was stopped %d times", second.stopped)
	}
	if want := 2; len(d.moves) != want {
		t.Errorf("the screen was turned %d times, want %d: %v", len(d.moves), want, d.moves)
	}
}

func TestTheCitizensOwnWindowTakesTheCode(t *testing.T) {
	d := newDesk(t, true)
	d.window.Open()
	windows := fyne.CurrentApp().Driver().AllWindows()
	own := windows[len(windows)-1]
	own.Resize(fyne.NewSize(1280, 800))
	var a asked
	d.stage.Show(citizen.Screen{Kind: citizen.TypeCode, Types: citizen.CodePIN})
	d.stage.Ask(a.question())
	if d.window.Place() != citizen.SecondScreen {
		t.Errorf("the window is %s", d.window.Place())
	}
	for _, r := range "12345" {
		own.Canvas().OnTypedRune()(r)
	}
	said := strings.Join(widgets.Spoken(own.Content()), "\n")
	if !strings.Contains(said, "PIN della tessera. 5 cifre scritte") || strings.Contains(said, "12345") {
		t.Errorf("a screen reader says %q", said)
	}
	own.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if string(a.code) != "12345" {
		t.Errorf("typed a code of %d digits", len(a.code))
	}
	d.stage.Ask(a.question())
	d.stage.Type('1')
	own.Close()
	if a.stopped != 1 {
		t.Errorf("the window is gone and the asking was stopped %d times", a.stopped)
	}
}

func TestThePreviewShowsNoDotAndTakesNoTouch(t *testing.T) {
	d := newDesk(t, true)
	d.window.Open()
	preview := citizen.NewPreview(d.stage, 372)
	show(t, preview.Object(), fyne.NewSize(372, 210))
	var a asked
	d.stage.Show(citizen.Screen{Kind: citizen.TypeCode, Types: citizen.CodePIN})
	d.stage.Ask(a.question())
	before := widgets.Spoken(preview.Object())
	typed(d.stage, "123")
	if after := widgets.Spoken(preview.Object()); strings.Join(before, "|") != strings.Join(after, "|") {
		t.Errorf("the preview went from %q to %q", before, after)
	}
	for _, o := range preview.Object().(*fyne.Container).Objects {
		if keys, ok := o.(*fyne.Container); ok {
			for _, key := range keys.Objects {
				if tap, ok := key.(fyne.Tappable); ok {
					test.Tap(tap)
				}
			}
		}
	}
	if d.stage.Typed() != 3 || !d.stage.Asks() {
		t.Errorf("touching the preview left %d digits", d.stage.Typed())
	}
}

func TestOnAReaderWithKeysTheCitizenIsToldWhatToTypeAndWhere(t *testing.T) {
	page := citizen.Present(citizen.Screen{Kind: citizen.TypeOnPad, Types: citizen.CodePUK, Left: 2}, texttest.Localizer(t, "it"), false)
	said := strings.Join(page.Lines, " ")
	for _, words := range []string{"Sono 8 cifre", "tasti del lettore", "Restano 2 tentativi", "guarda altrove"} {
		if strings.Count(said, words) != 1 {
			t.Errorf("%q is said %d times in %q", words, strings.Count(said, words), said)
		}
	}
	if page.Pad != citizen.NoPad || !page.Act {
		t.Errorf("the page is %+v", page)
	}
}
