package doctor

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// hider takes out of a text what would say whose computer this is: paths of the home folder, the user's names, the computer's name.
type hider struct {
	home  string
	names []*regexp.Regexp
}

// hidden stands where a name stood.
const hidden = "…"

// shortestName is below which a name is left alone: a word of two letters is in too many others.
const shortestName = 3

func newHider(home string, words []string) hider {
	h := hider{home: strings.TrimRight(home, `/\`)}
	for _, word := range words {
		n := utf8.RuneCountInString(word)
		if n < shortestName || strings.EqualFold(word, "localhost") {
			continue
		}
		pattern := regexp.QuoteMeta(word)
		if n == shortestName {
			pattern = `\b` + pattern + `\b`
		}
		h.names = append(h.names, regexp.MustCompile(`(?i)`+pattern))
	}
	return h
}

// people returns a text without them.
func (h hider) people(s string) string {
	if h.home != "" {
		s = strings.ReplaceAll(s, h.home, "~")
	}
	for _, name := range h.names {
		s = name.ReplaceAllString(s, hidden)
	}
	return s
}
