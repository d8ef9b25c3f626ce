package cns_test

import (
	"bytes"
	"context"
	"encoding/hex"
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

var today = civil.Date{Year: 2026, Month: time.November, Day: 21}

func reader() cns.Reader {
	return cns.Reader{Now: func() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }}
}

func practiceCard(t testing.TB, id string) *practice.Card {
	t.Helper()
	profile, err := practice.Find(id, today)
	if err != nil {
		t.Fatal(err)
	}
	card, err := practice.New(profile)
	if err != nil {
		t.Fatal(err)
	}
	return card
}

// wire is a link straight to a practice card. meddle may replace the answer to the n-th command, counted from 1.
type wire struct {
	card   *practice.Card
	atr    []byte
	sent   [][]byte
	meddle func(n int, command, answer []byte) ([]byte, error)
}

func (w *wire) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	w.sent = append(w.sent, bytes.Clone(command))
	answer := w.card.Process(command)
	if w.meddle == nil {
		return answer, nil
	}
	return w.meddle(len(w.sent), command, answer)
}

func (w *wire) Reader() string { return "test" }
func (w *wire) Close() error   { return nil }
func (w *wire) ATR() []byte {
	if w.atr != nil {
		return w.atr
	}
	return w.card.ATR()
}

func read(t *testing.T, w *wire) (desk.Card, []cardreader.Phase, error) {
	t.Helper()
	var phases []cardreader.Phase
	card, err := reader().Read(context.Background(), w, func(p cardreader.Phase) { phases = append(phases, p) })
	return card, phases, err
}

func results(card desk.Card) map[desk.CardPart]string {
	m := map[desk.CardPart]string{}
	for _, p := range card.Test.Parts {
		m[p.Part] = string(p.Result)
		if p.Reason != "" {
			m[p.Part] += " " + p.Reason
		}
	}
	return m
}

func TestEveryPracticeCardIsReadAsItsProfileSays(t *testing.T) {
	profiles, err := practice.Profiles(today)
	if err != nil {
		t.Fatal(err)
	}
	expected := map[string][]cardreader.Trouble{"gino": {cardreader.Expired, cardreader.CertificateExpired}, "oreste": {cardreader.NoCertificate}}
	for _, profile := range profiles {
		if profile.Group != practice.GroupPeople && expected[profile.ID] == nil {
			continue // what the others say is each its own story
		}
		t.Run(profile.ID, func(t *testing.T) {
			card, phases, err := read(t, &wire{card: practiceCard(t, profile.ID)})
			if err != nil {
				t.Fatal(err)
			}
			if card.Holder != profile.Holder {
				t.Errorf("holder\n got %+v\nwant %+v", card.Holder, profile.Holder)
			}
			if card.Number != profile.Number || card.Issuer != "6090" || card.Issued != profile.Issued || card.Expires != profile.Expires || card.Model != "classic" {
				t.Errorf("card read as %+v", card)
			}
			if want := []cardreader.Phase{cardreader.PhaseNumber, cardreader.PhasePersonal, cardreader.PhaseCertificate}; !slices.Equal(phases, want) {
				t.Errorf("phases %v", phases)
			}
			if got := cardreader.TroublesOf(card); !slices.Equal(got, append([]cardreader.Trouble{}, expected[profile.ID]...)) {
				t.Errorf("troubles %v, want %v; test %v", got, expected[profile.ID], results(card))
			}
			if profile.ID != "oreste" && card.Certificate == nil {
				t.Error("no certificate")
			}
		})
	}
}

func TestABlankCardIsCalledNotPersonalised(t *testing.T) {
	card, _, err := read(t, &wire{card: practiceCard(t, "vuota")})
	if !errors.Is(err, cardreader.NotPersonalised) {
		t.Errorf("got %v", err)
	}
	if got := results(card)[desk.PartPersonal]; got != "fails not_personalised" {
		t.Errorf("personal data: %s", got)
	}
}

