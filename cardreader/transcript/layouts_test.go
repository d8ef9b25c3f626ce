package transcript

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bottega/cardreader"
	"bottega/cardreader/cns"
	"bottega/cardreader/practice"
	"bottega/desk"
	"bottega/desk/civil"
)

var update = flag.Bool("update", false, "record the practice cards again and keep what a desk reads from them now")

// recordings are the transcripts that are made from practice cards: one for each layout that has one, by the layout's name, and
// some for the manners and troubles of cards, beginning with "card-". A transcript of a real card is kept beside them under any
// other name, and is not made again.
var recordings = map[string]string{
	"classic": "bruna", "idemia-2021": "sergio", "ace-2025": "fiorella", "st2022-contactless": "aria", "infocamere": "impresa",
	"cie-1": "cie1", "cie-2": "cie2", "cie-3": "cie3", "health-de": "tedesca",
	"card-athena": "lucia", "card-refuses-quiet-selection": "rita", "card-in-pieces": "ugo", "card-exact-lengths": "elio",
	"card-outside-file": "iole", "card-long-data": "maria", "card-compact-data": "dina", "card-omocodia": "zoe", "card-latin-1": "andre",
	"card-provisional-code": "omar", "card-expired": "gino", "card-blank": "vuota", "card-without-certificate": "oreste",
	"card-pulled-out": "frettolosa", "card-dirty": "sporca", "card-of-another": "scambiata", "card-lying-lengths": "bugiarda",
	"card-endless": "infinita",
}

// learned is what a desk reads from the card of a transcript, as it is kept beside it.
type learned struct {
	Model     string               `json:"model"`
	Kind      desk.CardKind        `json:"kind"`
	Holder    desk.Person          `json:"holder"`
	Number    string               `json:"number"`
	Issuer    string               `json:"issuer"`
	Issued    civil.Date           `json:"issued,omitzero"`
	Expires   civil.Date           `json:"expires,omitzero"`
	Subject   string               `json:"certificate_subject"`
	Authority string               `json:"certificate_issuer"`
	Ends      string               `json:"certificate_ends"`
	Parts     map[string]string    `json:"parts"`
	Troubles  []cardreader.Trouble `json:"troubles"`
	Warnings  []string             `json:"warnings"`
	StoppedBy cardreader.Trouble   `json:"stopped_by"`
	Exchanges int                  `json:"exchanges"`
}

func learn(r reading) learned {
	c := r.card
	s := learned{
		Model: c.Model, Kind: c.Kind, Holder: c.Holder, Number: c.Number, Issuer: c.Issuer, Issued: c.Issued, Expires: c.Expires,
		Parts: map[string]string{}, Troubles: cardreader.TroublesOf(c), Warnings: append([]string{}, c.Warnings...),
		StoppedBy: r.trouble(), Exchanges: c.Cost.APDUs,
	}
	if c.Certificate != nil {
		s.Subject, s.Authority, s.Ends = c.Certificate.Subject, c.Certificate.Issuer, c.Certificate.NotAfter.UTC().Format(time.DateOnly)
	}
	for _, p := range c.Test.Parts {
		if p.Result != desk.PartNotChecked {
			s.Parts[string(p.Part)] = strings.TrimSpace(string(p.Result) + " " + p.Reason)
		}
	}
	return s
}

// readReplay reads the card of a transcript strictly, on the day on which it was recorded.
func readReplay(t *testing.T, recorded *Transcript) learned {
	t.Helper()
	replay := NewReplay(recorded, "replay")
	card, err := cardreader.ReadFirst(limited(t), replay, cns.Reader{Now: noon(recorded.Day)}.Read, "")
	if err := replay.Done(); err != nil {
		t.Fatalf("%v\nA reading that sends other commands than it did is recorded again with: go test ./cardreader/transcript -update", err)
	}
	return learn(reading{card: card, err: err})
}

func TestEveryTranscriptReadsAsItDid(t *testing.T) {
	if *update {
		rerecord(t)
	}
	for _, file := range transcripts(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".transcript"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			encoder := json.NewEncoder(&got)
			encoder.SetEscapeHTML(false)
			encoder.SetIndent("", "  ")
			if err := encoder.Encode(readReplay(t, load(t, text))); err != nil {
				t.Fatal(err)
			}
			kept := strings.TrimSuffix(file, ".transcript") + ".json"
			if *update {
				if err := os.WriteFile(kept, got.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(kept)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), want) {
				t.Errorf("read %s\nand once %s", got.Bytes(), want)
			}
		})
	}
}

func TestEveryLayoutHasATranscript(t *testing.T) {
	layouts, err := cns.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, layout := range layouts {
		text, err := os.ReadFile(filepath.Join("testdata", layout.Name+".transcript"))
		if err != nil {
			t.Errorf("a layout without a transcript: %v", err)
			continue
		}
		recorded := load(t, text)
		got := readReplay(t, recorded)
		if got.Model != layout.Name || recorded.Model != layout.Name {
			t.Errorf("%s: recorded from a card of the model %q, and read as %q", layout.Name, recorded.Model, got.Model)
		}
		if got.Holder.IsZero() == (len(layout.Personal) > 0) {
			t.Errorf("%s: the holder is %+v", layout.Name, got.Holder)
		}
	}
}

func transcripts(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.transcript")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	return files
}

// rerecord makes the transcripts again that come from practice cards, and those of layouts that are known by a name only.
func rerecord(t *testing.T) {
	t.Helper()
	for name, id := range recordings {
		profile, err := practice.Find(id, theDay)
		if err != nil {
			t.Fatal(err)
		}
		card, err := practice.New(profile)
		if err != nil {
			t.Fatal(err)
		}
		if id == "sporca" {
			commands := 0
			card.SetDirt(func() bool { commands++; return commands%3 == 0 })
		}
		keep(t, name, plugged(t, card))
	}
	layouts, err := cns.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, layout := range layouts {
		if _, made := recordings[layout.Name]; !made && layout.Application != "" && len(layout.Number)+len(layout.Personal) == 0 {
			keep(t, layout.Name, NewRecorder(named{layout: layout}))
		}
	}
}

// keep reads a card over a recorder and keeps the transcript.
func keep(t *testing.T, name string, recorder *Recorder) {
	t.Helper()
	recorder.seed = func() [32]byte { return sha256.Sum256([]byte(name)) }
	recorded, err := recorder.Transcript(about(read(t, recorder)))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if err := os.WriteFile(filepath.Join("testdata", name+".transcript"), recorded.Text(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// named is a reader with a card of which we know nothing but the name of its application.
type named struct {
	deaf
	layout cns.Layout
}

func (n named) ATR() []byte {
	for _, pattern := range n.layout.First {
		if atr, err := hex.DecodeString(pattern); err == nil {
			return atr
		}
	}
	return []byte{0x3B, 0x00}
}

func (n named) Watch(context.Context, []cardreader.ReaderState, time.Duration) ([]cardreader.ReaderState, error) {
	return []cardreader.ReaderState{{Card: cardreader.Present, ATR: n.ATR()}}, nil
}

func (n named) Connect(context.Context, string) (cardreader.Link, error) { return n, nil }

func (n named) Transmit(_ context.Context, command []byte) ([]byte, error) {
	application, err := hex.DecodeString(n.layout.Application)
	if err != nil {
		return nil, errors.New("the layout's application is not hexadecimal")
	}
	if bytes.HasPrefix(command, append([]byte{0x00, 0xA4, 0x04}, command[3], byte(len(application)))) && bytes.Contains(command, application) {
		return []byte{0x90, 0x00}, nil
	}
	return []byte{0x6A, 0x82}, nil
}
