package widgets_test

import (
	"strconv"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	fynetheme "fyne.io/fyne/v2/theme"

	"bottega/ui/theme"
	"bottega/ui/widgets"
)

// specimens are the widgets of the golden files, each at a fixed width, with what a screen reader says of it.
func specimens(t *testing.T) map[string]fyne.CanvasObject {
	t.Helper()
	field := widgets.NewField(widgets.FieldOptions{Label: "Nato il", Help: "5/3/1950", Kind: widgets.DateField, Value: "31/02/1950"})
	field.SetProblem("Questo giorno non esiste")
	busy := widgets.NewBusy("Invio", "3 di 10", &widgets.Action{Title: "Interrompi", Shortcut: "Esc", Do: nothing})
	busy.Progress(3, 10)
	code, err := widgets.NewQR("https://example.org", "Codice QR", 120)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]fyne.CanvasObject{
		"button": widgets.NewButton(widgets.Action{Title: "Avanti", Shortcut: "Invio", Weight: widgets.Main, Do: nothing}),
		"button_off": widgets.NewBigButton(widgets.Action{
			Title: "Stampa l'attestato", Hint: "Sulla stampante del banco", Off: "Il centro non ha ancora risposto",
			Picture: theme.Picture(theme.PicturePaper), Shortcut: "3",
		}),
		"choices": widgets.NewChoices(widgets.ChoicesOptions{
			Label: "Chi?", Chosen: []string{"b"}, SayChosen: "scelto",
			Choices: []widgets.Choice{{ID: "a", Title: "Il titolare"}, {ID: "b", Title: "Un delegato", Hint: "Serve la delega"}},
		}).Object(),
		"field":  field.Object(),
		"secret": widgets.NewSecret(widgets.SecretOptions{Label: "Frase segreta", Help: "Almeno 12 lettere"}).Object(),
		"notice": widgets.Notice(widgets.Careful, "Tessera in scadenza", "La nuova arriva a casa."),
		"status": widgets.NewStatus(widgets.Good, "15 di 15 al sicuro al centro").Object(),
		"panel": widgets.TitledPanel("Tessera", widgets.Facts(
			widgets.Fact{Name: "Titolare", Value: "Giuditta Bracci"},
			widgets.Fact{Name: "Scadenza", Value: "14/02/2029", Figures: true},
		)),
		"steps": widgets.Steps("Passo 2 di 5", 2, 5),
		"busy":  busy.Object(),
		"keypad": boxed(360, 300, typedOn(widgets.NewKeypad(widgets.KeypadOptions{
			Label: "PIN della tessera", Rub: "Cancella", Clear: "Da capo", Stop: "Smetto", Confirm: "Conferma",
			SayCount: func(n int) string { return strconv.Itoa(n) + " cifre scritte" },
		}), 3)),
		"answers": boxed(360, 240, widgets.NewAnswers("Sì, ho il foglio", "No, mi fermo", nothing, nothing)),
		"band":    widgets.PracticeBand("PROVA: i dati sono inventati"),
		"hint":    widgets.KeyHint("F1", "Aiuto"),
		"qr":      code,
	}
}

// boxed gives an object that fills any room a room of its own.
func boxed(width, height float32, o fyne.CanvasObject) fyne.CanvasObject {
	return container.NewGridWrap(fyne.NewSize(width, height), o)
}

// typedOn is a keypad with so many dots on it.
func typedOn(k *widgets.Keypad, digits int) fyne.CanvasObject {
	k.SetCount(digits)
	return k.Object()
}

// specimenNames are the keys of specimens, known before there is a theme to build them in.
var specimenNames = []string{
	"answers", "band", "busy", "button", "button_off", "choices", "field", "hint", "keypad", "notice", "panel", "qr", "secret", "status", "steps",
}

func TestWidgetsAreDrawnAsAgreed(t *testing.T) {
	for _, name := range specimenNames {
		t.Run(name, func(t *testing.T) {
			dress(t, theme.Options{})
			o := specimens(t)[name]
			w := show(t, widgets.Layers(widgets.NewFill(fynetheme.ColorNameBackground), widgets.Padded(theme.SizeMargin, o)), 420, 320)
			test.AssertRendersToMarkup(t, name+".xml", w.Canvas())
		})
	}
}

func TestTheGalleryLooksAsAgreed(t *testing.T) {
	for _, contrast := range []theme.Contrast{theme.Light, theme.High} {
		t.Run(string(contrast), func(t *testing.T) {
			dress(t, theme.Options{Facilitator: contrast})
			whole, main, _ := gallery(t)
			w := show(t, widgets.Layers(widgets.NewFill(fynetheme.ColorNameBackground),
				widgets.Padded(theme.SizeMargin, whole)), 1366, 1200)
			w.Canvas().Focus(main)
			test.AssertImageMatches(t, "gallery_"+string(contrast)+".png", w.Canvas().Capture())
		})
	}
}

func TestWhatCanHaveTheFocusHasANameAndIsReachedByTab(t *testing.T) {
	want := map[string]int{"button": 1, "button_off": 1, "choices": 2, "field": 1, "secret": 1, "busy": 1}
	for _, name := range specimenNames {
		t.Run(name, func(t *testing.T) {
			dress(t, theme.Options{})
			o := specimens(t)[name]
			w := show(t, widgets.Column(o), 420, 320)
			if unnamed := widgets.Unnamed(o); len(unnamed) > 0 {
				t.Errorf("without a name: %T", unnamed[0])
			}
			stops := widgets.Focusables(o)
			if len(stops) != want[name] {
				t.Fatalf("%d stops, want %d", len(stops), want[name])
			}
			for i, stop := range stops {
				w.Canvas().FocusNext()
				if w.Canvas().Focused() != stop {
					t.Errorf("Tab %d stops at %T", i+1, w.Canvas().Focused())
				}
			}
			if len(widgets.Spoken(o)) == 0 {
				t.Error("a screen reader says nothing")
			}
		})
	}
}
