//go:build cgo || windows

package pcsc

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/ebfe/scard"

	"bottega/cardreader"
)

// padHandle is a card in a reader with a keypad, as the service shows it. It stands where no such reader is at hand.
type padHandle struct {
	features []byte
	answers  map[uint32][]byte // by control code
	failure  error
	status   error // of the look whether the card is still there

	controls []string
	sent     [][]byte // commands, as the slices that were handed over
	during   func()   // called while a command is sent
}

func (h *padHandle) ActiveProtocol() scard.Protocol { return scard.ProtocolT1 }

func (h *padHandle) Transmit(command []byte) ([]byte, error) {
	h.sent = append(h.sent, command)
	if h.during != nil {
		h.during()
	}
	return []byte{0x90, 0x00}, h.failure
}

func (h *padHandle) Control(code uint32, in []byte) ([]byte, error) {
	if code == scard.CtlCode(featureRequest) {
		if h.features == nil {
			return nil, scard.ErrUnsupportedFeature
		}
		return h.features, nil
	}
	h.controls = append(h.controls, hex.EncodeToString(in))
	return h.answers[code], h.failure
}

func (h *padHandle) Status() (*scard.CardStatus, error) { return &scard.CardStatus{}, h.status }

// talking returns a conversation with a card, whose worker ends with the test.
func talking(t *testing.T, card handle) *link {
	t.Helper()
	l := newLink("Lettore con tastiera")
	go func() {
		defer close(l.ended)
		l.work(card)
	}()
	t.Cleanup(func() {
		l.hangUp()
		<-l.ended
	})
	return l
}

var keypad = []byte{featureVerify, 4, 0x42, 0x33, 0x00, 0x06, featureModify, 4, 0x42, 0x33, 0x00, 0x07}

func TestCodesAreTypedOnAReaderThatHasAKeypad(t *testing.T) {
	card := &padHandle{features: keypad, answers: map[uint32][]byte{0x42330006: {0x63, 0xC2}, 0x42330007: {0x90, 0x00}}}
	l := talking(t, card)
	if !l.HasPad(t.Context()) {
		t.Fatal("the keypad was not found")
	}
	template := cardreader.PadTemplate{INS: 0x20, P2: 0x10, Stored: 8, Min: 5, Max: 8}
	answer, err := l.VerifyOnPad(t.Context(), template)
	if err != nil || !bytes.Equal(answer, []byte{0x63, 0xC2}) {
		t.Errorf("verify: %X, %v", answer, err)
	}
	template.INS = 0x24
	answer, err = l.ModifyOnPad(t.Context(), template)
	if err != nil || !bytes.Equal(answer, []byte{0x90, 0x00}) {
		t.Errorf("modify: %X, %v", answer, err)
	}
	want := []string{hex.EncodeToString(verifyStructure(cardreader.PadTemplate{INS: 0x20, P2: 0x10, Stored: 8, Min: 5, Max: 8})), hex.EncodeToString(modifyStructure(template))}
	if len(card.controls) != 2 || card.controls[0] != want[0] || card.controls[1] != want[1] {
		t.Errorf("the reader was told %v", card.controls)
	}
}

func TestAReaderHasAKeypadOnlyIfItSaysSo(t *testing.T) {
	for name, answer := range map[string][]byte{"none": nil, "nothing": {}, "one that cannot change a PIN": keypad[:6]} {
		t.Run(name, func(t *testing.T) {
			l := talking(t, &padHandle{features: answer})
			if l.HasPad(t.Context()) {
				t.Error("a keypad was found")
			}
			if answer, err := l.ModifyOnPad(t.Context(), cardreader.PadTemplate{Stored: 8}); !errors.Is(err, errNoPad) {
				t.Errorf("modify: %X, %v", answer, err)
			}
		})
	}
}

func TestAKeypadThatFailsIsTold(t *testing.T) {
	for name, tc := range map[string]struct {
		card padHandle
		want error
	}{
		"the card left while somebody typed": {padHandle{failure: scard.ErrCommDataLost, status: scard.ErrRemovedCard}, cardreader.RemovedEarly},
		"another program reset it":           {padHandle{failure: scard.ErrResetCard}, cardreader.ErrReset},
		"nothing comes back":                 {padHandle{status: scard.ErrRemovedCard}, cardreader.RemovedEarly},
	} {
		t.Run(name, func(t *testing.T) {
			tc.card.features = keypad
			l := talking(t, &tc.card)
			if _, err := l.VerifyOnPad(t.Context(), cardreader.PadTemplate{Stored: 8}); !errors.Is(err, tc.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestACommandIsWipedWhateverBecomesOfIt(t *testing.T) {
	code := []byte("\x00\x20\x00\x10\x0812345\xFF\xFF\xFF")
	zero := make([]byte, len(code))
	t.Run("sent", func(t *testing.T) {
		card := &padHandle{}
		l := talking(t, card)
		if _, err := l.Transmit(t.Context(), code); err != nil {
			t.Fatal(err)
		}
		if len(card.sent) != 1 || !bytes.Equal(card.sent[0], zero) {
			t.Errorf("left %q", card.sent)
		}
	})
	t.Run("given up while it was sent", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		let := make(chan struct{})
		card := &padHandle{during: func() {
			cancel()
			<-let
		}}
		l := talking(t, card)
		if _, err := l.Transmit(ctx, code); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		close(let)
		l.hangUp()
		<-l.ended
		if len(card.sent) != 1 || !bytes.Equal(card.sent[0], zero) {
			t.Errorf("left %q", card.sent)
		}
	})
	for name, end := range map[string]func(*link, context.CancelFunc){
		"given up before":     func(_ *link, cancel context.CancelFunc) { cancel() },
		"after the last word": func(l *link, _ context.CancelFunc) { l.hangUp() },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			l := newLink("Lettore") // nobody works on it: no command is ever taken
			end(l, cancel)
			own := bytes.Clone(code)
			if _, err := l.ask(ctx, transmitLimit, own, nil); err == nil || !bytes.Equal(own, zero) {
				t.Errorf("left %q, %v", own, err)
			}
		})
	}
}
