package transcript

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"bottega/desk/cardnumber"
	"bottega/desk/civil"
)

// inventor replaces what is personal. The same thing is replaced by the same invention wherever it stands, so that what agreed
// goes on agreeing and what did not does not. Nothing is computed from what it replaces but length and kind: an invention cannot
// be guessed back.
type inventor struct {
	rng    *rand.Rand
	day    civil.Date // of the reading
	words  map[string]string
	codes  map[string]string
	number map[string]string
	places map[string]string
	births map[civil.Date]civil.Date
	shift  int // days by which all dates of the card are moved
	holder holder
	hashes map[string]string // Base64 of a hash over the holder's file, to that over the invented one
	// secrets are what must stand nowhere in the result.
	secrets  [][]byte
	replaced map[Replaced]bool
}

func newInventor(seed [32]byte, day civil.Date) *inventor {
	return &inventor{
		rng: rand.New(rand.NewChaCha8(seed)), day: day,
		words: map[string]string{}, codes: map[string]string{}, number: map[string]string{}, places: map[string]string{},
		births: map[civil.Date]civil.Date{}, hashes: map[string]string{}, replaced: map[Replaced]bool{},
	}
}

// From these lengths on a run of bytes is taken for somebody's. Shorter ones stand everywhere by chance, digits more often.
const (
	shortest       = 3
	shortestDigits = 6
)

// secret remembers bytes that must stand nowhere in the result.
func (v *inventor) secret(b []byte) {
	b = bytes.Trim(b, " \x00")
	digits := len(bytes.Trim(b, "0123456789")) == 0
	if len(b) < shortest || (digits && len(b) < shortestDigits) || len(bytes.Trim(b, string(b[:1]))) == 0 {
		return
	}
	v.secrets = append(v.secrets, slices.Clone(b))
}

// replace notes that something of a kind was replaced.
func (v *inventor) replace(kind Replaced) { v.replaced[kind] = true }

const (
	vowels     = "AEIOU"
	consonants = "BCDFGLMNPRSTVZ"
)

// other draws a character that is not this one.
func (v *inventor) other(from string, not rune) rune {
	runes := []rune(from)
	for {
		if r := runes[v.rng.IntN(len(runes))]; r != not {
			return r
		}
	}
}

// letters draws a word that can be spoken, of the length of another and different from it at each place. Capitals stay capitals,
// digits digits, and a letter outside ASCII stays one of as many bytes.
func (v *inventor) letters(old []rune) []rune {
	fresh := make([]rune, len(old))
	vowel := v.rng.IntN(2) == 0
	for i, r := range old {
		switch {
		case r >= '0' && r <= '9':
			fresh[i] = v.other("0123456789", r)
			continue
		case r >= utf8.RuneSelf:
			fresh[i] = v.accented(r)
			vowel = false
			continue
		}
		from := consonants
		if vowel {
			from = vowels
		}
		vowel = !vowel
		fresh[i] = v.other(from, unicode.ToUpper(r))
		if unicode.IsLower(r) {
			fresh[i] = unicode.ToLower(fresh[i])
		}
	}
	return fresh
}

// accented draws a letter outside ASCII that takes as many bytes as another, in UTF-8 and in ISO 8859-1.
func (v *inventor) accented(r rune) rune {
	switch {
	case r < 0xE0:
		return v.other("ÀÈÉÌÒÙ", r)
	case r <= 0xFF:
		return v.other("àèéìòù", r)
	case r < 0x800:
		return v.other("ĀĒĪŌŪ", r)
	case r < 0x10000:
		return v.other("ẀẂẄẠẢẤ", r)
	default:
		return v.other("𐐀𐐁𐐂𐐃", r)
	}
}

// text replaces each word of a text; blanks and punctuation stay. ISO 8859-1 stays ISO 8859-1.
func (v *inventor) text(b []byte) []byte {
	unicodeText := utf8.Valid(b)
	runes := []rune(string(b))
	if !unicodeText {
		runes = make([]rune, len(b))
		for i, c := range b {
			runes[i] = rune(c)
		}
	}
	for start := 0; start < len(runes); {
		end := start
		for end < len(runes) && wordRune(runes[end]) {
			end++
		}
		copy(runes[start:], v.word(runes[start:end]))
		start = end + 1
	}
	if unicodeText {
		return []byte(string(runes))
	}
	for i, r := range runes {
		b[i:][0] = byte(r)
	}
	return b
}

func wordRune(r rune) bool {
	return unicode.IsLetter(r) && r != 'ª' && r != 'º' || unicode.IsDigit(r) && r < utf8.RuneSelf
}

