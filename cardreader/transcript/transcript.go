package transcript

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"bottega/cardreader"
	"bottega/cardreader/apdu"
	"bottega/desk/civil"
)

// Limits of a transcript. A whole reading takes about fifteen exchanges and three kilobytes.
const (
	maxExchanges = 1000
	maxBytes     = 1 << 18 // bytes of all commands and answers together
	maxUnit      = 1 << 16 // bytes of one command or answer
	maxFile      = 1 << 20 // bytes of the text
)

// ErrTooLong says that more passed between program and card than a transcript takes.
var ErrTooLong = errors.New("more passed between program and card than a transcript takes")

// Transcript is a redacted conversation with one card, or several that followed each other.
type Transcript struct {
	About
	// Reader is the make of the reader, without what tells one from another of its kind.
	Reader string
	// ATR is the card's answer to reset.
	ATR []byte
	// Replaced names what was replaced, in a fixed order.
	Replaced []Replaced
	// Conversations are in the order in which they were held.
	Conversations []Conversation
	// Around is what was asked beyond the reading, of a card that no layout fits (Recorder.LookAround). A Replay does not hold it.
	Around Conversation
}

// About is what a program says of a reading that it recorded. None of it is personal.
type About struct {
	// Program is the program's name and version.
	Program string
	// Day is the day of the reading: by it the dates on the card, which were moved together, are judged.
	Day civil.Date
	// Model is the layout that answered, empty when none did.
	Model string
	// Outcome lists the troubles found, empty for a card in order.
	Outcome []cardreader.Trouble
}

// Conversation is what passed from connecting to the card until letting go of it.
type Conversation []Exchange

// Exchange is one command and what came of it: an answer, or a fault.
type Exchange struct {
	Command Unit
	Answer  Unit        // empty with a Fault
	Status  apdu.Status // of the answer
	Fault   Fault
}

// Unit is a run of bytes of which some were never kept: Head, then Hidden bytes, then Tail.
type Unit struct {
	Head   []byte
	Hidden int
	Tail   []byte
}

// Len is the number of bytes, hidden ones included.
func (u Unit) Len() int { return len(u.Head) + u.Hidden + len(u.Tail) }

// Fits reports whether these are the bytes, whatever stands in the hidden part.
func (u Unit) Fits(b []byte) bool {
	return len(b) == u.Len() && bytes.HasPrefix(b, u.Head) && bytes.HasSuffix(b, u.Tail)
}

// Bytes returns the bytes, with zeros for what was never kept.
func (u Unit) Bytes() []byte { return slices.Concat(u.Head, make([]byte, u.Hidden), u.Tail) }

// Fault is why a command got no answer: the code of a cardreader.Trouble, or one of the constants.
type Fault string

// The faults that are no trouble.
const (
	FaultReset     Fault = "reset"     // another program reset the card
	FaultStopped   Fault = "stopped"   // the reading was stopped from outside
	FaultMalformed Fault = "malformed" // the answer had fewer than two bytes
	FaultOther     Fault = "other"     // any other error
)

// known reports whether a fault is of the closed set.
func (f Fault) known() bool {
	return slices.Contains([]Fault{FaultReset, FaultStopped, FaultMalformed, FaultOther}, f) ||
		slices.Contains(cardreader.Troubles(), cardreader.Trouble(f))
}

// faultOf names an error of a link.
func faultOf(err error) Fault {
	var trouble cardreader.Trouble
	switch {
	case errors.Is(err, cardreader.ErrReset):
		return FaultReset
	case errors.As(err, &trouble) && Fault(trouble).known():
		return Fault(trouble)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return FaultStopped
	default:
		return FaultOther
	}
}

// errOther stands for an error that only the recording program knew.
var errOther = errors.New("the reader failed when this was recorded")

// err is what a link fails with that has this fault.
func (f Fault) err() error {
	switch f {
	case FaultReset:
		return cardreader.ErrReset
	case FaultStopped:
		return context.Canceled
	case FaultOther:
		return errOther
	default:
		return cardreader.Trouble(f)
	}
}

// Replaced names one kind of personal data that a transcript held and no longer holds. The set is closed: each has a
// translation, "ctl.record.replaced.<kind>".
type Replaced string

// What is replaced.
const (
	ReplacedNames       Replaced = "names"
	ReplacedFiscalCode  Replaced = "fiscal_code"
	ReplacedDates       Replaced = "dates"
	ReplacedPlaces      Replaced = "places"
	ReplacedTexts       Replaced = "texts" // address, notes and other texts
	ReplacedNumber      Replaced = "number"
	ReplacedCertificate Replaced = "certificate" // subject, serial, key, signature
	ReplacedUnknown     Replaced = "unknown"     // bytes of files that nobody knows
	ReplacedCodes       Replaced = "codes"       // data of commands that carry a PIN or come from a key: never kept
)

// AllReplaced returns the closed set, in a fixed order.
func AllReplaced() []Replaced {
	return []Replaced{
		ReplacedNames, ReplacedFiscalCode, ReplacedDates, ReplacedPlaces, ReplacedTexts, ReplacedNumber, ReplacedCertificate,
		ReplacedUnknown, ReplacedCodes,
	}
}

// Exchanges counts all exchanges.
func (t *Transcript) Exchanges() int {
	n := len(t.Around)
	for _, c := range t.Conversations {
		n += len(c)
	}
	return n
}
