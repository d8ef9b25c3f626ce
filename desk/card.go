package desk

import (
	"time"

	"bottega/desk/civil"
)

// Person is a citizen, as far as a visit needs to name one. Every field may be empty.
type Person struct {
	Surname    string     `json:"surname"`
	Name       string     `json:"name"`
	FiscalCode string     `json:"fiscal_code"`
	BirthDate  civil.Date `json:"birth_date,omitzero"`
	// Sex is "M" or "F" as the card says it.
	Sex string `json:"sex,omitempty"`
	// BirthPlace and Residence are cadastral (Belfiore) codes: D612 is Firenze, Z100 is Albania.
	BirthPlace string `json:"birth_place_code,omitempty"`
	Residence  string `json:"residence_code,omitempty"`
}

// FullName returns "Name Surname", as a person is addressed.
func (p Person) FullName() string {
	if p.Name == "" {
		return p.Surname
	}
	if p.Surname == "" {
		return p.Name
	}
	return p.Name + " " + p.Surname
}

// IsZero reports whether nobody is named.
func (p Person) IsZero() bool { return p == Person{} }

// Card is what a health card (TS-CNS) told without any PIN.
type Card struct {
	// Reader is the name PC/SC gives to the reader; ATR the card's answer to reset in upper-case hexadecimal.
	Reader string `json:"reader"`
	ATR    string `json:"atr"`
	// Model names the layout that answered, for instance "classic".
	Model string `json:"model"`
	// Number is the content of EF_IDCarta, 16 digits.
	Number string `json:"number"`
	// Issuer is the issuer's code: "6090" is Regione Toscana.
	Issuer  string     `json:"issuer"`
	Issued  civil.Date `json:"issued,omitzero"`
	Expires civil.Date `json:"expires,omitzero"`
	Holder  Person     `json:"holder"`
	// Certificate is nil when the card carries none.
	Certificate *CardCertificate `json:"certificate,omitempty"`
	Test        CardTest         `json:"test"`
	Cost        CardCost         `json:"cost"`
}

// CardCertificate is the part of the authentication certificate that a desk shows.
type CardCertificate struct {
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
	Serial    string    `json:"serial"`
	// DER is the whole certificate, for checks while the card is in. It is never stored.
	DER []byte `json:"-"`
}

// CardCost counts what a reading put on the wire.
type CardCost struct {
	APDUs    int `json:"apdus"`
	BytesIn  int `json:"bytes_in"`
	BytesOut int `json:"bytes_out"`
}

// CardPart is a part of a card that can work or fail by itself. The set is closed: each has a line on the card-test slip.
type CardPart string

// The parts, in the order in which they are tried and printed.
const (
	PartChip        CardPart = "chip"        // the chip answers to reset and selects files
	PartNumber      CardPart = "number"      // EF_IDCarta is readable and its check digit is right
	PartPersonal    CardPart = "personal"    // the personal data are readable
	PartFiscalCode  CardPart = "fiscal_code" // the fiscal code on the card is formally right
	PartValidity    CardPart = "validity"    // the card has not expired
	PartCertificate CardPart = "certificate" // there is a certificate, in date, that names this card
)

// CardParts returns the parts in the order in which they are tried and printed.
func CardParts() []CardPart {
	return []CardPart{PartChip, PartNumber, PartPersonal, PartFiscalCode, PartValidity, PartCertificate}
}

// PartResult is how one part answered.
type PartResult string

// A part that was not reached is NotChecked, never assumed to work.
const (
	PartWorks      PartResult = "works"
	PartFails      PartResult = "fails"
	PartNotChecked PartResult = "not_checked"
)

// CardTest says part by part what answered; it is what the card-test slip prints.
type CardTest struct {
	Parts []PartCheck `json:"parts"`
}

// PartCheck is one line of a card test.
type PartCheck struct {
	Part   CardPart   `json:"part"`
	Result PartResult `json:"result"`
	// Reason is a stable word for why the part failed, for instance "expired" or "check_digit"; translated before it is shown.
	Reason string `json:"reason,omitempty"`
}

// TestOf returns the test in which these parts were checked; the others are NotChecked.
func TestOf(checks ...PartCheck) CardTest {
	var test CardTest
	for _, part := range CardParts() {
		line := PartCheck{Part: part, Result: PartNotChecked}
		for _, c := range checks {
			if c.Part == part {
				line = c
			}
		}
		test.Parts = append(test.Parts, line)
	}
	return test
}

// Works reports whether every part that was checked works and at least the chip was.
func (t CardTest) Works() bool {
	chip := false
	for _, p := range t.Parts {
		if p.Result == PartFails {
			return false
		}
		chip = chip || (p.Part == PartChip && p.Result == PartWorks)
	}
	return chip
}

// The reasons a PartCheck may give. The set is closed: each has a translation, "card_reason.<reason>".
const (
	ReasonNoAnswer           = "no_answer"           // the chip does not answer
	ReasonUnknown            = "unknown_layout"      // the chip answers, and our files are not where any layout has them
	ReasonUnreadable         = "unreadable"          // the chip answers with a fault
	ReasonRemoved            = "removed"             // the card left before this part was read
	ReasonNotPersonalised    = "not_personalised"    // the file is blank
	ReasonMalformed          = "malformed"           // the file is there and makes no sense
	ReasonCheckDigit         = "check_digit"         // the number or the code contradicts its own check
	ReasonExpired            = "expired"             // the card's expiry has passed
	ReasonMissing            = "missing"             // there is no certificate
	ReasonCertificateExpired = "certificate_expired" // the certificate is out of its dates
	ReasonOtherCard          = "other_card"          // the certificate names another person or card
)
