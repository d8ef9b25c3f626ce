package transcript

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"bottega/desk/civil"
)

// The encoding of EF.DatiPersonali (CNS file system, 6.1): six hexadecimal characters of total length, then sixteen fields led by
// two of their own length. The redaction looks at it with eyes of its own: it must find whatever is personal, also where a
// reader stops reading.
const (
	totalLength = 6
	fieldPrefix = 2
)

// fieldKind is what one of the sixteen fields holds.
type fieldKind int

const (
	kindIssuer fieldKind = iota
	kindIssued
	kindExpires
	kindSurname
	kindName
	kindBirth
	kindSex
	kindHeight
	kindCode
	kindCitizenship
	kindPlace // birth municipality; birth state and residence are of the same kind
	kindState
	kindRecord
	kindResidence
	kindAddress
	kindNotes
	fieldKinds
)

// field is one field in its file: content starts behind its length.
type field struct {
	kind       fieldKind
	start, end int
}

// splitPersonal finds the fields that are whole, and where they stop. It returns false for bytes that are no such file.
func splitPersonal(b []byte) (fields []field, end int, ok bool) {
	if len(b) < totalLength || !hexadecimal(b[:totalLength]) {
		return nil, 0, false
	}
	kind := kindIssuer
	for at := totalLength; kind < fieldKinds && at+fieldPrefix <= len(b) && hexadecimal(b[at:at+fieldPrefix]); kind++ {
		start := at + fieldPrefix
		if at = start + hexByte(b[start-fieldPrefix:start]); at > len(b) {
			return fields, start, true
		}
		// Some issuers leave the height out altogether, and the fiscal code stands in its place.
		if kind == kindHeight && at-start >= provisionalLength {
			kind = kindCode
		}
		fields, end = append(fields, field{kind: kind, start: start, end: at}), at
	}
	return fields, max(end, totalLength), true
}

func hexadecimal(b []byte) bool {
	return len(bytes.Trim(b, "0123456789ABCDEFabcdef")) == 0
}

// hexByte reads two hexadecimal digits.
func hexByte(b []byte) int {
	n := 0
	for _, c := range bytes.ToUpper(b) {
		n = n<<4 | strings.IndexByte("0123456789ABCDEF", c)
	}
	return n
}

// learnPersonal takes in who the holder is, before anything is invented.
func (v *inventor) learnPersonal(b []byte) (issued, expires civil.Date) {
	fields, _, ok := splitPersonal(b)
	if !ok {
		return issued, expires
	}
	for _, f := range fields {
		content := bytes.TrimSpace(b[f.start:f.end])
		switch f.kind {
		case kindIssued:
			issued, _ = parseDay(content)
		case kindExpires:
			expires, _ = parseDay(content)
		case kindSurname:
			v.holder.surname = string(content)
		case kindName:
			v.holder.name = string(content)
		case kindBirth:
			v.holder.born, _ = parseDay(content)
		case kindIssuer, kindSex, kindHeight, kindCitizenship:
			continue // who issued it stays; the others are too short to tell anybody
		}
		v.secret(content)
		if f.kind == kindSurname || f.kind == kindName {
			v.secretWords(string(content))
		}
	}
	return issued, expires
}

// particles stand in many surnames, and in the names of authorities.
var particles = []string{"DAL", "DALLA", "DEGLI", "DEI", "DEL", "DELLA", "DELLE"}

// secretWords remembers the words of a name, as they stand there, in small letters and with a capital.
func (v *inventor) secretWords(name string) {
	for _, word := range strings.FieldsFunc(name, func(r rune) bool { return !wordRune(r) }) {
		if slices.Contains(particles, word) {
			continue
		}
		small := strings.ToLower(word)
		_, first := utf8.DecodeRuneInString(small)
		for _, form := range []string{word, small, word[:min(first, len(word))] + small[first:]} {
			v.secret([]byte(form))
		}
	}
}

// inventHolder invents the person whose names and birth the fiscal code repeats.
func (v *inventor) inventHolder() {
	h := &v.holder
	h.freshSurname, h.freshName = string(v.text([]byte(h.surname))), string(v.text([]byte(h.name)))
	if !h.born.IsZero() {
		h.freshBorn = v.birth(h.born)
	}
}

// personal redacts a personal data file in place and returns where its fields end.
func (v *inventor) personal(b []byte) (end int) {
	fields, end, _ := splitPersonal(b)
	for _, f := range fields {
		content := b[f.start:f.end]
		core := bytes.TrimSpace(content)
		if len(core) == 0 {
			continue
		}
		at := bytes.Index(content, core)
		copy(content[at:], v.field(f.kind, bytes.Clone(core)))
	}
	if tail := b[end:]; !padded(tail) {
		v.replace(ReplacedTexts)
		v.raw(tail)
	}
	return end
}

// field replaces the content of one field by one of the same length.
func (v *inventor) field(kind fieldKind, b []byte) []byte {
	switch kind {
	case kindIssuer:
		if len(b) <= 8 && len(bytes.Trim(b, "0123456789")) == 0 {
			return b
		}
	case kindSex:
		if len(b) == 1 {
			return b // it is in the fiscal code too, and tells one from half of all people
		}
	case kindIssued, kindExpires:
		return v.dayField(b, v.moved)
	case kindBirth:
		return v.dayField(b, v.birth)
	case kindSurname, kindName:
		v.replace(ReplacedNames)
		return v.text(b)
	case kindCode:
		return []byte(v.fiscalCode(string(b)))
	case kindPlace, kindState, kindResidence:
		return []byte(v.place(string(b)))
	}
	v.replace(ReplacedTexts)
	return v.text(b)
}

// padded reports whether bytes are all padding: 00, FF or blanks.
func padded(b []byte) bool {
	for _, c := range b {
		if c != 0x00 && c != 0xFF && c != ' ' {
			return false
		}
	}
	return true
}
