package transcript

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"bottega/cardreader"
	"bottega/cardreader/cns"
	"bottega/cardreader/practice"
)

// strange reads a card with a program that knows no layout which fits it, and then looks around.
func strange(t *testing.T, port cardreader.Port) (*Recorder, reading) {
	t.Helper()
	recorder := NewRecorder(port)
	recorder.seed = seeded(5)
	unheard := cns.Layout{Name: "unheard-of", Kind: "health", Number: cns.Path{0x7777, 0x7777}, Personal: cns.Path{0x7777, 0x7778}}
	card, err := cardreader.ReadFirst(limited(t), recorder, cns.Reader{Now: noon(theDay), Layouts: []cns.Layout{unheard}}.Read, "")
	if card.Model != "" {
		t.Fatalf("the card was recognised as %s", card.Model)
	}
	return recorder, reading{card: card, err: err}
}

func TestACardThatNoLayoutFitsIsLookedAround(t *testing.T) {
	for _, id := range []string{"bruna", "fiorella", "sergio", "impresa"} {
		t.Run(id, func(t *testing.T) {
			profile, err := practice.Find(id, theDay)
			if err != nil {
				t.Fatal(err)
			}
			card, err := practice.New(profile)
			if err != nil {
				t.Fatal(err)
			}
			reader := practice.NewReader(readerName)
			reader.Insert(card)
			recorder, got := strange(t, reader)
			if err := recorder.LookAround(limited(t), readerName); err != nil {
				t.Fatal(err)
			}
			if card.TriesLeft() != 3 {
				t.Errorf("%d tries left for the PIN", card.TriesLeft())
			}
			recorded, err := recorder.Transcript(about(got))
			if err != nil {
				t.Fatal(err)
			}
			text := recorded.Text()
			kinds := map[Replaced]bool{}
			for _, kind := range recorded.Replaced {
				kinds[kind] = true
			}
			for _, kind := range []Replaced{ReplacedNames, ReplacedFiscalCode, ReplacedNumber, ReplacedCertificate} {
				if !kinds[kind] {
					t.Errorf("no %s was found", kind)
				}
			}
			known, err := cardreader.ReadFirst(limited(t), reader, cns.Reader{Now: noon(theDay)}.Read, "")
			if err != nil {
				t.Fatal(err)
			}
			ready := search(text)
			for what, b := range personal(t, profile, known) {
				if form := ready.leaked(b); form != "" {
					t.Errorf("%s (%q) stands there: %s\n%s", what, b, form, text)
				}
			}
			again := load(t, text)
			if len(again.Conversations) != 1 || len(again.Around) == 0 || string(again.Text()) != string(text) {
				t.Errorf("loaded %d conversations and %d exchanges beyond", len(again.Conversations), len(again.Around))
			}
		})
	}
}

func TestLookingAroundEndsWithAnyCard(t *testing.T) {
	for name, answer := range map[string][]byte{
		"refuses all": {0x6A, 0x82}, "takes all": {0x90, 0x00}, "never ends": append(make([]byte, 256), 0x90, 0x00),
		"says nothing": {}, "asks for more for ever": {0x61, 0x00},
	} {
		t.Run(name, func(t *testing.T) {
			recorder, got := strange(t, still{deaf{answer: []byte{0x6A, 0x82}}})
			recorder.port = still{deaf{answer: answer}}
			err := recorder.LookAround(limited(t), "")
			recorded, written := recorder.Transcript(about(got))
			if written != nil {
				t.Fatalf("%v, after %v", written, err)
			}
			load(t, recorded.Text())
		})
	}
	recorder, got := strange(t, still{deaf{answer: []byte{0x6A, 0x82}}})
	recorder.port = still{deaf{err: cardreader.RemovedEarly}}
	if err := recorder.LookAround(limited(t), ""); !errors.Is(err, cardreader.RemovedEarly) {
		t.Errorf("got %v", err)
	}
	recorded, err := recorder.Transcript(about(got))
	if err != nil || !strings.Contains(string(recorded.Text()), "-> ! removed_early") {
		t.Errorf("%v\n%s", err, recorded.Text())
	}
}

// still is a reader whose card answers every command in the same way.
type still struct{ deaf }

func (s still) Watch(context.Context, []cardreader.ReaderState, time.Duration) ([]cardreader.ReaderState, error) {
	return []cardreader.ReaderState{{Card: cardreader.Present}}, nil
}

func (s still) Connect(context.Context, string) (cardreader.Link, error) { return s, nil }
