package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	cardpractice "bottega/cardreader/practice"
	"bottega/ui/text"
)

// named are the ways in which the sources name a text, each with the keys it stands for.
var named = []struct {
	pattern *regexp.Regexp
	keys    func(found []string) []string
}{
	{regexp.MustCompile(`"((?:ctl|line\.problem|card_part|card_result|card_reason|card_phase)\.[a-z_.]+[a-z_])"`), func(f []string) []string {
		return []string{f[1]}
	}},
	{regexp.MustCompile(`(?:failed|wrongUse|words)\("([a-z_]+)"`), errorKeys},
	{regexp.MustCompile(`code: "([a-z_]+)"`), errorKeys},
	{regexp.MustCompile(`\{regexp\.MustCompile\(.+\), "([a-z_]+)"\}`), errorKeys},
	{regexp.MustCompile(`\.Err\w+, "([a-z_]+)", exit`), errorKeys},
	{regexp.MustCompile(`verdictText\(w, "([a-z_]+)"`), func(f []string) []string { return []string{"ctl.exemption." + f[1]} }},
	{regexp.MustCompile(`\{"([a-z_]+)", (?:c|a|until|r|strings)\b`), func(f []string) []string { return []string{"ctl.verify." + f[1], "ctl.card." + f[1]} }},
	{regexp.MustCompile(`(?:CardInserted|CardRemoved)\b`), func([]string) []string { return []string{"ctl.event.card_inserted", "ctl.event.card_removed"} }},
	{regexp.MustCompile(`string\(s\.Card\)`), func([]string) []string { return []string{"ctl.card.present", "ctl.card.empty", "ctl.card.mute"} }},
}

func errorKeys(found []string) []string {
	return []string{"ctl.error." + found[1] + ".message", "ctl.error." + found[1] + ".advice"}
}

// guessed tells the keys that a pattern only guesses at: a row of a card is none of a certificate.
func guessed(key string) bool {
	return strings.HasPrefix(key, "ctl.verify.") || strings.HasPrefix(key, "ctl.card.")
}

func TestEveryTextThatTheSourcesNameExistsAndNoOther(t *testing.T) {
	catalog, err := text.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	wanted := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range named {
			for _, found := range n.pattern.FindAllStringSubmatch(string(source), -1) {
				for _, key := range n.keys(found) {
					wanted[key] = true
				}
			}
		}
	}
	for _, lang := range text.Languages() {
		say := catalog.For(lang)
		for key := range wanted {
			if !say.Has(key) && !guessed(key) && !strings.HasPrefix(key, "ctl.help") { // the help has a test of its own
				t.Errorf("%s: nobody wrote the text %s", lang, key)
			}
		}
		for _, key := range catalog.Keys(lang) {
			if strings.HasPrefix(key, "ctl.") && !strings.HasPrefix(key, "ctl.help.") && !wanted[key] {
				t.Errorf("%s: nobody says %s", lang, key)
			}
		}
	}
	if !slices.Contains(catalog.Keys(text.Italian), "ctl.error.unexpected.message") {
		t.Error("the texts of errors are not where this test looks for them")
	}
}

func TestEveryGroupOfPracticeCardsHasAName(t *testing.T) {
	catalog, err := text.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range text.Languages() {
		for _, group := range cardpractice.Groups() {
			if key := "practice.group." + string(group); !catalog.For(lang).Has(key) {
				t.Errorf("%s: no text for %s", lang, key)
			}
		}
	}
}