func TestReadingCostsWhatItMust(t *testing.T) {
	w := &wire{card: practiceCard(t, "bruna")}
	holderAfter := 0
	card, err := reader().Read(context.Background(), w, func(p cardreader.Phase) {
		if p == cardreader.PhaseCertificate {
			holderAfter = len(w.sent)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if holderAfter > 4 {
		t.Errorf("the holder is known after %d commands, want at most 4", holderAfter)
	}
	der := certificateLength(t, w)
	floor := 3 + 1 + 1 + (der+255)/256 // a SELECT for each file, a READ for each 256 useful bytes
	if card.Cost.APDUs > floor+2 {
		t.Errorf("%d commands, the floor is %d", card.Cost.APDUs, floor)
	}
	if card.Cost.APDUs != len(w.sent) {
		t.Errorf("counted %d commands, %d were sent", card.Cost.APDUs, len(w.sent))
	}
}

// certificateLength asks the card itself how long its certificate is.
func certificateLength(t *testing.T, w *wire) int {
	t.Helper()
	w.card.Process([]byte{0x00, 0xA4, 0x08, 0x0C, 0x04, 0x11, 0x00, 0x11, 0x01})
	head := w.card.Process([]byte{0x00, 0xB0, 0x00, 0x00, 0x04})
	return 4 + int(head[2])<<8 + int(head[3])
}

func TestNoPINIsEverSpent(t *testing.T) {
	for _, id := range []string{"bruna", "vuota", "oreste"} {
		w := &wire{card: practiceCard(t, id)}
		_, _, _ = read(t, w) // whatever the outcome
		for _, command := range w.sent {
			if ins := command[1]; ins != 0xA4 && ins != 0xB0 && ins != 0xC0 {
				t.Errorf("%s: sent %x", id, command)
			}
		}
		if left := w.card.TriesLeft(); left != 3 {
			t.Errorf("%s: %d tries left", id, left)
		}
	}
}

func TestACardPulledOutAtAnyCommandEndsInRemovedEarly(t *testing.T) {
	whole := &wire{card: practiceCard(t, "bruna")}
	if _, _, err := read(t, whole); err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= len(whole.sent); n++ {
		w := &wire{card: practiceCard(t, "bruna"), meddle: func(i int, _, answer []byte) ([]byte, error) {
			if i >= n {
				return nil, cardreader.RemovedEarly
			}
			return answer, nil
		}}
		card, _, err := read(t, w)
		if !errors.Is(err, cardreader.RemovedEarly) {
			t.Errorf("after %d commands: %v", n-1, err)
		}
		if card.Test.Works() {
			t.Errorf("after %d commands the test says that everything works", n-1)
		}
		if len(w.sent) != n {
			t.Errorf("%d commands were sent to a card pulled out after %d", len(w.sent), n-1)
		}
	}
}

func TestOnlyTheCardsOwnFaultsGoIntoItsTest(t *testing.T) {
	for failure, want := range map[error]string{
		cardreader.MuteCard:    "fails no_answer",
		cardreader.ServiceDown: "not_checked",
		cardreader.ErrReset:    "not_checked",
		context.Canceled:       "not_checked",
	} {
		for n, part := range map[int]desk.CardPart{1: desk.PartChip, 3: desk.PartPersonal, 5: desk.PartCertificate} {
			w := &wire{card: practiceCard(t, "bruna"), meddle: func(i int, _, answer []byte) ([]byte, error) {
				if i >= n {
					return nil, failure
				}
				return answer, nil
			}}
			card, _, err := read(t, w)
			if !errors.Is(err, failure) || results(card)[part] != want {
				t.Errorf("%v at command %d: %v, %s %s, want %s", failure, n, err, part, results(card)[part], want)
			}
		}
	}
}

// status returns a meddler that answers every command that matches with a status word alone.
func status(sw uint16, match func(command []byte) bool) func(int, []byte, []byte) ([]byte, error) {
	return func(_ int, command, answer []byte) ([]byte, error) {
		if match(command) {
			return []byte{byte(sw >> 8), byte(sw)}, nil
		}
		return answer, nil
	}
}

func always([]byte) bool                { return true }
func reads(command []byte) bool         { return command[1] == 0xB0 }
func wantsNoFCI(command []byte) bool    { return command[1] == 0xA4 && command[3] == 0x0C }
func selectsByPath(command []byte) bool { return command[1] == 0xA4 && command[2] == 0x08 }
func asksFor256(command []byte) bool    { return command[1] == 0xB0 && command[4] == 0 }

func TestCardsWithOtherMannersAreReadToo(t *testing.T) {
	want, err := practice.Find("bruna", today)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		meddle func(int, []byte, []byte) ([]byte, error)
	}{
		{"P2=0C refused", status(0x6A86, wantsNoFCI)},
		{"paths refused, one step at a time taken", status(0x6A81, selectsByPath)},
		{"no answer of 256 bytes", status(0x6700, asksFor256)},
		{"a fault now and then", func(n int, _, answer []byte) ([]byte, error) {
			if n%2 == 1 {
				return []byte{0x6F, 0x00}, nil
			}
			return answer, nil
		}},
		{"T=0: the answer is fetched", fetching()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			card, _, err := read(t, &wire{card: practiceCard(t, "bruna"), meddle: tt.meddle})
			if err != nil {
				t.Fatal(err)
			}
			if card.Holder != want.Holder || !card.Test.Works() {
				t.Errorf("read %+v, test %v", card.Holder, results(card))
			}
		})
	}
}

// fetching makes a card that hands out its answers with GET RESPONSE only, in pieces of at most 100 bytes.
func fetching() func(int, []byte, []byte) ([]byte, error) {
	var kept []byte
	return func(_ int, command, answer []byte) ([]byte, error) {
		if command[1] != 0xC0 {
			kept = bytes.Clone(answer[:len(answer)-2])
			if len(kept) == 0 {
				return answer, nil
			}
			return []byte{0x61, byte(min(len(kept), 100))}, nil
		}
		piece := kept[:min(len(kept), int(command[4]))]
		kept = kept[len(piece):]
		if len(kept) == 0 {
			return append(bytes.Clone(piece), 0x90, 0x00), nil
		}
		return append(bytes.Clone(piece), 0x61, byte(min(len(kept), 100))), nil
	}
}

func TestCardsThatAreNotOursAreCalledWhatTheyAre(t *testing.T) {
	tests := []struct {
		name, atr string
		answer    uint16
		want      cardreader.Trouble
	}{
		{"a payment card", "3B6800000073C84013009000", 0x6A82, cardreader.NotACNS},
		{"a card that knows none of our commands", "3B6800000073C84013009000", 0x6D00, cardreader.NotACNS},
		{"a health card whose files are elsewhere", "3BFF1800FF8131FE4D006B0404B85B01F101434E531031809D", 0x6A82, cardreader.UnknownModel},
		{"a card lying on the reader", "3B80800101", 0x6A82, cardreader.Contactless},
		{"dirty contacts", "3BFF1800FF8131FE55006B02091617011101434E531131808D", 0x6F00, cardreader.Unreadable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			atr, err := hex.DecodeString(tt.atr)
			if err != nil {
				t.Fatal(err)
			}
			card, _, err := read(t, &wire{card: practiceCard(t, "bruna"), atr: atr, meddle: status(tt.answer, always)})
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if card.Test.Works() || card.ATR != tt.atr {
				t.Errorf("test %v, ATR %s", results(card), card.ATR)
			}
		})
	}
}

