package desk

import (
	"encoding/json"
	"time"

	"bottega/desk/civil"
)

// Knows is how much this program understands of entries: a number that a later program has higher when it reads more kinds, or higher
// versions of their payloads. It never falls, because no kind is ever taken out.
func Knows() int { return PayloadVersion<<16 | len(payloads) }

// payloads lists every kind that this program writes and reads. It is only read.
var payloads = map[Kind]func() Payload{
	"site.set":            func() Payload { return new(SiteSet) },
	"visit.opened":        func() Payload { return new(VisitOpened) },
	"visit.named":         func() Payload { return new(VisitNamed) },
	"visit.period":        func() Payload { return new(PeriodStarted) },
	"visit.note":          func() Payload { return new(NoteAdded) },
	"visit.recorded":      func() Payload { return new(VisitRecorded) },
	"visit.closed":        func() Payload { return new(VisitClosed) },
	"visit.erased":        func() Payload { return new(VisitErased) },
	"export.accepted":     func() Payload { return new(ExportAccepted) },
	"card.read":           func() Payload { return new(CardRead) },
	"card.proved":         func() Payload { return new(CardProved) },
	"walk.started":        func() Payload { return new(WalkStarted) },
	"walk.answered":       func() Payload { return new(WalkAnswered) },
	"walk.back":           func() Payload { return new(WalkBack) },
	"walk.ended":          func() Payload { return new(WalkEnded) },
	"activation.request":  func() Payload { return new(ActivationRequested) },
	"envelope.recorded":   func() Payload { return new(EnvelopeRecorded) },
	"handout.given":       func() Payload { return new(HandoutGiven) },
	"exemption.checked":   func() Payload { return new(ExemptionChecked) },
	"exemption.requested": func() Payload { return new(ExemptionRequested) },
	"paper.made":          func() Payload { return new(PaperMade) },
	"paper.printed":       func() Payload { return new(PaperPrinted) },
	"followup.opened":     func() Payload { return new(FollowUpOpened) },
	"followup.closed":     func() Payload { return new(FollowUpClosed) },
	"reply.received":      func() Payload { return new(ReplyReceived) },
}

// Site is a place where desks stand: a bottega, a stand, a social centre.
type Site struct {
	// ID is short and appears in paper numbers: "LU-PIAZZA".
	ID           string `json:"id"`
	Name         string `json:"name"`
	Municipality string `json:"municipality"`
	Phone        string `json:"phone,omitempty"`
}

// SiteSet says where the desk stands from now on, and how the desk itself is called.
type SiteSet struct {
	Site Site `json:"site"`
	// Desk numbers the desk within its site, for paper numbers.
	Desk string `json:"desk"`
}

// Naming says how a visit came to know its citizen.
type Naming string

// The three ways; "unnamed" is a full visit too.
const (
	NamedByCard Naming = "card"
	NamedByHand Naming = "typed"
	Unnamed     Naming = "unnamed"
)

// VisitOpened begins a visit. The person travels in VisitNamed, so that naming somebody later is the same fact.
type VisitOpened struct {
	Naming Naming `json:"naming"`
}

// VisitNamed says who the visit is about; a later one replaces it.
type VisitNamed struct {
	Naming Naming `json:"naming"`
	Person Person `json:"person"`
}

// Period is what the time of a visit is spent on.
type Period string

// Waiting is before the citizen sits down, Paperwork after the citizen may go.
const (
	Waiting   Period = "waiting"
	Served    Period = "served"
	Paperwork Period = "paperwork"
)

// PeriodStarted ends the period before it.
type PeriodStarted struct {
	Period Period `json:"period"`
	// Since is set when the period began before it was recorded, as waiting does.
	Since time.Time `json:"since,omitzero"`
}

// NoteAdded is a free remark of the facilitator; a text that looks like a secret never becomes one.
type NoteAdded struct {
	Text string `json:"text"`
}

// VisitRecorded is a plain visit in four facts, with no walk: when (the entry's time), how long, where (the desk's site), what.
type VisitRecorded struct {
	Minutes int    `json:"minutes"`
	Service string `json:"service"`
	Outcome string `json:"outcome,omitempty"`
}

// CleanUp is a thing put back in order before the next citizen sits down.
type CleanUp string

// The clean-up list of the closing act.
const (
	CleanPortal     CleanUp = "signed_out"
	CleanWindows    CleanUp = "windows_closed"
	CleanClipboard  CleanUp = "clipboard_emptied"
	CleanPrintQueue CleanUp = "print_queue_emptied"
)

