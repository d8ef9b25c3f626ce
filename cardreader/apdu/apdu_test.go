package apdu_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"testing"

	"bottega/cardreader/apdu"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCommandsAreWrittenAsISOSays(t *testing.T) {
	tests := []struct {
		name    string
		command apdu.Command
		want    string
	}{
		{"no data, no answer", apdu.Command{INS: 0x22, P1: 0xF3, P2: 0x03}, "0022f303"},
		{"answer of up to 256", apdu.Command{INS: 0xB0, Ne: 256}, "00b0000000"},
		{"data", apdu.Command{INS: 0xA4, P1: 0x08, P2: 0x0C, Data: []byte{0x10, 0, 0x10, 3}}, "00a4080c0410001003"},
		{"data and answer", apdu.Command{INS: 0xA4, P1: 0x08, Data: []byte{0x3F, 0}, Ne: 256}, "00a40800023f0000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			raw, err := tt.command.Bytes()
			if err != nil {
				t.Fatal(err)
			}
			if got := hex.EncodeToString(raw); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			back, err := apdu.ParseCommand(raw)
			if err != nil {
				t.Fatal(err)
			}
			if again, _ := back.Bytes(); !bytes.Equal(again, raw) {
				t.Errorf("read back as %x", again)
			}
		})
	}
}

func TestCommandsThatDoNotFitAreRefused(t *testing.T) {
	for name, c := range map[string]apdu.Command{
		"256 bytes of data":   {Data: make([]byte, 256)},
		"an answer of 257":    {Ne: 257},
		"a negative answer":   {Ne: -1},
		"a very long command": {Data: make([]byte, 70000)},
	} {
		if _, err := c.Bytes(); !errors.Is(err, apdu.ErrMalformed) {
			t.Errorf("%s: got %v, want ErrMalformed", name, err)
		}
	}
}

func TestLongDataAreChainedAt255Bytes(t *testing.T) {
	c := apdu.Command{INS: 0x2A, P1: 0x80, P2: 0x86, Data: bytes.Repeat([]byte{7}, 257), Ne: 256}
	chain := c.Chain()
	if len(chain) != 2 {
		t.Fatalf("%d parts, want 2", len(chain))
	}
	if chain[0].CLA != 0x10 || len(chain[0].Data) != 255 || chain[0].Ne != 0 {
		t.Errorf("first part: CLA %02x, %d bytes, Ne %d", chain[0].CLA, len(chain[0].Data), chain[0].Ne)
	}
	if chain[1].CLA != 0x00 || len(chain[1].Data) != 2 || chain[1].Ne != 256 {
		t.Errorf("last part: CLA %02x, %d bytes, Ne %d", chain[1].CLA, len(chain[1].Data), chain[1].Ne)
	}
	for _, n := range []int{0, 1, 255} {
		if got := len((apdu.Command{Data: make([]byte, n)}).Chain()); got != 1 {
			t.Errorf("%d bytes became %d commands", n, got)
		}
	}
}

func TestMalformedCommandsAreRefused(t *testing.T) {
	for _, raw := range []string{"", "00a408", "00a4080005aabb", "00a408000000", "00a4080000000102030405"} {
		_, err := apdu.ParseCommand(unhex(t, raw))
		if !errors.Is(err, apdu.ErrMalformed) {
			t.Errorf("%q: got %v, want ErrMalformed", raw, err)
		}
	}
}

func TestStatusWordsSayWhatTheyMean(t *testing.T) {
	tests := []struct {
		status apdu.Status
		want   error
		tries  int
	}{
		{0x6A82, apdu.ErrNotFound, -1},
		{0x63C2, apdu.ErrWrongPIN, 2},
		{0x63C0, apdu.ErrBlocked, 0},
		{0x6300, apdu.ErrWrongPIN, -1},
		{0x6983, apdu.ErrBlocked, 0},
		{0x6982, apdu.ErrSecurity, -1},
		{0x6F00, apdu.ErrFault, -1},
		{0x6B00, apdu.ErrEnd, -1},
		{0x6A86, apdu.ErrParameters, -1},
		{0x1234, apdu.ErrUnclassified, -1},
	}
	for _, tt := range tests {
		err := tt.status.Err()
		if !errors.Is(err, tt.want) {
			t.Errorf("%04X: got %v, want %v", uint16(tt.status), err, tt.want)
		}
		tries, known := apdu.TriesLeft(err)
		if known != (tt.tries >= 0) || (known && tries != tt.tries) {
			t.Errorf("%04X: %d tries left (known: %v), want %d", uint16(tt.status), tries, known, tt.tries)
		}
	}
	if apdu.OK.Err() != nil {
		t.Error("9000 is an error")
	}
}

// script answers each command with the next of its answers and keeps what it was sent.
type script struct {
	answers []string
	sent    []string
}

func (s *script) Transmit(_ context.Context, command []byte) ([]byte, error) {
	s.sent = append(s.sent, hex.EncodeToString(command))
	if len(s.answers) == 0 {
		return []byte{0x61, 0x01}, nil
	}
	answer, err := hex.DecodeString(s.answers[0])
	if len(s.answers) > 1 {
		s.answers = s.answers[1:]
	}
	return answer, err
}

