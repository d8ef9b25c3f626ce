//go:build cgo || windows

package pcsc

import (
	"context"
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"github.com/ebfe/scard"

	"bottega/cardreader"
	"bottega/cardreader/cns"
	"bottega/cardreader/practice"
	"bottega/desk/civil"
)

// typist is a reader with a keypad and a practice card in it, and somebody who types there. It takes the structures apart as PC/SC
// part 10 lays them out, not as our own code put them together.
type typist struct {
	*padHandle
	card  *practice.Card
	codes []string // what is typed, one code after the other; none is the cancel key
}

func (r *typist) Transmit(command []byte) ([]byte, error) {
	if ins := command[1]; ins == 0x20 || ins == 0x24 || ins == 0x2C {
		return nil, errors.New("a code went through the computer")
	}
	return r.card.Process(command), nil
}

func (r *typist) Control(code uint32, in []byte) ([]byte, error) {
	const beforeVerify, beforeModify = 15, 20 // bytes before ulDataLength
	switch code {
	case scard.CtlCode(featureRequest):
		return keypad, nil
	case 0x42330006:
		return r.fill(in[beforeVerify:], int(in[3]), in[5:7], 0), nil
	case 0x42330007:
		if in[9] != 0x03 || in[11] != 3 {
			return nil, errors.New("it asks for neither the old code nor the new one twice")
		}
		return r.fill(in[beforeModify:], int(in[3]), in[7:9], int(in[5]), int(in[6])), nil
	}
	return nil, scard.ErrUnsupportedFeature
}

// fill types the codes into the command at their places, and hands it to the card.
func (r *typist) fill(rest []byte, block int, bounds []byte, places ...int) []byte {
	const header = 5
	length := int(binary.LittleEndian.Uint32(rest))
	command := append([]byte{}, rest[4:]...)
	if length != len(command) || block != 8 {
		return []byte{0x6B, 0x80}
	}
	if len(r.codes) == 0 {
		return []byte{0x64, 0x01}
	}
	for i, place := range places {
		code := r.codes[i]
		if len(code) < int(bounds[1]) || len(code) > int(bounds[0]) {
			return []byte{0x64, 0x03}
		}
		copy(command[header+place:], code)
	}
	r.codes = r.codes[len(places):]
	return r.card.Process(command)
}

// padPort is a port whose one reader has a keypad.
type padPort struct {
	cardreader.Port
	reader *typist
	t      *testing.T
}

func (p *padPort) Connect(context.Context, string) (cardreader.Link, error) {
	l := talking(p.t, p.reader)
	l.atr = p.reader.card.ATR()
	return l, nil
}

func (p *padPort) Watch(context.Context, []cardreader.ReaderState, time.Duration) ([]cardreader.ReaderState, error) {
	return []cardreader.ReaderState{{Name: "Lettore con tastiera", Card: cardreader.Present, ATR: p.reader.card.ATR()}}, nil
}

func TestWhatIsTypedOnAKeypadReachesTheCardAndNotTheComputer(t *testing.T) {
	for _, profile := range []string{"bruna", "lucia"} { // PIN references 90 and 10
		t.Run(profile, func(t *testing.T) {
			p, err := practice.Find(profile, civil.Of(time.Now()))
			if err != nil {
				t.Fatal(err)
			}
			card, err := practice.New(p)
			if err != nil {
				t.Fatal(err)
			}
			const seat = "Lettore con tastiera"
			reader := &typist{padHandle: &padHandle{}, card: card}
			codes := &cns.Codes{Port: &padPort{reader: reader, t: t}}
			if needs, err := codes.Ask(t.Context(), seat); err != nil || !needs.Pad {
				t.Fatalf("needs %+v, %v", needs, err)
			}
			for _, step := range []struct {
				name  string
				typed []string
				give  func() error
				want  error
			}{
				{"the PIN", []string{practice.DefaultPIN}, func() error { return codes.Verify(t.Context(), seat, nil) }, nil},
				{"a wrong one", []string{"00000"}, func() error { return codes.Verify(t.Context(), seat, nil) }, cardreader.WrongPIN},
				{"the cancel key", nil, func() error { return codes.Verify(t.Context(), seat, nil) }, cardreader.PadCancelled},
				{"too few digits", []string{"123"}, func() error { return codes.Verify(t.Context(), seat, nil) }, cardreader.PadCancelled},
				{"another PIN", []string{practice.DefaultPIN, "567890"}, func() error { return codes.Change(t.Context(), seat, nil, nil) }, nil},
				{"the other PIN", []string{"567890"}, func() error { return codes.Verify(t.Context(), seat, nil) }, nil},
				{"the PUK", []string{practice.DefaultPUK, "24680"}, func() error { return codes.Unblock(t.Context(), seat, nil, nil) }, nil},
				{"the newest PIN", []string{"24680"}, func() error { return codes.Verify(t.Context(), seat, nil) }, nil},
			} {
				reader.codes = step.typed
				if err := step.give(); !errors.Is(err, step.want) || (err != nil && step.want == nil) {
					t.Fatalf("%s: %v", step.name, err)
				}
			}
			if left := card.TriesLeft(); left != 3 {
				t.Errorf("%d tries left", left)
			}
		})
	}
}
