package text_test

import (
	"errors"
	"regexp"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"bottega/desk/bilingual"
	"bottega/desk/civil"
	"bottega/ui/text"
	"bottega/ui/text/texttest"
)

func catalog(t *testing.T, files map[string]string) (*text.Catalog, error) {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, data := range files {
		fsys["i18n/"+name] = &fstest.MapFile{Data: []byte(data)}
	}
	return text.Load(fsys, "i18n")
}

func TestEveryKeyIsInBothLanguages(t *testing.T) {
	c := texttest.Catalog(t)
	italian, english := c.Keys(text.Italian), c.Keys(text.English)
	if len(italian) == 0 {
		t.Fatal("no translations at all")
	}
	for _, key := range italian {
		if !slices.Contains(english, key) {
			t.Errorf("%q is not in English", key)
		}
	}
	for _, key := range english {
		if !slices.Contains(italian, key) {
			t.Errorf("%q is not in Italian", key)
		}
	}
}

// TestBothLanguagesTakeTheSameArguments catches a {{.Name}} that only one translation has, or that a typo made into another.
func TestBothLanguagesTakeTheSameArguments(t *testing.T) {
	argument := regexp.MustCompile(`\{\{\.(\w+)`)
	names := func(l *text.Localizer, key string) []string {
		var found []string
		for _, m := range argument.FindAllStringSubmatch(l.Raw(key), -1) {
			found = append(found, m[1])
		}
		slices.Sort(found)
		return slices.Compact(found)
	}
	c := texttest.Catalog(t)
	it, en := c.For(text.Italian), c.For(text.English)
	for _, key := range c.Keys(text.Italian) {
		if a, b := names(it, key), names(en, key); !slices.Equal(a, b) {
			t.Errorf("%q takes %v in Italian and %v in English", key, a, b)
		}
	}
}

func TestFragmentsAreMergedAndArgumentsFilled(t *testing.T) {
	c, err := catalog(t, map[string]string{
		"a.it.json": `{"home.safe": "{{.Safe}} di {{.Total}} al sicuro"}`,
		"a.en.json": `{"home.safe": "{{.Safe}} of {{.Total}} safe"}`,
		"b.it.json": `{"home.waiting": {"one": "{{.Count}} voce in attesa", "other": "{{.Count}} voci in attesa"}}`,
		"b.en.json": `{"home.waiting": {"one": "{{.Count}} entry waiting", "other": "{{.Count}} entries waiting"}}`,
	})
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct{ got, want string }{
		"italian":       {c.For("it").T("home.safe", "Safe", 3, "Total", 5), "3 di 5 al sicuro"},
		"english":       {c.For("en-GB").T("home.safe", "Safe", 3, "Total", 5), "3 of 5 safe"},
		"unknown":       {c.For("de").T("home.safe", "Safe", 3, "Total", 5), "3 di 5 al sicuro"},
		"one":           {c.For("it").N("home.waiting", 1), "1 voce in attesa"},
		"many":          {c.For("it").N("home.waiting", 1200), "1.200 voci in attesa"},
		"none, english": {c.For("en").N("home.waiting", 0), "0 entries waiting"},
		"bilingual":     {c.For("en").In(bilingual.Text{It: "Sì", En: "Yes"}), "Yes"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if tc.got != tc.want {
				t.Errorf("got %q, want %q", tc.got, tc.want)
			}
		})
	}
}

func TestAMissingKeyIsReadableAndReported(t *testing.T) {
	c, err := catalog(t, map[string]string{"a.it.json": `{"a.only_here": "Solo qui"}`, "a.en.json": `{}`})
	if err != nil {
		t.Fatal(err)
	}
	var missing []string
	l := c.For("en").OnMissing(func(lang, key string) { missing = append(missing, lang+" "+key) })
	if got := l.T("visit.close_now"); got != "close now" {
		t.Errorf("a missing key reads %q", got)
	}
	l.T("a.only_here")
	if want := []string{"en visit.close_now", "en a.only_here"}; !slices.Equal(missing, want) {
		t.Errorf("reported %q, want %q", missing, want)
	}
}

func TestBrokenTranslationsAreRefused(t *testing.T) {
	cases := map[string]struct {
		files map[string]string
		want  error
	}{
		"a key twice":         {map[string]string{"a.it.json": `{"x.y":"1"}`, "b.it.json": `{"x.y":"2"}`}, text.ErrDuplicateKey},
		"an unknown language": {map[string]string{"a.fr.json": `{}`}, text.ErrFileName},
		"no language":         {map[string]string{"a.json": `{}`}, text.ErrFileName},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := catalog(t, tc.files); !errors.Is(err, tc.want) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
		})
	}
	if _, err := catalog(t, map[string]string{"a.it.json": `{"x"`}); err == nil {
		t.Error("broken JSON was accepted")
	}
}

func TestDatesTimesAndAmountsAreWrittenAsInItaly(t *testing.T) {
	c := texttest.Catalog(t)
	it, en := c.For("it"), c.For("en")
	day := civil.Date{Year: 2026, Month: time.November, Day: 1}
	at := time.Date(2026, time.November, 21, 14, 5, 0, 0, time.UTC)
	cases := map[string]struct{ got, want string }{
		"day":              {it.Date(day), "01/11/2026"},
		"day in words":     {it.DateLong(day), "1 novembre 2026"},
		"day, english":     {en.DateLong(day), "1 November 2026"},
		"no day":           {it.DateLong(civil.Date{}), ""},
		"time":             {it.Time(at), "14:05"},
		"no time":          {it.Time(time.Time{}), ""},
		"date and time":    {it.DateTime(at), "21/11/2026, 14:05"},
		"no date and time": {it.DateTime(time.Time{}), ""},
		"amount":           {it.Euro(826331), "8.263,31\u00a0€"},
		"small amount":     {it.Euro(5), "0,05\u00a0€"},
		"negative amount":  {it.Euro(-100000000), "-1.000.000,00\u00a0€"},
		"number":           {it.Int(12345), "12.345"},
		"small number":     {it.Int(999), "999"},
		"negative number":  {it.Int(-1000), "-1.000"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if tc.got != tc.want {
				t.Errorf("got %q, want %q", tc.got, tc.want)
			}
		})
	}
}

func TestTwoWindowsChangeLanguageIndependently(t *testing.T) {
	c := texttest.Catalog(t)
	facilitator, citizen := text.NewHolder(c, "it"), text.NewHolder(c, "it")
	var heard []string
	cancel := citizen.Subscribe(func(l *text.Localizer) { heard = append(heard, l.Lang()) })
	citizen.Set("en")
	citizen.Set("en")
	if facilitator.Current().Lang() != "it" || citizen.Current().Lang() != "en" {
		t.Fatalf("facilitator %s, citizen %s", facilitator.Current().Lang(), citizen.Current().Lang())
	}
	citizen.Toggle()
	cancel()
	citizen.Toggle()
	if want := []string{"en", "it"}; !slices.Equal(heard, want) {
		t.Errorf("the window heard %v, want %v", heard, want)
	}
}
