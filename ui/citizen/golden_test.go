package citizen_test

import (
	"testing"

	"fyne.io/fyne/v2/test"

	"bottega/ui/citizen"
	"bottega/ui/text/texttest"
	"bottega/ui/theme"
)

// TestTheCitizensScreensLookAsAgreed keeps a picture of each sort of page: to read, to act on, to type on, a code, a covered screen.
func TestTheCitizensScreensLookAsAgreed(t *testing.T) {
	cases := map[string]struct {
		kind     citizen.Kind
		lang     string
		contrast theme.Contrast
		covered  bool
	}{
		"step":      {citizen.Step, "it", theme.Light, false},
		"type_now":  {citizen.TypeNow, "it", theme.High, false},
		"type_code": {citizen.TypeCode, "it", theme.Light, false},
		"last_try":  {citizen.LastTry, "en", theme.High, false},
		"scan_code": {citizen.ScanCode, "en", theme.High, false},
		"covered":   {citizen.Check, "it", theme.Light, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			dress(t, theme.Options{Citizen: tc.contrast})
			stage := citizen.NewStage(texttest.Holder(t, tc.lang))
			var shown citizen.Screen
			for _, s := range screens() {
				if s.Kind == tc.kind {
					stage.Show(s)
					shown = s
				}
			}
			typeSome(stage, shown)
			stage.Cover(tc.covered)
			w := show(t, citizen.NewView(stage).Object(), sizes["1024"])
			test.AssertImageMatches(t, name+".png", w.Canvas().Capture())
		})
	}
}
