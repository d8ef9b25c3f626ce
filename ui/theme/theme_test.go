package theme_test

import (
	"image/color"
	"testing"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"bottega/ui/theme"
)

func build(t *testing.T, o theme.Options) *theme.Theme {
	t.Helper()
	th, err := theme.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return th
}

func TestEveryPairOfColoursReachesItsContrast(t *testing.T) {
	for _, contrast := range []theme.Contrast{theme.Light, theme.High} {
		th := build(t, theme.Options{Facilitator: contrast, Citizen: contrast})
		for _, pair := range theme.Pairs() {
			front, back := th.Color(pair.Front, 0), th.Color(pair.Back, 0)
			if got := theme.Ratio(front, back); got < pair.AtLeast {
				t.Errorf("%s: %s on %s has contrast %.2f, wanted %.1f", contrast, pair.Front, pair.Back, got, pair.AtLeast)
			}
		}
	}
}

func TestTheRatioIsThatOfTheStandard(t *testing.T) {
	cases := map[string]struct {
		a, b color.Color
		want float64
	}{
		"black on white":     {color.Black, color.White, 21},
		"white on white":     {color.White, color.White, 1},
		"the system's blue":  {color.NRGBA{G: 0x66, B: 0xCC, A: 0xff}, color.White, 5.57},
		"order is no matter": {color.White, color.NRGBA{G: 0x66, B: 0xCC, A: 0xff}, 5.57},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := theme.Ratio(tc.a, tc.b); got < tc.want-0.01 || got > tc.want+0.01 {
				t.Errorf("got %.3f, want %.2f", got, tc.want)
			}
		})
	}
}

func TestTheTwoWindowsChooseColoursAndSizeOnTheirOwn(t *testing.T) {
	th := build(t, theme.Options{Facilitator: theme.Light, Citizen: theme.High, CitizenScale: 1.5})
	if c := th.Color(theme.ColorCitizenBackground, 0); theme.Ratio(c, color.Black) > 1.1 {
		t.Errorf("the citizen's background is %v, wanted black", c)
	}
	if c := th.Color(fynetheme.ColorNameForeground, 0); theme.Ratio(c, color.Black) > 2 {
		t.Errorf("the facilitator's text is %v, wanted dark", c)
	}
	if got := th.Size(fynetheme.SizeNameText); got != 18 {
		t.Errorf("the facilitator reads at %v, wanted 18", got)
	}
	if got := th.Size(theme.SizeCitizenText); got != 54 {
		t.Errorf("the citizen reads at %v, wanted 54", got)
	}
}

func TestSizesStayWithinWhatAWindowHolds(t *testing.T) {
	for _, scale := range []float32{-1, 0, 0.5, 1, 100} {
		th := build(t, theme.Options{Scale: scale, CitizenScale: scale})
		if got := th.Options().Scale; got < 1 || got > theme.MaxScale {
			t.Errorf("scale %v became %v", scale, got)
		}
		if got := th.Size(theme.SizeCitizenText); got < theme.CitizenSmallest {
			t.Errorf("scale %v: the citizen reads at %v", scale, got)
		}
	}
}

func TestFiguresAreSetInRobotoMonoAndTextInTitillium(t *testing.T) {
	th := build(t, theme.Options{})
	cases := map[string]struct {
		style fyne.TextStyle
		want  string
	}{
		"text":         {fyne.TextStyle{}, "TitilliumWeb-Regular.ttf"},
		"bold":         {fyne.TextStyle{Bold: true}, "TitilliumWeb-Bold.ttf"},
		"italic":       {fyne.TextStyle{Italic: true}, "TitilliumWeb-Italic.ttf"},
		"figures":      {fyne.TextStyle{Monospace: true}, "RobotoMono-Regular.ttf"},
		"bold figures": {fyne.TextStyle{Monospace: true, Bold: true}, "RobotoMono-Bold.ttf"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := th.Font(tc.style).Name(); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
	if th.Font(fyne.TextStyle{Symbol: true}) == nil {
		t.Error("no typeface for symbols")
	}
}
