package widgets

import (
	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

// Rule is a line across the width it is given.
type Rule struct{ Fill }

// NewRule returns a line in a colour of the theme.
func NewRule(color fyne.ThemeColorName) *Rule {
	r := &Rule{Fill{Color: color}}
	r.ExtendBaseWidget(r)
	return r
}

// MinSize implements fyne.CanvasObject.
func (r *Rule) MinSize() fyne.Size {
	return fyne.NewSize(0, fynetheme.Size(fynetheme.SizeNameSeparatorThickness))
}
