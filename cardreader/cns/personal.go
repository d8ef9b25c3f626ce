package cns

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"bottega/desk"
	"bottega/desk/civil"
	"bottega/desk/fiscalcode"
)

// The encoding of EF.DatiPersonali: six hexadecimal characters of total length, then fields led by two of their own length.
const (
	headerLength = 6
	prefixLength = 2
	fieldCount   = 16
	maxPersonal  = 4096 // bytes; a health card's file has 400, the old electronic identity card's 1200
)

// ErrBlank says that the file was never written: the card is not personalised.
var ErrBlank = errors.New("the personal data file is blank")

// FormatError says where personal data stop making sense. It never quotes them.
type FormatError struct {
	Offset int
	Reason string
}

// Error names the offset and the reason.
func (e *FormatError) Error() string {
	return fmt.Sprintf("personal data at byte %d: %s", e.Offset, e.Reason)
}

// field is the place of a datum among the sixteen.
type field int

// The fields, in the order of the file.
const (
	fieldIssuer field = iota
	fieldIssued
	fieldExpires
	fieldSurname
	fieldName
	fieldBirthDate
	fieldSex
	fieldHeight
	fieldFiscalCode
	fieldCitizenship
	fieldBirthPlace
	fieldBirthState
	fieldBirthRecord
	fieldResidence
	fieldAddress
	fieldNotes
)

// Personal is what EF.DatiPersonali says. A field that is empty on the card, as many are, is empty here; a date that does not
// exist is the zero Date.
type Personal struct {
	Issuer                                              string
	Issued, Expires, BirthDate                          civil.Date
	Surname, Name, Sex, Height, FiscalCode, Citizenship string
	// BirthPlace is a municipality's cadastral code and BirthState a foreign state's; which of the two a person born abroad
	// has differs by issuer.
	BirthPlace, BirthState, BirthRecord string
	Residence, Address, Notes           string
	// Compact says that the card leaves the height out altogether, so that all later fields stand one place earlier.
	Compact bool
	// ImpossibleDate says that a date is written that does not exist.
	ImpossibleDate bool
}

// Person returns the holder as a visit names one.
func (p Personal) Person() desk.Person {
	place := p.BirthPlace
	if place == "" || (p.BirthState != "" && p.BirthState == fiscalcode.BirthPlace(p.FiscalCode)) {
		place = p.BirthState
	}
	return desk.Person{
		Surname: p.Surname, Name: p.Name, FiscalCode: p.FiscalCode,
		BirthDate: p.BirthDate, Sex: p.Sex, BirthPlace: place, Residence: p.Residence,
	}
}

// described returns what a fiscal code can be compared with.
func (p Personal) described() fiscalcode.Described {
	return fiscalcode.Described{
		Surname: p.Surname, Name: p.Name, Born: p.BirthDate, Sex: p.Sex, Places: []string{p.BirthPlace, p.BirthState},
	}
}

// ParsePersonal reads the content of EF.DatiPersonali. Its declared total is only an upper bound, since cards disagree on
// whether it counts its own six characters. A file that ends, or turns to padding, before the sixteenth field leaves the rest
// empty. ErrBlank is a file never written, or one that names nobody; a *FormatError names the first byte that makes no sense.
func ParsePersonal(file []byte) (Personal, error) {
	fields, _, err := splitFields(file)
	if err != nil {
		return Personal{}, err
	}
	p := Personal{
		Issuer: fields[fieldIssuer], Issued: date(fields[fieldIssued]), Expires: date(fields[fieldExpires]),
		Surname: fields[fieldSurname], Name: fields[fieldName], BirthDate: date(fields[fieldBirthDate]), Sex: fields[fieldSex],
	}
	for _, f := range []field{fieldIssued, fieldExpires, fieldBirthDate} {
		p.ImpossibleDate = p.ImpossibleDate || (strings.Trim(fields[f], "0") != "" && date(fields[f]).IsZero())
	}
	if looksLikeFiscalCode(fields[fieldHeight]) && !looksLikeFiscalCode(fields[fieldFiscalCode]) {
		p.Compact = true
		copy(fields[fieldFiscalCode:], fields[fieldHeight:fieldNotes])
		fields[fieldHeight] = ""
	}
	p.Height, p.Citizenship = fields[fieldHeight], fields[fieldCitizenship]
	p.FiscalCode = fiscalcode.Normalise(fields[fieldFiscalCode])
	p.BirthPlace, p.BirthState, p.BirthRecord = fields[fieldBirthPlace], fields[fieldBirthState], fields[fieldBirthRecord]
	p.Residence, p.Address, p.Notes = fields[fieldResidence], fields[fieldAddress], fields[fieldNotes]
	if p.Surname == "" && p.Name == "" && p.FiscalCode == "" {
		return Personal{}, ErrBlank
	}
	return p, nil
}

