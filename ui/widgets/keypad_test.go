package widgets_test

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"bottega/ui/theme"
	"bottega/ui/widgets"
)

// tapAll touches every key of a keypad in reading order.
func tapAll(o fyne.CanvasObject) {
	for _, key := range o.(*fyne.Container).Objects {
		if t, ok := key.(fyne.Tappable); ok {
			test.Tap(t)
		}
	}
}

func TestTheKeysOfAKeypadAreInTheOrderOfATelephone(t *testing.T) {
	dress(t, theme.Options{})
	var touched []string
	note := func(what string) func() { return func() { touched = append(touched, what) } }
	k := widgets.NewKeypad(widgets.KeypadOptions{
		Label: "PIN", Rub: "Cancella", Clear: "Da capo", Stop: "Smetto", Confirm: "Conferma",
		Type:   func(digit byte) { touched = append(touched, string(rune(digit))) },
		RubOut: note("rub"), Wipe: note("wipe"), GiveUp: note("stop"), Accept: note("confirm"),
	})
	tapAll(k.Object())
	if want := strings.Fields("1 2 3 4 5 6 7 8 9 rub 0 wipe stop confirm"); !slices.Equal(touched, want) {
		t.Errorf("touched %v, want %v", touched, want)
	}
}

func TestAKeypadSaysHowManyDigitsThereAreAndNoneOfThem(t *testing.T) {
	dress(t, theme.Options{})
	k := widgets.NewKeypad(widgets.KeypadOptions{
		Label: "PIN", Rub: "Cancella", Clear: "Da capo", Stop: "Smetto", Confirm: "Conferma",
		SayCount: func(n int) string { return strings.Repeat("punto ", n) },
	})
	k.SetCount(2)
	said := widgets.Spoken(k.Object())
	if said[0] != "PIN. punto punto " || !slices.Equal(said[1:4], []string{"1", "2", "3"}) || !slices.Contains(said, "Conferma") {
		t.Errorf("a screen reader says %q", said)
	}
}

func TestAPictureOfAKeypadCanBeTouchedWithoutHarm(t *testing.T) {
	dress(t, theme.Options{})
	tapAll(widgets.NewKeypad(widgets.KeypadOptions{Label: "PIN"}).Object())
	tapAll(widgets.NewAnswers("Sì", "No", nil, nil).(*fyne.Container))
}
