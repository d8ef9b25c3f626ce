package citizen_test

import (
	"flag"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"bottega/desk/bilingual"
	"bottega/ui/citizen"
	"bottega/ui/text/texttest"
	"bottega/ui/theme"
)

// pictures asks for pictures of every screen, to be looked at: go test ./ui/citizen -run EveryScreen -pictures DIR
var pictures = flag.String("pictures", "", "folder for pictures of the citizen's screens")

func dress(t testing.TB, o theme.Options) {
	t.Helper()
	th, err := theme.New(o)
	if err != nil {
		t.Fatal(err)
	}
	test.NewTempApp(t).Settings().SetTheme(th)
}

func show(t testing.TB, o fyne.CanvasObject, size fyne.Size) fyne.Window {
	t.Helper()
	w := test.NewTempWindow(t, o)
	w.SetPadded(false)
	w.Resize(size)
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

func both(it, en string) bilingual.Text { return bilingual.Text{It: it, En: en} }

// screens is one of every kind, with as many words as a real visit has.
func screens() []citizen.Screen {
	return []citizen.Screen{
		{Kind: citizen.Welcome},
		{Kind: citizen.InsertCard, Practice: true},
		{Kind: citizen.Reading},
		{Kind: citizen.Greeting, Name: "Maria Giuseppina Bartolozzi"},
		{
			Kind: citizen.Step, Step: 2, Steps: 7, Practice: true,
			Title: both("Controlliamo il documento", "Let us check your document"),
			Words: both("Ci serve un documento d'identità valido: carta d'identità, passaporto o patente.",
				"We need a valid identity document: identity card, passport or driving licence."),
			Items: []bilingual.Text{
				both("Il documento in originale", "The original document"),
				both("La tessera sanitaria con il chip", "The health card with the chip"),
				both("Il numero di telefono o l'indirizzo e-mail", "Your telephone number or e-mail address"),
			},
		},
		{Kind: citizen.TypeNow, Step: 4, Steps: 7, Words: both(
			"Scriva il PIN che trova sul foglio dei codici, poi prema Invio.",
			"Type the PIN from your code sheet, then press Enter.")},
		{Kind: citizen.TypeCode, Types: citizen.CodePIN, Left: 3, Practice: true},
		{Kind: citizen.TypeCode, Types: citizen.CodeNewPIN},
		{Kind: citizen.TypeOnPad, Types: citizen.CodePIN, Left: 2},
		{Kind: citizen.LastTry},
		{
			Kind: citizen.ScanCode, Code: "https://servizi.toscana.it/RT/fascicolo-sanitario",
			Address: "servizi.toscana.it",
		},
		{
			Kind: citizen.Check, Title: both("Controlli se è giusto", "Please check that this is right"),
			Facts: []citizen.Fact{
				{Name: both("Nome e cognome", "Name and surname"), Value: "Maria Giuseppina Bartolozzi"},
				{Name: both("Codice fiscale", "Fiscal code"), Value: "BRTMGS50C45D612X", Figures: true},
				{Name: both("Scadenza della tessera", "Card expires on"), Value: "14/02/2029", Figures: true},
			},
		},
		{
			Kind: citizen.Result, Mood: citizen.Good, Title: both("Ha diritto all'esenzione E01", "You are entitled to exemption E01"),
			Words: both("Non paga il ticket per visite ed esami. L'attestato è valido fino al 31 marzo 2027.",
				"You pay no fee for visits and tests. The certificate is valid until 31 March 2027."),
		},
		{
			Kind: citizen.Result, Mood: citizen.Careful, Title: both("Oggi non si può concludere", "It cannot be finished today"),
			Words: both("La tessera è scaduta. Ne chieda una nuova alla ASL.", "The card has expired. Ask the local health authority for a new one."),
			Items: []bilingual.Text{
				both("Vada alla ASL con il documento", "Go to the local health authority with your document"),
				both("Torni qui con la tessera nuova", "Come back here with the new card"),
			},
		},
		{Kind: citizen.Papers, Items: []bilingual.Text{
			both("Attestato di esenzione", "Exemption certificate"),
			both("Foglio da portare a casa", "Take-home sheet"),
		}},
		{Kind: citizen.TakeCard},
		{Kind: citizen.Goodbye},
	}
}

var sizes = map[string]fyne.Size{
	"1024": fyne.NewSize(1024, 768), "1366": fyne.NewSize(1366, 768), "1920": fyne.NewSize(1920, 1080),
}

func TestEveryScreenIsDrawnWholeAndLargeInBothLanguages(t *testing.T) {
	for _, contrast := range []theme.Contrast{theme.Light, theme.High} {
		for _, lang := range []string{"it", "en"} {
			for name, size := range sizes {
				t.Run(fmt.Sprintf("%s %s %s", contrast, lang, name), func(t *testing.T) {
					dress(t, theme.Options{Citizen: contrast})
					stage := citizen.NewStage(texttest.Holder(t, lang))
					view := citizen.NewView(stage)
					w := show(t, view.Object(), size)
					for i, s := range screens() {
						if err := s.Validate(); err != nil {
							t.Error(err)
						}
						stage.Show(s)
						typeSome(stage, s)
						photograph(t, w, fmt.Sprintf("%02d-%s-%s-%s-%s", i, s.Kind, lang, contrast, name))
						if points := citizen.TypeSize(s, stage.Language().Current(), size); points < theme.CitizenSmallest {
							t.Errorf("%s is set at %.1f points", s.Kind, points)
						}
						inside(t, view.Object(), size)
					}
				})
			}
		}
	}
}

// typeSome has four digits of a code on the screen.
func typeSome(stage *citizen.Stage, s citizen.Screen) {
	stage.Withdraw()
	if s.Kind != citizen.TypeCode {
		return
	}
	stage.Ask(citizen.Asking{Least: 5, Most: 8, Done: func([]byte) {}})
	for _, digit := range []byte("1379") {
		stage.Type(digit)
	}
}

// inside fails when anything stands out of its window.
func inside(t *testing.T, o fyne.CanvasObject, size fyne.Size) {
	t.Helper()
	c, ok := o.(*fyne.Container)
	if !ok || len(c.Objects) == 0 {
		t.Fatalf("%T is no container with something in it", o)
	}
	for _, part := range c.Objects {
		at, end := part.Position(), part.Position().AddXY(part.Size().Width, part.Size().Height)
		if at.X < -0.5 || at.Y < -0.5 || end.X > size.Width+0.5 || end.Y > size.Height+0.5 {
			t.Errorf("%T from %v to %v stands out of %v", part, at, end, size)
		}
	}
}
