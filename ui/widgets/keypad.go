package widgets

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bottega/ui/theme"
)

// KeypadOptions describe a keypad for a code. The keypad holds no digit: it says which key was touched, and is told how many
// digits there are by now.
type KeypadOptions struct {
	// Label says what is typed; Rub, Clear, Stop and Confirm stand on their keys.
	Label, Rub, Clear, Stop, Confirm string
	// SayCount is what a screen reader says of a number of digits.
	SayCount func(digits int) string
	// What the keys do. A keypad without Type is a picture of one.
	Type                         func(digit byte)
	RubOut, Wipe, GiveUp, Accept func()
}

// Keypad shows a code as dots above large keys, in the order of a telephone and never another: who has typed a code with the
// fingers for years finds it again. It fills whatever room it gets.
type Keypad struct {
	options KeypadOptions
	root    *fyne.Container
	dots    *padDots
}

// NewKeypad returns an empty keypad.
func NewKeypad(o KeypadOptions) *Keypad {
	k := &Keypad{options: o, dots: newPadDots(o)}
	objects := []fyne.CanvasObject{k.dots}
	for digit := byte('1'); digit <= '9'; digit++ {
		objects = append(objects, k.digit(digit))
	}
	objects = append(objects,
		newPadKey(o.Rub, padWord, o.RubOut), k.digit('0'), newPadKey(o.Clear, padWord, o.Wipe),
		newPadKey(o.Stop, padWord, o.GiveUp), newPadKey(o.Confirm, padMain, o.Accept),
	)
	k.root = container.New(keypadLayout{}, objects...)
	return k
}

func (k *Keypad) digit(digit byte) *padKey {
	do := func() {}
	if k.options.Type != nil {
		do = func() { k.options.Type(digit) }
	}
	return newPadKey(strconv.Itoa(int(digit-'0')), padDigit, do)
}

// Object returns what stands on the screen, a plain container.
func (k *Keypad) Object() fyne.CanvasObject { return k.root }

// SetCount shows as many dots.
func (k *Keypad) SetCount(digits int) {
	if k.dots.count == digits {
		return
	}
	k.dots.count = digits
	k.dots.Refresh()
}

// keypadLayout is the display, four rows of three keys, and a last row for giving up and for confirming.
type keypadLayout struct{}

// Rows and columns of the keypad, and the part of a row's height that stays free between two.
const (
	padRows    = 6
	padColumns = 3
	padAir     = 0.12
)

func (keypadLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(180, 240) }

func (keypadLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	row := size.Height / (padRows - padAir)
	gap := row * padAir
	column := (size.Width + gap) / padColumns
	at := func(i int, x, y, columns float32) {
		place(objects[i], x*column, y*row, columns*column-gap, row-gap)
	}
	at(0, 0, 0, padColumns)
	for i := 1; i <= 12; i++ {
		at(i, float32((i-1)%padColumns), float32(1+(i-1)/padColumns), 1)
	}
	at(13, 0, 5, 1)
	at(14, 1, 5, 2)
}

// NewAnswers returns two large keys one below the other, for a question that a citizen answers on the screen. Without a yes they
// are a picture.
func NewAnswers(yes, no string, sayYes, sayNo func()) fyne.CanvasObject {
	return container.New(answersLayout{}, newPadKey(yes, padMain, sayYes), newPadKey(no, padWord, sayNo))
}

type answersLayout struct{}

func (answersLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(180, 120) }

// Layout keeps the two keys in the middle: a key as tall as the window is no key any more.
func (answersLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	tall := min(size.Height*0.4, size.Width*0.36)
	gap := tall * 0.2
	y := (size.Height - 2*tall - gap) / 2
	for i, o := range objects {
		place(o, 0, y+float32(i)*(tall+gap), size.Width, tall)
	}
}

// padStyle is how a key looks.
type padStyle int

const (
	padDigit padStyle = iota
	padWord
	padMain
)

// padKey is a key of a keypad. It cannot have the focus: digits come from the keyboard as well, and whoever touches keys must
// not lose the place where the keyboard types.
type padKey struct {
	widget.BaseWidget
	words string
	style padStyle
	do    func()
	plate *Fill
	text  *Text
	root  *fyne.Container
}

var (
	_ fyne.Tappable   = (*padKey)(nil)
	_ fyne.Accessible = (*padKey)(nil)
)

