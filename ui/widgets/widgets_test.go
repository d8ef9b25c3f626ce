package widgets_test

import (
	"image"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/test"

	"bottega/ui/theme"
	"bottega/ui/widgets"
)

func TestAButtonIsPressedByMouseEnterAndSpace(t *testing.T) {
	dress(t, theme.Options{})
	done := 0
	b := widgets.NewButton(widgets.Action{Title: "Avanti", Shortcut: "Invio", Do: func() { done++ }})
	w := show(t, b, 300, 80)
	w.Canvas().Focus(b)
	test.Tap(b)
	w.Canvas().Focus(b)
	press(w, fyne.KeyReturn)
	press(w, fyne.KeySpace)
	press(w, fyne.KeyEnter)
	if done != 4 {
		t.Errorf("done %d times, want 4", done)
	}
	b.SetOff("Manca il documento")
	press(w, fyne.KeyReturn)
	test.Tap(b)
	if done != 4 {
		t.Error("a button that is off did its work")
	}
	if said := b.AccessibilityLabel(); said != "Avanti. Manca il documento. Invio" {
		t.Errorf("a screen reader says %q", said)
	}
	b.SetOff("")
	press(w, fyne.KeyReturn)
	w.Canvas().Focus(b)
	press(w, fyne.KeyReturn)
	if done < 5 {
		t.Error("a button that is on again does nothing")
	}
}

func TestTheReasonWhyAButtonIsOffMakesItTallerAndPushesDownWhatFollows(t *testing.T) {
	dress(t, theme.Options{})
	b := widgets.NewButton(widgets.Action{Title: "Stampa", Do: nothing})
	below := widgets.Body("sotto")
	show(t, widgets.Column(b, below), 300, 300)
	before := below.Position().Y
	b.SetOff("La stampante non risponde")
	if after := below.Position().Y; after <= before {
		t.Errorf("what follows stood at %v and stands at %v", before, after)
	}
	if end := b.Position().Y + b.Size().Height; end > below.Position().Y {
		t.Errorf("the button ends at %v, what follows starts at %v", end, below.Position().Y)
	}
}

func TestChoicesAreMadeByNumberArrowAndEnter(t *testing.T) {
	dress(t, theme.Options{})
	var heard []string
	c := widgets.NewChoices(widgets.ChoicesOptions{
		Label: "Chi?", SayChosen: "scelto", Changed: func(id string) { heard = append(heard, id) },
		Choices: []widgets.Choice{{ID: "a", Title: "Uno"}, {ID: "b", Title: "Due", Off: "non oggi"}, {ID: "c", Title: "Tre"}},
	})
	w := show(t, c.Object(), 400, 400)
	keys := widgets.NewKeys(w.Canvas())
	keys.Screen(nil)
	c.Bind(keys)
	press(w, fyne.Key3) // nothing has the focus
	c.Focus(w.Canvas())
	press(w, fyne.KeyUp)
	press(w, fyne.Key2) // off
	press(w, fyne.KeyUp)
	press(w, fyne.KeyUp) // there is nothing above
	press(w, fyne.KeySpace)
	if got := strings.Join(heard, " "); got != "c a" {
		t.Errorf("chosen in turn %q, want \"c a\"", got)
	}
	if got := c.Chosen(); len(got) != 1 || got[0] != "a" {
		t.Errorf("chosen at the end %v", got)
	}
	want := []string{"Chi?", "1. Uno. scelto", "2. Due. non oggi", "3. Tre"}
	if got := widgets.Spoken(c.Object()); strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("a screen reader says %q", got)
	}
}

func TestAnAnswerThatTheScreenLeftWithoutAKeyHasNone(t *testing.T) {
	dress(t, theme.Options{})
	c := widgets.NewChoices(widgets.ChoicesOptions{
		Choices: []widgets.Choice{{ID: "a", Title: "Grande", Key: "9"}, {ID: "b", Title: "Molto grande"}},
	})
	w := show(t, c.Object(), 400, 400)
	if got := strings.Join(widgets.Spoken(c.Object()), "|"); got != "9. Grande|Molto grande" {
		t.Errorf("spoken %q", got)
	}
	c.Focus(w.Canvas())
	press(w, fyne.Key2)
	if got := c.Chosen(); len(got) != 0 {
		t.Errorf("a number that is the screen's chose %v", got)
	}
}

