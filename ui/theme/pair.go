package theme

import (
	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

// The least contrast asked of what is read and of what is only seen (WCAG 2.1 AA 1.4.3 and 1.4.11; AAA 1.4.6 for the citizen).
const (
	ReadByFacilitator = 4.5
	ReadByCitizen     = 7.0
	Seen              = 3.0
)

// Pair is two colours that meet on the screen and the contrast they must reach.
type Pair struct {
	Front, Back fyne.ThemeColorName
	AtLeast     float64
}

// Pairs lists every pair of colours that the widgets put together.
func Pairs() []Pair {
	pairs := []Pair{
		{fynetheme.ColorNameForegroundOnPrimary, fynetheme.ColorNamePrimary, ReadByFacilitator},
		{fynetheme.ColorNameForegroundOnSuccess, fynetheme.ColorNameSuccess, ReadByFacilitator},
		{fynetheme.ColorNameForegroundOnWarning, fynetheme.ColorNameWarning, ReadByFacilitator},
		{fynetheme.ColorNameForegroundOnError, fynetheme.ColorNameError, ReadByFacilitator},
		{fynetheme.ColorNameForeground, fynetheme.ColorNameInputBackground, ReadByFacilitator},
		{fynetheme.ColorNamePlaceHolder, fynetheme.ColorNameInputBackground, ReadByFacilitator},
		{fynetheme.ColorNameDisabled, fynetheme.ColorNameDisabledButton, ReadByFacilitator},
		{fynetheme.ColorNameForeground, fynetheme.ColorNameOverlayBackground, ReadByFacilitator},
		{fynetheme.ColorNameForeground, fynetheme.ColorNameMenuBackground, ReadByFacilitator},
		{fynetheme.ColorNameForeground, fynetheme.ColorNameHeaderBackground, ReadByFacilitator},
		{fynetheme.ColorNameInputBorder, fynetheme.ColorNameInputBackground, Seen},
		{fynetheme.ColorNameForeground, ColorTile, ReadByFacilitator},
		{ColorMuted, ColorTile, ReadByFacilitator},
		{ColorTileEdge, fynetheme.ColorNameBackground, Seen},
		{fynetheme.ColorNameForeground, ColorChosen, ReadByFacilitator},
		{ColorMuted, ColorChosen, ReadByFacilitator},
		{ColorOnOff, ColorOff, ReadByFacilitator},
		{ColorOnHeader, ColorHeader, ReadByFacilitator},
		{ColorOnPractice, ColorPractice, ReadByCitizen},
		{ColorFocusRing, fynetheme.ColorNameBackground, Seen},
		{ColorFocusRing, ColorPanel, Seen},
		{ColorFocusRing, ColorCitizenBackground, Seen},
		{ColorInfo, ColorInfoBackground, ReadByFacilitator},
		{fynetheme.ColorNameSuccess, ColorGoodBackground, ReadByFacilitator},
		{fynetheme.ColorNameWarning, ColorWarnBackground, ReadByFacilitator},
		{fynetheme.ColorNameError, ColorBadBackground, ReadByFacilitator},

		{ColorCitizenForeground, ColorCitizenBackground, ReadByCitizen},
		{ColorCitizenAccent, ColorCitizenBackground, ReadByCitizen},
		{ColorCitizenOnBand, ColorCitizenBand, ReadByCitizen},
		{ColorCitizenGood, ColorCitizenBackground, ReadByCitizen},
		{ColorCitizenCareful, ColorCitizenBackground, ReadByCitizen},
		{ColorCitizenEdge, ColorCitizenBackground, Seen},
	}
	for _, back := range []fyne.ThemeColorName{
		ColorInfoBackground, ColorGoodBackground, ColorWarnBackground, ColorBadBackground,
	} {
		pairs = append(pairs, Pair{fynetheme.ColorNameForeground, back, ReadByFacilitator})
	}
	for _, back := range []fyne.ThemeColorName{fynetheme.ColorNameBackground, ColorPanel} {
		for _, front := range []fyne.ThemeColorName{
			fynetheme.ColorNameForeground, fynetheme.ColorNamePrimary, fynetheme.ColorNameHyperlink, fynetheme.ColorNameSuccess,
			fynetheme.ColorNameWarning, fynetheme.ColorNameError, ColorMuted, ColorInfo, fynetheme.ColorNameDisabled,
		} {
			pairs = append(pairs, Pair{front, back, ReadByFacilitator})
		}
	}
	return pairs
}