// VisitClosed is the one closing act.
type VisitClosed struct {
	CleanUp []CleanUp `json:"clean_up"`
	// Left says that the citizen went away before being served.
	Left bool `json:"left,omitempty"`
}

// VisitErased says that the contents of a visit were erased, on the desk and wherever its entries went. The journal writes it
// itself, outside the visit. What it says is enough to print the proof of the erasure again.
type VisitErased struct {
	Visit string `json:"visit"`
	// Reason is why; empty in entries of older programs, which erased on request only.
	Reason ErasureReason `json:"reason,omitempty"`
	// Entries counts the entries that lost their content; First and Last are the first and last sequence among them.
	Entries int    `json:"entries,omitempty"`
	First   uint64 `json:"first,omitempty"`
	Last    uint64 `json:"last,omitempty"`
	// Headers is the SHA-256 over the digests of those entries, in order, in hex: whoever has the headers can compute it again.
	Headers string `json:"headers,omitempty"`
	// Tally keeps what the visit counts for, without anybody in it; nil where nothing was to be kept.
	Tally *Tally `json:"tally,omitempty"`
}

// ErasureReason is why a visit was erased.
type ErasureReason string

// The reasons.
const (
	ErasedOnRequest ErasureReason = "request"
	ErasedWhenDue   ErasureReason = "retention"
)

// Tally is one visit in the counts, which stays when the visit itself is gone: no name, no code, no time of day.
type Tally struct {
	Day civil.Date `json:"day"`
	// Left is one where the citizen went away before being served; Minutes is how long the citizen was served.
	Left    int `json:"left,omitempty"`
	Minutes int `json:"minutes,omitempty"`
	// Services counts walks and plain records by service; Outcomes counts walks by "service/outcome".
	Services    map[string]int `json:"services,omitempty"`
	Outcomes    map[string]int `json:"outcomes,omitempty"`
	Activations int            `json:"activations,omitempty"`
	Exemptions  int            `json:"exemptions,omitempty"`
	Handouts    int            `json:"handouts,omitempty"`
	Papers      int            `json:"papers,omitempty"`
}

// ExportAccepted says that the monitoring system took the visits of these days: from then on their contents need not be kept.
type ExportAccepted struct {
	From civil.Date `json:"from"`
	To   civil.Date `json:"to"`
}

// CardRead is what a card said when it was put in the reader. Its holder need not be the person of the visit.
type CardRead struct {
	Holder Person `json:"holder"`
	Number string `json:"number"`
	Issuer string `json:"issuer"`
	Model  string `json:"model"`
	// CardKind is empty in entries of older programs.
	CardKind CardKind   `json:"card_kind,omitempty"`
	Expires  civil.Date `json:"expires,omitzero"`
	Test     CardTest   `json:"test"`
	// Warnings and Checks are what did not agree on the card, and what was found about its certificate.
	Warnings []string           `json:"warnings,omitempty"`
	Checks   []CertificateCheck `json:"checks,omitempty"`
}

// WalkStarted begins the walk through one service.
type WalkStarted struct {
	Walk    string `json:"walk"`
	Service string `json:"service"`
	// ContentVersion is the version of the service file, so that the walk can be shown as it was.
	ContentVersion int `json:"content_version"`
}

// WalkAnswered leaves a step with what was answered there. Answers to transient fields (incomes) are never in it.
type WalkAnswered struct {
	Walk    string            `json:"walk"`
	Step    string            `json:"step"`
	Answers map[string]string `json:"answers,omitempty"`
}

// WalkBack returns to an earlier step; answers are kept.
type WalkBack struct {
	Walk string `json:"walk"`
	// Step is where it leads, as after a crash the step before may have been another.
	Step string `json:"step,omitempty"`
}

// WalkEnded names how a walk ended: an outcome of its service file.
type WalkEnded struct {
	Walk    string `json:"walk"`
	Service string `json:"service"`
	Outcome string `json:"outcome"`
}

// Presence says who sits at the desk for the holder of the card.
type Presence string

// The three ways of asking for an activation.
const (
	InPerson      Presence = "in_person"
	ByProxy       Presence = "proxy"
	ParentOfMinor Presence = "parent"
)

// Document is an identity document that was seen; no copy is kept.
type Document struct {
	// Kind is identity_card, passport, driving_licence or other.
	Kind    string     `json:"kind"`
	Number  string     `json:"number"`
	Expires civil.Date `json:"expires"`
}

