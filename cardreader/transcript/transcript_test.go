package transcript

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"bottega/cardreader"
	"bottega/cardreader/cns"
	"bottega/cardreader/practice"
	"bottega/desk"
	"bottega/desk/civil"
)

// net is a safety net under waits for things that happen at once; no test measures it.
const net = time.Minute

// theDay is the day on which the cards of these tests are read.
var theDay = civil.Date{Year: 2026, Month: 11, Day: 21}

// noon is the clock of a reading on a day.
func noon(d civil.Date) func() time.Time {
	return func() time.Time { return time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.Local) }
}

const readerName = "Bit4id miniLector EVO (0123456789) 00 00"

// seeded draws the same inventions every time.
func seeded(n byte) func() [32]byte {
	return func() [32]byte { n += 101; return [32]byte{n} }
}

// plugged returns a recorder before a reader with a card in it.
func plugged(t testing.TB, card *practice.Card) *Recorder {
	t.Helper()
	reader := practice.NewReader(readerName)
	reader.Insert(card)
	r := NewRecorder(reader)
	r.seed = seeded(0)
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// profiles returns every practice card by name.
func profiles(t testing.TB) []practice.Profile {
	t.Helper()
	all, err := practice.Profiles(theDay)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func limited(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), net)
	t.Cleanup(cancel)
	return ctx
}

// reading is what a desk learns from a card.
type reading struct {
	card desk.Card
	err  error
}

func read(t testing.TB, port cardreader.Port) reading {
	t.Helper()
	card, err := cardreader.ReadFirst(limited(t), port, cns.Reader{Now: noon(theDay)}.Read, "")
	return reading{card: card, err: err}
}

// trouble is what stopped a reading, or nothing.
func (r reading) trouble() cardreader.Trouble {
	var trouble cardreader.Trouble
	if r.err != nil && !errors.As(r.err, &trouble) {
		return cardreader.Trouble(r.err.Error())
	}
	return trouble
}

// record reads a practice card and returns what the desk learned and the text of its transcript.
func record(t testing.TB, profile practice.Profile) (reading, []byte) {
	t.Helper()
	card, err := practice.New(profile)
	if err != nil {
		t.Fatal(err)
	}
	recorder := plugged(t, card)
	got := read(t, recorder)
	recorded, err := recorder.Transcript(about(got))
	if errors.Is(err, ErrNothing) {
		return got, nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return got, recorded.Text()
}

func about(r reading) About {
	a := About{Program: "bottegactl 0.2.0", Day: theDay, Model: r.card.Model, Outcome: cardreader.TroublesOf(r.card)}
	if stopped := r.trouble(); stopped != "" && !slices.Contains(a.Outcome, stopped) {
		a.Outcome = append(a.Outcome, stopped)
	}
	return a
}

func load(t testing.TB, text []byte) *Transcript {
	t.Helper()
	loaded, err := Load(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return loaded
}

func TestAReplayReadsLikeTheCardItWasRecordedFrom(t *testing.T) {
	for _, profile := range profiles(t) {
		t.Run(profile.ID, func(t *testing.T) {
			real, text := record(t, profile)
			if text == nil {
				if real.trouble() != cardreader.MuteCard {
					t.Fatalf("nothing recorded, and %v", real.err)
				}
				return
			}
			replay := NewReplay(load(t, text), "replay")
			again := read(t, replay)
			if err := replay.Done(); err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			if again.trouble() != real.trouble() || again.card.Model != real.card.Model || again.card.Kind != real.card.Kind {
				t.Errorf("the card: %v, model %q, %s; the replay: %v, model %q, %s", real.err, real.card.Model, real.card.Kind, again.err, again.card.Model, again.card.Kind)
			}
			if !slices.Equal(again.card.Test.Parts, real.card.Test.Parts) {
				t.Errorf("the card's test: %v\nthe replay's: %v", real.card.Test.Parts, again.card.Test.Parts)
			}
			if !slices.Equal(again.card.Warnings, real.card.Warnings) {
				t.Errorf("the card warns %v, the replay %v", real.card.Warnings, again.card.Warnings)
			}
			if again.card.Cost != real.card.Cost {
				t.Errorf("the card cost %+v, the replay %+v", real.card.Cost, again.card.Cost)
			}
			if real.card.Holder.Surname != "" && again.card.Holder.Surname == "" {
				t.Errorf("the replay names nobody")
			}
		})
	}
}
