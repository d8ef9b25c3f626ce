package widgets_test

import (
	"flag"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	fynetheme "fyne.io/fyne/v2/theme"

	"bottega/ui/theme"
	"bottega/ui/widgets"
)

// pictures asks for pictures of everything here, to be looked at: go test ./ui/widgets -run Gallery -pictures DIR
var pictures = flag.String("pictures", "", "folder for pictures of the widgets")

// dress makes the test driver use our theme.
func dress(t testing.TB, o theme.Options) {
	t.Helper()
	th, err := theme.New(o)
	if err != nil {
		t.Fatal(err)
	}
	test.NewTempApp(t).Settings().SetTheme(th)
}

func show(t testing.TB, o fyne.CanvasObject, width, height float32) fyne.Window {
	t.Helper()
	w := test.NewTempWindow(t, o)
	w.SetPadded(false)
	w.Resize(fyne.NewSize(width, height))
	return w
}

func photograph(t testing.TB, w fyne.Window, name string) {
	t.Helper()
	if *pictures == "" {
		return
	}
	f, err := os.Create(filepath.Join(*pictures, name+".png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, w.Canvas().Capture()); err != nil {
		t.Fatal(err)
	}
}

func nothing() {}

// gallery is one of everything.
func gallery(t testing.TB) (*fyne.Container, *widgets.Button, *widgets.Field) {
	t.Helper()
	main := widgets.NewBigButton(widgets.Action{
		Title: "Nuova visita", Hint: "Inserisci la tessera oppure scrivi il nome", Shortcut: "Ctrl+N",
		Picture: theme.Picture(theme.PictureInsert), Weight: widgets.Main, Do: nothing,
	})
	tiles := widgets.Tiles(280, main,
		widgets.NewBigButton(widgets.Action{
			Title: "Attivazione della tessera", Hint: "Chip, scadenza, documento, busta", Shortcut: "2",
			Picture: theme.Picture(theme.PictureCard), Do: nothing,
		}),
		widgets.NewBigButton(widgets.Action{
			Title: "Stampa l'attestato", Off: "Il centro non ha ancora confermato il codice", Shortcut: "3",
			Picture: theme.Picture(theme.PicturePaper),
		}),
	)
	field := widgets.NewField(widgets.FieldOptions{
		Label: "Data di nascita", Help: "Per esempio 5/3/1950", Kind: widgets.DateField, Value: "31/02/1950",
	})
	field.SetProblem("Questo giorno non esiste: controlla sul documento")
	name := widgets.NewField(widgets.FieldOptions{Label: "Cognome e nome", Value: "Giuditta Bracci"})
	choices := widgets.NewChoices(widgets.ChoicesOptions{
		Label: "Chi è davanti a te?", SayChosen: "scelto", Chosen: []string{"self"},
		Choices: []widgets.Choice{
			{ID: "self", Title: "Il titolare della tessera"},
			{ID: "proxy", Title: "Una persona delegata", Hint: "Servono la delega firmata e i due documenti"},
			{ID: "minor", Title: "Il genitore di un minore", Off: "La tessera letta è di un adulto"},
		},
	})
	code, err := widgets.NewQR("https://www.regione.toscana.it/servizi-online", "Codice QR", 160)
	if err != nil {
		t.Fatal(err)
	}
	busy := widgets.NewBusy("Leggo la tessera", "Leggo i dati…", &widgets.Action{Title: "Interrompi", Shortcut: "Esc"})
	busy.Progress(2, 5)
	left := widgets.Column(
		widgets.Steps("Passo 2 di 5: controlla il documento", 2, 5),
		name.Object(), field.Object(), choices.Object(),
	)
	right := widgets.Column(
		widgets.TitledPanel("Tessera letta", widgets.Facts(
			widgets.Fact{Name: "Titolare", Value: "Giuditta Bracci"},
			widgets.Fact{Name: "Codice fiscale", Value: "BRCGTT50C45D612X", Figures: true},
			widgets.Fact{Name: "Scadenza", Value: "14/02/2029", Figures: true},
		)),
		widgets.Notice(widgets.Careful, "Tessera in scadenza", "Scade tra meno di tre mesi: la nuova arriva a casa."),
		widgets.Notice(widgets.Bad, "La carta non risponde", "Estraila, pulisci il chip dorato e rimettila."),
		widgets.Notice(widgets.Good, "", "Richiesta registrata"),
		widgets.NewStatus(widgets.Info, "12 di 15 al sicuro al centro, ultimo invio 14:05").Object(),
		busy.Object(), widgets.Row(code, widgets.KeyHint("F1", "Aiuto"), widgets.KeyHint("Esc", "Indietro")),
	)
	whole := widgets.ColumnOf(theme.SizeWideGap,
		widgets.ScreenTitle("Visita di Giuditta Bracci"), tiles,
		widgets.SideBySide(0.5, 700, left, right),
		widgets.Row(
			widgets.NewButton(widgets.Action{Title: "Avanti", Shortcut: "Invio", Weight: widgets.Main, Do: nothing}),
			widgets.NewButton(widgets.Action{Title: "Indietro", Shortcut: "Esc", Do: nothing}),
			widgets.NewButton(widgets.Action{Title: "Interrompi il percorso", Weight: widgets.Danger, Do: nothing}),
			widgets.NewButton(widgets.Action{Title: "Cambia lingua", Shortcut: "Ctrl+L", Weight: widgets.Quiet, Do: nothing}),
		),
	)
	return whole, main, field
}

func TestGalleryFitsAndIsSpoken(t *testing.T) {
	for _, contrast := range []theme.Contrast{theme.Light, theme.High} {
		t.Run(string(contrast), func(t *testing.T) {
			dress(t, theme.Options{Facilitator: contrast})
			whole, main, _ := gallery(t)
			screen := widgets.Layers(widgets.NewFill(fynetheme.ColorNameBackground),
				widgets.Padded(theme.SizeMargin, whole))
			w := show(t, screen, 1366, 1200)
			w.Canvas().Focus(main)
			photograph(t, w, "gallery-"+string(contrast))
			if unnamed := widgets.Unnamed(screen); len(unnamed) > 0 {
				t.Errorf("%d things can have the focus and have no name: %T", len(unnamed), unnamed[0])
			}
		})
	}
}
