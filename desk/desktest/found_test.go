package desktest_test

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"bottega/desk/desktest"
)

// The search itself must be able to find: otherwise the tests that find nothing prove nothing.
func TestTheSearchFindsWhatIsPlanted(t *testing.T) {
	const needle = "Ermenegilda"
	for name, data := range plant(needle) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "f"), append([]byte("\x00\x01rumore"), data...), 0o600); err != nil {
			t.Fatal(err)
		}
		if hits, err := desktest.Found(dir, []string{needle}); err != nil || len(hits) == 0 {
			t.Errorf("planted as %s and not found (%v)", name, err)
		}
	}
}

func plant(s string) map[string][]byte {
	return map[string][]byte{
		"UTF-8":         []byte("di " + s + "."),
		"upper case":    []byte(strings.ToUpper(s)),
		"UTF-16LE":      wide(s, binary.LittleEndian),
		"UTF-16BE":      wide(s, binary.BigEndian),
		"base64 at 0":   []byte(base64.StdEncoding.EncodeToString([]byte(s + " è qui"))),
		"base64 at 1":   []byte(base64.StdEncoding.EncodeToString([]byte("x" + s + " è qui"))),
		"base64 at 2":   []byte(base64.StdEncoding.EncodeToString([]byte("xy" + s + " è qui"))),
		"base64url":     []byte(base64.RawURLEncoding.EncodeToString([]byte("x" + s + " è qui"))),
		"hex":           []byte(hex.EncodeToString([]byte(s))),
		"hex, capitals": []byte(strings.ToUpper(hex.EncodeToString([]byte(s)))),
	}
}

func wide(s string, order binary.AppendByteOrder) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, u)
	}
	return b
}
