//go:build cgo || windows

package pcsc

import (
	"context"
	"errors"
	"time"

	"github.com/ebfe/scard"

	"bottega/cardreader"
)

// The limits on a person at a keypad. The reader's own, for each code, is shorter.
const (
	padVerifyLimit = (padSeconds + 15) * time.Second
	padModifyLimit = (3*padSeconds + 15) * time.Second
)

// featureRequest asks a reader for what it can do beyond cards (PC/SC part 10, 2.2).
const featureRequest = 3400

var _ cardreader.PadLink = (*link)(nil)

// errNoPad is what a reader without a keypad answers to who asks for it all the same.
var errNoPad = errors.New("the reader has no keypad")

// HasPad is as cardreader.PadLink says.
func (l *link) HasPad(ctx context.Context) bool {
	_, err := l.ask(ctx, transmitLimit, nil, func(card handle) ([]byte, error) {
		f := l.keypad(card)
		if f.verify == 0 || f.modify == 0 {
			return nil, errNoPad
		}
		return nil, nil
	})
	return err == nil
}

// keypad asks the reader for its keypad, once in a conversation.
func (l *link) keypad(card handle) features {
	if l.pad == nil {
		l.pad = &features{}
		if answer, err := card.Control(scard.CtlCode(featureRequest), nil); err == nil { // most readers do not know the question
			*l.pad = parseFeatures(answer)
		}
	}
	return *l.pad
}

// VerifyOnPad is as cardreader.PadLink says.
func (l *link) VerifyOnPad(ctx context.Context, t cardreader.PadTemplate) ([]byte, error) {
	return l.onPad(ctx, padVerifyLimit, verifyStructure(t), func(f features) uint32 { return f.verify })
}

// ModifyOnPad is as cardreader.PadLink says.
func (l *link) ModifyOnPad(ctx context.Context, t cardreader.PadTemplate) ([]byte, error) {
	return l.onPad(ctx, padModifyLimit, modifyStructure(t), func(f features) uint32 { return f.modify })
}

func (l *link) onPad(ctx context.Context, limit time.Duration, structure []byte, code func(features) uint32) ([]byte, error) {
	return l.ask(ctx, limit, nil, func(card handle) ([]byte, error) {
		feature := code(l.keypad(card))
		if feature == 0 {
			return nil, errNoPad
		}
		answer, err := card.Control(feature, structure)
		if err == nil && len(answer) < statusLength {
			err = scard.ErrCommDataLost
		}
		if err != nil {
			return nil, failed(card, err)
		}
		return answer, nil
	})
}
