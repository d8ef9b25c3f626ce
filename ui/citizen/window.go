package citizen

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"bottega/ui/dispatch"
	"bottega/ui/widgets"
)

// The two keys that hold on every screen of both windows.
const (
	// CoverKey hides the citizen's things at once, and shows them again.
	CoverKey = fyne.KeyF11
	// TurnKey turns the laptop's screen over: the citizen's view takes the whole of the facilitator's window, and gives it back.
	TurnKey = fyne.KeyF12
)

// Place is where the citizen sees their window.
type Place string

// The places.
const (
	Nowhere      Place = "nowhere"       // no second screen: turn the laptop's over
	SecondScreen Place = "second_screen" // full screen on the second screen
	OwnWindow    Place = "own_window"    // in a window like any other
	TurnedOver   Place = "turned_over"   // on the facilitator's window
)

// Displays tells whether there is a screen for the citizen; the toolkit's desktop driver does.
type Displays interface{ HasSecondaryDisplay() bool }

// Options of a citizen's window.
type Options struct {
	// Title of the window, already in words.
	Title string
	// Displays is asked for a second screen; nil asks the toolkit's driver.
	Displays Displays
	// Moved is told of every change of place; may be nil.
	Moved func(Place)
	// Touched is told that somebody uses the keyboard or the mouse where the citizen sees their window; may be nil.
	Touched func()
}

// Window brings a stage before the citizen, on a second screen where there is one, else over the facilitator's window.
type Window struct {
	app     fyne.App
	main    fyne.Window
	stage   *Stage
	options Options

	own     fyne.Window
	ownView *View
	place   Place

	turned     *fyne.Container
	turnedView *View
	guard      *guard
	wasFull    bool

	asking bool // something is being asked, and the keyboard is the citizen's
	lent   bool // the screen was turned over for it, and is turned back after it

	seen bool // a second screen was there at the last look
}

// NewWindow prepares a citizen's window beside the facilitator's main window; nothing is shown yet.
func NewWindow(app fyne.App, main fyne.Window, stage *Stage, o Options) *Window {
	if o.Displays == nil {
		o.Displays, _ = app.Driver().(Displays)
	}
	w := &Window{app: app, main: main, stage: stage, options: o, place: Nowhere}
	stage.Watch(w.lend)
	return w
}

// lend gives the keyboard to the citizen as long as something is asked: to the citizen's own window where there is one, else by
// turning the screen over. Afterwards everything is as it was.
func (w *Window) lend() {
	if w.turned != nil && w.stage.Asks() {
		w.main.Canvas().Focus(w.guard) // touching a key of the screen must not take the keyboard away
	}
	if w.asking == w.stage.Asks() {
		return
	}
	w.asking = w.stage.Asks()
	switch {
	case w.asking && w.turned != nil:
	case w.asking && w.own != nil:
		w.own.RequestFocus()
	case w.asking:
		w.lent = true
		w.Turn()
	case w.lent:
		w.lent = false
		if w.turned != nil {
			w.Turn()
		}
	case w.own != nil && w.turned == nil:
		w.main.RequestFocus()
	}
}

// Bind gives CoverKey and TurnKey their meaning in the facilitator's window.
func (w *Window) Bind(keys *widgets.Keys) {
	keys.Always(widgets.Plain(CoverKey), w.ToggleCover)
	keys.Always(widgets.Plain(TurnKey), w.Turn)
}

// ToggleCover hides the citizen's things at once, or shows them again, wherever they are seen.
func (w *Window) ToggleCover() { w.stage.Cover(!w.stage.Covered()) }

// Place returns where the citizen sees their window now.
func (w *Window) Place() Place {
	if w.turned != nil {
		return TurnedOver
	}
	return w.place
}

// Open shows the window on the second screen and returns where it is. Without a second screen it shows nothing, because a
// full-screen window would cover the facilitator's, and takes away one that was left from a screen since unplugged.
func (w *Window) Open() Place {
	w.seen = w.secondScreen()
	if !w.seen {
		if w.place == SecondScreen {
			w.own.Close()
		}
		return w.Place()
	}
	w.open()
	if full, ok := w.own.(desktop.Window); ok {
		full.RequestFullScreenSecondary()
	}
	w.showOwn()
	w.moved(SecondScreen)
	return w.Place()
}

