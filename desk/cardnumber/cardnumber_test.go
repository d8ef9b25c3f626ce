package cardnumber_test

import (
	"errors"
	"strings"
	"testing"

	"bottega/desk/cardnumber"
)

func TestEitherNumberLeadsToTheOneOnTheChip(t *testing.T) {
	for name, tc := range map[string]struct {
		text, want string
		err        error
	}{
		"from the chip":           {"6090012345678000", "6090012345678000", nil},
		"from the back":           {"80380000900123456782", "6090012345678000", nil},
		"from the back, in parts": {" 80380 00090 01234 56782 ", "6090012345678000", nil},
		"scanned":                 {"*80380000900123456782*\r\n", "6090012345678000", nil},
		"with hyphens":            {"6090-0123-4567-8000", "6090012345678000", nil},
		"an operator's":           {"9090012345678004", "9090012345678004", nil},
		"one digit wrong":         {"6090012345678001", "", cardnumber.ErrCheck},
		"two digits swapped":      {"6090021345678000", "", cardnumber.ErrCheck},
		"wrong on the back":       {"80380000900123456783", "", cardnumber.ErrCheck},
		"another country's":       {"80250000900123456782", "", cardnumber.ErrShape},
		"short":                   {"609001234567800", "", cardnumber.ErrShape},
		"letters":                 {"609001234567800X", "", cardnumber.ErrShape},
		"letters on the back":     {"8038000O900123456782", "", cardnumber.ErrShape},
		"empty":                   {"", "", cardnumber.ErrShape},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := cardnumber.Parse(tc.text)
			if !errors.Is(err, tc.err) || (err == nil && got != tc.want) {
				t.Errorf("Parse(%q) = %q, %v, want %q, %v", tc.text, got, err, tc.want, tc.err)
			}
		})
	}
}

func TestTheDigitsThatCannotBeAreNamed(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		say  string
	}{
		"no card's first digit":    {"1090012345678004", "digit 1 of the 16 of the card number must be 5 or 6 or 7 or 8 or 9"},
		"no Region":                {"6910012345678000", "digits 2 to 4 of the 16 of the card number must be the code of a Region"},
		"no personal card":         {"81380000900123456782", "digits 1 to 2 of the 20 of the card number must be 80"},
		"another country's":        {"80250000900123456782", "digits 3 to 5 of the 20 of the card number must be 380"},
		"another service's":        {"80380110900123456782", "digits 6 to 7 of the 20 of the card number must be 00"},
		"no Region's, on the back": {"80380009900123456782", "digits 8 to 10 of the 20 of the card number must be the code of a Region"},
		"too short":                {"609001234567800", "these are 15"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := cardnumber.Parse(tc.text)
			if !errors.Is(err, cardnumber.ErrShape) || !strings.Contains(err.Error(), tc.say) {
				t.Errorf("Parse(%q): %v, want %q", tc.text, err, tc.say)
			}
		})
	}
}

func TestTheIssuerIsNamedAsItCallsItself(t *testing.T) {
	for number, want := range map[string]string{
		"6090012345678000": "Regione Toscana", "9041012345678000": "Provincia autonoma di Bolzano",
		"7420012345678000": "", "6990012345678000": "", "609": "", "": "",
	} {
		if got := cardnumber.IssuerName(number); got != want {
			t.Errorf("IssuerName(%s) = %q, want %q", number, got, want)
		}
	}
}

func TestThePrintedNumberFollowsFromTheOneOnTheChip(t *testing.T) {
	if got := cardnumber.Printed("6090012345678000"); got != "80380000900123456782" {
		t.Errorf("got %q", got)
	}
	if got := cardnumber.Printed("6090012345678001"); got != "" {
		t.Errorf("a wrong number gave %q", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("6090012345678000")
	f.Add("80380000900123456782")
	f.Add("è")
	f.Fuzz(func(t *testing.T, s string) {
		chip, err := cardnumber.Parse(s)
		if err != nil {
			return
		}
		if err := cardnumber.Check(chip); err != nil {
			t.Errorf("Parse(%q) = %q, which is wrong: %v", s, chip, err)
		}
	})
}
