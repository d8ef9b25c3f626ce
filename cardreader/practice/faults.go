package practice

import (
	"bytes"
	"fmt"
)

// fault is what is wrong with a practice card from the start: with what its files are made from, or with the card itself. What
// is wrong with a certificate is in certificateFaults.
type fault struct {
	contents func(*contents)
	card     func(*Card)
}

// leavesAt is after how many commands the impatient holder pulls the card out: the name is read, the certificate is not.
const leavesAt = 5

// faults are the faults as practice.json names them. A card in order has the empty one.
var faults = map[string]fault{
	"": {},
	// Time has passed; the dates alone say so.
	"expired": {}, "ends_soon": {},
	"no_certificate":   {contents: func(c *contents) { c.certificate = nil }},
	"not_personalised": {contents: func(c *contents) { c.personal, c.certificate = nil, nil }},
	"pin_last_try":     {card: func(c *Card) { c.pin.tries = 1 }},
	"pin_blocked":      {card: func(c *Card) { c.pin.tries = 0 }},
	"puk_blocked":      {card: func(c *Card) { c.pin.tries, c.puk.tries = 0, 0 }},
	"slow":             {}, // its speed is in practice.json
	"mute":             {card: func(c *Card) { c.chip.atr = nil }},
	"dirty":            {card: func(c *Card) { c.dirt = c.chance() }},
	"impatient":        {card: func(c *Card) { c.leavesAt = leavesAt }},
	// Cards that lie about lengths, which no card should: hostile ones, or with worn-out memory.
	"lies_of_data":        {contents: lieOfData},
	"lies_of_certificate": {contents: lieOfCertificate},
	"lies_of_size":        {card: func(c *Card) { c.liesOfSize, c.chip.refusesQuiet = true, true }},
	"endless":             {contents: lieOfMore, card: neverEnd},
	// What is wrong with these is in the certificate.
	"other_authority": {}, "forged": {}, "old_algorithm": {}, "for_signing": {}, "other_policy": {}, "other_card": {}, "certificate_expired": {},
}

// lieOfData lets the surname's length pass the end of the data.
func lieOfData(c *contents) {
	const surname = 6 + 6 + 10 + 10 // behind the total, the issuer and two dates
	c.personal = bytes.Clone(c.personal)
	copy(c.personal[surname:], "FF")
	copy(c.personal, fmt.Sprintf("%06X", surname+10))
}

// lieOfCertificate makes the certificate claim four gigabytes.
func lieOfCertificate(c *contents) {
	c.certificate = append([]byte{0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF}, c.certificate...)
}

// lieOfMore makes the certificate claim a little less than eight kilobytes, which programs may still believe.
func lieOfMore(c *contents) {
	c.certificate = append([]byte{0x30, 0x82, 0x1F, 0x00}, c.certificate...)
}

// neverEnd makes every file of the card go on for ever.
func neverEnd(c *Card) {
	var mark func(*file)
	mark = func(f *file) {
		f.endless = !f.isFolder()
		for _, child := range f.children {
			mark(child)
		}
	}
	mark(c.root)
}
