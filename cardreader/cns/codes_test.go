package cns_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"bottega/cardreader"
	"bottega/cardreader/cns"
	"bottega/cardreader/practice"
	"bottega/desk/civil"
)

const seat = "Lettore di prova 00"

// plugged returns a reader with a practice card in it, and the card.
func plugged(t testing.TB, profile string) (*practice.Reader, *practice.Card) {
	t.Helper()
	p, err := practice.Find(profile, civil.Of(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	card, err := practice.New(p)
	if err != nil {
		t.Fatal(err)
	}
	reader := practice.NewReader(seat)
	reader.Insert(card)
	t.Cleanup(func() { _ = reader.Close() })
	return reader, card
}

func codesOver(port cardreader.Port) *cns.Codes {
	return &cns.Codes{Port: port}
}

// wiped checks that codes hold nothing any more.
func wiped(t *testing.T, codes ...[]byte) {
	t.Helper()
	for _, code := range codes {
		for _, b := range code {
			if b != 0 {
				t.Errorf("a code was left in memory: %q", code)
				break
			}
		}
	}
}

func TestTheRightPINIsTaken(t *testing.T) {
	reader, card := plugged(t, "bruna")
	pin := []byte(practice.DefaultPIN)
	if err := codesOver(reader).Verify(t.Context(), seat, pin); err != nil {
		t.Fatal(err)
	}
	wiped(t, pin)
	if left := card.TriesLeft(); left != 3 {
		t.Errorf("%d tries left", left)
	}
}

func TestWrongPINsAreCountedByTheCardAndRemembered(t *testing.T) {
	reader, card := plugged(t, "bruna")
	codes := codesOver(reader)
	ask := func(want int) {
		t.Helper()
		needs, err := codes.Ask(t.Context(), seat)
		if err != nil || needs != (cardreader.CodeNeeds{PINLeft: want, MinPIN: 5, MaxPIN: 8, PUK: 8}) {
			t.Fatalf("needs %+v, %v", needs, err)
		}
	}
	ask(-1)
	for _, step := range []struct {
		trouble cardreader.Trouble
		left    int
	}{{cardreader.WrongPIN, 2}, {cardreader.PINTriesLow, 1}, {cardreader.PINBlocked, 0}, {cardreader.PINBlocked, 0}} {
		pin := []byte("54321")
		err := codes.Verify(t.Context(), seat, pin)
		wiped(t, pin)
		left, told := cardreader.TriesLeft(err)
		if !errors.Is(err, step.trouble) || !told || left != step.left || card.TriesLeft() != step.left {
			t.Fatalf("got %v with %d left, want %v with %d", err, left, step.trouble, step.left)
		}
		ask(step.left)
	}
	if err := codes.Unblock(t.Context(), seat, []byte(practice.DefaultPUK), []byte("24680")); err != nil {
		t.Fatal(err)
	}
	ask(-1)
	if err := codes.Verify(t.Context(), seat, []byte("24680")); err != nil {
		t.Fatal(err)
	}
	if err := codes.Verify(context.Background(), seat, []byte("99999")); !errors.Is(err, cardreader.WrongPIN) {
		t.Fatal(err)
	}
	ask(2)
	reader.Insert(card)
	ask(-1)
}
