package practice

import (
	"fmt"
	"strings"

	"bottega/desk/civil"
)

// personalFile returns the content of EF.DatiPersonali, padded to its size on a health card, and how much of it is used.
func (p Profile) personalFile() (file []byte, used int) {
	var fields strings.Builder
	for _, value := range p.fields() {
		text := p.encode(value)
		fmt.Fprintf(&fields, "%02X%s", len(text), text)
	}
	total := fields.Len()
	if p.inclusiveTotal {
		total += 6
	}
	file = make([]byte, personalSize)
	used = copy(file, fmt.Sprintf("%06X%s", total, fields.String()))
	return file, used
}

// fields are the sixteen fields in their order, without the height where the layout is the compact one.
func (p Profile) fields() []string {
	h := p.Holder
	place, state := h.BirthPlace, ""
	if p.foreignInField {
		place, state = "", h.BirthPlace
	}
	born := p.bornOnCard
	if born == "" {
		born = ddmmyyyy(h.BirthDate)
	}
	fields := []string{p.issuer, ddmmyyyy(p.Issued), ddmmyyyy(p.Expires), h.Surname, h.Name, born, h.Sex}
	if !p.compact {
		fields = append(fields, "")
	}
	return append(fields, h.FiscalCode, "", place, state, "", h.Residence, p.address, p.notes)
}

// encode writes a text in the card's encoding. The letters of Western Europe are the same numbers in ISO 8859-1.
func (p Profile) encode(text string) string {
	if !p.latin1 {
		return text
	}
	encoded := make([]byte, 0, len(text))
	for _, r := range text {
		encoded = append(encoded, byte(r))
	}
	return string(encoded)
}

func ddmmyyyy(d civil.Date) string { return fmt.Sprintf("%02d%02d%04d", d.Day, int(d.Month), d.Year) }
