package cardreader

import "bottega/desk"

// EventKind is what an Event tells; the set is closed.
type EventKind string

// The kinds of events.
const (
	// ReadersChanged: the service answers and Readers is the list of readers now. It is the first event of every watch and
	// the first after ServiceDown is over.
	ReadersChanged EventKind = "readers_changed"
	// CardInserted: a card is in Reader; its reading starts by itself.
	CardInserted EventKind = "card_inserted"
	// ReadingPhase: the reading of the card in Reader has come to Phase.
	ReadingPhase EventKind = "reading"
	// CardRead: Card is what the card in Reader said; TroublesOf tells what is wrong with it.
	CardRead EventKind = "card_read"
	// CardRemoved: Reader is empty, or gone. What is on the screen about its card should go too. When its reading was cut
	// short, TroubleMet with RemovedEarly comes next.
	CardRemoved EventKind = "card_removed"
	// TroubleMet: Trouble stopped something. Reader is empty when it concerns the service or all readers. Card is set when
	// a part of a card was read or tested, be it only that the chip does not answer: it is what the card-test slip prints.
	TroubleMet EventKind = "trouble"
)

// Event is one thing that happened. Fields that a kind does not name are empty.
type Event struct {
	Kind    EventKind
	Readers []string
	Reader  string
	Phase   Phase
	Card    *desk.Card
	Trouble Trouble
	// Err is the whole error behind a Trouble, for a developer's eyes; it never holds personal data.
	Err error
}
