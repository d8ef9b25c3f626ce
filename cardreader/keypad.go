package cardreader

import "context"

// Guarded is a Link whose card can be kept from other programs while the holder's PIN opens it. The links of both ports are.
type Guarded interface {
	Link
	// Guard is called before a code is given. Until Close no other program gets at the card, and Close then resets it, so that
	// nobody inherits what the PIN opened. Errors are Transmit's.
	Guard(ctx context.Context) error
}

// PadLink is a Link to a reader that may have a keypad of its own (PC/SC part 10). What is typed there never reaches this
// computer.
type PadLink interface {
	Link
	// HasPad reports whether codes can be given and changed on the reader. A reader that does not say has none.
	HasPad(ctx context.Context) bool
	// VerifyOnPad lets the holder type one code, ModifyOnPad an old one and then a new one twice. They return the status bytes:
	// the card's, or the reader's own when nothing was given to the card (6400 to 6403). They wait for a person: the reader
	// gives up after half a minute for each code. Errors are Transmit's.
	VerifyOnPad(ctx context.Context, template PadTemplate) ([]byte, error)
	ModifyOnPad(ctx context.Context, template PadTemplate) ([]byte, error)
}

// PadTemplate is the command that a keypad fills with what is typed: digits as ASCII, from the left, padded with FF.
type PadTemplate struct {
	// CLA, INS, P1 and P2 are the header of the command.
	CLA, INS, P1, P2 byte
	// Stored is how many bytes each code takes in its data.
	Stored int
	// Min and Max bound how many digits may be typed.
	Min, Max int
}
