package widgets

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// input is the toolkit's entry with a name for screen readers, a filter, and no appetite for keys it does not use.
type input struct {
	widget.Entry
	field    *Field
	hasFocus bool
	silent   bool
}

var _ fyne.Accessible = (*input)(nil)

func newInput(f *Field) *input {
	i := &input{field: f}
	i.ExtendBaseWidget(i)
	i.Wrapping = fyne.TextWrap(fyne.TextTruncateClip)
	if f.options.Kind == NotesField {
		i.MultiLine, i.Wrapping = true, fyne.TextWrapWord
		i.SetMinRowsVisible(3)
	}
	i.TextStyle.Monospace = f.options.Kind == DigitsField || f.options.Kind == CodeField || f.options.Kind == DateField ||
		f.options.Kind == AmountField
	i.OnChanged = i.changed
	i.OnSubmitted = func(string) {
		if f.options.Submitted != nil {
			f.options.Submitted()
		}
	}
	return i
}

// AccessibilityLabel implements fyne.Accessible: the label, what is typed, and what is wrong with it.
func (i *input) AccessibilityLabel() string {
	said := []string{i.field.options.Label}
	for _, s := range []string{i.Text, i.field.wrong.words} {
		if s != "" {
			said = append(said, s)
		}
	}
	return strings.Join(said, ". ")
}

// AccessibilityRole implements fyne.Accessible; the toolkit has no role for entries yet.
func (i *input) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// AcceptsTab implements fyne.Tabbable: Tab always leaves the field, also one of several lines, which would be a trap.
func (i *input) AcceptsTab() bool { return false }

// changed drops what was pasted and may not be there.
func (i *input) changed(value string) {
	o := i.field.options
	kept := strings.Map(func(r rune) rune {
		if takes(o.Kind, r) {
			return r
		}
		return -1
	}, value)
	if runes := []rune(kept); o.Most > 0 && len(runes) > o.Most {
		kept = string(runes[:o.Most])
	}
	if kept != value {
		i.SetText(kept)
		return
	}
	if !i.silent {
		i.field.SetProblem("")
		if o.Changed != nil {
			o.Changed(i.field.Value())
		}
	}
}

// TypedRune implements fyne.Focusable.
func (i *input) TypedRune(r rune) {
	if o := i.field.options; takes(o.Kind, r) && (o.Most == 0 || len([]rune(i.Text)) < o.Most || i.SelectedText() != "") {
		i.Entry.TypedRune(r)
	}
}

// TypedKey implements fyne.Focusable.
func (i *input) TypedKey(ev *fyne.KeyEvent) {
	if isFunctionKey(ev.Name) || ev.Name == fyne.KeyEscape {
		passKey(i, ev)
		return
	}
	submits := (ev.Name == fyne.KeyReturn || ev.Name == fyne.KeyEnter) && !i.MultiLine && i.field.options.Submitted == nil
	if submits { // Enter in a field without a meaning of its own is Enter on the screen
		passKey(i, ev)
		return
	}
	i.Entry.TypedKey(ev)
}

// TypedShortcut implements fyne.Shortcutable.
func (i *input) TypedShortcut(s fyne.Shortcut) {
	if custom, ok := s.(*desktop.CustomShortcut); ok && !editing(custom.KeyName) {
		passShortcut(i, custom)
		return
	}
	i.Entry.TypedShortcut(s)
}

// editing reports whether a key moves or deletes inside a text when Ctrl or Alt is held.
func editing(name fyne.KeyName) bool {
	switch name {
	case fyne.KeyLeft, fyne.KeyRight, fyne.KeyUp, fyne.KeyDown, fyne.KeyHome, fyne.KeyEnd, fyne.KeyBackspace, fyne.KeyDelete:
		return true
	}
	return false
}

func isFunctionKey(name fyne.KeyName) bool {
	return len(name) >= 2 && name[0] == 'F' && name[1] >= '1' && name[1] <= '9'
}

// FocusGained implements fyne.Focusable.
func (i *input) FocusGained() {
	i.hasFocus = true
	i.Entry.FocusGained()
	i.field.ringUp()
	reveal(i)
}

// FocusLost implements fyne.Focusable.
func (i *input) FocusLost() {
	i.hasFocus = false
	i.Entry.FocusLost()
	i.field.left()
}
