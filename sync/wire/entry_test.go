package wire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"bottega/sync/wire"
)

type vector struct {
	Name  string
	Entry json.RawMessage
}

func vectors(t testing.TB) ([]vector, []wire.Entry) {
	t.Helper()
	data, err := os.ReadFile("testdata/entries.json")
	if err != nil {
		t.Fatal(err)
	}
	var vs []vector
	if err := json.Unmarshal(data, &vs); err != nil {
		t.Fatal(err)
	}
	entries := make([]wire.Entry, len(vs))
	for i, v := range vs {
		if err := json.Unmarshal(v.Entry, &entries[i]); err != nil {
			t.Fatalf("%s: %v", v.Name, err)
		}
	}
	return vs, entries
}

func TestPublishedVectorsVerifyAndKeepTheirBytes(t *testing.T) {
	vs, entries := vectors(t)
	last, err := wire.VerifyChain(1, wire.Digest{}, entries)
	if err != nil {
		t.Fatal(err)
	}
	if last != entries[len(entries)-1].Digest {
		t.Errorf("VerifyChain ends at %s", last)
	}
	for i, v := range vs {
		again, err := json.Marshal(entries[i])
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again, v.Entry) {
			t.Errorf("%s: encoded again as\n%s\nwas\n%s", v.Name, again, v.Entry)
		}
	}
}

func TestSealGivesThePublishedDigests(t *testing.T) {
	vs, entries := vectors(t)
	for i, want := range entries {
		if want.Erased() {
			continue
		}
		got := want
		got.PayloadDigest, got.Prev, got.Digest = wire.Digest{}, wire.Digest{}, wire.Digest{}
		if err := got.Seal(want.Prev); err != nil {
			t.Fatalf("%s: %v", vs[i].Name, err)
		}
		if got.Digest != want.Digest || got.PayloadDigest != want.PayloadDigest {
			t.Errorf("%s: sealed as %s over %s", vs[i].Name, got.Digest, got.PayloadDigest)
		}
	}
}

func TestVerifyNamesWhatWasTouched(t *testing.T) {
	_, entries := vectors(t)
	for name, tc := range map[string]struct {
		touch func(*wire.Entry)
		want  error
	}{
		"payload":              {func(e *wire.Entry) { e.Payload = json.RawMessage(`{"text":"altro"}`) }, wire.ErrPayloadFault},
		"salt":                 {func(e *wire.Entry) { e.Salt = bytes.Repeat([]byte{9}, 32) }, wire.ErrPayloadFault},
		"kind":                 {func(e *wire.Entry) { e.Kind = "visit.closed" }, wire.ErrHeaderFault},
		"version":              {func(e *wire.Entry) { e.Version++ }, wire.ErrHeaderFault},
		"time":                 {func(e *wire.Entry) { e.At = e.At.Add(time.Millisecond) }, wire.ErrHeaderFault},
		"offset alone":         {func(e *wire.Entry) { e.At = e.At.UTC() }, wire.ErrHeaderFault},
		"facilitator":          {func(e *wire.Entry) { e.Facilitator = "somebody-else" }, wire.ErrHeaderFault},
		"visit dropped":        {func(e *wire.Entry) { e.Visit = "" }, wire.ErrHeaderFault},
		"text moved to next":   {func(e *wire.Entry) { e.Visit, e.Supersedes = "", e.Visit }, wire.ErrHeaderFault},
		"prev":                 {func(e *wire.Entry) { e.Prev[0] ^= 1 }, wire.ErrBrokenChain},
		"digest":               {func(e *wire.Entry) { e.Digest[31] ^= 1 }, wire.ErrHeaderFault},
		"payload digest":       {func(e *wire.Entry) { e.PayloadDigest[3] ^= 1 }, wire.ErrPayloadFault},
		"digest of the erased": {func(e *wire.Entry) { e.Payload, e.Salt = nil, nil; e.PayloadDigest[3] ^= 1 }, wire.ErrHeaderFault},
		"payload without salt": {func(e *wire.Entry) { e.Salt = nil }, wire.ErrMalformed},
		"salt without payload": {func(e *wire.Entry) { e.Payload = nil }, wire.ErrMalformed},
		"blanks in payload":    {func(e *wire.Entry) { e.Payload = json.RawMessage(`{"a": 1}`) }, wire.ErrMalformed},
		"null payload":         {func(e *wire.Entry) { e.Payload = json.RawMessage(`null`) }, wire.ErrMalformed},
		"huge payload": {func(e *wire.Entry) {
			e.Payload = json.RawMessage(`{"a":"` + strings.Repeat("x", wire.MaxPayload) + `"}`)
		}, wire.ErrMalformed},
		"sequence zero":  {func(e *wire.Entry) { e.Seq = 0 }, wire.ErrMalformed},
		"id with blanks": {func(e *wire.Entry) { e.ID = "one two" }, wire.ErrMalformed},
		"visit too long": {func(e *wire.Entry) { e.Visit = strings.Repeat("v", 65) }, wire.ErrMalformed},
		"microseconds":   {func(e *wire.Entry) { e.At = e.At.Add(time.Microsecond) }, wire.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			e := entries[1]
			tc.touch(&e)
			if err := e.Verify(entries[0].Digest); !errors.Is(err, tc.want) {
				t.Errorf("Verify = %v, want %v", err, tc.want)
			}
		})
	}
}

