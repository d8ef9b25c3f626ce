package widgets

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bottega/ui/theme"
)

// Weight is how much a button stands out.
type Weight int

// The weights of buttons: one Main per screen.
const (
	Ordinary Weight = iota
	Main
	Danger
	Quiet
)

// Action is something a person can do, as a button shows it.
type Action struct {
	Title string
	// Hint says in one sentence what will happen; may be empty.
	Hint string
	// Shortcut is what is written on the key that does the same (Key.Label); may be empty.
	Shortcut string
	Picture  fyne.Resource
	Weight   Weight
	// Off says why it cannot be done now, and switches the button off; empty means it can.
	Off string
	Do  func()
}

// Button is an action in words: title, hint, key, and why it is off when it is. It can have the focus even when it is off, so
// that whoever cannot see it learns the reason too.
type Button struct {
	widget.BaseWidget
	action           Action
	big              bool
	focused, hovered bool

	root  *fyne.Container
	ring  *Fill
	plate *Fill
	icon  *Icon
	title *Text
	hint  *Text
	off   *Text
	key   *keyCap
}

var (
	_ Flowing           = (*Button)(nil)
	_ fyne.Accessible   = (*Button)(nil)
	_ fyne.Focusable    = (*Button)(nil)
	_ fyne.Tappable     = (*Button)(nil)
	_ desktop.Hoverable = (*Button)(nil)
)

// NewButton returns a button of one line where it has room.
func NewButton(a Action) *Button { return newButton(a, false) }

// NewBigButton returns a button with a larger title, for the few things a screen is about.
func NewBigButton(a Action) *Button { return newButton(a, true) }

func newButton(a Action, big bool) *Button {
	b := &Button{
		action: a, big: big,
		ring:  NewBorderedFill("", "", 0, theme.SizeRadiusRing),
		plate: NewBorderedFill("", "", 0, fynetheme.SizeNameButtonRadius),
		title: NewText("", Style{}), hint: NewText("", Style{}), off: NewText("", Style{}),
		key: newKeyCap(),
	}
	size := theme.SizeIcon
	if big {
		size = theme.SizeBigIcon
	}
	b.icon = NewIconOf(nil, fynetheme.ColorNameForeground, size, 1)
	words := ColumnOf(theme.SizeHair, b.title, b.hint, b.off)
	b.root = ringed(b.ring, Layers(b.plate, Padded(theme.SizeButtonAir, BesideCentered(b.icon, words, b.key))))
	b.ExtendBaseWidget(b)
	b.dress()
	return b
}

// Action returns what the button shows and does.
func (b *Button) Action() Action { return b.action }

// SetAction changes what the button shows and does.
func (b *Button) SetAction(a Action) {
	b.action = a
	b.Refresh()
	relayout(b)
}

// SetOff switches the button off with a reason, or on again with an empty one.
func (b *Button) SetOff(reason string) {
	if b.action.Off == reason {
		return
	}
	b.action.Off = reason
	b.Refresh()
	relayout(b)
}

type dress struct{ plate, edge, words, soft fyne.ThemeColorName }

var dresses = map[Weight]dress{
	Ordinary: {theme.ColorTile, theme.ColorTileEdge, fynetheme.ColorNameForeground, theme.ColorMuted},
	Main: {
		fynetheme.ColorNamePrimary, fynetheme.ColorNamePrimary,
		fynetheme.ColorNameForegroundOnPrimary, fynetheme.ColorNameForegroundOnPrimary,
	},
	Danger: {
		fynetheme.ColorNameError, fynetheme.ColorNameError,
		fynetheme.ColorNameForegroundOnError, fynetheme.ColorNameForegroundOnError,
	},
	Quiet: {"", "", fynetheme.ColorNameHyperlink, theme.ColorMuted},
}

// dress gives every part its words and colours for the state of the moment.
func (b *Button) dress() {
	d := dresses[b.action.Weight]
	if b.action.Off != "" {
		d = dress{theme.ColorOff, theme.ColorOff, theme.ColorOnOff, theme.ColorOnOff}
	} else if b.hovered && b.action.Weight == Ordinary {
		d.plate = theme.ColorChosen
	}
	b.plate.Color, b.plate.Edge, b.plate.Width = d.plate, d.edge, 2
	b.ring.Edge, b.ring.Width = "", 0
	if b.focused {
		b.ring.Edge, b.ring.Width = theme.ColorFocusRing, fynetheme.Size(theme.SizeFocusRing)
	}
	titleSize := fynetheme.SizeNameText
	if b.big {
		titleSize = fynetheme.SizeNameSubHeadingText
	}
	b.title.words, b.title.style = b.action.Title, Style{Size: titleSize, Bold: true, Tight: true, Color: d.words}
	b.hint.words, b.hint.style = b.action.Hint, Style{Size: fynetheme.SizeNameCaptionText, Color: d.soft}
	b.off.words, b.off.style = b.action.Off, Style{Size: fynetheme.SizeNameCaptionText, Color: d.words}
	b.hint.Hidden, b.off.Hidden = b.action.Hint == "", b.action.Off == ""
	b.icon.picture, b.icon.color, b.icon.Hidden = b.action.Picture, d.words, b.action.Picture == nil
	b.key.dress(b.action.Shortcut, d)
}

// AccessibilityLabel implements fyne.Accessible: everything the button says, in order.
func (b *Button) AccessibilityLabel() string {
	var said []string
	for _, s := range []string{b.action.Title, b.action.Off, b.action.Hint, b.action.Shortcut} {
		if s != "" {
			said = append(said, s)
		}
	}
	return strings.Join(said, ". ")
}

// AccessibilityRole implements fyne.Accessible.
func (b *Button) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// HeightFor implements Flowing.
func (b *Button) HeightFor(width float32) float32 { return HeightFor(b.root, width) }

// NaturalWidth implements Flowing.
func (b *Button) NaturalWidth() float32 { return NaturalWidth(b.root) }

// MinSize implements fyne.CanvasObject.
func (b *Button) MinSize() fyne.Size { return b.root.MinSize() }

// Press does the action, unless it is off.
func (b *Button) Press() {
	if b.action.Off == "" && b.action.Do != nil {
		b.action.Do()
	}
}

// Tapped implements fyne.Tappable.
func (b *Button) Tapped(*fyne.PointEvent) { b.Press() }

// FocusGained implements fyne.Focusable.
func (b *Button) FocusGained() {
	b.focused = true
	b.Refresh()
	reveal(b)
}

// FocusLost implements fyne.Focusable.
func (b *Button) FocusLost() {
	b.focused = false
	b.Refresh()
}

// TypedRune implements fyne.Focusable.
func (b *Button) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (b *Button) TypedKey(ev *fyne.KeyEvent) {
	switch ev.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		b.Press()
	default:
		passKey(b, ev)
	}
}

// MouseIn implements desktop.Hoverable.
func (b *Button) MouseIn(*desktop.MouseEvent) {
	b.hovered = true
	b.Refresh()
}

// MouseMoved implements desktop.Hoverable.
func (b *Button) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (b *Button) MouseOut() {
	b.hovered = false
	b.Refresh()
}

// Refresh implements fyne.Widget.
func (b *Button) Refresh() {
	b.dress()
	b.root.Refresh()
	b.BaseWidget.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (b *Button) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(b.root) }