// word replaces one word, the same one always by the same one; only its capitals may differ from one place to another.
func (v *inventor) word(old []rune) []rune {
	if len(old) == 0 {
		return nil
	}
	capitals := slices.Clone(old)
	for i, r := range capitals {
		if r < utf8.RuneSelf {
			capitals[i] = unicode.ToUpper(r)
		}
	}
	fresh, known := v.words[string(capitals)]
	if !known {
		fresh = string(v.letters(capitals))
		v.words[string(capitals)] = fresh
	}
	result := []rune(fresh)
	for i, r := range old {
		if r < utf8.RuneSelf && unicode.IsLower(r) {
			result[i] = unicode.ToLower(result[i])
		}
	}
	return result
}

// raw replaces characters one by one where a program may look whether they are hexadecimal digits: those that are stay such,
// those that are not stay not.
func (v *inventor) raw(b []byte) {
	for i, c := range b {
		switch {
		case c >= '0' && c <= '9':
			b[i] = byte(v.other("0123456789", rune(c)))
		case c >= 'A' && c <= 'F':
			b[i] = byte(v.other("ABCDEF", rune(c)))
		case c >= 'a' && c <= 'f':
			b[i] = byte(v.other("abcdef", rune(c)))
		case c >= 'G' && c <= 'Z':
			b[i] = byte(v.other("GHLMNOPRSTUVZ", rune(c)))
		case c >= 'g' && c <= 'z':
			b[i] = byte(v.other("ghlmnoprstuvz", rune(c)))
		case c >= 0x80:
			b[i] = byte(v.accented(0xC0)) // in ISO 8859-1, which is how odd bytes are read
		}
	}
}

// fill replaces bytes by others that are neither 00 nor FF.
func (v *inventor) fill(b []byte) {
	for i := range b {
		b[i] = byte(1 + v.rng.IntN(0xFE))
	}
}

// cardNumber replaces the sixteen digits of a card. Who issued it stays, and the check digit is right where it was right.
func (v *inventor) cardNumber(old string) string {
	if fresh, known := v.number[old]; known {
		return fresh
	}
	v.replace(ReplacedNumber)
	issuer := 4
	if old[0] == '7' {
		issuer = 7
	}
	last := len(old) - 1
	b := []byte(old)
	serial := b[issuer:last]
	if bytes.HasSuffix(serial, []byte("00")) {
		serial = serial[:len(serial)-2]
	}
	copy(serial, string(v.letters([]rune(string(serial)))))
	b[last] = cardnumber.CheckDigit(string(b[:last]))
	if cardnumber.Check(old) != nil {
		b[last] = '0' + (b[last]-'0'+1)%10
	}
	v.number[old] = string(b)
	return string(b)
}

// Places that stand for others: municipalities and states as the registers number them.
var (
	municipalities = []string{
		"A390", "A657", "A944", "B354", "C351", "D575", "D612", "D969", "E202", "E463", "E625", "E715", "F205", "F257", "F839", "G224",
		"G273", "G478", "G702", "G713", "G999", "H501", "I726", "L219", "L424", "L736", "L781",
	}
	states = []string{"Z100", "Z110", "Z112", "Z114", "Z129", "Z131", "Z133", "Z138", "Z210", "Z222", "Z330", "Z404", "Z600", "Z602"}
)

// place replaces a municipality or a foreign state by another that no field of the card names. What is no such code, for
// instance a number, is replaced as a word.
func (v *inventor) place(old string) string {
	if old == "" {
		return ""
	}
	if fresh, known := v.places[old]; known {
		return fresh
	}
	v.replace(ReplacedPlaces)
	var free []string
	if isPlace(old) {
		from := municipalities
		if old[0] == 'Z' {
			from = states
		}
		for _, p := range from {
			if !v.taken(p) {
				free = append(free, p)
			}
		}
	}
	fresh := string(v.letters([]rune(old)))
	if len(free) > 0 {
		fresh = free[v.rng.IntN(len(free))]
	}
	v.places[old] = fresh
	return fresh
}

// taken reports whether a place stands on the card, or for another one.
func (v *inventor) taken(place string) bool {
	for old, fresh := range v.places {
		if place == old || place == fresh {
			return true
		}
	}
	return slices.ContainsFunc(v.secrets, func(s []byte) bool { return string(s) == place })
}

// isPlace reports whether a text is written as a cadastral code: a letter and three digits.
func isPlace(s string) bool {
	return len(s) == 4 && s[0] >= 'A' && s[0] <= 'Z' && strings.Trim(s[1:], "0123456789") == ""
}