// needed returns how many bytes of the file the fields take that start in what was read so far: once it is no more than
// len(read), nothing useful is left on the card.
func needed(read []byte) int {
	_, end, err := splitFields(read)
	if err != nil {
		return 0
	}
	return end
}

// splitFields cuts the file into its fields and returns the offset behind the last one that starts inside it, which lies beyond
// the file where the file was cut.
func splitFields(file []byte) (fields [fieldCount]string, end int, err error) {
	if len(file) > maxPersonal {
		file = file[:maxPersonal]
	}
	if blank(file) {
		return fields, 0, ErrBlank
	}
	if len(file) < headerLength {
		return fields, headerLength, &FormatError{Offset: len(file), Reason: "the total length is cut"}
	}
	total, ok := hexNumber(file[:headerLength])
	if !ok {
		return fields, 0, &FormatError{Offset: 0, Reason: "the total length is no hexadecimal number"}
	}
	limit := min(headerLength+total, maxPersonal)
	at := headerLength
	for i := range fieldCount {
		if at+prefixLength > limit {
			return fields, at, nil
		}
		if at+prefixLength > len(file) {
			return fields, at + prefixLength, nil
		}
		prefix := file[at : at+prefixLength]
		if padding(prefix[0]) {
			return fields, at, nil
		}
		length, ok := hexNumber(prefix)
		if !ok {
			return fields, 0, &FormatError{Offset: at, Reason: "a field's length is no hexadecimal number"}
		}
		start := at + prefixLength
		if at = start + length; at > limit {
			return fields, 0, &FormatError{Offset: start, Reason: "a field passes the end of the data"}
		}
		if at > len(file) {
			return fields, at, nil
		}
		fields[i] = strings.TrimSpace(text(file[start:at]))
	}
	return fields, at, nil
}

// blank reports a file that holds nothing but one kind of padding.
func blank(file []byte) bool {
	for _, b := range file {
		if !padding(b) {
			return false
		}
	}
	return true
}

func padding(b byte) bool { return b == 0x00 || b == 0xFF || b == ' ' }

// hexNumber reads an unsigned number in hexadecimal characters.
func hexNumber(digits []byte) (int, bool) {
	n := 0
	for _, d := range digits {
		switch {
		case d >= '0' && d <= '9':
			n = n<<4 | int(d-'0')
		case d >= 'A' && d <= 'F':
			n = n<<4 | int(d-'A'+10)
		case d >= 'a' && d <= 'f':
			n = n<<4 | int(d-'a'+10)
		default:
			return 0, false
		}
	}
	return n, true
}

// text decodes a field: plain ASCII nearly always, else UTF-8, else ISO 8859-1. Control characters are dropped, so that a card
// cannot move a cursor or break a line.
func text(b []byte) string {
	s := string(b)
	if !utf8.ValidString(s) {
		runes := make([]rune, len(b))
		for i, c := range b {
			runes[i] = rune(c)
		}
		s = string(runes)
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || (r >= 0x7F && r < 0xA0) {
			return -1
		}
		return r
	}, s)
}

// date reads DDMMYYYY; a day that does not exist is not known.
func date(s string) civil.Date {
	if len(s) != 8 {
		return civil.Date{}
	}
	t, err := time.Parse("02012006", s)
	if err != nil {
		return civil.Date{}
	}
	return civil.Of(t)
}

// looksLikeFiscalCode reports what can be nobody's height: a code of either length. Whether it is right is judged elsewhere.
func looksLikeFiscalCode(s string) bool {
	code := fiscalcode.Normalise(s)
	return fiscalcode.Shaped(code) || (len(code) == fiscalcode.ProvisionalLength && strings.Trim(code, "0123456789") == "")
}
