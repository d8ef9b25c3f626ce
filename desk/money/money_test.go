package money

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAmountsAreReadAsItaliansWriteThem(t *testing.T) {
	for text, want := range map[string]Amount{
		"8.263,31": 826331, "8263,31": 826331, "8 263,31": 826331, "8.263,31 €": 826331, "€ 8.263,31": 826331, "8.263,31 euro": 826331,
		"8263": 826300, "8.263": 826300, "0": 0, "0,05": 5, "7,5": 750, "1.000.000": 100000000, "EUR 36.151,98": 3615198,
	} {
		if got, err := Parse(text); err != nil || got != want {
			t.Errorf("%q: %d, %v; want %d", text, got, err, want)
		}
	}
}

func TestWhatIsAmbiguousIsRefused(t *testing.T) {
	for _, text := range []string{
		"", "abc", "8.26", "8263.31", "8.5", "1.0000", "12.34.567", "8,263.31", "8,263", "-5", "1,,2", ",50", "8.263,3a", "99999999999,00",
	} {
		if got, err := Parse(text); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q was read as %s", text, got)
		}
	}
}

func TestAnErrorNeverRepeatsTheAmount(t *testing.T) {
	if _, err := Parse("31.415,9265"); err == nil || strings.Contains(err.Error(), "31") {
		t.Error(err)
	}
}

func TestWrittenAndReadAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := Amount(rapid.Int64Range(0, int64(Max)).Draw(t, "amount"))
		if b, err := Parse(a.String()); err != nil || a != b {
			t.Fatalf("%d became %q, then %d (%v)", a, a.String(), b, err)
		}
	})
}

func TestEnglishSwapsTheSigns(t *testing.T) {
	if got := Amount(3615198).English(); got != "36,151.98" {
		t.Error(got)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"8.263,31", "€ 1", "0,0", "..,"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if a, err := Parse(s); err == nil && (a < 0 || a > Max) {
			t.Errorf("%q gave %d", s, a)
		}
	})
}
