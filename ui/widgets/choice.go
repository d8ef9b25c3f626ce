package widgets

import (
	"slices"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bottega/ui/theme"
)

// Choice is one of several answers.
type Choice struct {
	ID    string
	Title string
	Hint  string
	// Off says why it cannot be chosen now; empty means it can.
	Off string
	// Key is what is written on the answer's key where the screen numbers its answers itself; the list then leaves the numbers to
	// the window. Empty takes the answer's place in the list.
	Key string
}

// ChoicesOptions describe a list of answers, of which one or several are chosen.
type ChoicesOptions struct {
	// Label is the question; empty when the screen asks it already.
	Label   string
	Choices []Choice
	Several bool
	// Chosen are the ids chosen at first.
	Chosen []string
	// Changed is called with the id that was pressed, after it was chosen or, with Several, put back.
	Changed func(id string)
	// SayChosen is what a screen reader adds to a chosen answer.
	SayChosen string
}

// Choices is a list of answers. The first nine have the keys 1 to 9; the arrows walk, Enter or Space chooses.
type Choices struct {
	options ChoicesOptions
	chosen  map[string]bool
	rows    []*choiceRow
	root    *fyne.Container
}

// NewChoices returns a list of answers.
func NewChoices(o ChoicesOptions) *Choices {
	c := &Choices{options: o, chosen: map[string]bool{}}
	for _, id := range o.Chosen {
		c.chosen[id] = true
	}
	var objects []fyne.CanvasObject
	if o.Label != "" {
		objects = append(objects, Strong(o.Label))
	}
	for i, choice := range o.Choices {
		row := newChoiceRow(c, i, choice)
		c.rows = append(c.rows, row)
		objects = append(objects, row)
	}
	c.root = Column(objects...)
	return c
}

// Object returns what stands on the screen.
func (c *Choices) Object() fyne.CanvasObject { return c.root }

// Chosen returns the chosen ids in the order of the list.
func (c *Choices) Chosen() []string {
	var ids []string
	for _, choice := range c.options.Choices {
		if c.chosen[choice.ID] {
			ids = append(ids, choice.ID)
		}
	}
	return ids
}

// Choose presses an answer, as its key does.
func (c *Choices) Choose(id string) {
	for _, row := range c.rows {
		if row.choice.ID == id && row.choice.Off == "" {
			c.press(id)
			return
		}
	}
}

func (c *Choices) press(id string) {
	if c.options.Several {
		c.chosen[id] = !c.chosen[id]
	} else {
		c.chosen = map[string]bool{id: true}
	}
	for _, row := range c.rows {
		row.Refresh()
	}
	if c.options.Changed != nil {
		c.options.Changed(id)
	}
}

// Bind gives the window's keys 1 to 9 their answers; when several lists stand on a screen only one of them may.
func (c *Choices) Bind(keys *Keys) {
	for i, row := range c.rows {
		if i < 9 {
			keys.Bind(Plain(fyne.KeyName(strconv.Itoa(i+1))), row.press)
		}
	}
}

// Focus puts the focus on the chosen answer, or on the first.
func (c *Choices) Focus(canvas fyne.Canvas) {
	if len(c.rows) == 0 {
		return
	}
	target := c.rows[0]
	for _, row := range c.rows {
		if c.chosen[row.choice.ID] {
			target = row
			break
		}
	}
	canvas.Focus(target)
}

// ownKeys reports whether the screen numbers its answers itself; an answer that it left without a key has none.
func (c *Choices) ownKeys() bool {
	return slices.ContainsFunc(c.options.Choices, func(choice Choice) bool { return choice.Key != "" })
}

// Focusables returns what can have the focus, one for each answer, in their order.
func (c *Choices) Focusables() []fyne.Focusable {
	all := make([]fyne.Focusable, len(c.rows))
	for i, row := range c.rows {
		all[i] = row
	}
	return all
}

func (c *Choices) step(from, by int) {
	if to := from + by; to >= 0 && to < len(c.rows) {
		if canvas := canvasOf(c.rows[to]); canvas != nil {
			canvas.Focus(c.rows[to])
		}
	}
}

// choiceRow is one answer: its number, its words, and a mark when it is chosen.
type choiceRow struct {
	widget.BaseWidget
	list             *Choices
	index            int
	choice           Choice
	focused, hovered bool

	root             *fyne.Container
	ring, plate      *Fill
	mark             *Icon
	title, hint, off *Text
	key              *keyCap
}

var (
	_ Flowing           = (*choiceRow)(nil)
	_ fyne.Accessible   = (*choiceRow)(nil)
	_ fyne.Focusable    = (*choiceRow)(nil)
	_ fyne.Tappable     = (*choiceRow)(nil)
	_ desktop.Hoverable = (*choiceRow)(nil)
)

