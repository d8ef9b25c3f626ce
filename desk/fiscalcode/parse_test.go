package fiscalcode_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"bottega/desk/civil"
	"bottega/desk/fiscalcode"
)

func TestCodesAreReadAsTheyAreTypedOrScanned(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"as it is":            {"SMPPRV88B69D612T", "SMPPRV88B69D612T"},
		"small letters":       {"smpprv88b69d612t", "SMPPRV88B69D612T"},
		"in groups":           {" SMP PRV 88B69 D612 T ", "SMPPRV88B69D612T"},
		"scanned from a card": {"*SMPPRV88B69D612T*\r\n", "SMPPRV88B69D612T"},
		"omocodia":            {"SMPPRV88B69DSMNQ", "SMPPRV88B69DSMNQ"},
		"provisional":         {"12345678903", "12345678903"},
		"provisional, spaced": {"123 456 789 03", "12345678903"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := fiscalcode.Parse(tc.text)
			if err != nil || got != tc.want {
				t.Errorf("Parse(%q) = %q, %v, want %q", tc.text, got, err, tc.want)
			}
		})
	}
}

func TestAWrongCodeIsToldWhatIsWrong(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		is   error
		say  string
	}{
		"nothing":                   {"", fiscalcode.ErrLength, "these are 0"},
		"a letter short":            {"SMPPRV88B69D612", fiscalcode.ErrLength, "these are 15"},
		"counted in letters":        {"SMPPRV88B69D61è", fiscalcode.ErrLength, "these are 15"},
		"digit among the letters":   {"5MPPRV88B69D612T", fiscalcode.ErrShape, "character 1 "},
		"letter O for a zero":       {"RSSMRA8OA01H501U", fiscalcode.ErrShape, "character 8 of the fiscal code must be a digit"},
		"no such month":             {"RSSMRA80F01H501U", fiscalcode.ErrShape, "character 9 of the fiscal code must be the letter of a month"},
		"an accent":                 {"RSSMRA80A01H501È", fiscalcode.ErrShape, "character 16 "},
		"a digit at the end":        {"RSSMRA80A01H5011", fiscalcode.ErrShape, "character 16 of the fiscal code must be a letter"},
		"two letters swapped":       {"RSSRMA80A01H501U", fiscalcode.ErrCheck, "last letter"},
		"provisional, wrong digit":  {"12345678900", fiscalcode.ErrProvisionalCheck, "last digit"},
		"provisional, with letters": {"1234567890X", fiscalcode.ErrLength, "these are 11"},
		"thirty-first of February":  {"RSSMRA80B31H501" + string(fiscalcode.CheckLetter("RSSMRA80B31H501")), fiscalcode.ErrDate, "birth date"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := fiscalcode.Parse(tc.text)
			if !errors.Is(err, tc.is) || !strings.Contains(err.Error(), tc.say) {
				t.Errorf("Parse(%q): %v, want %v with %q", tc.text, err, tc.is, tc.say)
			}
			if err != nil && len(tc.text) > 3 && strings.Contains(err.Error(), tc.text[:4]) {
				t.Errorf("the error quotes the code: %v", err)
			}
		})
	}
}

