package cardreader

import (
	"context"
	"errors"

	"bottega/desk"
)

// Codes does what needs the holder's PIN or PUK. Each call holds one conversation with the card and ends it; the bytes of every
// code handed over are wiped before it returns, whatever happened. A nil code is typed on the reader's own keypad, where Ask
// said that there is one.
//
// Errors wrap a Trouble; a refused code is a *CodeError inside, with the tries that the card says are left. Nothing is ever tried
// twice: whoever calls stops at the first error and asks the holder.
type Codes interface {
	// Ask tells how codes are given to the card in a reader. It spends no try.
	Ask(ctx context.Context, reader string) (CodeNeeds, error)
	// Verify gives the PIN to the card, which says whether it is right.
	Verify(ctx context.Context, reader string, pin []byte) error
	// Change replaces the PIN.
	Change(ctx context.Context, reader string, old, fresh []byte) error
	// Unblock sets a new PIN with the PUK.
	Unblock(ctx context.Context, reader string, puk, fresh []byte) error
	// Login verifies the PIN and lets the card prove its key to the test door at a URL in a mutual TLS handshake. A card that
	// proved its key and was not accepted is an answer and no error.
	Login(ctx context.Context, reader, url string, pin []byte) (desk.DoorAnswer, error)
}

// CodeNeeds is how a card in its reader takes codes.
type CodeNeeds struct {
	// Pad says that the reader has a keypad of its own: codes are typed there and never reach this computer.
	Pad bool
	// PINLeft is how many wrong PINs the card still takes, -1 when that is not known without risk.
	PINLeft int
	// MinPIN, MaxPIN and PUK are how many digits the codes have.
	MinPIN, MaxPIN, PUK int
}

// CodeError says that a card refused a code.
type CodeError struct {
	// Trouble is WrongPIN, PINTriesLow, PINBlocked, WrongPUK or PUKBlocked.
	Trouble Trouble
	// Left is how many tries the card says are left, -1 when it does not say.
	Left int
}

// Error says what the trouble says.
func (e *CodeError) Error() string { return e.Trouble.Error() }

// Unwrap returns the trouble.
func (e *CodeError) Unwrap() error { return e.Trouble }

// TriesLeft returns the tries that a refused code left, and false when err tells none.
func TriesLeft(err error) (int, bool) {
	refused, ok := errors.AsType[*CodeError](err)
	if !ok || refused.Left < 0 {
		return 0, false
	}
	return refused.Left, true
}
