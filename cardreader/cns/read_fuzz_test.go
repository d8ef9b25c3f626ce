package cns_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"

	"bottega/cardreader"
	"bottega/desk"
)

// FuzzRead lets a hostile card answer whatever it likes.
func FuzzRead(f *testing.F) {
	f.Add([]byte("\x90\x00\x10\x906090012345678000\x90\x00"), uint8(3))
	f.Add([]byte{0x61, 0xFF, 0x6C, 0x01, 0x90, 0x00}, uint8(1))
	f.Add(append(fileOf(fieldsOf(), true), 0x90, 0x00), uint8(7))
	card := practiceCard(f, "vuota")
	f.Fuzz(func(t *testing.T, answers []byte, step uint8) {
		at := 0
		w := &wire{card: card, meddle: func(n int, _, _ []byte) ([]byte, error) {
			if len(answers) == 0 {
				return []byte{0x6A, 0x82}, nil
			}
			length := 2 + (n*int(step))%256
			answer := make([]byte, 0, length)
			for range length {
				answer = append(answer, answers[at%len(answers)])
				at++
			}
			return answer, nil
		}}
		survives(t, w)
		if len(w.sent) > mostSent {
			t.Errorf("%d commands", len(w.sent))
		}
	})
}

// FuzzReadFiles lets a card hold whatever it likes, behind any answer to reset, and now and then answer with any status.
func FuzzReadFiles(f *testing.F) {
	number, personal, der := numbered("609001234567800"), fileOf(fieldsOf(), true), practiceDER(f)
	f.Add(unhex(atrClassic), number, personal, der, []byte{})
	f.Add(unhex(atrACe2025), number, personal, der, []byte{0, 0, 0, 3})
	f.Add(unhex("3B80800101"), []byte("AA1234567"), fileOf(slices.Delete(fieldsOf(), 7, 8), false), append([]byte{1, 4, 0, 0, 0}, der...), []byte{0, 1})
	f.Add(unhex(atrIDEMIA), []byte{}, []byte("FFFFFF"), []byte{0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF}, []byte{0, 0, 0, 0, 0, 7})
	statuses := []uint16{0x9000, 0x6282, 0x6283, 0x6A82, 0x6A86, 0x6700, 0x6B00, 0x6F00, 0x6100, 0x6C10, 0x6982, 0x6D00}
	f.Fuzz(func(t *testing.T, atr, number, personal, certificate, odd []byte) {
		d := &double{atr: hex.EncodeToString(atr), files: map[string][]byte{}}
		for _, application := range []string{"", aidACe2025, aidJSign4} {
			d.files[application+numberFile], d.files[application+personalFile] = number, personal
		}
		d.files[certificateFile], d.files[idemiaFile], d.files[infocamereFile] = certificate, certificate, certificate
		n := 0
		survives(t, &capricious{double: d, answer: func(answer []byte) []byte {
			n++
			if len(odd) == 0 || odd[n%len(odd)] == 0 {
				return answer
			}
			sw := statuses[int(odd[n%len(odd)])%len(statuses)]
			return append(bytes.Clone(answer[:len(answer)-2]), byte(sw>>8), byte(sw))
		}})
		if n > mostSent {
			t.Errorf("%d commands", n)
		}
	})
}

// mostSent is how many commands the worst of cards can draw out of a reading.
const mostSent = 600

// capricious is a double whose answers are changed.
type capricious struct {
	*double
	answer func([]byte) []byte
}

func (c *capricious) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	answer, err := c.double.Transmit(ctx, command)
	return c.answer(answer), err
}

// survives reads a card and wants whatever comes of it to be whole: an error that names its trouble, every part told, and no text
// that could move a cursor.
func survives(t *testing.T, link cardreader.Link) {
	t.Helper()
	card, err := reader().Read(context.Background(), link, func(cardreader.Phase) {})
	var trouble cardreader.Trouble
	if err != nil && !errors.As(err, &trouble) {
		t.Errorf("an error without a trouble: %v", err)
	}
	if len(card.Test.Parts) != len(desk.CardParts()) {
		t.Errorf("%d parts", len(card.Test.Parts))
	}
	for _, text := range []string{card.Number, card.Issuer, card.Holder.FullName(), card.Holder.FiscalCode, card.Holder.Residence, card.Holder.Sex} {
		if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7F }) {
			t.Errorf("%q came through", text)
		}
	}
	for _, w := range card.Warnings {
		if !slices.Contains(desk.CardWarnings(), w) {
			t.Errorf("a warning that nobody translates: %s", w)
		}
	}
}
