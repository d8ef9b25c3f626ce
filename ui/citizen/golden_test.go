package citizen_test

import (
	"testing"

	"fyne.io/fyne/v2/test"

	"bottega/ui/citizen"
	"bottega/ui/text/texttest"
	"bottega/ui/theme"
)

// TestTheCitizensScreensLookAsAgreed keeps four pictures: a page to read, one to act on, a code and a covered screen.
func TestTheCitizensScreensLookAsAgreed(t *testing.T) {
	cases := map[string]struct {
		kind     citizen.Kind
		lang     string
		contrast theme.Contrast
		covered  bool
	}{
		"step":      {citizen.Step, "it", theme.Light, false},
		"type_now":  {citizen.TypeNow, "it", theme.High, false},
		"scan_code": {citizen.ScanCode, "en", theme.High, false},
		"covered":   {citizen.Check, "it", theme.Light, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			dress(t, theme.Options{Citizen: tc.contrast})
			stage := citizen.NewStage(texttest.Holder(t, tc.lang))
			for _, s := range screens() {
				if s.Kind == tc.kind {
					stage.Show(s)
				}
			}
			stage.Cover(tc.covered)
			w := show(t, citizen.NewView(stage).Object(), sizes["1024"])
			test.AssertImageMatches(t, name+".png", w.Canvas().Capture())
		})
	}
}
