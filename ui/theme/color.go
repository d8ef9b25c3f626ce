package theme

import (
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

// Colours of our own on the facilitator's window, beside the toolkit's.
const (
	ColorMuted      fyne.ThemeColorName = "bottega-muted"       // text that matters less
	ColorPanel      fyne.ThemeColorName = "bottega-panel"       // what a panel is filled with
	ColorPanelEdge  fyne.ThemeColorName = "bottega-panel-edge"  // its border
	ColorFocusRing  fyne.ThemeColorName = "bottega-focus-ring"  // around what has the focus
	ColorChosen     fyne.ThemeColorName = "bottega-chosen"      // behind what is chosen in a list
	ColorTile       fyne.ThemeColorName = "bottega-tile"        // a button at rest
	ColorTileEdge   fyne.ThemeColorName = "bottega-tile-edge"   // its border
	ColorOff        fyne.ThemeColorName = "bottega-off"         // a button that cannot be used now
	ColorOnOff      fyne.ThemeColorName = "bottega-on-off"      // its words
	ColorHeader     fyne.ThemeColorName = "bottega-header"      // the bar at the top of the window
	ColorOnHeader   fyne.ThemeColorName = "bottega-on-header"   //
	ColorPractice   fyne.ThemeColorName = "bottega-practice"    // the band that says PROVA
	ColorOnPractice fyne.ThemeColorName = "bottega-on-practice" //

	ColorInfo           fyne.ThemeColorName = "bottega-info"
	ColorInfoBackground fyne.ThemeColorName = "bottega-info-background"
	ColorGoodBackground fyne.ThemeColorName = "bottega-good-background"
	ColorWarnBackground fyne.ThemeColorName = "bottega-warn-background"
	ColorBadBackground  fyne.ThemeColorName = "bottega-bad-background"
)

// Colours of the citizen's window.
const (
	ColorCitizenBackground fyne.ThemeColorName = "bottega-citizen-background"
	ColorCitizenForeground fyne.ThemeColorName = "bottega-citizen-foreground"
	ColorCitizenAccent     fyne.ThemeColorName = "bottega-citizen-accent" // headings and pictures
	ColorCitizenBand       fyne.ThemeColorName = "bottega-citizen-band"   // where the citizen must act
	ColorCitizenOnBand     fyne.ThemeColorName = "bottega-citizen-on-band"
	ColorCitizenGood       fyne.ThemeColorName = "bottega-citizen-good"
	ColorCitizenCareful    fyne.ThemeColorName = "bottega-citizen-careful"
	ColorCitizenEdge       fyne.ThemeColorName = "bottega-citizen-edge"
)

func rgb(hex uint32) color.NRGBA {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xff}
}

func rgba(hex uint32, alpha uint8) color.NRGBA {
	c := rgb(hex)
	c.A = alpha
	return c
}

