package desk

import (
	"time"

	"bottega/desk/civil"
)

// PaperKind is one of the papers that people take home.
type PaperKind string

// The papers; what each may claim is fixed in the design and repeated in ui/paper. That of an erasure belongs to no visit and is kept
// nowhere: ErasurePaper makes it again from the entry that recorded the erasure.
const (
	PaperCertificate PaperKind = "certificate"
	PaperMemo        PaperKind = "memo"
	PaperDeclaration PaperKind = "declaration"
	PaperReceipt     PaperKind = "receipt"
	PaperCardTest    PaperKind = "card_test"
	PaperTakeHome    PaperKind = "take_home"
	PaperErasure     PaperKind = "erasure"
)

// PaperTemplate is the version of layout and words that a paper made today gets. It is raised when either changes, so that an
// older paper is never reprinted with other bytes.
const PaperTemplate = 1

// Paper is everything that a paper says. The same Paper always renders to the same bytes, so a reprint needs no stored file.
// Exactly one of the facts is set, the one of its kind.
type Paper struct {
	ID     string    `json:"id"`
	Number string    `json:"number"`
	Kind   PaperKind `json:"kind"`
	// Template is the version of the layout that the paper was made with.
	Template int    `json:"template"`
	Lang     string `json:"lang"`
	// Large asks for large print.
	Large bool `json:"large"`
	// Practice marks the paper PROVA.
	Practice bool      `json:"practice,omitempty"`
	MadeAt   time.Time `json:"made_at"`
	Site     Site      `json:"site"`

	Certificate *CertificateFacts `json:"certificate,omitempty"`
	Memo        *MemoFacts        `json:"memo,omitempty"`
	Declaration *DeclarationFacts `json:"declaration,omitempty"`
	Receipt     *ReceiptFacts     `json:"receipt,omitempty"`
	CardTest    *CardTestFacts    `json:"card_test,omitempty"`
	TakeHome    *TakeHomeFacts    `json:"take_home,omitempty"`
	Erasure     *ErasureProof     `json:"erasure,omitempty"`
}

// CertificateFacts exist only for an exemption that the hub's registry confirmed.
type CertificateFacts struct {
	Exemption RegisteredExemption `json:"exemption"`
	// Description says in plain words what the code means.
	Description string `json:"description"`
}

// MemoReason is why a memo was printed and not a certificate.
type MemoReason string

// The reasons for a memo.
const (
	MemoOffline   MemoReason = "offline"
	MemoNotFound  MemoReason = "not_found"
	MemoExpired   MemoReason = "expired"
	MemoPending   MemoReason = "pending"
	MemoNotSigned MemoReason = "not_signed"
)

// MemoFacts are the facts of a certificate without its claim, and the verdict that the desk reached.
type MemoFacts struct {
	Reason MemoReason `json:"reason"`
	Holder Person     `json:"holder"`
	// Registered is what the registry said, when it said something.
	Registered *RegisteredExemption `json:"registered,omitempty"`
	Fits       []VerdictLine        `json:"fits"`
	Fails      []VerdictLine        `json:"fails"`
	NotChecked []VerdictLine        `json:"not_checked"`
}

// VerdictLine is one exemption in one of the three lists, in the language of the paper.
type VerdictLine struct {
	Code        string `json:"code"`
	Description string `json:"description"`
	// Why says the fact and the limit it was held against, in words; an amount of income is never in it.
	Why  string     `json:"why"`
	Norm string     `json:"norm"`
	From civil.Date `json:"from,omitzero"`
}

// DeclarationFacts fill the self-certification that the citizen signs; no income amount is among them.
type DeclarationFacts struct {
	Code        string `json:"code"`
	Description string `json:"description"`
	Declares    string `json:"declares"`
	IncomeYear  int    `json:"income_year"`
	Beneficiary Person `json:"beneficiary"`
	// BirthPlace names the beneficiary's place of birth, which the person's data hold only as a code.
	BirthPlace string `json:"birth_place,omitempty"`
	// Address (street, postcode, municipality), Phone and Email of the beneficiary; left as a dotted line when empty.
	Address string `json:"address,omitempty"`
	Phone   string `json:"phone,omitempty"`
	Email   string `json:"email,omitempty"`
	// Role is self, parent, guardian, curator or relative; Declarant is set unless it is self.
	Role      string            `json:"role"`
	Declarant *Person           `json:"declarant,omitempty"`
	JobCentre string            `json:"job_centre,omitempty"`
	DIDDate   civil.Date        `json:"did_date,omitzero"`
	Pension   string            `json:"pension,omitempty"`
	Household []HouseholdMember `json:"household"`
}

// HouseholdMember is a row of the declaration's table.
type HouseholdMember struct {
	Person    Person `json:"person"`
	Spouse    bool   `json:"spouse,omitempty"`
	Dependant bool   `json:"dependant,omitempty"`
}

// ReceiptFacts are what a receipt of an activation states.
type ReceiptFacts struct {
	Holder     Person    `json:"holder"`
	CardNumber string    `json:"card_number"`
	RequestID  string    `json:"request_id"`
	AskedAt    time.Time `json:"asked_at"`
	Presence   Presence  `json:"presence"`
	Delegate   string    `json:"delegate,omitempty"`
	Envelope   string    `json:"envelope,omitempty"`
	// Handout is the serial number of the reader given, if one was.
	Handout string `json:"handout,omitempty"`
	// State is requested, confirmed or refused; Reason explains a refusal.
	State  string `json:"state"`
	Reason string `json:"reason,omitempty"`
	// Login is what the test door said of this card in the same visit, nil when it was not asked. It says nothing of State.
	Login *DoorAnswer `json:"login,omitempty"`
}

// CardTestFacts are the lines of the card-test slip.
type CardTestFacts struct {
	Holder     Person     `json:"holder"`
	CardNumber string     `json:"card_number"`
	Expires    civil.Date `json:"expires,omitzero"`
	Model      string     `json:"model"`
	TestedAt   time.Time  `json:"tested_at"`
	Test       CardTest   `json:"test"`
	// Kind is empty for a health card.
	Kind CardKind `json:"kind,omitempty"`
	// Login is what the test door said, nil when it was not asked.
	Login *DoorAnswer `json:"login,omitempty"`
}

// TakeHomeFacts sum the visit up for the citizen.
type TakeHomeFacts struct {
	// To is how the sheet addresses the citizen; empty for an unnamed visit.
	To    string         `json:"to,omitempty"`
	Items []TakeHomeItem `json:"items"`
}

// TakeHomeItem is one service of the visit.
type TakeHomeItem struct {
	Service string   `json:"service"`
	Done    string   `json:"done"`
	Next    []string `json:"next,omitempty"`
	Phones  []Phone  `json:"phones,omitempty"`
	URL     string   `json:"url,omitempty"`
}

// Phone is a number to call.
type Phone struct {
	Name   string `json:"name"`
	Number string `json:"number"`
	Hours  string `json:"hours,omitempty"`
}
