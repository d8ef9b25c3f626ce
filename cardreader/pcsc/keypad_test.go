package pcsc

import (
	"encoding/hex"
	"strings"
	"testing"

	"bottega/cardreader"
)

// bytesOf reads hexadecimal with spaces.
func bytesOf(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAKeypadIsToldWhatToDoByteByByte(t *testing.T) {
	verify := cardreader.PadTemplate{INS: 0x20, P2: 0x10, Stored: 8, Min: 5, Max: 8}
	change := cardreader.PadTemplate{INS: 0x24, P2: 0x10, Stored: 8, Min: 5, Max: 8}
	local := cardreader.PadTemplate{INS: 0x2C, P2: 0x90, Stored: 8, Min: 5, Max: 8}
	const ff8 = "FF FF FF FF FF FF FF FF"
	for name, tc := range map[string]struct {
		got  []byte
		want string
	}{
		"one code": {verifyStructure(verify),
			"1E 1E 82 08 00 08 05 02 01 10 04 00 00 00 00 0D 00 00 00 00 20 00 10 08" + ff8},
		"an old code and a new one": {modifyStructure(change),
			"1E 1E 82 08 00 00 08 08 05 03 02 03 10 04 00 01 02 00 00 00 15 00 00 00 00 24 00 10 10" + ff8 + ff8},
		"the PUK and a new PIN, local": {modifyStructure(local),
			"1E 1E 82 08 00 00 08 08 05 03 02 03 10 04 00 01 02 00 00 00 15 00 00 00 00 2C 00 90 10" + ff8 + ff8},
	} {
		t.Run(name, func(t *testing.T) {
			if want := bytesOf(t, tc.want); hex.EncodeToString(tc.got) != hex.EncodeToString(want) {
				t.Errorf("got  %X\nwant %X", tc.got, want)
			}
		})
	}
}

func TestTheFeaturesOfAReaderAreRead(t *testing.T) {
	for name, tc := range map[string]struct {
		answer string
		want   features
	}{
		"none":                     {"", features{}},
		"a keypad":                 {"06 04 42 33 00 06 07 04 42 33 00 07", features{0x42330006, 0x42330007}},
		"among others":             {"01 04 42 00 00 01 06 04 42 33 00 06 12 04 42 33 00 12 07 04 42 33 00 07", features{0x42330006, 0x42330007}},
		"one that cannot change":   {"06 04 42 33 00 06", features{0x42330006, 0}},
		"an answer cut short":      {"06 04 42 33 00 06 07 04 42", features{0x42330006, 0}},
		"a length of its own":      {"06 02 42 33 07 04 42 33 00 07", features{0, 0x42330007}},
		"a tag without its length": {"06", features{}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := parseFeatures(bytesOf(t, tc.answer)); got != tc.want {
				t.Errorf("got %X, want %X", got, tc.want)
			}
		})
	}
}

func FuzzFeatures(f *testing.F) {
	for _, seed := range []string{"", "06", "0604423300060704423300070604", "06FF0000"} {
		f.Add(bytesOf(f, seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		if got := parseFeatures(answer); len(answer) < 6 && got != (features{}) {
			t.Errorf("%X says %X", answer, got)
		}
	})
}
