package widgets

import (
	"slices"
	"strings"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bottega/ui/theme"
)

// secretCapacity is reserved at once, so that growing never leaves a copy behind in memory.
const secretCapacity = 256

// SecretOptions describe a field for something that must not be seen or kept: a passphrase, a PIN.
type SecretOptions struct {
	Label, Help string
	// DigitsOnly is for a PIN; Most is the greatest number of letters, zero for secretCapacity bytes.
	DigitsOnly bool
	Most       int
	// SayCount is what a screen reader says of what is typed, for a number of letters; nil says nothing.
	SayCount func(letters int) string
	// Changed is called at every change, and is not told what is typed.
	Changed   func()
	Submitted func()
}

// Secret is a field whose content is never a string: bytes in one place, wiped when they are taken or the field goes. It
// shows a dot for each letter, and cannot be copied from.
type Secret struct {
	options SecretOptions
	root    *fyne.Container
	box     *secretBox
	ring    *Fill
	problem *fyne.Container
	wrong   *Text
}

// NewSecret returns an empty field.
func NewSecret(o SecretOptions) *Secret {
	s := &Secret{options: o, ring: NewBorderedFill("", "", 0, theme.SizeRadiusRing)}
	s.box = newSecretBox(s)
	s.wrong = NewText("", Style{Color: fynetheme.ColorNameError, Bold: true})
	s.problem = Beside(NewIcon(fynetheme.ErrorIcon(), fynetheme.ColorNameError), s.wrong, nil)
	s.problem.Hide()
	help := NewText(o.Help, Style{Size: fynetheme.SizeNameCaptionText, Color: theme.ColorMuted})
	help.Hidden = o.Help == ""
	s.root = ColumnOf(fynetheme.SizeNamePadding, ColumnOf(theme.SizeHair, Strong(o.Label), help), ringed(s.ring, s.box), s.problem)
	return s
}

// Object returns what stands on the screen.
func (s *Secret) Object() fyne.CanvasObject { return s.root }

// Focus puts the focus into the field.
func (s *Secret) Focus(c fyne.Canvas) { c.Focus(s.box) }

// Focusable returns what can have the focus.
func (s *Secret) Focusable() fyne.Focusable { return s.box }

// Empty reports whether nothing is typed.
func (s *Secret) Empty() bool { return len(s.box.typed) == 0 }

// Take hands over what is typed, as bytes that the caller wipes, and empties the field.
func (s *Secret) Take() []byte {
	taken := slices.Clone(s.box.typed)
	s.Wipe()
	return taken
}

// Wipe forgets what is typed.
func (s *Secret) Wipe() {
	clear(s.box.typed[:cap(s.box.typed)])
	s.box.typed = s.box.typed[:0]
	s.box.Refresh()
}

// SetProblem shows an error below the box, or takes it away.
func (s *Secret) SetProblem(problem string) {
	if s.wrong.words == problem {
		return
	}
	s.wrong.SetWords(problem)
	s.problem.Hidden = problem == ""
	relayout(s.root)
}

// secretBox is what has the focus.
type secretBox struct {
	widget.BaseWidget
	secret  *Secret
	typed   []byte
	focused bool
	root    *fyne.Container
	frame   *Fill
	dots    *Text
}

var (
	_ fyne.Focusable  = (*secretBox)(nil)
	_ fyne.Tappable   = (*secretBox)(nil)
	_ fyne.Accessible = (*secretBox)(nil)
)

func newSecretBox(s *Secret) *secretBox {
	b := &secretBox{
		secret: s, typed: make([]byte, 0, secretCapacity),
		frame: NewBorderedFill(fynetheme.ColorNameInputBackground, fynetheme.ColorNameInputBorder, 2, fynetheme.SizeNameInputRadius),
		dots:  NewText("", Style{Mono: true, Bold: true}),
	}
	b.root = Layers(b.frame, Padded(theme.SizeButtonAir, b.dots))
	b.ExtendBaseWidget(b)
	return b
}

func (b *secretBox) letters() int { return utf8.RuneCount(b.typed) }

// AccessibilityLabel implements fyne.Accessible: the label and how much is typed, never what.
func (b *secretBox) AccessibilityLabel() string {
	said := []string{b.secret.options.Label}
	if b.secret.options.SayCount != nil {
		said = append(said, b.secret.options.SayCount(b.letters()))
	}
	if b.secret.wrong.words != "" {
		said = append(said, b.secret.wrong.words)
	}
	return strings.Join(said, ". ")
}

// AccessibilityRole implements fyne.Accessible; the toolkit has no role for entries yet.
func (b *secretBox) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

func (b *secretBox) Tapped(*fyne.PointEvent) {
	if c := canvasOf(b); c != nil {
		c.Focus(b)
	}
}

func (b *secretBox) FocusGained() {
	b.focused = true
	b.secret.ring.Edge, b.secret.ring.Width = theme.ColorFocusRing, fynetheme.Size(theme.SizeFocusRing)
	b.secret.ring.Refresh()
	b.Refresh()
	reveal(b)
}

func (b *secretBox) FocusLost() {
	b.focused = false
	b.secret.ring.Edge, b.secret.ring.Width = "", 0
	b.secret.ring.Refresh()
	b.Refresh()
}

func (b *secretBox) TypedRune(r rune) {
	o := b.secret.options
	if o.DigitsOnly && (r < '0' || r > '9') {
		return
	}
	full := o.Most > 0 && b.letters() >= o.Most
	if full || len(b.typed)+utf8.RuneLen(r) > cap(b.typed) {
		return
	}
	b.typed = utf8.AppendRune(b.typed, r)
	b.secret.SetProblem("")
	b.changed()
}

func (b *secretBox) changed() {
	b.Refresh()
	if b.secret.options.Changed != nil {
		b.secret.options.Changed()
	}
}

func (b *secretBox) TypedKey(ev *fyne.KeyEvent) {
	switch ev.Name {
	case fyne.KeyBackspace:
		_, size := utf8.DecodeLastRune(b.typed)
		clear(b.typed[len(b.typed)-size:])
		b.typed = b.typed[:len(b.typed)-size]
		b.changed()
	case fyne.KeyDelete:
		b.secret.Wipe()
	case fyne.KeyReturn, fyne.KeyEnter:
		if b.secret.options.Submitted != nil {
			b.secret.options.Submitted()
			return
		}
		passKey(b, ev)
	default:
		if isFunctionKey(ev.Name) || ev.Name == fyne.KeyEscape {
			passKey(b, ev)
		}
	}
}

func (b *secretBox) HeightFor(width float32) float32 { return HeightFor(b.root, width) }
func (b *secretBox) NaturalWidth() float32           { return 240 }
func (b *secretBox) MinSize() fyne.Size              { return fyne.NewSize(120, b.HeightFor(unknownWidth)) }

// Refresh draws a dot for each letter and, with the focus, a bar where the next one goes.
func (b *secretBox) Refresh() {
	b.dots.words = strings.Repeat("•", min(b.letters(), 40))
	if b.focused {
		b.dots.words += "|"
	}
	b.root.Refresh()
	b.BaseWidget.Refresh()
}

func (b *secretBox) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(b.root) }
