package wire_test

import (
	"strings"
	"testing"

	"bottega/sync/wire"
)

func TestAWordIsMadeOfLettersDigitsDotsHyphensAndUnderscores(t *testing.T) {
	const good = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_"
	for b := range 256 {
		c := string([]byte{byte(b)})
		if want := strings.Contains(good, c); wire.Word(c) != want || wire.Word("a"+c+"b") != want {
			t.Errorf("byte %d: Word = %t", b, !want)
		}
	}
	if wire.Word("") || !wire.Word(strings.Repeat("x", 64)) || wire.Word(strings.Repeat("x", 65)) {
		t.Error("the length of a word is from 1 to 64")
	}
}
