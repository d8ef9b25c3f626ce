package desk_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bottega/desk"
	"bottega/desk/desktest"
)

func TestPeopleAreFoundHoweverTheyAreWritten(t *testing.T) {
	for name, tc := range map[string]struct {
		surname, given string
		found, not     []string
	}{
		"plain":       {"PROVINI", "ADA", []string{"provini", "Provini Ada", "ada prov", "a p", "ADA"}, []string{"rovini", "ada rossi", "", "  ", "'"}},
		"apostrophe":  {"D'ANGELO", "MARIA", []string{"d'angelo", "dangelo", "d’angelo", "d angelo", "angelo", "maria d'a"}, []string{"dangela"}},
		"accent":      {"NICOLÒ", "RENÉE", []string{"nicolo", "nicolò", "NICOLO'", "renee", "nicolo\u0300"}, []string{"nicola"}},
		"on the card": {"NICOLO'", "RENEE", []string{"nicolò", "renée", "nicolo"}, nil},
		"two words":   {"DE LUCA", "ANNA MARIA", []string{"de luca", "deluca", "luca", "annamaria", "maria de", "anna-maria"}, []string{"lucade"}},
		"Romanian":    {"Țurcanu-Brâncoveanu", "Ștefăniță", []string{"turcanu", "brancoveanu", "stefanita", "ŢURCANU"}, []string{"curcanu"}},
		"Albanian":    {"Çelaj", "Shpresë", []string{"celaj", "shprese", "ÇELAJ"}, nil},
		"Cyrillic":    {"Коваленко", "Олена", []string{"коваленко", "КОВ", "олена"}, []string{"kovalenko"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := open(t)
			person := desk.Person{Surname: tc.surname, Name: tc.given, FiscalCode: ada().FiscalCode}
			if _, err := r.OpenVisit(t.Context(), desk.Opening{Naming: desk.NamedByHand, Person: person}); err != nil {
				t.Fatal(err)
			}
			code := strings.ToLower(person.FiscalCode)
			for _, q := range append(tc.found, code, code[:7], code[:6]+" "+code[6:11]+" "+code[11:]) {
				if len(r.Search(q, 5)) != 1 {
					t.Errorf("%q does not find %s %s", q, tc.surname, tc.given)
				}
			}
			for _, q := range append(tc.not, code[1:]) {
				if len(r.Search(q, 5)) != 0 {
					t.Errorf("%q finds %s %s", q, tc.surname, tc.given)
				}
			}
		})
	}
}

func TestTheNewestVisitsAreFoundFirstAndErasedOnesNoMore(t *testing.T) {
	r := open(t)
	var ids []string
	for range 4 {
		ids = append(ids, r.visit())
		r.clock.Advance(24 * time.Hour)
	}
	found := func(limit int) []string {
		var out []string
		for _, v := range r.Search("provini", limit) {
			out = append(out, v.ID)
		}
		return out
	}
	if got := found(2); !slices.Equal(got, []string{ids[3], ids[2]}) {
		t.Errorf("found %v of %v", got, ids)
	}
	r.erase(desk.VisitErased{Visit: ids[3]}, desk.VisitErased{Visit: ids[1]})
	for range 2 {
		if got := found(9); !slices.Equal(got, []string{ids[2], ids[0]}) {
			t.Errorf("after an erasure found %v of %v", got, ids)
		}
		if n := len(r.VisitsOf(ada().FiscalCode)); n != 2 {
			t.Errorf("%d visits of the fiscal code", n)
		}
		r.restart()
	}
}

func TestAVisitIsFoundByItsLastNameOnly(t *testing.T) {
	r := open(t)
	visit := r.visit()
	if err := r.NameVisit(t.Context(), visit, desk.NamedByHand, desk.Person{Surname: "ROSSI", Name: "PIA", FiscalCode: "RSSPIA48C45D612X"}); err != nil {
		t.Fatal(err)
	}
	if len(r.Search("provini", 9)) != 0 || len(r.Search("rossi", 9)) != 1 || len(r.VisitsOf(ada().FiscalCode)) != 0 || len(r.VisitsOf("RSSPIA48C45D612X")) != 1 {
		t.Error("the former name still leads to the visit, or the present one does not")
	}
}

// indexed is a journal that finds visits by fiscal code itself.
type indexed struct {
	*desktest.Journal
	under map[string][]string
	fail  error
}

func (j *indexed) Visits(_ context.Context, code string) ([]string, error) {
	return j.under[code], j.fail
}

func TestAWholeFiscalCodeAlsoFindsVisitsThatANewerProgramNamed(t *testing.T) {
	r := open(t)
	index := &indexed{Journal: r.journal, under: map[string][]string{}}
	r.params.Journal = index
	r.restart()
	newer, err := r.OpenVisit(t.Context(), desk.Opening{})
	if err != nil {
		t.Fatal(err)
	}
	r.journal.Put(desk.Entry{ID: "newer", Kind: "visit.named", Visit: newer, At: morning, Version: desk.PayloadVersion + 1, Payload: json.RawMessage(`{"who":1}`)})
	code := ada().FiscalCode
	index.under[code] = []string{newer, "unheard-of"}
	r.restart()
	known := r.visit()
	spaced := strings.ToLower(code[:6]) + " " + code[6:]
	if found := r.Search(spaced, 9); len(found) != 2 || found[0].ID != known || found[1].ID != newer {
		t.Errorf("found %+v", found)
	}
	for _, q := range []string{code[:9], "provini"} {
		if found := r.Search(q, 9); len(found) != 1 || found[0].ID != known {
			t.Errorf("%q finds %+v", q, found)
		}
	}
	index.fail, index.under = errors.New("locked"), nil
	if found := r.Search(code, 9); len(found) != 1 {
		t.Errorf("without the index found %+v", found)
	}
}

func TestWhoeverHasANameIsFoundByItsBeginning(t *testing.T) {
	r := open(t)
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.StringMatching(`[A-ZÀ-ž]{2,12}`).Draw(rt, "surname")
		visit, err := r.OpenVisit(t.Context(), desk.Opening{Naming: desk.NamedByHand, Person: desk.Person{Surname: name, FiscalCode: ada().FiscalCode}})
		if err != nil {
			rt.Fatal(err)
		}
		letters := []rune(name)
		query := string(letters[:rapid.IntRange(1, len(letters)).Draw(rt, "beginning")])
		found := r.Search(strings.ToLower(query)+" "+ada().FiscalCode[:5], 1<<20)
		if strings.TrimFunc(query, func(r rune) bool { return r == '×' || r == '÷' }) != "" && !slices.ContainsFunc(found, func(v desk.Visit) bool { return v.ID == visit }) {
			rt.Fatalf("%q does not find %q", query, name)
		}
	})
}

func FuzzSearch(f *testing.F) {
	for _, s := range []string{"provini ada", "D'ANGELO", "prvdaa48c45d612x", "ß", "\xff\xfe", "İ"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, name, query string) {
		r := open(t)
		if _, err := r.OpenVisit(t.Context(), desk.Opening{Person: desk.Person{Surname: name}}); err != nil {
			t.Fatal(err)
		}
		r.Search(query, 3)
		if found := r.Search(name, 3); len(found) > 1 {
			t.Fatalf("%d visits of one", len(found))
		}
	})
}