func TestAPartThatFailsDoesNotHideTheOthers(t *testing.T) {
	inside := func(fid byte) func(int, []byte, []byte) ([]byte, error) {
		current := byte(0)
		return func(_ int, command, answer []byte) ([]byte, error) {
			if command[1] == 0xA4 {
				current = command[len(command)-1]
			}
			if reads(command) && current == fid {
				return []byte{0x65, 0x81}, nil
			}
			return answer, nil
		}
	}
	t.Run("number", func(t *testing.T) {
		card, _, err := read(t, &wire{card: practiceCard(t, "bruna"), meddle: inside(0x03)})
		if err != nil || card.Holder.Surname != "INNOCENTI" || results(card)[desk.PartNumber] != "fails unreadable" {
			t.Errorf("%v, %v", err, results(card))
		}
	})
	t.Run("personal data", func(t *testing.T) {
		card, _, err := read(t, &wire{card: practiceCard(t, "bruna"), meddle: inside(0x02)})
		if !errors.Is(err, cardreader.Unreadable) || results(card)[desk.PartCertificate] != "works" {
			t.Errorf("%v, %v", err, results(card))
		}
	})
	t.Run("certificate", func(t *testing.T) {
		card, _, err := read(t, &wire{card: practiceCard(t, "bruna"), meddle: inside(0x01)})
		if err != nil || results(card)[desk.PartCertificate] != "fails unreadable" || results(card)[desk.PartPersonal] != "works" {
			t.Errorf("%v, %v", err, results(card))
		}
	})
}

func TestACardThatLiesWithoutEndIsLeft(t *testing.T) {
	tests := []struct {
		name   string
		meddle func(int, []byte, []byte) ([]byte, error)
	}{
		{"every answer promises more", func(int, []byte, []byte) ([]byte, error) { return []byte{0x61, 0x00}, nil }},
		{"files without an end", func(_ int, command, answer []byte) ([]byte, error) {
			if !reads(command) {
				return answer, nil
			}
			return append([]byte("FFFFFFFF"+string(bytes.Repeat([]byte{'F'}, 248))), 0x90, 0x00), nil
		}},
		{"more bytes than asked for", func(_ int, command, answer []byte) ([]byte, error) {
			return append(bytes.Repeat([]byte{'0'}, 60000), 0x90, 0x00), nil
		}},
		{"answers of one byte", func(int, []byte, []byte) ([]byte, error) { return []byte{0x90}, nil }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := &wire{card: practiceCard(t, "bruna"), meddle: tt.meddle}
			card, _, _ := read(t, w)
			if card.Test.Works() {
				t.Errorf("the test says that everything works: %v", results(card))
			}
			if len(w.sent) > 400 {
				t.Errorf("%d commands were sent", len(w.sent))
			}
		})
	}
}

func TestACertificateOfAnotherCardIsFound(t *testing.T) {
	other := practiceCard(t, "zoe")
	inCertificate := false
	w := &wire{card: practiceCard(t, "bruna"), meddle: func(_ int, command, answer []byte) ([]byte, error) {
		if command[1] == 0xA4 {
			inCertificate = command[len(command)-1] == 0x01
		}
		if inCertificate {
			return other.Process(command), nil
		}
		return answer, nil
	}}
	card, _, err := read(t, w)
	if err != nil {
		t.Fatal(err)
	}
	if got := results(card)[desk.PartCertificate]; got != "fails other_card" {
		t.Errorf("certificate: %s", got)
	}
	if got := cardreader.TroublesOf(card); !slices.Equal(got, []cardreader.Trouble{cardreader.DataWrong}) {
		t.Errorf("troubles %v", got)
	}
}
