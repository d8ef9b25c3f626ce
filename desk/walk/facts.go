package walk

import (
	"maps"
	"slices"
	"strings"
)

// Fact names something the desk knows without asking. The set is closed; names have a dot or are the two words below, so
// they never clash with a field.
type Fact string

// The facts. A fact that is not known is absent, and no condition over it holds.
const (
	Today            Fact = "today"              // date
	Age              Fact = "age"                // number: completed years of the holder
	CardPresent      Fact = "card.present"       // yes or no
	CardExpired      Fact = "card.expired"       // yes or no
	CardWorks        Fact = "card.works"         // yes or no: every part that was tried answered
	CardNumber       Fact = "card.number"        // text, 16 digits
	CardExpires      Fact = "card.expires"       // date
	CardKind         Fact = "card.kind"          // what the card is, one of desk.CardKinds
	CardPIN          Fact = "card.pin"           // yes, no, blocked, not_active, or unknown: what became of the PIN in this visit
	CardPINChanged   Fact = "card.pin_changed"   // yes or no: the holder has a new PIN since
	CardLogin        Fact = "card.login"         // yes, no, or unknown: whether the test door let the card in
	HolderNamed      Fact = "holder.named"       // yes or no: the visit knows its citizen
	HolderSurname    Fact = "holder.surname"     // text
	HolderName       Fact = "holder.name"        // text
	HolderFiscalCode Fact = "holder.fiscal_code" // text
	HolderBirthDate  Fact = "holder.birth_date"  // date
	VerdictFits      Fact = "verdict.fits"       // yes or no: at least one exemption fits
	VerdictOpen      Fact = "verdict.open"       // yes or no: at least one could not be checked
	VerdictCodes     Fact = "verdict.codes"      // list: the exemptions that fit, with commas between: E01,E03
	RegistryAnswer   Fact = "registry.answer"    // found, not_found, expired, or waiting
	HubReachable     Fact = "hub.reachable"      // yes or no
)

// Facts are the facts known at one moment: yes/no as "yes" and "no", dates as YYYY-MM-DD, numbers in decimal.
type Facts map[Fact]string

// Yes and No are the values of a yes_no field and of a fact that is one.
const (
	Yes = "yes"
	No  = "no"
)

// The other values that card.pin and card.login take.
const (
	Blocked   = "blocked"
	NotActive = "not_active"
	Unknown   = "unknown"
)

// factType says what values a fact takes.
type factType struct {
	kind   FieldType
	number bool
	values []string
}

// factTypes lists every fact.
func factTypes() map[Fact]factType {
	yesNo := factType{kind: YesNoField, values: []string{Yes, No}}
	text, date := factType{kind: TextField}, factType{kind: DateField}
	return map[Fact]factType{
		Today: date, Age: {number: true},
		CardPresent: yesNo, CardExpired: yesNo, CardWorks: yesNo, CardNumber: text, CardExpires: date,
		HolderNamed: yesNo, HolderSurname: text, HolderName: text, HolderFiscalCode: text, HolderBirthDate: date,
		VerdictFits: yesNo, VerdictOpen: yesNo, HubReachable: yesNo, VerdictCodes: text,
		RegistryAnswer: {kind: ChoiceField, values: []string{"found", "not_found", "expired", "waiting"}},
		CardKind: {kind: ChoiceField, values: []string{
			"health", "cns", "business", "cie_1", "cie_2", "cie_3", "foreign_health", "other",
		}},
		CardPIN: {kind: ChoiceField, values: []string{Yes, No, Blocked, NotActive, Unknown}}, CardPINChanged: yesNo,
		CardLogin: {kind: ChoiceField, values: []string{Yes, No, Unknown}},
	}
}

// KnownFacts returns every fact, in alphabetical order.
func KnownFacts() []Fact { return slices.Sorted(maps.Keys(factTypes())) }

// Bool is how a fact that is yes or no is written.
func Bool(b bool) string {
	if b {
		return Yes
	}
	return No
}

// isFactKey tells the facts kept in an event from its answers.
func isFactKey(key string) bool {
	return strings.Contains(key, ".") || key == string(Today) || key == string(Age)
}
