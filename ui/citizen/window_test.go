package citizen_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"bottega/ui/citizen"
	"bottega/ui/dispatch"
	"bottega/ui/text/texttest"
	"bottega/ui/theme"
	"bottega/ui/widgets"
)

// displays are the screens of a computer: none makes the driver run over the end of its list, as the real one does.
type displays int

func (d *displays) HasSecondaryDisplay() bool { return []bool{false, true}[*d-1] }

// desk is a facilitator's window with notes in it, and the citizen's window beside it.
type desk struct {
	main    fyne.Window
	keys    *widgets.Keys
	stage   *citizen.Stage
	window  *citizen.Window
	notes   *widgets.Field
	pressed int
	touched int
	moves   []citizen.Place
	screens displays
}

func newDesk(t *testing.T, second bool) *desk {
	t.Helper()
	dress(t, theme.Options{})
	d := &desk{screens: 1, notes: widgets.NewField(widgets.FieldOptions{Label: "Note", Value: "parla piano"})}
	button := widgets.NewButton(widgets.Action{Title: "Chiudi la visita", Do: func() { d.pressed++ }})
	if second {
		d.screens = 2
	}
	d.main = show(t, widgets.Column(d.notes.Object(), button), fyne.NewSize(1024, 768))
	d.keys = widgets.NewKeys(d.main.Canvas())
	d.keys.Screen(map[widgets.Key]func(){widgets.Plain(fyne.KeyReturn): func() { d.pressed++ }})
	d.stage = citizen.NewStage(texttest.Holder(t, "it"))
	d.window = citizen.NewWindow(fyne.CurrentApp(), d.main, d.stage, citizen.Options{
		Title: "Schermo del cittadino", Displays: &d.screens,
		Moved: func(p citizen.Place) { d.moves = append(d.moves, p) }, Touched: func() { d.touched++ },
	})
	d.window.Bind(d.keys)
	return d
}

func (d *desk) press(name fyne.KeyName) {
	ev := &fyne.KeyEvent{Name: name}
	if focused := d.main.Canvas().Focused(); focused != nil {
		focused.TypedKey(ev)
		return
	}
	d.main.Canvas().OnTypedKey()(ev)
}

func TestOneKeyTurnsTheScreenOverAndBack(t *testing.T) {
	d := newDesk(t, false)
	d.stage.Show(citizen.Screen{Kind: citizen.Greeting, Name: "Rosa Tarchi"})
	d.notes.Focus(d.main.Canvas()) // the key works in the middle of a note
	d.press(citizen.TurnKey)
	if d.window.Place() != citizen.TurnedOver || !d.main.FullScreen() {
		t.Fatalf("the window is %s, full screen %v", d.window.Place(), d.main.FullScreen())
	}
	said := widgets.Spoken(d.main.Canvas().Overlays().Top())
	if !slices.Contains(said, "Buongiorno, Rosa Tarchi") || !strings.Contains(said[len(said)-1]+said[0], string(citizen.TurnKey)+" torna indietro") {
		t.Errorf("the citizen's page or the way back is not on the screen: %q", said)
	}
	photograph(t, d.main, "turned-over")
	if d.main.Content().Visible() {
		t.Error("the facilitator's notes are still there behind the page")
	}
	for _, key := range []fyne.KeyName{fyne.KeyReturn, fyne.KeySpace, fyne.KeyEscape, fyne.KeyTab} {
		d.press(key)
	}
	d.main.Canvas().Focused().TypedRune('x')
	if d.pressed != 0 || d.notes.Value() != "parla piano" {
		t.Errorf("a key pressed blindly did its work %d times; the note is %q", d.pressed, d.notes.Value())
	}
	d.press(citizen.TurnKey)
	if d.window.Place() != citizen.Nowhere || d.main.FullScreen() || !d.main.Content().Visible() {
		t.Errorf("turned back, the window is %s, full screen %v", d.window.Place(), d.main.FullScreen())
	}
	if len(d.main.Canvas().Overlays().List()) != 0 {
		t.Error("something is left over the window")
	}
	if want := []citizen.Place{citizen.TurnedOver, citizen.Nowhere}; !slices.Equal(d.moves, want) {
		t.Errorf("told of %v, want %v", d.moves, want)
	}
}

