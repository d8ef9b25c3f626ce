// Package theme is how the windows look: the typefaces and colours of the Italian public administration's design system, in a
// light and a high-contrast variant, with generous sizes for the facilitator and large ones for the citizen.
//
// The windows (ui/facilitator, ui/citizen), ui/widgets and cmd/bottega import it. Every pair of colours that is used together
// stands in Pairs with the contrast it must reach, and a test computes them all.
package theme

import (
	"fmt"
	"image/color"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"bottega/assets"
)

// Contrast chooses a variant.
type Contrast string

// The variants of the theme.
const (
	Light Contrast = "light"
	High  Contrast = "high"
)

// Options are what a person may choose about the look of the two windows, each on its own.
type Options struct {
	// Facilitator and Citizen choose the colours of the two windows; empty means Light.
	Facilitator, Citizen Contrast
	// Scale and CitizenScale enlarge the type, from 1 (also what zero means) up to MaxScale.
	Scale, CitizenScale float32
}

// MaxScale is the largest enlargement offered: beyond it a window of 1024 points holds too few words.
const MaxScale = 1.6

// Theme is the look of the program. It does not change: to change the look, set another theme.
type Theme struct {
	options Options
	fonts   map[string]fyne.Resource
	base    fyne.Theme
}

var _ fyne.Theme = (*Theme)(nil)

// New builds a theme from the embedded typefaces.
func New(o Options) (*Theme, error) {
	o.Facilitator = orLight(o.Facilitator)
	o.Citizen = orLight(o.Citizen)
	o.Scale, o.CitizenScale = within(o.Scale), within(o.CitizenScale)
	t := &Theme{options: o, fonts: map[string]fyne.Resource{}, base: fynetheme.DefaultTheme()}
	for _, name := range []string{
		assets.TitilliumRegular, assets.TitilliumBold, assets.TitilliumItalic, assets.RobotoMono, assets.RobotoMonoBold,
	} {
		data, err := assets.Font(name)
		if err != nil {
			return nil, fmt.Errorf("build the theme: %w", err)
		}
		t.fonts[name] = fyne.NewStaticResource(name, data)
	}
	return t, nil
}

func orLight(c Contrast) Contrast {
	if c == High {
		return High
	}
	return Light
}

func within(scale float32) float32 { return min(max(scale, 1), MaxScale) }

// Options returns what the theme was built with, defaults filled in.
func (t *Theme) Options() Options { return t.options }

// Color implements fyne.Theme. The variant of the operating system is ignored: the choice is made in the program, so that a
// desk looks the same on every computer.
func (t *Theme) Color(name fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	if c, ok := citizenColors[t.options.Citizen][name]; ok {
		return c
	}
	if c, ok := deskColors[t.options.Facilitator][name]; ok {
		return c
	}
	return t.base.Color(name, systemVariant[t.options.Facilitator])
}

// systemVariant is the toolkit's own variant behind the few colours that we do not name.
var systemVariant = map[Contrast]fyne.ThemeVariant{Light: fynetheme.VariantLight, High: fynetheme.VariantDark}

// Font implements fyne.Theme: Titillium Web, and Roboto Mono for numbers and codes (the monospace style).
func (t *Theme) Font(style fyne.TextStyle) fyne.Resource {
	switch {
	case style.Symbol:
		return t.base.Font(style)
	case style.Monospace && style.Bold:
		return t.fonts[assets.RobotoMonoBold]
	case style.Monospace:
		return t.fonts[assets.RobotoMono]
	case style.Bold:
		return t.fonts[assets.TitilliumBold]
	case style.Italic:
		return t.fonts[assets.TitilliumItalic]
	default:
		return t.fonts[assets.TitilliumRegular]
	}
}

// Icon implements fyne.Theme with the toolkit's icons; our own pictures are in Picture.
func (t *Theme) Icon(name fyne.ThemeIconName) fyne.Resource { return t.base.Icon(name) }

// Size implements fyne.Theme.
func (t *Theme) Size(name fyne.ThemeSizeName) float32 {
	if size, ok := citizenSizes[name]; ok {
		return size * t.options.CitizenScale
	}
	if size, ok := textSizes[name]; ok {
		return size * t.options.Scale
	}
	if size, ok := fixedSizes[name]; ok {
		return size
	}
	return t.base.Size(name)
}