func TestSeveralChoicesArePutBackByPressingAgain(t *testing.T) {
	dress(t, theme.Options{})
	c := widgets.NewChoices(widgets.ChoicesOptions{
		Several: true, Chosen: []string{"b"}, Choices: []widgets.Choice{{ID: "a", Title: "Uno"}, {ID: "b", Title: "Due"}},
	})
	show(t, c.Object(), 400, 400)
	c.Choose("a")
	c.Choose("b")
	c.Choose("none of them")
	if got := c.Chosen(); len(got) != 1 || got[0] != "a" {
		t.Errorf("chosen %v", got)
	}
}

func TestWordsWrapAtSpacesAndNothingIsLost(t *testing.T) {
	dress(t, theme.Options{})
	words := "Inserisca la tessera sanitaria con il chip dorato in avanti e verso l'alto, poi vada su " +
		"https://www.regione.toscana.it/servizi-online/fascicolo-sanitario-elettronico"
	for _, align := range []fyne.TextAlign{fyne.TextAlignLeading, fyne.TextAlignCenter} {
		for _, width := range []float32{60, 200, 411, 2000} {
			txt := widgets.NewText(words, widgets.Style{Align: align})
			show(t, txt, width, 900)
			txt.Resize(fyne.NewSize(width, 900))
			var drawn []string
			for _, o := range test.WidgetRenderer(txt).Objects() {
				line, ok := o.(*canvas.Text)
				if !ok {
					t.Fatalf("%T", o)
				}
				if line.MinSize().Width > width+0.5 {
					t.Errorf("at %v the line %q is %v wide", width, line.Text, line.MinSize().Width)
				}
				drawn = append(drawn, line.Text)
			}
			if joined := strings.Join(drawn, ""); strings.ReplaceAll(joined, " ", "") != strings.ReplaceAll(words, " ", "") {
				t.Errorf("at %v the words became %q", width, drawn)
			}
		}
	}
}

func TestATallPageScrollsToWhatHasTheFocusAndIsStillSpoken(t *testing.T) {
	dress(t, theme.Options{})
	var rows []fyne.CanvasObject
	for range 20 {
		rows = append(rows, widgets.Body("una riga"))
	}
	last := widgets.NewButton(widgets.Action{Title: "In fondo", Do: nothing})
	content := widgets.Column(append(rows, last)...)
	page := widgets.Page(content)
	w := show(t, page, 400, 200)
	bottom := func() float32 {
		return fyne.CurrentApp().Driver().AbsolutePositionForObject(last).Y + last.Size().Height
	}
	if bottom() < 200 {
		t.Fatal("the page is not taller than its window")
	}
	w.Canvas().Focus(last)
	if end := last.Position().X + last.Size().Width; end > 400-16 {
		t.Errorf("the button ends at %v, under the scroll bar of a page of 400", end)
	}
	if got := bottom(); got > 201 {
		t.Errorf("with the focus the button still ends at %v in a window of 200", got)
	}
	said := widgets.Spoken(page)
	if len(said) != 21 || said[20] != "In fondo" {
		t.Errorf("spoken: %q", said)
	}
	w.Resize(fyne.NewSize(400, 1200))
	if _, plain := page.Objects[0].(*fyne.Container); !plain {
		t.Errorf("a page that fits stands in %T, where screen readers do not look", page.Objects[0])
	}
}

func TestAQRCodeIsBlackOnWhiteWithItsQuietZoneInEveryTheme(t *testing.T) {
	dress(t, theme.Options{Facilitator: theme.High, Citizen: theme.High})
	q, err := widgets.NewQR("https://www.regione.toscana.it", "Codice", 300)
	if err != nil {
		t.Fatal(err)
	}
	w := show(t, q, 300, 300)
	img := w.Canvas().Capture()
	edge := firstDark(img)
	if module := float32(300) / 37; float32(edge) < 3.5*module {
		t.Errorf("the code starts %d points from the edge, wanted four modules of %.1f", edge, module)
	}
	if q.AccessibilityLabel() != "Codice" {
		t.Errorf("spoken %q", q.AccessibilityLabel())
	}
	if _, err := widgets.NewQR(strings.Repeat("x", 5000), "", 100); err == nil {
		t.Error("a code that cannot hold its content was made")
	}
}