// ActivationRequested asks the body that runs the cards to activate one. The hub answers confirmed or refused.
type ActivationRequested struct {
	Walk       string   `json:"walk,omitempty"`
	CardNumber string   `json:"card_number"`
	Holder     Person   `json:"holder"`
	Presence   Presence `json:"presence"`
	// Document is the holder's, or the delegate's when somebody else came.
	Document Document `json:"document"`
	// Delegate is who came for the holder, by name only.
	Delegate string `json:"delegate,omitempty"`
	// Notice is the version of the privacy notice that was given.
	Notice string `json:"notice"`
}

// EnvelopeRecorded keeps the number printed outside the sealed envelope, never what is inside.
type EnvelopeRecorded struct {
	Number string `json:"number"`
}

// HandoutGiven says that a card reader was given to the citizen.
type HandoutGiven struct {
	Serial string `json:"serial"`
}

// ExemptionChecked keeps the verdict of a check; the income that led to it is not in it.
type ExemptionChecked struct {
	Walk string `json:"walk,omitempty"`
	Judgement
}

// ExemptionRequested asks the hub's registry for one code of one person.
type ExemptionRequested struct {
	Walk   string `json:"walk,omitempty"`
	Person Person `json:"person"`
	Code   string `json:"code"`
}

// PaperMade keeps the facts of a paper, from which it is rendered again byte for byte, and the digest that proves it.
type PaperMade struct {
	Paper  Paper  `json:"paper"`
	SHA256 string `json:"sha256"`
}

// PaperPrinted says that a paper left the desk: printed, saved or opened.
type PaperPrinted struct {
	Paper   string `json:"paper"`
	Way     string `json:"way"`
	Reprint bool   `json:"reprint,omitempty"`
}

// FollowUpKind is what a follow-up waits for.
type FollowUpKind string

// The follow-ups that the desk opens by itself, and the one a facilitator writes.
const (
	FollowActivation FollowUpKind = "activation"
	FollowExemption  FollowUpKind = "exemption"
	FollowPerson     FollowUpKind = "person"
)

// FollowUpOpened is something to come back to. The desk itself opens one for each request to the hub without writing an entry.
type FollowUpOpened struct {
	ID   string       `json:"id"`
	Type FollowUpKind `json:"type"`
	// About is the ID of the entry whose answer is awaited, empty for a person's follow-up.
	About string     `json:"about,omitempty"`
	Due   civil.Date `json:"due,omitzero"`
	Text  string     `json:"text,omitempty"`
}

// FollowUpClosed says how it ended.
type FollowUpClosed struct {
	ID string `json:"id"`
	// Result is obtained, refused, not_filed, lost or unknown.
	Result string `json:"result"`
}

// ReplyReceived is an answer of the hub, kept as it came.
type ReplyReceived struct {
	Reply Reply `json:"reply"`
}

// ReplyKind is what the hub says about an entry.
type ReplyKind string

// The answers a desk understands; another one is kept and shown as "news from the hub".
const (
	ActivationConfirmed ReplyKind = "activation.confirmed"
	ActivationRefused   ReplyKind = "activation.refused"
	ExemptionFound      ReplyKind = "exemption.found"
	ExemptionNotFound   ReplyKind = "exemption.not_found"
	ExemptionExpired    ReplyKind = "exemption.expired"
	RecordRefused       ReplyKind = "record.refused"
)

// Reply is the hub's answer to one entry.
type Reply struct {
	// Number orders the replies to one desk, from one, without gaps.
	Number uint64 `json:"number"`
	// About is the ID of the entry that is answered.
	About string    `json:"about"`
	Kind  ReplyKind `json:"kind"`
	At    time.Time `json:"at"`
	// Reason is a stable word for a refusal (card_unknown, card_revoked, holder_mismatch, ...); translated before it is shown.
	Reason string `json:"reason,omitempty"`
	// Exemption is set with ExemptionFound and ExemptionExpired.
	Exemption *RegisteredExemption `json:"exemption,omitempty"`
	// More keeps what a newer hub says.
	More json.RawMessage `json:"more,omitempty"`
}

// RegisteredExemption is a line of the registry that the issuing body loaded into the hub.
type RegisteredExemption struct {
	// Number is the number of the certificate.
	Number    string     `json:"number"`
	Code      string     `json:"code"`
	Holder    Person     `json:"holder"`
	ValidFrom civil.Date `json:"valid_from,omitzero"`
	// ValidTo is zero when the exemption does not expire.
	ValidTo civil.Date `json:"valid_to,omitzero"`
	Issuer  string     `json:"issuer"`
	// Token is the hub's signature over these facts, as the QR of a certificate carries it.
	Token string `json:"token,omitempty"`
}
