package theme

import (
	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

// Sizes of our own, beside the toolkit's.
const (
	// SizeTitle is the name of the screen, once at its top.
	SizeTitle fyne.ThemeSizeName = "bottega-title"
	// SizeFocusRing is the thickness of the ring around what has the focus; SizeFocusGap the air between the two.
	SizeFocusRing fyne.ThemeSizeName = "bottega-focus-ring"
	SizeFocusGap  fyne.ThemeSizeName = "bottega-focus-gap"
	// SizeGap is the distance between things that belong together, SizeWideGap between groups, SizeMargin around a screen.
	SizeGap     fyne.ThemeSizeName = "bottega-gap"
	SizeWideGap fyne.ThemeSizeName = "bottega-wide-gap"
	SizeMargin  fyne.ThemeSizeName = "bottega-margin"
	// SizeHair is the least air there is; SizeButtonAir the air between a button's edge and its words; SizePanelAir in a panel.
	SizeHair      fyne.ThemeSizeName = "bottega-hair"
	SizeButtonAir fyne.ThemeSizeName = "bottega-button-air"
	SizePanelAir  fyne.ThemeSizeName = "bottega-panel-air"
	SizeNoticeAir fyne.ThemeSizeName = "bottega-notice-air"
	// SizeRadiusRing rounds the ring around what has the focus.
	SizeRadiusRing fyne.ThemeSizeName = "bottega-radius-ring"
	// SizeIcon is an icon beside a line of text; SizeBigIcon one that stands alone.
	SizeIcon    fyne.ThemeSizeName = "bottega-icon"
	SizeBigIcon fyne.ThemeSizeName = "bottega-big-icon"

	// The citizen's window: running text, headings, and the smallest type that may appear there.
	SizeCitizenText    fyne.ThemeSizeName = "bottega-citizen-text"
	SizeCitizenHeading fyne.ThemeSizeName = "bottega-citizen-heading"
)

// CitizenSmallest is the smallest type on the citizen's window at 1024×768 and above: 28 points read without glasses at the
// distance of a desk.
const CitizenSmallest float32 = 28

// textSizes grow with the facilitator's scale.
var textSizes = map[fyne.ThemeSizeName]float32{
	fynetheme.SizeNameText:           18,
	fynetheme.SizeNameCaptionText:    16,
	fynetheme.SizeNameSubHeadingText: 22,
	fynetheme.SizeNameHeadingText:    28,
	fynetheme.SizeNameInlineIcon:     24,
	SizeTitle:                        32,
	SizeIcon:                         26,
	SizeBigIcon:                      44,
}

var fixedSizes = map[fyne.ThemeSizeName]float32{
	fynetheme.SizeNamePadding:            6,
	fynetheme.SizeNameInnerPadding:       10,
	fynetheme.SizeNameLineSpacing:        5,
	fynetheme.SizeNameScrollBar:          16,
	fynetheme.SizeNameScrollBarSmall:     8,
	fynetheme.SizeNameScrollBarRadius:    4,
	fynetheme.SizeNameInputBorder:        2,
	fynetheme.SizeNameInputRadius:        6,
	fynetheme.SizeNameButtonRadius:       6,
	fynetheme.SizeNameCardRadius:         8,
	fynetheme.SizeNameDialogRadius:       8,
	fynetheme.SizeNamePopupRadius:        6,
	fynetheme.SizeNameSelectionRadius:    4,
	fynetheme.SizeNameSeparatorThickness: 1,
	SizeFocusRing:                        3,
	SizeFocusGap:                         2,
	SizeRadiusRing:                       11,
	SizeHair:                             3,
	SizeButtonAir:                        10,
	SizePanelAir:                         18,
	SizeNoticeAir:                        12,
	SizeGap:                              12,
	SizeWideGap:                          22,
	SizeMargin:                           24,
}

// citizenSizes grow with the citizen's own scale.
var citizenSizes = map[fyne.ThemeSizeName]float32{
	SizeCitizenText:    36,
	SizeCitizenHeading: 56,
}
