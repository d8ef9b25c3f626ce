package cardreader

import (
	"slices"

	"bottega/desk"
)

// Trouble is one thing that can go wrong between a reader and a card. The set is closed: Troubles lists it, each has one title
// and one advice in the translations (keys TitleKey and AdviceKey), and its text is a stable code for scripts.
//
// A Trouble is an error: errors.Is(err, NoCard) tells one, and `var t Trouble; errors.As(err, &t)` finds whichever is wrapped.
type Trouble string

// The troubles, from the computer outwards to the card and what it says.
const (
	ServiceDown        Trouble = "service_down"        // the computer's card service does not answer
	NoReader           Trouble = "no_reader"           // no reader is attached
	NoCard             Trouble = "no_card"             // the reader is empty
	MuteCard           Trouble = "mute_card"           // something is in the reader and does not answer
	Contactless        Trouble = "contactless"         // the card answers over the air: it must be pushed into the slot
	Busy               Trouble = "busy"                // another program holds the card
	RemovedEarly       Trouble = "removed_early"       // card or reader went away before the reading ended
	Unreadable         Trouble = "unreadable"          // the chip answers with faults, as dirty contacts do
	NotACNS            Trouble = "not_a_cns"           // a card, and no health card
	UnknownModel       Trouble = "unknown_model"       // a health card of a kind whose files we do not find
	NotPersonalised    Trouble = "not_personalised"    // a health card nobody's data were written to
	Expired            Trouble = "expired"             // the card's own expiry has passed
	DataWrong          Trouble = "data_wrong"          // number, fiscal code or certificate contradict themselves or each other
	NoCertificate      Trouble = "no_certificate"      // there is no certificate on the card
	CertificateExpired Trouble = "certificate_expired" // the certificate is out of date though the card is not
	WrongPIN           Trouble = "wrong_pin"           // the PIN was wrong and more than one try is left
	PINTriesLow        Trouble = "pin_tries_low"       // one more wrong PIN blocks the card
	PINBlocked         Trouble = "pin_blocked"         // the PIN is blocked: the PUK is needed
	PUKBlocked         Trouble = "puk_blocked"         // the PUK is blocked too: a new card is needed
	WrongPUK           Trouble = "wrong_puk"           // the PUK was wrong and tries are left
	NewPINRefused      Trouble = "new_pin_refused"     // the new PIN is not one that the card takes
	NotActive          Trouble = "not_active"          // the card does not offer what needs the PIN, not yet or no more
	PadCancelled       Trouble = "pad_cancelled"       // nothing was typed on the reader's keypad, or it was cancelled
	KeyFails           Trouble = "key_fails"           // the key on the card does not do its work
	CertificateRefused Trouble = "certificate_refused" // the certificate is withdrawn, forged, or not one for logging in
	DoorClosed         Trouble = "door_closed"         // the test door did not answer, so nothing was proved either way
)

// summaries are the errors' texts, for logs and developers; what people read is in the translations.
var summaries = map[Trouble]string{
	ServiceDown:        "the computer's card service does not answer",
	NoReader:           "no card reader is attached",
	NoCard:             "no card in the reader",
	MuteCard:           "the card does not answer",
	Contactless:        "the card answers over the air only",
	Busy:               "another program holds the card",
	RemovedEarly:       "the card was removed before it was read",
	Unreadable:         "the card answers with faults",
	NotACNS:            "not a health card",
	UnknownModel:       "a health card of an unknown model",
	NotPersonalised:    "the card holds nobody's data",
	Expired:            "the card has expired",
	DataWrong:          "what the card says contradicts itself",
	NoCertificate:      "no certificate on the card",
	CertificateExpired: "the certificate on the card is out of date",
	WrongPIN:           "wrong PIN",
	PINTriesLow:        "one PIN try left",
	PINBlocked:         "the PIN is blocked",
	PUKBlocked:         "the PUK is blocked",
	WrongPUK:           "wrong PUK",
	NewPINRefused:      "the card does not take the new PIN",
	NotActive:          "the card does not offer what needs the PIN",
	PadCancelled:       "nothing was typed on the reader's keypad",
	KeyFails:           "the key on the card does not work",
	CertificateRefused: "the certificate is not one that portals accept",
	DoorClosed:         "the test door does not answer",
}

// Troubles returns the whole closed set, in a fixed order.
func Troubles() []Trouble {
	return []Trouble{
		ServiceDown, NoReader, NoCard, MuteCard, Contactless, Busy, RemovedEarly, Unreadable, NotACNS, UnknownModel,
		NotPersonalised, Expired, DataWrong, NoCertificate, CertificateExpired, WrongPIN, PINTriesLow, PINBlocked, PUKBlocked,
		WrongPUK, NewPINRefused, NotActive, PadCancelled, KeyFails, CertificateRefused, DoorClosed,
	}
}

// Error says in English what happened.
func (t Trouble) Error() string { return summaries[t] }

// TitleKey is the translation key of the trouble's headline.
func (t Trouble) TitleKey() string { return "trouble." + string(t) + ".title" }

// AdviceKey is the translation key of the one thing to do about it.
func (t Trouble) AdviceKey() string { return "trouble." + string(t) + ".advice" }

// findings maps why a part of a card failed to the trouble that names it. A reason that is not here is DataWrong.
var findings = map[string]Trouble{
	desk.ReasonExpired:            Expired,
	desk.ReasonMissing:            NoCertificate,
	desk.ReasonCertificateExpired: CertificateExpired,
	desk.ReasonUnreadable:         Unreadable,
	desk.ReasonNotPersonalised:    NotPersonalised,
	desk.ReasonNoAnswer:           MuteCard,
	desk.ReasonUnknown:            UnknownModel,
	desk.ReasonNotHealth:          NotACNS,
	desk.ReasonRemoved:            RemovedEarly,
	desk.ReasonWrongPIN:           WrongPIN,
	desk.ReasonPINBlocked:         PINBlocked,
	desk.ReasonNotActive:          NotActive,
	desk.ReasonKeyFails:           KeyFails,
	desk.ReasonRefused:            CertificateRefused,
	desk.ReasonForged:             CertificateRefused,
	desk.ReasonUsage:              CertificateRefused,
	desk.ReasonRevoked:            CertificateRefused,
}

// TroublesOf returns what is wrong with a card that was read, each trouble once, in the order in which the parts are tried.
// It is empty for a card in order.
func TroublesOf(card desk.Card) []Trouble {
	troubles := []Trouble{}
	for _, part := range card.Test.Parts {
		if part.Result != desk.PartFails {
			continue
		}
		found, ok := findings[part.Reason]
		if !ok {
			found = DataWrong
		}
		if !slices.Contains(troubles, found) {
			troubles = append(troubles, found)
		}
	}
	return troubles
}
