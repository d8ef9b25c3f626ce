package fiscalcode_test

import (
	"errors"
	"testing"
	"time"

	"bottega/desk/civil"
	"bottega/desk/fiscalcode"
)

func TestCheckAcceptsValidCodesAndNamesTheFault(t *testing.T) {
	for name, tc := range map[string]struct {
		code string
		want error
	}{
		"woman":                          {"SMPPRV88B69D612T", nil},
		"man":                            {"RSSMRA80A01H501U", nil},
		"born abroad":                    {"PRVSMP70A01Z100V", nil},
		"omocodia of one digit":          {"SMPPRV88B69D61NI", nil},
		"omocodia of three digits":       {"SMPPRV88B69DSMNQ", nil},
		"wrong check letter":             {"RSSMRA80C15L419X", fiscalcode.ErrCheck},
		"too short":                      {"RSSMRA80A01H501", fiscalcode.ErrLength},
		"digit among the letters":        {"R5SMRA80A01H501U", fiscalcode.ErrShape},
		"no such month":                  {"RSSMRA80F01H501U", fiscalcode.ErrShape},
		"letter that is no omocodia":     {"RSSMRAA0A01H501U", fiscalcode.ErrShape},
		"thirty-first of February":       {"RSSMRA80B31H501A", fiscalcode.ErrDate},
		"not ASCII but sixteen in bytes": {"RSSMRA80A01H50è", fiscalcode.ErrShape},
	} {
		t.Run(name, func(t *testing.T) {
			code := tc.code
			if errors.Is(tc.want, fiscalcode.ErrDate) {
				code = code[:15] + string(fiscalcode.CheckLetter(code[:15]))
			}
			if err := fiscalcode.Check(code); !errors.Is(err, tc.want) {
				t.Errorf("Check(%q) = %v, want %v", code, err, tc.want)
			}
		})
	}
}

func TestBirthTakesTheLatestCenturyThatIsNotInTheFuture(t *testing.T) {
	today, _ := civil.New(2026, time.November, 21)
	for code, want := range map[string]string{"SMPPRV88B69D612T": "1988-02-29 F", "RSSMRA80A01H501U": "1980-01-01 M"} {
		d, sex, err := fiscalcode.Birth(code, today)
		if got := d.String() + " " + sex; err != nil || got != want {
			t.Errorf("Birth(%s) = %s, %v, want %s", code, got, err, want)
		}
	}
}

func TestComposeGivesTheKnownCodes(t *testing.T) {
	leap, _ := civil.New(1988, time.February, 29)
	newYear, _ := civil.New(1980, time.January, 1)
	for want, got := range map[string]string{
		"SMPPRV88B69D612T": fiscalcode.Compose("ESEMPIO", "PROVA", leap, "F", "D612"),
		"RSSMRA80A01H501U": fiscalcode.Compose("Rossi", "Mario", newYear, "M", "H501"),
	} {
		if got != want {
			t.Errorf("Compose = %s, want %s", got, want)
		}
	}
}

func TestNameLettersSkipsTheSecondOfFourConsonants(t *testing.T) {
	for name, want := range map[string]string{"Gianfranco": "GFR", "Niccolò": "NCL", "Ada": "DAA", "Io": "IOX", "Lò": "LOX"} {
		if got := fiscalcode.NameLetters(name); got != want {
			t.Errorf("NameLetters(%s) = %s, want %s", name, got, want)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("SMPPRV88B69D612T")
	f.Add("à")
	f.Fuzz(func(t *testing.T, s string) {
		code := fiscalcode.Normalise(s)
		if fiscalcode.Check(code) == nil && fiscalcode.BirthPlace(code) == "" {
			t.Errorf("%q passes but has no birth place", code)
		}
	})
}
