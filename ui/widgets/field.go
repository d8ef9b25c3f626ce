package widgets

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"bottega/desk/civil"
	"bottega/ui/theme"
)

// FieldKind is what may be typed into a field.
type FieldKind int

// The kinds of fields.
const (
	TextField   FieldKind = iota
	DigitsField           // digits only; anything else is not taken
	DateField             // a day, typed 5/3/1950, 05.03.1950 or 05031950, shown as 05/03/1950
	CodeField             // letters and digits without spaces, shown in capitals, such as a fiscal code
	AmountField           // an amount of money: digits, one comma
	NotesField            // several lines
)

// FieldOptions describe a field. All words are already in the language of the window.
type FieldOptions struct {
	Label string
	Help  string
	Kind  FieldKind
	Value string
	// Most is the greatest number of letters; zero means no limit.
	Most int
	// Check says what is wrong with a value, in one sentence, or nothing. It is asked when the field is left and by Check.
	Check func(value string) string
	// Changed is called at every change, Submitted when Enter is pressed.
	Changed   func(value string)
	Submitted func()
}

// Field is something to type: the label above, help below it, and the error below the box, with a picture, when there is one.
type Field struct {
	options FieldOptions
	root    *fyne.Container
	input   *input
	ring    *Fill
	problem *fyne.Container
	wrong   *Text
	help    *Text
}

// NewField returns a field.
func NewField(o FieldOptions) *Field {
	f := &Field{options: o, ring: NewBorderedFill("", "", 0, theme.SizeRadiusRing)}
	f.input = newInput(f)
	f.wrong = NewText("", Style{Color: fynetheme.ColorNameError, Bold: true})
	f.problem = Beside(NewIcon(fynetheme.ErrorIcon(), fynetheme.ColorNameError), f.wrong, nil)
	f.problem.Hide()
	label := Strong(o.Label)
	help := NewText(o.Help, Style{Size: fynetheme.SizeNameCaptionText, Color: theme.ColorMuted})
	help.Hidden = o.Help == ""
	box := ringed(f.ring, f.input)
	f.help = help
	f.root = ColumnOf(fynetheme.SizeNamePadding, ColumnOf(theme.SizeHair, label, help), box, f.problem)
	f.SetValue(o.Value)
	return f
}

// Object returns what stands on the screen.
func (f *Field) Object() fyne.CanvasObject { return f.root }

// Focus puts the focus into the field.
func (f *Field) Focus(c fyne.Canvas) { c.Focus(f.input) }

// Focusable returns what can have the focus.
func (f *Field) Focusable() fyne.Focusable { return f.input }

// Value returns what is typed, without spaces around it; a code comes in capitals and without any space.
func (f *Field) Value() string { return clean(f.options.Kind, f.input.Text) }

// SetValue replaces what is typed.
func (f *Field) SetValue(value string) {
	f.input.silent = true
	f.input.SetText(value)
	f.input.CursorColumn = utf8.RuneCountInString(value) // what is typed goes on where the value ends
	f.input.silent = false
	f.SetProblem("")
}

// SetHelp is for words that change while the field is shown; see FieldOptions.Help.
func (f *Field) SetHelp(help string) {
	f.help.Hidden = help == ""
	f.help.SetWords(help)
	relayout(f.root)
}

// Date returns the day that is typed into a DateField, or an error that wraps civil.ErrInvalidDate.
func (f *Field) Date() (civil.Date, error) { return ParseDate(f.Value()) }

// SetDate fills a DateField.
func (f *Field) SetDate(d civil.Date) { f.SetValue(d.Italian()) }

// Check asks whether the value is in order, shows what is wrong, and reports whether nothing is.
func (f *Field) Check() bool {
	problem := ""
	if f.options.Check != nil {
		problem = f.options.Check(f.Value())
	}
	f.SetProblem(problem)
	return problem == ""
}

// Problem returns the error shown.
func (f *Field) Problem() string { return f.wrong.words }

// SetProblem shows an error below the box, or takes it away.
func (f *Field) SetProblem(problem string) {
	if f.wrong.words == problem {
		return
	}
	f.wrong.SetWords(problem)
	f.problem.Hidden = problem == ""
	f.ringUp()
	relayout(f.root)
}

// Off makes the field read only, or not.
func (f *Field) Off(off bool) {
	if off {
		f.input.Disable()
		return
	}
	f.input.Enable()
}

// left is called when the focus goes elsewhere: the value takes its written form and is checked.
func (f *Field) left() {
	f.ringUp()
	switch f.options.Kind {
	case DateField:
		if d, err := f.Date(); err == nil && f.input.Text != d.Italian() {
			f.input.silent = true
			f.input.SetText(d.Italian())
			f.input.silent = false
		}
	case CodeField:
		if v := f.Value(); v != f.input.Text {
			f.input.silent = true
			f.input.SetText(v)
			f.input.silent = false
		}
	}
	if f.Value() != "" {
		f.Check()
	}
}

func (f *Field) ringUp() {
	f.ring.Edge, f.ring.Width = "", 0
	switch {
	case f.input.hasFocus:
		f.ring.Edge, f.ring.Width = theme.ColorFocusRing, fynetheme.Size(theme.SizeFocusRing)
	case f.wrong.words != "":
		f.ring.Edge, f.ring.Width = fynetheme.ColorNameError, 2
	}
	f.ring.Refresh()
}

// ParseDate reads a day as people type it, with or without marks between: 5/3/1950, 05-03-1950, 05.03.1950, 05031950.
func ParseDate(s string) (civil.Date, error) {
	if len(s) == 8 && strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0 {
		s = s[:2] + "/" + s[2:4] + "/" + s[4:]
	}
	return civil.ParseItalian(s)
}

// takes reports whether a kind of field takes a letter.
func takes(kind FieldKind, r rune) bool {
	switch kind {
	case DigitsField:
		return r >= '0' && r <= '9'
	case DateField:
		return r >= '0' && r <= '9' || strings.ContainsRune("/.-", r)
	case CodeField:
		return unicode.IsLetter(r) || unicode.IsDigit(r)
	case AmountField:
		return r >= '0' && r <= '9' || r == ',' || r == '.'
	default:
		return true
	}
}

func clean(kind FieldKind, s string) string {
	s = strings.TrimSpace(s)
	if kind == CodeField {
		s = strings.ToUpper(strings.ReplaceAll(s, " ", ""))
	}
	return s
}
