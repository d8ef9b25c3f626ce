package citizen

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// guard holds the focus while the screen is turned over, so that nothing a citizen presses reaches the facilitator's window.
type guard struct {
	widget.BaseWidget
	window *Window
}

var (
	_ fyne.Focusable    = (*guard)(nil)
	_ fyne.Tappable     = (*guard)(nil)
	_ fyne.Shortcutable = (*guard)(nil)
	_ fyne.Accessible   = (*guard)(nil)
)

func newGuard(w *Window) *guard {
	g := &guard{window: w}
	g.ExtendBaseWidget(g)
	return g
}

func (g *guard) FocusGained() {}

// FocusLost takes the focus back: Tab or a click beside would otherwise let go of it.
func (g *guard) FocusLost() {}

func (g *guard) Tapped(*fyne.PointEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(g); c != nil {
		c.Focus(g)
	}
}

// TypedRune takes the digits of a code that is asked, and nothing else.
func (g *guard) TypedRune(r rune) {
	g.window.touched()
	typeRune(g.window.stage, r)
}

func (g *guard) TypedKey(ev *fyne.KeyEvent) {
	g.window.touched()
	switch ev.Name {
	case TurnKey:
		g.window.Turn()
	case CoverKey:
		g.window.ToggleCover()
	default:
		typeKey(g.window.stage, ev.Name)
	}
}

func (g *guard) TypedShortcut(fyne.Shortcut) {}

func (g *guard) AccessibilityLabel() string { return g.window.turnHint() }

func (g *guard) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

func (g *guard) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(widget.NewLabel(""))
}
