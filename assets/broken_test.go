package assets

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"bottega/assets/assetstest"
	"bottega/desk/civil"
)

// problem is where a file must be said to be wrong, and a word of what is said.
type problem struct {
	name      string
	old, with string
	at        string
	say       string
}

func (p problem) check(t *testing.T, good string, load func(broken string) error) {
	t.Helper()
	if !strings.Contains(good, p.old) {
		t.Fatalf("%q is not in the file", p.old)
	}
	err := load(strings.Replace(good, p.old, p.with, 1))
	var content *ContentError
	if !errors.As(err, &content) {
		t.Fatalf("no ContentError but %v", err)
	}
	for _, one := range content.Problems {
		if fmt.Sprintf("%d:%d", one.Line, one.Column) == p.at && strings.Contains(one.In("en"), p.say) {
			if !one.Text.Complete() || !strings.HasPrefix(one.In("it"), one.File+":") {
				t.Errorf("badly worded: %+v", one)
			}
			return
		}
	}
	t.Errorf("nothing about %q at %s in:\n%s", p.say, p.at, content.In("en"))
}

func loadService(text string) error {
	_, err := LoadServices(fstest.MapFS{"small.yaml": {Data: []byte(text)}})
	return err
}

func TestTheSmallServiceIsInOrder(t *testing.T) {
	if err := loadService(assetstest.Service); err != nil {
		t.Fatal(err)
	}
}

func TestABrokenServiceFileSaysLineAndColumn(t *testing.T) {
	for _, p := range []problem{
		{"a key that is not known", "    kind: ask", "    kindd: ask", "9:5", "kindd"},
		{"a key twice", "version: 1", "version: 1\nversion: 2", "3:1", "version"},
		{"a word for a number", "version: 1", "version: one", "2:10", "whole number"},
		{"a word for true", "required: true", "required: si", "26:19", "true or false"},
		{"a day that is none", "checked: 2026-11-21", "checked: 2026-02-30", "3:10", "YYYY-MM-DD"},
		{"an open quote, seen where the next one closes it", "title: {it: Piccolo", "title: {it: \"Piccolo", "13:14", "cannot be read"},
		{"a tab", "    kind: form", "\tkind: form", "20:1", "cannot be read"},
		{"an open brace, seen where the next key stands", "class: stopped", "class: {", "38:5", "cannot be read"},
		{"a text where a list goes", "    next:\n      - outcome: done", "    next: done", "28:11", "list"},
		{"a list where entries go", "title: {it: Piccolo, en: Small}", "title: [Piccolo, Small]", "4:8", "it, en"},
		{"a language that is missing", "title: {it: Il chip, en: The chip}", "title: {it: Il chip}", "10:13", "English"},
		{"a goto to nowhere", "goto: page", "goto: moon", "15:15", "moon"},
		{"a kind that is not one", "kind: form", "kind: dance", "20:11", "dance"},
		{"an outcome nothing leads to", "outcome: none", "goto: page", "35:9", "No way leads"},
		{"a class that is none", "class: stopped", "class: bad", "36:12", "bad"},
		{"an anchor", "title: {it: Piccolo, en: Small}", "title: &t {it: Piccolo, en: Small}", "4:8", "not used here"},
		{"nothing at all", assetstest.Service, "# empty\n", "1:1", "one document"},
		{"two documents", "id: small", "---\nid: small\n---\nid: other\n---", "1:1", "one document"},
	} {
		t.Run(p.name, func(t *testing.T) { p.check(t, assetstest.Service, loadService) })
	}
}

func TestAllProblemsAreListedAtOnceAndNothingIsLoaded(t *testing.T) {
	broken := strings.NewReplacer("version: 1", "version: one", "kind: ask", "kindd: ask").Replace(assetstest.Service)
	services, err := LoadServices(fstest.MapFS{"a.yaml": {Data: []byte(assetstest.Service)}, "b.yaml": {Data: []byte(broken)}})
	var content *ContentError
	if !errors.As(err, &content) || len(content.Problems) != 2 || services != nil {
		t.Fatalf("%d services, error %v", len(services), err)
	}
	if want := "b.yaml:2:10: Qui va un numero intero"; !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%q does not begin with %q", err, want)
	}
}

func TestTwoFilesCannotHaveOneID(t *testing.T) {
	_, err := LoadServices(fstest.MapFS{"a.yaml": {Data: []byte(assetstest.Service)}, "b.yaml": {Data: []byte(assetstest.Service)}})
	if err == nil || !strings.Contains(err.Error(), "b.yaml:1:5") || !strings.Contains(err.Error(), "a.yaml") {
		t.Errorf("error %v", err)
	}
}

