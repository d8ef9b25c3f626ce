package cns

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"bottega/cardreader"
	"bottega/cardreader/apdu"
)

// Instructions that carry codes.
const (
	insVerify  = 0x20
	insChange  = 0x24
	insUnblock = 0x2C
)

// localBit in P2 says that a reference is looked for from the current folder on.
const localBit = 0x80

// usable reports whether a layout's codes can be given at all: one that stored nothing would make an empty VERIFY, which some
// masks count as a wrong PIN.
func usable(l *CodesLayout) bool {
	return l != nil && l.MinPIN > 0 && l.MinPIN <= l.MaxPIN && l.MaxPIN <= l.Stored && l.PUK > 0 && l.PUK <= l.Stored && 2*l.Stored <= apdu.MaxData
}

// talk is one conversation with a card that was recognised.
type talk struct {
	link   cardreader.Link
	files  *reader
	layout Layout
	seat   seat
	tries  *tries
}

// close ends the conversation; what the card said was said.
func (t *talk) close() { _ = t.link.Close() }

// pad returns the way to the reader's own keypad, nil when it has none.
func (t *talk) pad(ctx context.Context) cardreader.PadLink {
	if pad, ok := t.link.(cardreader.PadLink); ok && pad.HasPad(ctx) {
		return pad
	}
	return nil
}

// verify gives the PIN.
func (t *talk) verify(ctx context.Context, pin []byte) error {
	if pin != nil && !digits(pin, t.layout.Codes.MinPIN, t.layout.Codes.MaxPIN) {
		return t.refuse(t.tries.left(t.seat))
	}
	status, err := t.give(ctx, insVerify, pin)
	return t.judgePIN(status, pin == nil, err)
}

// change gives the old PIN and the new one.
func (t *talk) change(ctx context.Context, old, fresh []byte) error {
	l := t.layout.Codes
	switch {
	case old == nil && fresh == nil: // typed on the keypad
	case !digits(old, l.MinPIN, l.MaxPIN):
		return t.refuse(t.tries.left(t.seat))
	case !digits(fresh, l.MinPIN, l.MaxPIN):
		return fmt.Errorf("%w: it takes %d to %d digits", cardreader.NewPINRefused, l.MinPIN, l.MaxPIN)
	}
	status, err := t.give(ctx, insChange, old, fresh)
	if err == nil && newRefused(status, old == nil) {
		return fmt.Errorf("%w: %w", cardreader.NewPINRefused, status.Err())
	}
	return t.judgePIN(status, old == nil, err)
}

// unblock gives the PUK and the new PIN.
func (t *talk) unblock(ctx context.Context, puk, fresh []byte) error {
	l := t.layout.Codes
	switch {
	case puk == nil && fresh == nil: // typed on the keypad
	case !digits(puk, l.PUK, l.PUK):
		return &cardreader.CodeError{Trouble: cardreader.WrongPUK, Left: unknownTries}
	case !digits(fresh, l.MinPIN, l.MaxPIN):
		return fmt.Errorf("%w: it takes %d to %d digits", cardreader.NewPINRefused, l.MinPIN, l.MaxPIN)
	}
	status, err := t.give(ctx, insUnblock, puk, fresh)
	switch {
	case err != nil:
		return err
	case status == apdu.OK:
		t.tries.learn(t.seat, unknownTries) // all of them again, however many this card has
		return nil
	case newRefused(status, puk == nil):
		return fmt.Errorf("%w: %w", cardreader.NewPINRefused, status.Err())
	}
	left, counted := apdu.TriesLeft(status.Err())
	switch {
	case counted && left == 0:
		return &cardreader.CodeError{Trouble: cardreader.PUKBlocked, Left: 0}
	case counted:
		return &cardreader.CodeError{Trouble: cardreader.WrongPUK, Left: left}
	case status == apdu.VerifyFailed:
		return &cardreader.CodeError{Trouble: cardreader.WrongPUK, Left: unknownTries}
	}
	return unable(status, puk == nil)
}

// give sends codes to the card once, or lets the holder type them on the reader when they are nil.
// A card that knows the reference only as local to its folder, or only as not, says so before it compares anything.
func (t *talk) give(ctx context.Context, ins byte, codes ...[]byte) (apdu.Status, error) {
	if err := t.guard(ctx); err != nil {
		return 0, err
	}
	if err := t.enter(ctx, t.layout.Codes.Folder); err != nil {
		return 0, err
	}
	send := t.typed
	if codes[0] == nil {
		send = t.onPad
	}
	p2 := reference(t.layout.Codes, t.link.ATR())
	status, err := send(ctx, ins, p2, codes)
	if err == nil && (status == apdu.WrongP1P2 || status == apdu.ReferenceNotFound) {
		status, err = send(ctx, ins, p2^localBit, codes)
	}
	return status, err
}

// guard keeps other programs away while the PIN opens the card.
func (t *talk) guard(ctx context.Context) error {
	if g, ok := t.link.(cardreader.Guarded); ok {
		if err := g.Guard(ctx); err != nil {
			return fmt.Errorf("keeping the card from other programs: %w", err)
		}
	}
	return nil
}

// enter selects a folder, also when it was the last one that was selected; an empty path stays where the card is.
func (t *talk) enter(ctx context.Context, folder Path) error {
	if len(folder) == 0 {
		return nil
	}
	t.files.selected = nil
	if err := t.files.selectFile(ctx, folder); err != nil {
		return unanswered(err, cardreader.NotActive)
	}
	return nil
}