// deskColors are the facilitator's. The light ones are those of the design system (primary 0066CC, success 008055, warning
// 995C00, danger CC334D, text 17324D); the high-contrast ones are white, yellow and sky blue on black.
var deskColors = map[Contrast]map[fyne.ThemeColorName]color.Color{
	Light: {
		fynetheme.ColorNameBackground:          rgb(0xF3F6F9),
		fynetheme.ColorNameForeground:          rgb(0x17324D),
		fynetheme.ColorNamePrimary:             rgb(0x0066CC),
		fynetheme.ColorNameForegroundOnPrimary: rgb(0xFFFFFF),
		fynetheme.ColorNameHyperlink:           rgb(0x0059B3),
		fynetheme.ColorNameSuccess:             rgb(0x00734D),
		fynetheme.ColorNameForegroundOnSuccess: rgb(0xFFFFFF),
		fynetheme.ColorNameWarning:             rgb(0x8A5300),
		fynetheme.ColorNameForegroundOnWarning: rgb(0xFFFFFF),
		fynetheme.ColorNameError:               rgb(0xB82A42),
		fynetheme.ColorNameForegroundOnError:   rgb(0xFFFFFF),
		fynetheme.ColorNameButton:              rgb(0xFFFFFF),
		fynetheme.ColorNameDisabledButton:      rgb(0xE3E8ED),
		fynetheme.ColorNameDisabled:            rgb(0x55697D),
		fynetheme.ColorNamePlaceHolder:         rgb(0x55697D),
		fynetheme.ColorNameInputBackground:     rgb(0xFFFFFF),
		fynetheme.ColorNameInputBorder:         rgb(0x5A768A),
		fynetheme.ColorNameFocus:               rgba(0x0066CC, 0x38),
		fynetheme.ColorNameHover:               rgba(0x0066CC, 0x18),
		fynetheme.ColorNamePressed:             rgba(0x003366, 0x38),
		fynetheme.ColorNameSelection:           rgba(0x0066CC, 0x40),
		fynetheme.ColorNameSeparator:           rgb(0xC5D0DB),
		fynetheme.ColorNameOverlayBackground:   rgb(0xFFFFFF),
		fynetheme.ColorNameMenuBackground:      rgb(0xFFFFFF),
		fynetheme.ColorNameHeaderBackground:    rgb(0xE6ECF2),
		fynetheme.ColorNameScrollBar:           rgb(0x5A768A),
		fynetheme.ColorNameScrollBarBackground: rgb(0xE3E8ED),
		fynetheme.ColorNameShadow:              rgba(0x17324D, 0x40),
		ColorMuted:                             rgb(0x455B71),
		ColorPanel:                             rgb(0xFFFFFF),
		ColorPanelEdge:                         rgb(0xC5D0DB),
		ColorFocusRing:                         rgb(0xD14900),
		ColorChosen:                            rgb(0xD9E9FA),
		ColorTile:                              rgb(0xFFFFFF),
		ColorTileEdge:                          rgb(0x5A768A),
		ColorOff:                               rgb(0xE8ECF0),
		ColorOnOff:                             rgb(0x51657A),
		ColorHeader:                            rgb(0x003366),
		ColorOnHeader:                          rgb(0xFFFFFF),
		ColorPractice:                          rgb(0xFFD24D),
		ColorOnPractice:                        rgb(0x1A1A1A),
		ColorInfo:                              rgb(0x0059B3),
		ColorInfoBackground:                    rgb(0xE6F0FA),
		ColorGoodBackground:                    rgb(0xE2F3EC),
		ColorWarnBackground:                    rgb(0xFFF3DC),
		ColorBadBackground:                     rgb(0xFCE8EC),
	},
	High: {
		fynetheme.ColorNameBackground:          rgb(0x000000),
		fynetheme.ColorNameForeground:          rgb(0xFFFFFF),
		fynetheme.ColorNamePrimary:             rgb(0xFFE14D),
		fynetheme.ColorNameForegroundOnPrimary: rgb(0x000000),
		fynetheme.ColorNameHyperlink:           rgb(0x8FD0FF),
		fynetheme.ColorNameSuccess:             rgb(0x5CE6A8),
		fynetheme.ColorNameForegroundOnSuccess: rgb(0x000000),
		fynetheme.ColorNameWarning:             rgb(0xFFB84D),
		fynetheme.ColorNameForegroundOnWarning: rgb(0x000000),
		fynetheme.ColorNameError:               rgb(0xFF9AA8),
		fynetheme.ColorNameForegroundOnError:   rgb(0x000000),
		fynetheme.ColorNameButton:              rgb(0x000000),
		fynetheme.ColorNameDisabledButton:      rgb(0x262626),
		fynetheme.ColorNameDisabled:            rgb(0xBFBFBF),
		fynetheme.ColorNamePlaceHolder:         rgb(0xCCCCCC),
		fynetheme.ColorNameInputBackground:     rgb(0x000000),
		fynetheme.ColorNameInputBorder:         rgb(0xFFFFFF),
		fynetheme.ColorNameFocus:               rgba(0x8FD0FF, 0x50),
		fynetheme.ColorNameHover:               rgba(0xFFFFFF, 0x28),
		fynetheme.ColorNamePressed:             rgba(0xFFFFFF, 0x50),
		fynetheme.ColorNameSelection:           rgba(0x8FD0FF, 0x60),
		fynetheme.ColorNameSeparator:           rgb(0xFFFFFF),
		fynetheme.ColorNameOverlayBackground:   rgb(0x000000),
		fynetheme.ColorNameMenuBackground:      rgb(0x1A1A1A),
		fynetheme.ColorNameHeaderBackground:    rgb(0x1A1A1A),
		fynetheme.ColorNameScrollBar:           rgb(0xFFFFFF),
		fynetheme.ColorNameScrollBarBackground: rgb(0x333333),
		fynetheme.ColorNameShadow:              rgba(0xFFFFFF, 0x40),
		ColorMuted:                             rgb(0xE0E0E0),
		ColorPanel:                             rgb(0x000000),
		ColorPanelEdge:                         rgb(0xFFFFFF),
		ColorFocusRing:                         rgb(0x4DD2FF),
		ColorChosen:                            rgb(0x003D66),
		ColorTile:                              rgb(0x000000),
		ColorTileEdge:                          rgb(0xFFFFFF),
		ColorOff:                               rgb(0x262626),
		ColorOnOff:                             rgb(0xBFBFBF),
		ColorHeader:                            rgb(0x262626),
		ColorOnHeader:                          rgb(0xFFFFFF),
		ColorPractice:                          rgb(0xFFE14D),
		ColorOnPractice:                        rgb(0x000000),
		ColorInfo:                              rgb(0x8FD0FF),
		ColorInfoBackground:                    rgb(0x00233D),
		ColorGoodBackground:                    rgb(0x00291A),
		ColorWarnBackground:                    rgb(0x332200),
		ColorBadBackground:                     rgb(0x3D0A14),
	},
}

var citizenColors = map[Contrast]map[fyne.ThemeColorName]color.Color{
	Light: {
		ColorCitizenBackground: rgb(0xFFFFFF),
		ColorCitizenForeground: rgb(0x0B1F33),
		ColorCitizenAccent:     rgb(0x004080),
		ColorCitizenBand:       rgb(0x003366),
		ColorCitizenOnBand:     rgb(0xFFFFFF),
		ColorCitizenGood:       rgb(0x00472F),
		ColorCitizenCareful:    rgb(0x6B2E00),
		ColorCitizenEdge:       rgb(0x5A768A),
	},
	High: {
		ColorCitizenBackground: rgb(0x000000),
		ColorCitizenForeground: rgb(0xFFFFFF),
		ColorCitizenAccent:     rgb(0xFFE14D),
		ColorCitizenBand:       rgb(0xFFE14D),
		ColorCitizenOnBand:     rgb(0x000000),
		ColorCitizenGood:       rgb(0x7CF0BC),
		ColorCitizenCareful:    rgb(0xFFC266),
		ColorCitizenEdge:       rgb(0xFFFFFF),
	},
}

// Ratio is the contrast of two opaque colours as WCAG 2.1 defines it, from 1 to 21.
func Ratio(a, b color.Color) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

func linear(channel uint32) float64 {
	v := float64(channel) / 0xffff
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}