// firstDark returns how far from the corner, along the diagonal, the first dark point lies.
func firstDark(img image.Image) int {
	for i := range img.Bounds().Dx() {
		if r, _, _, _ := img.At(i, i).RGBA(); r < 0x8000 {
			return i
		}
	}
	return -1
}

func TestABusySignSaysHowFarAndCanBeStopped(t *testing.T) {
	dress(t, theme.Options{})
	stopped := false
	b := widgets.NewBusy("Leggo la tessera", "Mi collego…", &widgets.Action{Title: "Interrompi", Do: func() { stopped = true }})
	w := show(t, b.Object(), 500, 300)
	b.Doing("Leggo i dati…")
	b.Progress(2, 5)
	if got := strings.Join(widgets.Spoken(b.Object()), "|"); !strings.Contains(got, "40%") {
		t.Errorf("spoken %q", got)
	}
	b.Progress(0, 0)
	b.Stop()
	if got := widgets.Spoken(b.Object()); strings.Join(got, "|") != "Leggo la tessera|Leggo i dati…|Interrompi" {
		t.Errorf("spoken %q", got)
	}
	w.Canvas().FocusNext()
	press(w, fyne.KeyReturn)
	if !stopped {
		t.Error("it could not be stopped from the keyboard")
	}
}

func TestARendererMadeAnewIsLaidOut(t *testing.T) {
	dress(t, theme.Options{})
	code, err := widgets.NewQR("x", "x", 100)
	if err != nil {
		t.Fatal(err)
	}
	steps, ok := widgets.CitizenSteps(1, 3, 20).(fyne.Widget)
	if !ok {
		t.Fatal("no widget")
	}
	for name, w := range map[string]fyne.Widget{
		"text": widgets.Body("parole"), "fill": widgets.NewFill(theme.ColorPanel), "qr": code, "steps": steps,
		"icon": widgets.NewIcon(theme.Picture(theme.PictureCard), theme.ColorInfo),
	} {
		w.Resize(fyne.NewSize(100, 100))
		objects := w.CreateRenderer().Objects()
		if len(objects) == 0 || objects[0].Size().IsZero() {
			t.Errorf("%s comes back empty", name)
		}
	}
}

func TestAStatusChangesInPlace(t *testing.T) {
	dress(t, theme.Options{})
	s := widgets.NewStatus(widgets.Working, "Invio in corso")
	show(t, s.Object(), 400, 60)
	s.Set(widgets.Good, "15 di 15 al sicuro al centro")
	if got := widgets.Spoken(s.Object()); len(got) != 1 || got[0] != s.Words() {
		t.Errorf("spoken %q", got)
	}
}

func TestTheToolkitSpeaksItalianAndEnglish(t *testing.T) {
	t.Cleanup(func() {
		if err := widgets.ToolkitSpeaks("en"); err != nil {
			t.Error(err)
		}
	})
	for language, want := range map[string]string{"it": "Annulla", "en": "Cancel"} {
		if err := widgets.ToolkitSpeaks(language); err != nil {
			t.Fatal(err)
		}
		if got := lang.L("Cancel"); got != want {
			t.Errorf("in %s the toolkit says %q, want %q", language, got, want)
		}
	}
	if err := widgets.ToolkitSpeaks("xx"); err == nil {
		t.Error("a language without words was accepted")
	}
}

func TestTilesStandInAsManyColumnsAsFit(t *testing.T) {
	dress(t, theme.Options{})
	for width, columns := range map[float32]int{200: 1, 640: 2, 1000: 3, 2000: 3} {
		a, b, c := widgets.Body("a"), widgets.Body("b"), widgets.Body("c")
		tiles := widgets.Tiles(280, a, b, c)
		tiles.Resize(fyne.NewSize(width, 400))
		first := 0
		for _, o := range []*widgets.Text{a, b, c} {
			if o.Position().Y == 0 {
				first++
			}
		}
		if first != columns {
			t.Errorf("at %v the first line holds %d, want %d", width, first, columns)
		}
	}
}