func TestVerifyChainRefusesAGap(t *testing.T) {
	_, entries := vectors(t)
	_, err := wire.VerifyChain(2, entries[0].Digest, entries[2:])
	if !errors.Is(err, wire.ErrBrokenChain) {
		t.Errorf("VerifyChain = %v", err)
	}
}

func TestErasingKeepsTheChain(t *testing.T) {
	_, entries := vectors(t)
	for i := range entries {
		entries[i].Payload, entries[i].Salt = nil, nil
	}
	if _, err := wire.VerifyChain(1, wire.Digest{}, entries); err != nil {
		t.Error(err)
	}
}

func TestMomentKeepsTheMorningTheMorning(t *testing.T) {
	odd := time.FixedZone("LMT", 49*60+56) // Rome before 1893
	at := wire.Moment(time.Date(2026, 11, 21, 9, 0, 0, 123456789, odd))
	if got := at.Format(time.RFC3339Nano); got != "2026-11-21T08:59:04.123+00:49" {
		t.Errorf("Moment = %s", got)
	}
}

func TestDigestIsReadOnlyInItsOneForm(t *testing.T) {
	for name, text := range map[string]string{
		"capitals": strings.Repeat("AB", 32), "short": strings.Repeat("ab", 31), "not hex": strings.Repeat("zz", 32), "empty": "",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := wire.ParseDigest(text); !errors.Is(err, wire.ErrMalformed) {
				t.Errorf("ParseDigest = %v", err)
			}
		})
	}
}

// An entry from the network that verifies is one that a desk wrote: encoding it again gives an entry that verifies too.
func FuzzEntryFromTheNetwork(f *testing.F) {
	vs, _ := vectors(f)
	for _, v := range vs {
		f.Add([]byte(v.Entry))
	}
	f.Add([]byte(`{"seq":1,"payload":null,"salt":"","at":"0000-01-01T00:00:00Z"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var e wire.Entry
		if json.Unmarshal(data, &e) != nil || e.Verify(e.Prev) != nil {
			return
		}
		again, err := json.Marshal(e)
		if err != nil {
			t.Fatalf("an entry that verifies cannot be encoded: %v", err)
		}
		var back wire.Entry
		if err := json.Unmarshal(again, &back); err != nil {
			t.Fatal(err)
		}
		if err := back.Verify(e.Prev); err != nil {
			t.Fatalf("it does not verify after a second journey: %v", err)
		}
	})
}
