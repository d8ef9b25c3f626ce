package facilitator

import (
	"testing"

	"bottega/desk"
	"bottega/ui/text"
	"bottega/ui/text/texttest"
)

func TestAPracticeCardIsCalledOneWhereItDoesNotBelong(t *testing.T) {
	for name, tc := range map[string]struct {
		practice bool
		chain    desk.PartResult
		want     int
	}{
		"a practice card at a real desk":     {true, desk.PartNotChecked, 1},
		"a practice card at a practice desk": {true, desk.PartWorks, 0},
		"a real card":                        {false, desk.PartWorks, 0},
		"of an unknown authority":            {false, desk.PartNotChecked, 0},
	} {
		t.Run(name, func(t *testing.T) {
			card := &desk.Card{Certificate: &desk.CardCertificate{
				Practice: tc.practice, Checks: []desk.CertificateCheck{{Aspect: desk.AspectChain, Result: tc.chain}},
			}}
			if got := practiceBlocks(texttest.Localizer(t, text.Italian), card); len(got) != tc.want {
				t.Errorf("%v", got)
			}
		})
	}
	if got := practiceBlocks(texttest.Localizer(t, text.Italian), &desk.Card{}); got != nil {
		t.Errorf("without a certificate: %v", got)
	}
}