func newPadKey(words string, style padStyle, do func()) *padKey {
	k := &padKey{words: words, style: style, do: do}
	k.plate = NewBorderedFill(theme.ColorCitizenBackground, theme.ColorCitizenEdge, 3, theme.SizeRadiusRing)
	k.text = NewText(words, Style{Size: theme.SizeCitizenText, Bold: true, Tight: true, Color: theme.ColorCitizenForeground, Align: fyne.TextAlignCenter})
	if style == padMain {
		k.plate.Color, k.plate.Edge = theme.ColorCitizenBand, theme.ColorCitizenBand
		k.text.style.Color = theme.ColorCitizenOnBand
	}
	k.root = container.New(&padKeyLayout{key: k}, k.plate, k.text)
	k.ExtendBaseWidget(k)
	return k
}

// Tapped implements fyne.Tappable.
func (k *padKey) Tapped(*fyne.PointEvent) {
	if k.do != nil {
		k.do()
	}
}

// AccessibilityLabel implements fyne.Accessible.
func (k *padKey) AccessibilityLabel() string { return k.words }

// AccessibilityRole implements fyne.Accessible.
func (k *padKey) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// CreateRenderer implements fyne.Widget.
func (k *padKey) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(k.root) }

// padKeyLayout sets the words of a key in its middle, as large as the key has room.
type padKeyLayout struct{ key *padKey }

func (*padKeyLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(40, 30) }

func (l *padKeyLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	place(l.key.plate, 0, 0, size.Width, size.Height)
	part := float32(0.34)
	if l.key.style == padDigit {
		part = 0.58
	}
	setInMiddle(l.key.text, size, part)
}

// wordRoom is the part of a key's width that its words may take: letters that touch the edge are hard to read.
const wordRoom = 0.8

// setInMiddle sets one line of words in the middle, its type a part of the height, smaller where the width asks for it.
func setInMiddle(t *Text, size fyne.Size, part float32) {
	if size.Height <= 0 {
		return
	}
	t.style.Scale = size.Height * part / fynetheme.Size(theme.SizeCitizenText)
	if natural := t.NaturalWidth(); natural > size.Width*wordRoom {
		t.style.Scale *= size.Width * wordRoom / natural
	}
	height := t.HeightFor(size.Width)
	place(t, 0, (size.Height-height)/2, size.Width, height)
	t.Refresh()
}

// padDots shows how many digits there are. The dots are drawn and not written: those of the typeface hang below the middle.
type padDots struct {
	widget.BaseWidget
	options KeypadOptions
	count   int
}

var _ fyne.Accessible = (*padDots)(nil)

func newPadDots(o KeypadOptions) *padDots {
	d := &padDots{options: o}
	d.ExtendBaseWidget(d)
	return d
}

// AccessibilityLabel implements fyne.Accessible: what is typed and how much of it, never which digits.
func (d *padDots) AccessibilityLabel() string {
	if d.options.SayCount == nil {
		return d.options.Label
	}
	return d.options.Label + ". " + d.options.SayCount(d.count)
}

// AccessibilityRole implements fyne.Accessible.
func (d *padDots) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// CreateRenderer implements fyne.Widget.
func (d *padDots) CreateRenderer() fyne.WidgetRenderer {
	r := &padDotsRenderer{dots: d, frame: NewBorderedFill(theme.ColorCitizenBackground, theme.ColorCitizenAccent, 5, theme.SizeRadiusRing)}
	r.Layout(d.Size())
	return r
}

type padDotsRenderer struct {
	dots    *padDots
	frame   *Fill
	objects []fyne.CanvasObject
}

func (r *padDotsRenderer) Destroy()                     {}
func (r *padDotsRenderer) MinSize() fyne.Size           { return fyne.NewSize(120, 30) }
func (r *padDotsRenderer) Objects() []fyne.CanvasObject { return r.objects }

// Layout puts the dots in the middle; they get closer before they would reach the edge.
func (r *padDotsRenderer) Layout(size fyne.Size) {
	place(r.frame, 0, 0, size.Width, size.Height)
	r.objects = append(r.objects[:0], r.frame)
	if r.dots.count == 0 {
		return
	}
	step := min(size.Height*0.62, size.Width*0.92/float32(r.dots.count))
	side := min(size.Height*0.36, step*0.75)
	left := (size.Width - step*float32(r.dots.count)) / 2
	for i := range r.dots.count {
		dot := canvas.NewCircle(fynetheme.Color(theme.ColorCitizenForeground))
		place(dot, left+(float32(i)+0.5)*step-side/2, (size.Height-side)/2, side, side)
		r.objects = append(r.objects, dot)
	}
}

func (r *padDotsRenderer) Refresh() {
	r.Layout(r.dots.Size())
	canvas.Refresh(r.dots)
}
