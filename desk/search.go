package desk

import (
	"context"
	"strings"
	"unicode"

	"bottega/desk/fiscalcode"
)

// Search returns the visits, the newest first and at most limit, that are about somebody with these words: names or their beginnings
// in any order, whatever the case, accents and apostrophes, or a fiscal code or its beginning. A whole fiscal code also finds what the
// journal itself has under it.
func (d *Desk) Search(query string, limit int) []Visit {
	wanted := sought(query)
	if len(wanted) == 0 {
		return nil
	}
	indexed := d.indexed(query)
	return d.visitsIn(func() []*folder { return d.state.find(wanted, indexed, limit) })
}

// indexed asks the journal for the visits of a whole fiscal code: a newer program may have named a visit in a way that this one does not
// understand. A journal that cannot tell now, as one that was just locked, finds nothing more.
func (d *Desk) indexed(query string) map[string]bool {
	index, ok := d.p.Journal.(Index)
	code := strings.Join(split(query), "")
	if !ok || !fiscalcode.Shaped(code) {
		return nil
	}
	ids, _ := index.Visits(context.Background(), code) // see above
	indexed := make(map[string]bool, len(ids))
	for _, id := range ids {
		indexed[id] = true
	}
	return indexed
}

// find returns the newest visits that have all the words or are indexed, oldest first.
func (s *state) find(wanted []string, indexed map[string]bool, limit int) []*folder {
	var found []*folder
	for i := len(s.order) - 1; i >= 0 && len(found) < limit; i-- {
		if hasAll(s.order[i].words, wanted) || indexed[s.order[i].id] {
			found = append(found, s.order[i])
		}
	}
	for i, j := 0, len(found)-1; i < j; i, j = i+1, j-1 {
		found[i], found[j] = found[j], found[i]
	}
	return found
}

func hasAll(words string, wanted []string) bool {
	for _, w := range wanted {
		if !strings.Contains(words, w) {
			return false
		}
	}
	return true
}

// wordsOf is what a person is found by: each word after a blank, so that a beginning is found as " BEGINNING". A name of several
// words also stands there as one, since people write D'Angelo, DANGELO and D ANGELO.
func wordsOf(p Person) string {
	var b strings.Builder
	for _, name := range []string{p.Surname, p.Name, p.FiscalCode} {
		words := split(name)
		for _, w := range words {
			b.WriteString(" " + w)
		}
		if len(words) > 1 {
			b.WriteString(" " + strings.Join(words, ""))
		}
	}
	return b.String()
}

// sought are the words of a query, each after a blank. What stands between apostrophes and hyphens is one word here, as in
// "d'angelo", and a fiscal code may be dictated in groups.
func sought(query string) []string {
	if code := strings.Join(split(query), ""); fiscalcode.Shaped(code) {
		return []string{" " + code}
	}
	var wanted []string
	for _, w := range strings.Fields(query) {
		if w = strings.Join(split(w), ""); w != "" {
			wanted = append(wanted, " "+w)
		}
	}
	return wanted
}

// split breaks a text into words of plain letters and digits.
func split(s string) []string {
	return strings.FieldsFunc(fiscalcode.Plain(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}
