package widgets

import (
	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"bottega/ui/theme"
)

// Panel is a sheet with a border that holds what belongs together.
func Panel(objects ...fyne.CanvasObject) *fyne.Container {
	return Layers(
		NewBorderedFill(theme.ColorPanel, theme.ColorPanelEdge, 1, fynetheme.SizeNameCardRadius),
		Padded(theme.SizePanelAir, Column(objects...)),
	)
}

// TitledPanel is a Panel with a title.
func TitledPanel(title string, objects ...fyne.CanvasObject) *fyne.Container {
	return Panel(append([]fyne.CanvasObject{SectionTitle(title)}, objects...)...)
}

// Fact is a name and a value, as in "Codice fiscale: RSSMRA...". Figures sets the value in the typeface for figures.
type Fact struct {
	Name, Value string
	Figures     bool
}

// Facts shows names and values one pair to a line, the values under each other.
func Facts(facts ...Fact) *fyne.Container {
	rows := make([]fyne.CanvasObject, 0, len(facts))
	for _, f := range facts {
		rows = append(rows, SideBySide(0.36, 360, Muted(f.Name), NewText(f.Value, Style{Bold: !f.Figures, Mono: f.Figures})))
	}
	return ColumnOf(theme.SizeHair, rows...)
}

// Line is a thin line between two groups.
func Line() fyne.CanvasObject {
	return NewRule(theme.ColorPanelEdge)
}

// PracticeBand is the band that says on every screen of the practice desk that nothing there is real.
func PracticeBand(words string) *fyne.Container {
	return Layers(
		NewFill(theme.ColorPractice),
		Padded(theme.SizeHair, NewText(words, Style{
			Size: fynetheme.SizeNameCaptionText, Color: theme.ColorOnPractice, Bold: true, Align: fyne.TextAlignCenter,
		})),
	)
}

// Header is the bar at the top of a window: what stands left and right in it is drawn in ColorOnHeader by whoever makes it.
func Header(left, middle, right fyne.CanvasObject) *fyne.Container {
	return Layers(NewFill(theme.ColorHeader), Padded(theme.SizeGap, BesideCentered(left, middle, right)))
}
