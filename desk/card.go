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
	// Kind is what the card is, as far as it told; empty for a card that told nothing.
	Kind CardKind `json:"kind,omitempty"`
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
	// Warnings are what does not agree on the card and stops nothing, each one of the Warning words.
	Warnings []string `json:"warnings,omitempty"`
	Cost     CardCost `json:"cost"`
}

// CardKind is what a card is to the person who holds it. The set is closed: each has a translation, "card_kind.<kind>".
type CardKind string

// The kinds. Only the first can be activated at a desk.
const (
	KindHealth        CardKind = "health"         // a Region's health card (TS-CNS)
	KindCNS           CardKind = "cns"            // a CNS that is no health card: another issuer's, or an operator's
	KindBusiness      CardKind = "business"       // a CNS of the chambers of commerce (Infocamere)
	KindCIE1          CardKind = "cie_1"          // an electronic identity card of the first kind
	KindCIE2          CardKind = "cie_2"          // of the second kind
	KindCIE3          CardKind = "cie_3"          // of the kind issued today
	KindForeignHealth CardKind = "foreign_health" // another country's health card
	KindOther         CardKind = "other"          // a card with a chip, and none of these
)

// CardKinds returns the closed set, in a fixed order.
func CardKinds() []CardKind {
	return []CardKind{KindHealth, KindCNS, KindBusiness, KindCIE1, KindCIE2, KindCIE3, KindForeignHealth, KindOther}
}

// CardCertificate is the part of the authentication certificate that a desk shows.
type CardCertificate struct {
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
	Serial    string    `json:"serial"`
	// Checks are what was found about it, each aspect at most once.
	Checks []CertificateCheck `json:"checks,omitempty"`
	// Practice says that the practice authority issued it: it is shown as PROVA wherever it is shown, and proves nothing.
	Practice bool `json:"practice,omitempty"`
	// DER is the whole certificate, for checks while the card is in. It is never stored.
	DER []byte `json:"-"`
}

// CertificateAspect is one thing that can be right or wrong about a certificate. The set is closed: each has a translation,
// "certificate_aspect.<aspect>".
type CertificateAspect string

// The aspects, in the order in which they are looked at and shown.
const (
	AspectChain      CertificateAspect = "chain"      // it leads to an authority that this desk trusts
	AspectPeriod     CertificateAspect = "period"     // today is within its dates
	AspectUsage      CertificateAspect = "usage"      // it may be used to log in, and not to sign papers
	AspectPolicy     CertificateAspect = "policy"     // it was issued under the rules of the CNS
	AspectNames      CertificateAspect = "names"      // it names this holder and this card
	AspectData       CertificateAspect = "data"       // the hash in its name is that of the data on the card
	AspectRevocation CertificateAspect = "revocation" // the authority has not withdrawn it
)

// CertificateAspects returns the closed set, in the order in which they are shown.
func CertificateAspects() []CertificateAspect {
	return []CertificateAspect{AspectChain, AspectPeriod, AspectUsage, AspectPolicy, AspectNames, AspectData, AspectRevocation}
}

// CertificateCheck is what was found about one aspect. What could not be looked at, for instance revocation without a line, is
// PartNotChecked and never assumed to be right.
type CertificateCheck struct {
	Aspect CertificateAspect `json:"aspect"`
	Result PartResult        `json:"result"`
	// Reason is one of the Reason words for a failure, or for why it was not checked.
	Reason string `json:"reason,omitempty"`
	// At is when the authority said so; zero for what the card itself shows.
	At time.Time `json:"at,omitzero"`
}

// DoorAnswer is what the test door of the hub said of a certificate that was shown to it in a mutual TLS handshake, in which the
// card proved that it holds the key.
type DoorAnswer struct {
	// Accepted says that a portal which trusts the same authorities would have let the holder in.
	Accepted bool `json:"accepted"`
	// Reason is why not, one of the Reason words.
	Reason string `json:"reason,omitempty"`
	// Serial, FiscalCode and CardNumber are whose certificate the door saw.
	Serial     string `json:"serial"`
	FiscalCode string `json:"fiscal_code,omitempty"`
	CardNumber string `json:"card_number,omitempty"`
	// Practice says that the door is a practice hub's: practice cards are let in there, and what it says proves nothing elsewhere.
	Practice bool `json:"practice,omitempty"`
	// Protocol is the TLS version of the handshake, for instance "TLS 1.3".
	Protocol string    `json:"protocol"`
	At       time.Time `json:"at"`
	// Portal is set when the address was that of an ordinary portal, which does not say whose certificate it saw. A door never
	// sends it.
	Portal *PortalAnswer `json:"-"`
}