func TestOneKeyCoversTheCitizensThingsEverywhere(t *testing.T) {
	d := newDesk(t, false)
	d.stage.Show(citizen.Screen{Kind: citizen.Greeting, Name: "Rosa Tarchi"})
	d.press(citizen.TurnKey)
	d.press(citizen.CoverKey)
	if markup := test.RenderToMarkup(d.main.Canvas()); strings.Contains(markup, "Rosa") {
		t.Error("the name is on the covered screen")
	}
	d.press(citizen.TurnKey)
	if !d.stage.Covered() {
		t.Error("turning back uncovered it")
	}
	d.notes.Focus(d.main.Canvas())
	d.press(citizen.CoverKey)
	if d.stage.Covered() {
		t.Error("the same key did not uncover it")
	}
}

func TestASecondScreenIsUsedWhereThereIsOne(t *testing.T) {
	d := newDesk(t, true)
	if place := d.window.Open(); place != citizen.SecondScreen {
		t.Fatalf("the window is %s", place)
	}
	own := fyne.CurrentApp().Driver().AllWindows()[len(fyne.CurrentApp().Driver().AllWindows())-1]
	own.Resize(fyne.NewSize(1280, 800))
	d.stage.Show(citizen.Screen{Kind: citizen.Goodbye})
	said := strings.Join(widgets.Spoken(own.Content()), " ")
	if !strings.Contains(said, "Grazie e arrivederci") || strings.Contains(said, string(citizen.TurnKey)) {
		t.Errorf("the citizen's own screen says %q", said)
	}
	own.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: citizen.CoverKey})
	if !d.stage.Covered() {
		t.Error("the key to cover does nothing in the citizen's own window")
	}
	own.Close() // somebody closed it: the other way remains
	if d.window.Place() != citizen.Nowhere {
		t.Errorf("closed, the window is %s", d.window.Place())
	}
	d.window.OpenWindow(fyne.NewSize(800, 600))
	d.window.Turn()
	if d.window.Place() != citizen.TurnedOver {
		t.Errorf("the window is %s", d.window.Place())
	}
	d.window.Close()
	if d.window.Place() != citizen.Nowhere {
		t.Errorf("at the end the window is %s", d.window.Place())
	}
}

func TestTheWindowFollowsAScreenThatIsPluggedInAndOut(t *testing.T) {
	d := newDesk(t, false)
	ctx, cancel := context.WithCancel(t.Context())
	pump, ticks, ended := dispatch.NewPump(), make(chan time.Time), make(chan struct{})
	go func() {
		d.window.Follow(ctx, pump.Dispatch, ticks)
		close(ended)
	}()
	look := func(screens displays, want citizen.Place) {
		t.Helper()
		d.screens = screens
		ticks <- time.Time{}
		ticks <- time.Time{} // the first look was handed over when the second tick is taken
		pump.Drain()
		if got := d.window.Place(); got != want {
			t.Errorf("with %d screens the window is %s, want %s", screens, got, want)
		}
	}
	look(1, citizen.Nowhere)
	look(2, citizen.SecondScreen)
	d.window.Close()
	look(2, citizen.Nowhere) // closed by hand: it stays closed
	look(1, citizen.Nowhere)
	look(2, citizen.SecondScreen)
	look(0, citizen.Nowhere) // not even one: nothing breaks
	cancel()
	<-ended
}

func TestWithoutASecondScreenNothingCoversTheFacilitator(t *testing.T) {
	d := newDesk(t, false)
	before := len(fyne.CurrentApp().Driver().AllWindows())
	if place := d.window.Open(); place != citizen.Nowhere {
		t.Errorf("the window is %s", place)
	}
	if after := len(fyne.CurrentApp().Driver().AllWindows()); after != before {
		t.Errorf("%d windows became %d", before, after)
	}
}

func TestWhoeverTouchesTheTurnedScreenIsNoticed(t *testing.T) {
	d := newDesk(t, false)
	d.press(fyne.KeyA)
	if d.touched != 0 {
		t.Error("the facilitator's own keys count as the citizen's")
	}
	d.press(citizen.TurnKey)
	d.press(fyne.KeyA)
	if d.touched != 1 {
		t.Errorf("a key was noticed %d times", d.touched)
	}
	test.MoveMouse(d.main.Canvas(), fyne.NewPos(500, 400))
	if d.touched == 1 {
		t.Error("the mouse was not noticed")
	}
}
