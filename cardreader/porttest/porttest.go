// Package porttest is the suite that every cardreader.Port passes: the computer's card service with a virtual reader, and the
// practice reader in process. Only tests import it.
package porttest

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"bottega/cardreader"
	"bottega/cardreader/cns"
	"bottega/cardreader/practice"
	"bottega/desk/civil"
)

// net is a safety net under waits for things that happen at once; no test measures it.
const net = 20 * time.Second

// Rig is a port under test, with hands at one of its readers.
type Rig struct {
	Port cardreader.Port
	// Reader is the reader that Insert and Remove work at. It becomes empty by itself when a test begins.
	Reader string
	// Insert puts the practice card of a profile in, Remove pulls it out. They may return before the port knows.
	Insert func(t testing.TB, profile string)
	Remove func(t testing.TB)
}

// Run runs the suite. rig makes a fresh rig for each test; cleaning up is its own.
func Run(t *testing.T, rig func(t *testing.T) Rig) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, r Rig)
	}{
		{"a first look returns at once with the empty reader", firstLook},
		{"a look without news returns after its limit", lookWithoutNews},
		{"a card put in and pulled out is seen by who waits", inAndOut},
		{"a card pulled out and put in again between two looks is seen", quickChange},
		{"a card is read to its end", wholeReading},
		{"connecting to an empty reader is no card", emptyReader},
		{"connecting to a reader that is not there is no reader", strangeReader},
		{"a card pulled out in mid-read is removed early", removedEarly},
		{"a second conversation finds the card busy until the first ends", busy},
		{"waits end with their context", cancelled},
		{"a closed port fails", closed},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := rig(t)
			r.await(t, nil, cardreader.Empty) // the last test's card may still be on its way out
			test.run(t, r)
		})
	}
}

func limited(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), net)
	t.Cleanup(cancel)
	return ctx
}

// await watches until the reader is as wanted, and returns all readers then.
func (r Rig) await(t *testing.T, known []cardreader.ReaderState, want cardreader.CardPresence) []cardreader.ReaderState {
	t.Helper()
	ctx := limited(t)
	for {
		states, err := r.Port.Watch(ctx, known, net)
		if err != nil {
			t.Fatalf("waiting for a reader that is %s: %v", want, err)
		}
		if s, found := r.find(states); found && s.Card == want {
			return states
		}
		known = states
	}
}

func (r Rig) find(states []cardreader.ReaderState) (cardreader.ReaderState, bool) {
	for _, s := range states {
		if s.Name == r.Reader {
			return s, true
		}
	}
	return cardreader.ReaderState{}, false
}

// insert puts a card in and waits until the port knows.
func (r Rig) insert(t *testing.T, profile string) []cardreader.ReaderState {
	t.Helper()
	r.Insert(t, profile)
	return r.await(t, nil, cardreader.Present)
}

func firstLook(t *testing.T, r Rig) {
	states, err := r.Port.Watch(limited(t), nil, net)
	if err != nil {
		t.Fatal(err)
	}
	if s, found := r.find(states); !found || s.Card != cardreader.Empty || len(s.ATR) != 0 {
		t.Errorf("saw %+v", states)
	}
}

