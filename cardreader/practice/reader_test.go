package practice_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"testing"
	"time"

	"bottega/cardreader"
	"bottega/cardreader/porttest"
	"bottega/cardreader/practice"
	"bottega/desk/civil"
)

// cardOf makes the practice card of a profile as it is today.
func cardOf(t testing.TB, id string) *practice.Card {
	t.Helper()
	profile, err := practice.Find(id, civil.Of(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	card, err := practice.New(profile)
	if err != nil {
		t.Fatal(err)
	}
	return card
}

const readerName = "Lettore di prova"

func TestThePracticeReaderIsAPort(t *testing.T) {
	porttest.Run(t, func(t *testing.T) porttest.Rig {
		r := practice.NewReader(readerName)
		return porttest.Rig{
			Port: r, Reader: readerName,
			Insert: func(t testing.TB, profile string) { r.Insert(cardOf(t, profile)) },
			Remove: func(testing.TB) { r.Remove() },
		}
	})
}

// connected puts a card into a reader and begins a conversation with it, which ends with the test.
func connected(t *testing.T, r *practice.Reader, card *practice.Card) cardreader.Link {
	t.Helper()
	r.Insert(card)
	link, err := r.Connect(t.Context(), readerName)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = link.Close() }) // its card may be gone
	return link
}

var quietSelection = []byte{0x00, 0xA4, 0x08, 0x0C, 0x04, 0x10, 0x00, 0x10, 0x03}

func TestAMuteCardIsSeenAndCannotBeTalkedTo(t *testing.T) {
	r := practice.NewReader(readerName)
	r.Insert(cardOf(t, "muta"))
	states, err := r.Watch(t.Context(), nil, 0)
	if err != nil || len(states) != 1 || states[0].Card != cardreader.Mute || len(states[0].ATR) != 0 {
		t.Errorf("saw %+v, %v", states, err)
	}
	if _, err := r.Connect(t.Context(), readerName); !errors.Is(err, cardreader.MuteCard) {
		t.Errorf("connecting: %v", err)
	}
	r.Insert(cardOf(t, "bruna"))
	if _, err := r.Connect(t.Context(), readerName); err != nil {
		t.Errorf("connecting to the next card: %v", err)
	}
}

func TestAnImpatientHolderPullsTheCardOutOnce(t *testing.T) {
	r, card := practice.NewReader(readerName), cardOf(t, "frettolosa")
	link := connected(t, r, card)
	sent, err := 0, error(nil)
	for ; err == nil && sent < 100; sent++ {
		_, err = link.Transmit(t.Context(), quietSelection)
	}
	if !errors.Is(err, cardreader.RemovedEarly) || sent != 6 {
		t.Errorf("after %d commands: %v", sent, err)
	}
	states, err := r.Watch(t.Context(), nil, 0)
	if err != nil || states[0].Card != cardreader.Empty {
		t.Errorf("saw %+v, %v", states, err)
	}
	if err := link.Close(); err != nil {
		t.Fatal(err)
	}
	link = connected(t, r, card)
	for range 100 {
		if _, err := link.Transmit(t.Context(), quietSelection); err != nil {
			t.Fatalf("the second time: %v", err)
		}
	}
}

func TestWhatWasDoneToACardStaysWhenItIsPutInAgain(t *testing.T) {
	r, card := practice.NewReader(readerName), cardOf(t, "alfio")
	command, err := hex.DecodeString(wrongPIN)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range [][]byte{{0x63, 0xC0}, {0x69, 0x83}} {
		link := connected(t, r, card)
		if answer, err := link.Transmit(t.Context(), command); err != nil || !bytes.Equal(answer, want) {
			t.Errorf("answered %X, %v, want %X", answer, err, want)
		}
		if err := link.Close(); err != nil {
			t.Fatal(err)
		}
		r.Remove()
	}
}

// slowCard is a card as slow as asked for.
func slowCard(t *testing.T, baud int) *practice.Card {
	t.Helper()
	p := cardOf(t, "lento").Profile()
	p.Baud = baud
	card, err := practice.New(p)
	if err != nil {
		t.Fatal(err)
	}
	return card
}

func TestASlowCardTakesItsTimeForEveryByte(t *testing.T) {
	card := cardOf(t, "lento")
	if card.Profile().Baud != 9600 {
		t.Fatalf("%d baud", card.Profile().Baud)
	}
	link := connected(t, practice.NewReader(readerName), card)
	start := time.Now()
	answer, err := link.Transmit(t.Context(), quietSelection)
	if err != nil {
		t.Fatal(err)
	}
	// A byte is twelve bits on the line. A computer may be slower than the card, never faster.
	if least := time.Duration((len(quietSelection)+len(answer))*12) * time.Second / 9600; time.Since(start) < least {
		t.Errorf("answered after %v, want at least %v", time.Since(start), least)
	}
}

func TestASlowCardIsNotWaitedForWhenItLeavesOrNobodyWants(t *testing.T) {
	r := practice.NewReader(readerName)
	link := connected(t, r, slowCard(t, 1)) // an answer would take minutes
	failed := make(chan error, 1)
	transmit := func(ctx context.Context) {
		_, err := link.Transmit(ctx, quietSelection)
		failed <- err
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	go transmit(ctx)
	cancel(enough)
	if err := soon(t, failed); !errors.Is(err, enough) {
		t.Errorf("nobody wants it: %v", err)
	}
	go transmit(t.Context())
	r.Remove()
	if err := soon(t, failed); !errors.Is(err, cardreader.RemovedEarly) {
		t.Errorf("pulled out: %v", err)
	}
}

// soon returns the next result, and fails a test that would wait for ever.
func soon(t *testing.T, results <-chan error) error {
	t.Helper()
	select {
	case err := <-results:
		return err
	case <-time.After(safety):
		t.Fatal("it hangs")
		return nil
	}
}
