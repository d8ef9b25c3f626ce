package paper

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"
)

// coverage knows which letters every typeface of a paper can draw. A letter counts only when all typefaces have it, so that a
// name does not change its spelling between the heading and the table.
type coverage struct{ has map[rune]bool }

// lastLetter ends the blocks of Unicode in which Latin typefaces have anything: letters, punctuation, currency, arrows, shapes.
const lastLetter = 0x25FF

// newCoverage asks the fonts, letter by letter.
func newCoverage(fonts [][]byte) (coverage, error) {
	c := coverage{has: map[rune]bool{}}
	var buf sfnt.Buffer
	for i, data := range fonts {
		f, err := sfnt.Parse(data)
		if err != nil {
			return coverage{}, fmt.Errorf("reading font %d: %w", i, err)
		}
		for r := rune(' '); r <= lastLetter; r++ {
			g, err := f.GlyphIndex(&buf, r)
			if err != nil {
				return coverage{}, fmt.Errorf("looking up %U in font %d: %w", r, i, err)
			}
			c.has[r] = g != 0 && (i == 0 || c.has[r])
		}
	}
	return c, nil
}

// plainForms are readable stand-ins for signs that people paste and that no decomposition leads to.
var plainForms = map[rune]string{
	'\u2010': "-", '\u2011': "-", '\u2012': "-", '\u2015': "-", '\u2212': "-",
	'\u2002': " ", '\u2003': " ", '\u2009': " ", '\u202f': "\u00a0",
	'\u201b': "'", '\u02bc': "'", '\u02b9': "'", '\u2032': "'", '\u2033': "\"",
	'\u017f': "s", '\u1e9e': "SS", '\u0259': "e", '\u018f': "E", '\u2192': "->", '\u2190': "<-", '\u2264': "<=", '\u2265': ">=",
}

// printable returns the text in letters that every typeface has, and the letters that had to be replaced. A letter with a
// diacritic that the fonts lack becomes its base letter, anything else a question mark: never an empty box.
func (c coverage) printable(s string) (text string, lost []rune) {
	var b strings.Builder
	for _, r := range norm.NFC.String(s) {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			b.WriteByte(' ')
		case c.has[r]:
			b.WriteRune(r)
		case unicode.In(r, unicode.Cf, unicode.Cc):
			// Invisible: joiners, marks of direction, control characters.
		case unicode.Is(unicode.Mn, r):
			// An accent that no letter of ours combines with; the letter before it is already there.
			lost = append(lost, r)
		default:
			plain, exact := c.standIn(r)
			b.WriteString(plain)
			if !exact && !slices.Contains(lost, r) {
				lost = append(lost, r)
			}
		}
	}
	return b.String(), lost
}

// standIn returns what is printed for a letter that is missing; exact tells that a reader misses nothing.
func (c coverage) standIn(r rune) (plain string, exact bool) {
	if p, ok := plainForms[r]; ok {
		return p, !unicode.IsLetter(r)
	}
	decomposed := []rune(norm.NFKD.String(string(r)))
	if letters := without(unicode.Mn, decomposed); len(letters) == len(decomposed) && len(letters) > 1 {
		plain, lost := c.printable(string(letters)) // a ligature, a fraction: nothing but letters and figures
		return plain, len(lost) == 0
	}
	for n := len(decomposed); n > 0; n-- {
		composed := []rune(norm.NFC.String(string(decomposed[:n])))
		if len(composed) == 1 && c.has[composed[0]] {
			return string(composed), false
		}
	}
	return "?", false
}

// without returns the letters that are not in a class.
func without(class *unicode.RangeTable, letters []rune) []rune {
	return slices.DeleteFunc(slices.Clone(letters), func(r rune) bool { return unicode.Is(class, r) })
}