// unanswered makes sure that an error of a selection or of a reading names a trouble.
func unanswered(err error, otherwise cardreader.Trouble) error {
	var status *apdu.StatusError
	switch {
	case errors.As(err, &status) && errors.Is(err, apdu.ErrFault), errors.Is(err, apdu.ErrMalformed), errors.Is(err, apdu.ErrTooLong), errors.Is(err, errStopped):
		return fmt.Errorf("%w: %w", cardreader.Unreadable, err)
	case status != nil:
		return fmt.Errorf("%w: %w", otherwise, err)
	default:
		return named(err)
	}
}

// named makes sure that what a link fails with names a trouble: a card that another program reset under our hands is in use. The
// conversation is not begun again by itself, since a code would be given twice.
func named(err error) error {
	if errors.Is(err, cardreader.ErrReset) {
		return fmt.Errorf("%w: %w", cardreader.Busy, err)
	}
	return err
}

// reference returns P2: the reference of the PIN, local to the folder where the maker of the card's mask wants it so. The maker is
// told by the historical bytes that CNS and the identity cards of the same kind have in common.
func reference(l *CodesLayout, atr []byte) byte {
	const maskMaker = 3
	h := Historical(atr)
	if len(h) > maskMaker && h[0] == 0x00 && h[1] == 0x6B && slices.Contains(l.LocalMasks, h[maskMaker]) {
		return l.PIN | localBit
	}
	return l.PIN
}

// typed sends codes that were typed on this computer. The command is wiped whatever becomes of it; the link wipes its own copy.
// It is sent as it is and never again with another length, as commands that carry no code may be.
func (t *talk) typed(ctx context.Context, ins, p2 byte, codes [][]byte) (apdu.Status, error) {
	const header, padding = 5, 0xFF
	stored := t.layout.Codes.Stored
	command := make([]byte, header+stored*len(codes))
	defer clear(command)
	copy(command, []byte{0x00, ins, 0x00, p2, byte(stored * len(codes))})
	for i, code := range codes {
		block := command[header+i*stored:][:stored]
		for j := range block {
			block[j] = padding
		}
		copy(block, code)
	}
	return statusOf(t.link.Transmit(ctx, command))
}

// onPad lets the holder type on the reader.
func (t *talk) onPad(ctx context.Context, ins, p2 byte, codes [][]byte) (apdu.Status, error) {
	pad := t.pad(ctx)
	if pad == nil {
		return 0, fmt.Errorf("%w: the reader has none, and no code was given", cardreader.PadCancelled)
	}
	l := t.layout.Codes
	template := cardreader.PadTemplate{INS: ins, P2: p2, Stored: l.Stored, Min: l.MinPIN, Max: max(l.MaxPIN, l.PUK)}
	if len(codes) == 1 {
		template.Max = l.MaxPIN
		return statusOf(pad.VerifyOnPad(ctx, template))
	}
	return statusOf(pad.ModifyOnPad(ctx, template))
}

func statusOf(answer []byte, err error) (apdu.Status, error) {
	if err != nil {
		return 0, fmt.Errorf("giving the code: %w", named(err))
	}
	response, err := apdu.ParseResponse(answer)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", cardreader.Unreadable, err)
	}
	return response.Status, nil
}

// digits reports whether a code is made of that many digits.
func digits(code []byte, least, most int) bool {
	for _, c := range code {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(code) >= least && len(code) <= most
}

// newRefused reports a status by which a card, or a keypad on which two different ones were typed, turns a new PIN down.
func newRefused(status apdu.Status, onPad bool) bool {
	return status == apdu.WrongData || onPad && status == padDiffer
}

// judgePIN turns the answer to a PIN into what it means, and remembers the tries that the card says are left.
func (t *talk) judgePIN(status apdu.Status, onPad bool, err error) error {
	if err != nil {
		t.tries.learn(t.seat, unknownTries) // the card may have counted what we did not hear it answer
		return err
	}
	if status == apdu.OK {
		t.tries.learn(t.seat, unknownTries) // all of them again, however many this card has
		return nil
	}
	if left, counted := apdu.TriesLeft(status.Err()); counted {
		t.tries.learn(t.seat, left)
		return t.refuse(left)
	}
	if status == apdu.VerifyFailed {
		t.tries.learn(t.seat, unknownTries)
		return t.refuse(unknownTries)
	}
	return unable(status, onPad)
}

// refuse says that a PIN was not taken, and how many tries are left.
func (t *talk) refuse(left int) error {
	trouble := cardreader.WrongPIN
	switch left {
	case 0:
		trouble = cardreader.PINBlocked
	case 1:
		trouble = cardreader.PINTriesLow
	}
	return &cardreader.CodeError{Trouble: trouble, Left: left}
}

// The statuses that a reader's keypad answers with by itself, without having given anything to the card (PC/SC part 10).
const (
	padTimeout   apdu.Status = 0x6400
	padCancelled apdu.Status = 0x6401
	padDiffer    apdu.Status = 0x6402
	padLength    apdu.Status = 0x6403
)

// unable turns a status that is no verdict on a code into what it means.
func unable(status apdu.Status, onPad bool) error {
	trouble := cardreader.NotActive
	switch err := status.Err(); {
	case onPad && status >= padTimeout && status <= padLength:
		trouble = cardreader.PadCancelled
	case errors.Is(err, apdu.ErrFault), errors.Is(err, apdu.ErrUnclassified), errors.Is(err, apdu.ErrEnd):
		trouble = cardreader.Unreadable
	}
	return fmt.Errorf("%w: %w", trouble, status.Err())
}
