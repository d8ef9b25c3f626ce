package cardnumber_test

import (
	"errors"
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