func lookWithoutNews(t *testing.T, r Rig) {
	known := r.await(t, nil, cardreader.Empty)
	states, err := r.Port.Watch(limited(t), known, 50*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if s, found := r.find(states); !found || s.Card != cardreader.Empty {
		t.Errorf("saw %+v", states)
	}
}

func inAndOut(t *testing.T, r Rig) {
	known := r.await(t, nil, cardreader.Empty)
	r.Insert(t, "bruna")
	present := r.await(t, known, cardreader.Present)
	if s, _ := r.find(present); !cns.ClaimsCNS(s.ATR) {
		t.Errorf("answer to reset %X", s.ATR)
	}
	r.Remove(t)
	r.await(t, present, cardreader.Empty)
}

func quickChange(t *testing.T, r Rig) {
	before, _ := r.find(r.insert(t, "bruna"))
	r.Remove(t)
	r.await(t, nil, cardreader.Empty)
	after, _ := r.find(r.insert(t, "gino"))
	if after.Changes == before.Changes {
		t.Errorf("both looks count %d changes", after.Changes)
	}
}

func wholeReading(t *testing.T, r Rig) {
	r.insert(t, "maria")
	ctx := limited(t)
	link, err := r.Port.Connect(ctx, r.Reader)
	if err != nil {
		t.Fatal(err)
	}
	card, err := cns.Reader{}.Read(ctx, link, func(cardreader.Phase) {})
	if err != nil {
		t.Fatal(err)
	}
	if err := link.Close(); err != nil {
		t.Fatal(err)
	}
	want, err := practice.Find("maria", civil.Of(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	if card.Holder != want.Holder || card.Number != want.Number || card.Certificate == nil || !card.Test.Works() {
		t.Errorf("read %+v", card)
	}
}

func emptyReader(t *testing.T, r Rig) {
	if _, err := r.Port.Connect(limited(t), r.Reader); !errors.Is(err, cardreader.NoCard) {
		t.Errorf("got %v", err)
	}
}

func strangeReader(t *testing.T, r Rig) {
	if _, err := r.Port.Connect(limited(t), "no such reader"); !errors.Is(err, cardreader.NoReader) {
		t.Errorf("got %v", err)
	}
}

// selectMaster is a command that every card answers.
var selectMaster = []byte{0x00, 0xA4, 0x00, 0x0C, 0x02, 0x3F, 0x00}

func removedEarly(t *testing.T, r Rig) {
	r.insert(t, "bruna")
	ctx := limited(t)
	link, err := r.Port.Connect(ctx, r.Reader)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = link.Close() }() // its card is gone
	if answer, err := link.Transmit(ctx, selectMaster); err != nil || !bytes.Equal(answer, []byte{0x90, 0x00}) {
		t.Fatalf("answer %X, %v", answer, err)
	}
	r.Remove(t)
	for err == nil {
		_, err = link.Transmit(ctx, selectMaster)
	}
	if !errors.Is(err, cardreader.RemovedEarly) {
		t.Errorf("got %v", err)
	}
}

func busy(t *testing.T, r Rig) {
	r.insert(t, "bruna")
	ctx := limited(t)
	first, err := r.Port.Connect(ctx, r.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Port.Connect(ctx, r.Reader); !errors.Is(err, cardreader.Busy) {
		t.Errorf("got %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := r.Port.Connect(ctx, r.Reader)
	if err != nil {
		t.Fatalf("after the first conversation: %v", err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}

func cancelled(t *testing.T, r Rig) {
	known := r.await(t, nil, cardreader.Empty)
	ctx, cancel := context.WithCancelCause(limited(t))
	why := errors.New("enough")
	time.AfterFunc(50*time.Millisecond, func() { cancel(why) })
	for {
		states, err := r.Port.Watch(ctx, known, net)
		if err != nil {
			if !errors.Is(err, why) {
				t.Errorf("watch: %v", err)
			}
			break
		}
		known = states
	}
	r.insert(t, "bruna")
	if _, err := r.Port.Connect(ctx, r.Reader); !errors.Is(err, why) {
		t.Errorf("connect: %v", err)
	}
	link, err := r.Port.Connect(limited(t), r.Reader)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = link.Close() }() // checked elsewhere
	if _, err := link.Transmit(ctx, selectMaster); !errors.Is(err, why) {
		t.Errorf("transmit: %v", err)
	}
}

func closed(t *testing.T, r Rig) {
	if err := r.Port.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Port.Watch(limited(t), nil, 0); !errors.Is(err, cardreader.ServiceDown) {
		t.Errorf("watch: %v", err)
	}
	if _, err := r.Port.Connect(limited(t), r.Reader); !errors.Is(err, cardreader.ServiceDown) {
		t.Errorf("connect: %v", err)
	}
}