func newChoiceRow(list *Choices, index int, choice Choice) *choiceRow {
	r := &choiceRow{
		list: list, index: index, choice: choice,
		ring:  NewBorderedFill("", "", 0, theme.SizeRadiusRing),
		plate: NewBorderedFill(theme.ColorTile, theme.ColorTileEdge, 2, fynetheme.SizeNameButtonRadius),
		mark:  NewIcon(nil, fynetheme.ColorNamePrimary),
		title: Body(choice.Title), hint: NewText(choice.Hint, Style{}), off: NewText(choice.Off, Style{}),
		key: newKeyCap(),
	}
	r.hint.Hidden, r.off.Hidden = choice.Hint == "", choice.Off == ""
	words := ColumnOf(theme.SizeHair, r.title, r.hint, r.off)
	r.root = ringed(r.ring, Layers(r.plate, Padded(theme.SizeButtonAir, BesideCentered(r.mark, words, r.key))))
	r.ExtendBaseWidget(r)
	r.dress()
	return r
}

func (r *choiceRow) dress() {
	d := dress{theme.ColorTile, theme.ColorTileEdge, fynetheme.ColorNameForeground, theme.ColorMuted}
	picture := fynetheme.RadioButtonIcon()
	if r.list.options.Several {
		picture = fynetheme.CheckButtonIcon()
	}
	chosen := r.list.chosen[r.choice.ID]
	switch {
	case r.choice.Off != "":
		d = dress{theme.ColorOff, theme.ColorOff, theme.ColorOnOff, theme.ColorOnOff}
	case chosen || r.hovered:
		d.plate = theme.ColorChosen
	}
	if chosen {
		picture = fynetheme.RadioButtonCheckedIcon()
		if r.list.options.Several {
			picture = fynetheme.CheckButtonCheckedIcon()
		}
		d.edge = fynetheme.ColorNamePrimary
	}
	r.plate.Color, r.plate.Edge, r.plate.Width = d.plate, d.edge, 2
	r.ring.Edge, r.ring.Width = "", 0
	if r.focused {
		r.ring.Edge, r.ring.Width = theme.ColorFocusRing, fynetheme.Size(theme.SizeFocusRing)
	}
	r.mark.picture, r.mark.color = picture, d.words
	r.title.style = Style{Color: d.words, Bold: chosen}
	r.hint.style = Style{Size: fynetheme.SizeNameCaptionText, Color: d.soft}
	r.off.style = Style{Size: fynetheme.SizeNameCaptionText, Color: d.words}
	r.key.dress(r.number(), d)
}

// number is what is written on the answer's key.
func (r *choiceRow) number() string {
	if r.list.ownKeys() || r.index > 8 {
		return r.choice.Key
	}
	return strconv.Itoa(r.index + 1)
}

func (r *choiceRow) press() { r.list.Choose(r.choice.ID) }

// AccessibilityLabel implements fyne.Accessible.
func (r *choiceRow) AccessibilityLabel() string {
	said := r.choice.Title
	if n := r.number(); n != "" {
		said = n + ". " + said
	}
	if r.list.chosen[r.choice.ID] && r.list.options.SayChosen != "" {
		said += ". " + r.list.options.SayChosen
	}
	for _, s := range []string{r.choice.Off, r.choice.Hint} {
		if s != "" {
			said += ". " + s
		}
	}
	return said
}

// AccessibilityRole implements fyne.Accessible.
func (r *choiceRow) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

func (r *choiceRow) HeightFor(width float32) float32 { return HeightFor(r.root, width) }
func (r *choiceRow) NaturalWidth() float32           { return NaturalWidth(r.root) }
func (r *choiceRow) MinSize() fyne.Size              { return r.root.MinSize() }

func (r *choiceRow) Tapped(*fyne.PointEvent) { r.press() }

func (r *choiceRow) FocusGained() {
	r.focused = true
	r.Refresh()
	reveal(r)
}

func (r *choiceRow) FocusLost() {
	r.focused = false
	r.Refresh()
}

func (r *choiceRow) TypedRune(rune) {}

func (r *choiceRow) TypedKey(ev *fyne.KeyEvent) {
	switch ev.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		r.press()
	case fyne.KeyDown:
		r.list.step(r.index, 1)
	case fyne.KeyUp:
		r.list.step(r.index, -1)
	default:
		if n, err := strconv.Atoi(string(ev.Name)); err == nil && !r.list.ownKeys() && n >= 1 && n <= len(r.list.rows) {
			r.list.rows[n-1].press()
			return
		}
		passKey(r, ev)
	}
}

func (r *choiceRow) MouseIn(*desktop.MouseEvent) {
	r.hovered = true
	r.Refresh()
}

func (r *choiceRow) MouseMoved(*desktop.MouseEvent) {}

func (r *choiceRow) MouseOut() {
	r.hovered = false
	r.Refresh()
}

func (r *choiceRow) Refresh() {
	r.dress()
	r.root.Refresh()
	r.BaseWidget.Refresh()
}

func (r *choiceRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.root) }