// PortalAnswer is what a portal that is no test door did after it had asked for the certificate and seen the key at work.
type PortalAnswer struct {
	// Host is who answered.
	Host string `json:"host"`
	// Status is the HTTP status of its first page, 0 when it ended the handshake instead.
	Status int `json:"status,omitempty"`
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
	PartPIN         CardPart = "pin"         // the holder typed the PIN and the card took it
	PartLogin       CardPart = "login"       // the card proved its key to the test door, and was accepted there
)

// CardParts returns the parts in the order in which they are tried and printed.
func CardParts() []CardPart {
	return []CardPart{PartChip, PartNumber, PartPersonal, PartFiscalCode, PartValidity, PartCertificate, PartPIN, PartLogin}
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
	ReasonNotHealth          = "not_health"          // the chip answers, and is another kind of card's
	ReasonUnreadable         = "unreadable"          // the chip answers with a fault
	ReasonRemoved            = "removed"             // the card left before this part was read
	ReasonNotPersonalised    = "not_personalised"    // the file is blank
	ReasonMalformed          = "malformed"           // the file is there and makes no sense
	ReasonCheckDigit         = "check_digit"         // the number or the code contradicts its own check
	ReasonExpired            = "expired"             // the card's expiry has passed
	ReasonMissing            = "missing"             // there is no certificate
	ReasonCertificateExpired = "certificate_expired" // the certificate is out of its dates
	ReasonOtherCard          = "other_card"          // the certificate names another person or card
	ReasonUntrusted          = "untrusted"           // no authority that is trusted here issued the certificate
	ReasonForged             = "forged"              // a trusted authority's name stands on it, and its signature does not
	ReasonOldAlgorithm       = "old_algorithm"       // signed in a way that is no longer checked (SHA-1): old, not forged
	ReasonUsage              = "usage"               // the certificate is not for logging in
	ReasonPolicy             = "policy"              // the certificate was not issued under the rules of the CNS
	ReasonRevoked            = "revoked"             // the authority has withdrawn the certificate
	ReasonNoLine             = "no_line"             // there was no line to ask over
	ReasonSpared             = "spared"              // not asked, since the connection costs by what passes
	ReasonNotTold            = "not_told"            // neither card nor authority says where to ask, or what is needed
	ReasonNoVerdict          = "no_verdict"          // the authority was asked, and gave no answer that counts
	ReasonWrongPIN           = "wrong_pin"           // the PIN was wrong
	ReasonPINBlocked         = "pin_blocked"         // the PIN is blocked
	ReasonNotActive          = "not_active"          // the card does not offer the function (yet)
	ReasonKeyFails           = "key_fails"           // the key on the card does not sign, or not for this certificate
	ReasonRefused            = "refused"             // the door did not let the certificate in
)

// CardReasons returns the closed set of reasons, in a fixed order.
func CardReasons() []string {
	return []string{
		ReasonNoAnswer, ReasonUnknown, ReasonNotHealth, ReasonUnreadable, ReasonRemoved, ReasonNotPersonalised, ReasonMalformed,
		ReasonCheckDigit, ReasonExpired, ReasonMissing, ReasonCertificateExpired, ReasonOtherCard, ReasonUntrusted,
		ReasonForged, ReasonOldAlgorithm, ReasonUsage, ReasonPolicy, ReasonRevoked, ReasonNoLine, ReasonNotTold,
		ReasonNoVerdict, ReasonSpared,
		ReasonWrongPIN, ReasonPINBlocked, ReasonNotActive, ReasonKeyFails, ReasonRefused,
	}
}

// The warnings a card may carry. The set is closed: each has a translation, "card_warning.<warning>". None of them stops
// anything: names are changed or cut, and a code assigned by the tax agency wins over the rules that made it.
const (
	WarningCodeName       = "code_name"       // the fiscal code's first letters are not those of the name on the card
	WarningCodeBirth      = "code_birth"      // its birth date or sex is not the one on the card
	WarningCodePlace      = "code_place"      // its birth place is not the one on the card
	WarningProvisional    = "provisional"     // an eleven-digit code, given until the real one comes
	WarningImpossibleDate = "impossible_date" // a date on the card does not exist
	WarningIssuer         = "issuer"          // the issuer in the data is not the one in the card's number
	WarningCompact        = "compact"         // the data leave out the height; older programs read them wrongly
	WarningEndsSoon       = "ends_soon"       // the card or its certificate ends within sixty days
	WarningNotHealth      = "not_health"      // a card that is read and is no health card: it cannot be activated at a desk
	WarningContactless    = "contactless"     // read over the air: what needs the PIN wants the card pushed into the slot
)

// CardWarnings returns the closed set of warnings, in a fixed order.
func CardWarnings() []string {
	return []string{
		WarningCodeName, WarningCodeBirth, WarningCodePlace, WarningProvisional, WarningImpossibleDate, WarningIssuer,
		WarningCompact, WarningEndsSoon, WarningNotHealth, WarningContactless,
	}
}
