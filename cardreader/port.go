package cardreader

import (
	"context"
	"time"

	"bottega/desk"
)

// Port is a way to readers: the computer's card service, or the practice desk's reader in software.
// Both pass the suite in cardreader/porttest. A Port may be used from several goroutines.
type Port interface {
	// Watch returns the readers as soon as they differ from known, and after limit at the latest even if nothing happened.
	// With known nil it returns at once. No reader at all is an empty list, not an error. Errors wrap a Trouble, mostly
	// ServiceDown, or are the context's.
	Watch(ctx context.Context, known []ReaderState, limit time.Duration) ([]ReaderState, error)

	// Connect takes the card in the named reader for one short conversation, during which other programs wait: it must
	// never last while a person types. Errors wrap a Trouble (NoCard, MuteCard, Busy, NoReader, ServiceDown, RemovedEarly).
	Connect(ctx context.Context, reader string) (Link, error)

	// Close lets go of the service. Watch and Connect fail afterwards.
	Close() error
}

// ReaderState is what a port knows about one reader.
type ReaderState struct {
	Name string
	// Card tells whether a card is in.
	Card CardPresence
	// ATR is the card's answer to reset; empty when there is no card or it is mute.
	ATR []byte
	// Changes counts what happened at this reader, so that a card pulled out and pushed in again between two looks is seen.
	Changes uint32
}

// CardPresence says whether a card is in a reader.
type CardPresence string

// The presences.
const (
	Empty   CardPresence = "empty"
	Present CardPresence = "present"
	Mute    CardPresence = "mute" // something is in the slot and does not answer to reset
)

// Link is a conversation with the card in one reader. It is used by one goroutine at a time.
type Link interface {
	// Reader is the reader's name, ATR the card's answer to reset.
	Reader() string
	ATR() []byte
	// Transmit sends one command APDU and returns the answer with its two status bytes. It returns as soon as the context
	// ends, whatever the card does. Errors wrap a Trouble (RemovedEarly, MuteCard, ...), ErrReset, or are the context's.
	Transmit(ctx context.Context, command []byte) ([]byte, error)
	// Close ends the conversation and lets other programs in. The card keeps its power.
	Close() error
}

// Phase is how far a reading has come; the set is closed and in order.
type Phase string

// The phases of a reading.
const (
	PhaseConnecting  Phase = "connecting"
	PhaseNumber      Phase = "number"
	PhasePersonal    Phase = "personal"
	PhaseCertificate Phase = "certificate"
)

// ReadFunc reads a card over a link, telling each phase as it begins. An error wraps a Trouble or is the context's; the card
// returned with it holds what was read until then and its part-by-part test, for the card-test slip.
type ReadFunc func(ctx context.Context, link Link, phase func(Phase)) (desk.Card, error)
