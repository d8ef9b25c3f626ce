package facilitator

import (
	"bytes"
	"unicode/utf8"

	"bottega/ui/text"
)

// shortestPhrase is long enough that guessing goes on for ever behind argon2id, and short enough to be three words.
const shortestPhrase = 12

// phraseWrong says what is wrong with a new passphrase that was typed twice, or nothing.
func phraseWrong(l *text.Localizer, phrase, again []byte) string {
	switch {
	case utf8.RuneCount(phrase) < shortestPhrase:
		return l.T("setup.phrase_short", "Least", shortestPhrase)
	case !bytes.Equal(phrase, again):
		return l.T("setup.phrases_differ")
	}
	return ""
}

// secrets are the lines of a form for what is never a string. Where there is a line "phrase" there is one "again", and the two
// must agree.
type secrets struct {
	ids   []string
	lines map[string]*lent
}

func newSecrets(ids ...string) secrets {
	s := secrets{ids: ids, lines: map[string]*lent{}}
	for _, id := range ids {
		s.lines[id] = &lent{}
	}
	return s
}

func (s secrets) blocks(l *text.Localizer, key string, wrong map[string]string) []block {
	blocks := make([]block, len(s.ids))
	for i, id := range s.ids {
		blocks[i] = secret{ID: id, Label: l.T(key + "." + id), Hint: hint(l, key+"."+id), Wrong: wrong[id], From: s.lines[id]}
	}
	return blocks
}

// take takes what was typed out of the lines, to be wiped by the caller. It reports false, and has wiped everything, where
// something is wrong: what was taken has to be typed again.
func (s secrets) take(l *text.Localizer, wrong map[string]string) (map[string][]byte, bool) {
	taken := map[string][]byte{}
	for _, id := range s.ids {
		taken[id] = s.lines[id].Take()
		if len(taken[id]) == 0 && id != "again" {
			wrong[id] = l.T("field.missing")
		}
	}
	if phrase, asked := taken["phrase"]; asked && wrong["phrase"] == "" {
		if words := phraseWrong(l, phrase, taken["again"]); words != "" {
			wrong["phrase"] = words
		}
	}
	if len(wrong) > 0 {
		wipe(taken)
		return nil, false
	}
	return taken, true
}

func wipe(taken map[string][]byte) {
	for _, b := range taken {
		clear(b)
	}
}