func TestExchangeFollowsWhatTheCardAsksFor(t *testing.T) {
	read := apdu.Command{INS: 0xB0, Ne: 256}
	tests := []struct {
		name    string
		answers []string
		sent    []string
		want    string
		status  apdu.Status
	}{
		{"at once", []string{"01029000"}, []string{"00b0000000"}, "0102", apdu.OK},
		{"more to fetch", []string{"016103", "0203046102", "05069000"}, []string{"00b0000000", "00c0000003", "00c0000002"}, "010203040506", apdu.OK},
		{"another length wanted", []string{"6c02", "01029000"}, []string{"00b0000000", "00b0000002"}, "0102", apdu.OK},
		{"refused", []string{"6a82"}, []string{"00b0000000"}, "", apdu.FileNotFound},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			card := &script{answers: tt.answers}
			r, err := apdu.Exchange(context.Background(), card, read)
			if err != nil {
				t.Fatal(err)
			}
			if got := hex.EncodeToString(r.Data); got != tt.want || r.Status != tt.status {
				t.Errorf("got %s %04X, want %s %04X", got, uint16(r.Status), tt.want, uint16(tt.status))
			}
			if len(card.sent) != len(tt.sent) {
				t.Fatalf("sent %v, want %v", card.sent, tt.sent)
			}
			for i := range tt.sent {
				if card.sent[i] != tt.sent[i] {
					t.Errorf("command %d: %s, want %s", i, card.sent[i], tt.sent[i])
				}
			}
		})
	}
}

func TestACardThatNeverEndsIsLeft(t *testing.T) {
	for name, answer := range map[string]string{"without data": "61ff", "with data": hex.EncodeToString(make([]byte, 256)) + "6100"} {
		if _, err := apdu.Exchange(context.Background(), &script{answers: []string{answer}}, apdu.Command{INS: 0xB0}); !errors.Is(err, apdu.ErrTooLong) {
			t.Errorf("%s: got %v, want ErrTooLong", name, err)
		}
	}
}

func TestAnAnswerWithoutStatusIsRefused(t *testing.T) {
	if _, err := apdu.Exchange(context.Background(), &script{answers: []string{"90"}}, apdu.Command{}); !errors.Is(err, apdu.ErrMalformed) {
		t.Errorf("got %v, want ErrMalformed", err)
	}
}

func TestTheCounterCountsBothWays(t *testing.T) {
	c := &apdu.Counter{Card: &script{answers: []string{"01029000"}}}
	if _, err := apdu.Exchange(context.Background(), c, apdu.Command{INS: 0xB0, Ne: 2}); err != nil {
		t.Fatal(err)
	}
	if c.APDUs != 1 || c.BytesOut != 5 || c.BytesIn != 4 {
		t.Errorf("counted %d APDUs, %d out, %d in", c.APDUs, c.BytesOut, c.BytesIn)
	}
}

func TestFCIOfOldAndNewCards(t *testing.T) {
	tests := []struct {
		name, raw string
		want      apdu.FCI
	}{
		{"classic file", "6f1a800201908201018302110285020101860900ffffffffffffffff", apdu.FCI{Size: 400, FID: 0x1102}},
		{"newer file", "6f0e8002019082040301000083021102", apdu.FCI{Size: 400, FID: 0x1102}},
		{"folder", "6f0b81020400820138" + "83021100", apdu.FCI{Size: -1, FID: 0x1100, DF: true}},
		{"newer folder", "6f0a820403380000" + "83021100", apdu.FCI{Size: -1, FID: 0x1100, DF: true}},
		{"nothing", "", apdu.FCI{Size: -1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := apdu.ParseFCI(unhex(t, tt.raw))
			if err != nil || got != tt.want {
				t.Errorf("got %+v, %v, want %+v", got, err, tt.want)
			}
		})
	}
}

func TestLyingLengthsAreRefused(t *testing.T) {
	for _, raw := range []string{"6f", "6f05", "6f8401000000", "6f83ffffff00", "1fffffff01", "808080"} {
		if _, err := apdu.ParseTLV(unhex(t, raw)); !errors.Is(err, apdu.ErrTLV) {
			t.Errorf("%s: got %v, want ErrTLV", raw, err)
		}
	}
	if _, err := apdu.ParseTLV(bytes.Repeat([]byte{0x80, 0x00, 0x81, 0x00}, 100)); !errors.Is(err, apdu.ErrTLV) {
		t.Errorf("two hundred objects: got %v, want ErrTLV", err)
	}
}

func FuzzParseCommand(f *testing.F) {
	for _, seed := range []string{"00a4080c0410001003", "00b0000000", "002a8086000101" + "00", "1020009008", "00a40400"} {
		f.Add(unhex(f, seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := apdu.ParseCommand(raw)
		if err != nil {
			return
		}
		if len(c.Data) > len(raw) || c.Ne < 0 || c.Ne > 65536 {
			t.Errorf("%x became %d bytes of data and an Ne of %d", raw, len(c.Data), c.Ne)
		}
		total := 0
		for _, part := range c.Chain() {
			total += len(part.Data)
		}
		if total != len(c.Data) {
			t.Errorf("chaining kept %d bytes of %d", total, len(c.Data))
		}
	})
}

func FuzzParseTLV(f *testing.F) {
	for _, seed := range []string{"6f0e8002019082040301000083021102", "5a0801020304050607085f200130", "6f8401000000", "808080", "00ff00"} {
		f.Add(unhex(f, seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		objects, err := apdu.ParseTLV(raw)
		total := 0
		for _, o := range objects {
			total += 2 + len(o.Value)
		}
		if err == nil && total > len(raw) {
			t.Errorf("%x gave objects of %d bytes", raw, total)
		}
	})
}

func FuzzParseFCI(f *testing.F) {
	for _, seed := range []string{"6f0e8002019082040301000083021102", "6f0a82040338000083021100", "6f83ffffff00", "00ff00", "1fffffff01"} {
		f.Add(unhex(f, seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		fci, err := apdu.ParseFCI(raw)
		if err == nil && (fci.Size < -1 || fci.Size > 0xFFFFFF) {
			t.Errorf("%x gave the size %d", raw, fci.Size)
		}
	})
}