// secondScreen asks for a second screen. With no screen at all (a remote session that ended) the toolkit's driver runs over the
// end of its list; that is no second screen either.
func (w *Window) secondScreen() (there bool) {
	defer func() {
		if recover() != nil {
			there = false
		}
	}()
	return w.options.Displays != nil && w.options.Displays.HasSecondaryDisplay()
}

// Follow opens the window when a second screen is plugged in and takes it away when it is unplugged, until the context ends. It
// looks at every tick, through do, because screens may be asked for on the windows' goroutine only. A window that somebody
// closed stays closed until the next screen comes.
func (w *Window) Follow(ctx context.Context, do dispatch.Func, ticks <-chan time.Time) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
			do(func() {
				if there := w.secondScreen(); there != w.seen {
					w.Open()
				}
			})
		}
	}
}

// OpenWindow shows the window as one like any other, which can be moved by hand: for screens that the toolkit cannot tell apart.
func (w *Window) OpenWindow(size fyne.Size) {
	w.open()
	w.own.Resize(size)
	w.showOwn()
	w.moved(OwnWindow)
}

// showOwn shows the citizen's window and leaves the keyboard with the facilitator.
func (w *Window) showOwn() {
	w.own.Show()
	w.main.RequestFocus()
}

func (w *Window) open() {
	if w.own != nil {
		return
	}
	w.own = w.app.NewWindow(w.options.Title)
	w.ownView = NewView(w.stage)
	w.own.SetPadded(false)
	w.own.SetContent(widgets.Layers(widgets.NewPresence(w.touched), w.ownView.Object()))
	w.own.Canvas().SetOnTypedKey(func(ev *fyne.KeyEvent) {
		w.touched()
		switch ev.Name {
		case CoverKey:
			w.ToggleCover()
		case TurnKey: // the keyboard is in the wrong window, or the window on the wrong screen
			if w.place == SecondScreen {
				w.Open()
			}
			w.main.RequestFocus()
		default:
			typeKey(w.stage, ev.Name)
		}
	})
	w.own.Canvas().SetOnTypedRune(func(r rune) {
		w.touched()
		typeRune(w.stage, r)
	})
	w.own.SetOnClosed(func() {
		w.stage.GiveUp() // nobody types on a window that is gone
		w.ownView.Close()
		w.own, w.ownView = nil, nil
		w.moved(Nowhere)
	})
}

// Close takes the window off the second screen and gives the facilitator's window back.
func (w *Window) Close() {
	if w.turned != nil {
		w.Turn()
	}
	if w.own != nil {
		w.own.Close()
	}
}

// touched says that somebody is there.
func (w *Window) touched() {
	if w.options.Touched != nil {
		w.options.Touched()
	}
}

func (w *Window) moved(to Place) {
	w.place = to
	if w.options.Moved != nil {
		w.options.Moved(w.Place())
	}
}

// Turn turns the laptop's screen over, or back. While it is turned the facilitator's window is out of sight and out of reach of
// the keyboard, dialogs included, and only TurnKey and CoverKey mean anything.
func (w *Window) Turn() {
	if w.turned != nil {
		w.turnBack()
		return
	}
	w.turnedView = NewView(w.stage)
	w.turnedView.SetHint(w.turnHint())
	w.guard = newGuard(w)
	w.turned = widgets.Layers(w.guard, widgets.NewPresence(w.touched), w.turnedView.Object())
	if content := w.main.Content(); content != nil {
		content.Hide()
	}
	canvas := w.main.Canvas()
	canvas.Overlays().Add(w.turned)
	w.turned.Move(fyne.NewPos(0, 0))
	w.turned.Resize(canvas.Size())
	canvas.Focus(w.guard)
	w.wasFull = w.main.FullScreen()
	w.main.SetFullScreen(true)
	w.moved(w.place)
}

func (w *Window) turnBack() {
	w.main.Canvas().Overlays().Remove(w.turned)
	w.turnedView.Close()
	w.turned, w.turnedView, w.guard = nil, nil, nil
	if content := w.main.Content(); content != nil {
		content.Show()
	}
	w.main.SetFullScreen(w.wasFull)
	w.moved(w.place)
}

func (w *Window) turnHint() string {
	l := w.stage.Language().Current()
	return l.T("citizen.turned.hint",
		"Turn", widgets.Plain(TurnKey).Label(l), "Cover", widgets.Plain(CoverKey).Label(l))
}