func TestACodeIsComparedWithWhatTheCardSaysOfItsHolder(t *testing.T) {
	day := func(y int, m time.Month, d int) civil.Date { return civil.Date{Year: y, Month: m, Day: d} }
	ours := func(change func(*fiscalcode.Described)) fiscalcode.Described {
		d := fiscalcode.Described{Surname: "ESEMPIO", Name: "PROVA", Born: day(1988, time.February, 29), Sex: "F", Places: []string{"D612", ""}}
		change(&d)
		return d
	}
	tests := []struct {
		name, code string
		person     fiscalcode.Described
		want       []fiscalcode.Difference
	}{
		{"hers", "SMPPRV88B69D612T", ours(func(*fiscalcode.Described) {}), nil},
		{"hers, omocodia undone", "SMPPRV88B69DSMNQ", ours(func(*fiscalcode.Described) {}), nil},
		{"born in the other century", "SMPPRV88B69D612T", ours(func(d *fiscalcode.Described) { d.Born = day(1888, time.February, 29) }), nil},
		{"her names with accents", "SMPPRV88B69D612T", ours(func(d *fiscalcode.Described) { d.Surname, d.Name = "Esèmpio", "pròva" }), nil},
		{"her surname cut", "SMPPRV88B69D612T", ours(func(d *fiscalcode.Described) { d.Surname = "ESEMP" }), nil},
		{"another surname", "SMPPRV88B69D612T", ours(func(d *fiscalcode.Described) { d.Surname = "ALTRO" }), []fiscalcode.Difference{fiscalcode.DifferentName}},
		{"another name", "SMPPRV88B69D612T", ours(func(d *fiscalcode.Described) { d.Name = "ALTRA" }), []fiscalcode.Difference{fiscalcode.DifferentName}},
		{"another day", "SMPPRV88B69D612T", ours(func(d *fiscalcode.Described) { d.Born = day(1988, time.February, 28) }), []fiscalcode.Difference{fiscalcode.DifferentBirth}},
		{"another sex", "SMPPRV88B69D612T", ours(func(d *fiscalcode.Described) { d.Sex = "M" }), []fiscalcode.Difference{fiscalcode.DifferentBirth}},
		{"another sex, on a day that nobody knows", "SMPPRV88B69D612T", ours(func(d *fiscalcode.Described) { d.Sex, d.Born = "M", civil.Date{} }), []fiscalcode.Difference{fiscalcode.DifferentBirth}},
		{"another place", "SMPPRV88B69D612T", ours(func(d *fiscalcode.Described) { d.Places = []string{"E715"} }), []fiscalcode.Difference{fiscalcode.DifferentPlace}},
		{"the state in the second field", "PRVSMP70A01Z100V", fiscalcode.Described{Places: []string{"H501", "Z100"}}, nil},
		{"everything else", "RSSMRA80A01H501U", ours(func(*fiscalcode.Described) {}), []fiscalcode.Difference{fiscalcode.DifferentName, fiscalcode.DifferentBirth, fiscalcode.DifferentPlace}},
		{"nothing known", "SMPPRV88B69D612T", fiscalcode.Described{}, nil},
		{"a wrong code says nothing", "SMPPRV88B69D612X", fiscalcode.Described{Surname: "ALTRO"}, nil},
		{"a provisional code says nothing", "12345678903", ours(func(*fiscalcode.Described) {}), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := fiscalcode.Compare(tt.code, tt.person); !slices.Equal(got, tt.want) {
				t.Errorf("differs in %v, want %v", got, tt.want)
			}
		})
	}
}

func TestLettersOfOtherAlphabetsAreTakenAsRegistersWriteThem(t *testing.T) {
	for name, want := range map[string]string{"Çelik": "CLK", "Škoda": "SKD", "Müller": "MLL", "Łukasz": "LKS", "Weiß": "WSS", "Ångström": "NGS", "D'Ò": "DOX"} {
		if got := fiscalcode.SurnameLetters(name); got != want {
			t.Errorf("SurnameLetters(%s) = %s, want %s", name, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("*SMPPRV88B69D612T*")
	f.Add("12345678903")
	f.Add("SMPPRV88B69DSMNQ")
	f.Add("Àèì\xff")
	f.Fuzz(func(t *testing.T, s string) {
		code, err := fiscalcode.Parse(s)
		switch {
		case err != nil && code != "":
			t.Errorf("Parse(%q) gave both %q and %v", s, code, err)
		case err == nil && fiscalcode.Check(code) != nil && !fiscalcode.Provisional(code):
			t.Errorf("Parse(%q) = %q, which is wrong", s, code)
		case err == nil:
			if again, err := fiscalcode.Parse(code); err != nil || again != code {
				t.Errorf("Parse(%q) = %q, %v", code, again, err)
			}
		}
	})
}