const smallRules = `id: small
version: 1
title: {it: Piccolo, en: Small}
from: 2020-09-01
checked: 2026-11-21
year_ends: "03-31"
rules:
  - code: E01
    title: {it: Sessantacinque anni, en: Sixty-five}
    norm: L. 537/1993
    from: 2020-09-01
    ages:
      - at_least: 65
    income:
      at_most: "36.151,98"
    declares: {it: di avere 65 anni, en: to be 65}
`

func TestABrokenRuleFileSaysLineAndColumn(t *testing.T) {
	load := func(text string) error {
		_, err := LoadRules(fstest.MapFS{"small.yaml": {Data: []byte(text)}})
		return err
	}
	if err := load(smallRules); err != nil {
		t.Fatal(err)
	}
	for _, p := range []problem{
		{"a limit with a point for the cents", `"36.151,98"`, "36151.98", "15:16", "8.263,31"},
		{"a limit that is a word", `"36.151,98"`, "molto", "15:16", "8.263,31"},
		{"both kinds of limit", `at_most: "36.151,98"`, "at_most: \"36.151,98\"\n      below: \"1,00\"", "15:7", "one of the two"},
		{"no kind of limit", `at_most: "36.151,98"`, `per_child: "516,46"`, "15:7", "one of the two"},
		{"a year that ends on no day", `"03-31"`, `"02-29"`, "6:12", "MM-DD"},
		{"a code in words", "code: E01", "code: anziani", "8:11", "E01"},
		{"an end before the beginning", "    from: 2020-09-01", "    from: 2020-09-01\n    to: 2019-01-01", "12:9", "before the first"},
		{"a rule that asks for nothing", "    ages:\n      - at_least: 65\n    income:\n      at_most: \"36.151,98\"\n", "", "8:5", "asks for nothing"},
		{"an age of two kinds", "- at_least: 65", "- {at_least: 65, below: 6}", "13:10", "one of the two"},
		{"a situation nobody knows", "    ages:", "    work: [dancing]\n    ages:", "12:12", "dancing"},
		{"no norm", "    norm: L. 537/1993\n", "", "8:5", "norm"},
		{"nothing to declare", "    declares: {it: di avere 65 anni, en: to be 65}\n", "", "8:5", "declares"},
	} {
		t.Run(p.name, func(t *testing.T) { p.check(t, smallRules, load) })
	}
}

func TestACaseFileIsReadAndItsMistakesPointedAt(t *testing.T) {
	const good = `birth_date: 1950-03-05
role: self
work: retired
pension: minimum
spouse: true
children: 1
income: "11.878,50"
`
	on := civil.Date{Year: 2026, Month: 11, Day: 21}
	f, err := LoadCase("case.yaml", []byte(good), on)
	if err != nil {
		t.Fatal(err)
	}
	if f.Income.String() != "11.878,50" || !*f.Spouse || *f.Children != 1 || f.BirthDate.Year != 1950 || f.Registered != nil {
		t.Errorf("%+v", f)
	}
	if plain, err := LoadCase("case.yaml", []byte("income: 20000\n"), on); err != nil || plain.Income.String() != "20.000,00" {
		t.Errorf("a plain number: %v, %v", plain.Income, err)
	}
	for _, p := range []problem{
		{"born tomorrow", "1950-03-05", "2026-11-22", "1:13", "future"},
		{"a role nobody knows", "role: self", "role: cousin", "2:7", "self, child or dependant"},
		{"half a child", "children: 1", "children: 1.5", "6:11", "whole number"},
		{"too many children", "children: 1", "children: 100", "6:11", "0 to 20"},
		{"an income with a point for the cents", `"11.878,50"`, "11878.50", "7:9", "8.263,31"},
		{"a fact nobody knows", "work: retired", "job: retired", "3:1", "job"},
	} {
		t.Run(p.name, func(t *testing.T) {
			p.check(t, good, func(text string) error {
				_, err := LoadCase("case.yaml", []byte(text), on)
				return err
			})
		})
	}
}

// Whatever is in a file, reading it ends with a service or with an error that says where.
func FuzzReadService(f *testing.F) {
	f.Add(assetstest.Service)
	f.Add("id: [")
	f.Add("steps:\n  - &a {id: x}\n  - *a\n")
	f.Add("---\n...\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ReadService("fuzz.yaml", []byte(text))
		var content *ContentError
		if (s == nil) != errors.As(err, &content) {
			t.Errorf("service %v, error %v", s, err)
		}
	})
}
