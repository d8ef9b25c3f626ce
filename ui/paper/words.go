package paper

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"bottega/assets"
	"bottega/desk"
	"bottega/desk/civil"
)

// words are the texts of a paper in one language. The first key that is missing is remembered, so that the kinds read as plain
// lists of what stands on them and a missing text still stops the paper.
type words struct {
	lang    string
	texts   map[string]string
	missing string
}

// loadWords reads the texts of one language.
func loadWords(lang string) (map[string]string, error) {
	data, err := assets.PaperTexts(lang)
	if err != nil {
		return nil, err
	}
	var texts map[string]string
	if err := json.Unmarshal(data, &texts); err != nil {
		return nil, fmt.Errorf("reading the texts of papers in %s: %w", lang, err)
	}
	return texts, nil
}

// say returns the text of a key, with {name} replaced by the value that follows "name" in the pairs.
func (w *words) say(key string, pairs ...string) string {
	text, ok := w.texts[key]
	if !ok && w.missing == "" {
		w.missing = key
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		text = strings.ReplaceAll(text, "{"+pairs[i]+"}", pairs[i+1])
	}
	return text
}

// word returns the text of prefix.word, or the word itself when a newer program or hub invented it: what is unknown never
// stops a paper.
func (w *words) word(prefix, word string) string {
	if text, ok := w.texts[prefix+"."+word]; ok {
		return text
	}
	return word
}

// list returns key.1, key.2, ... as far as they go.
func (w *words) list(key string, pairs ...string) []string {
	var out []string
	for i := 1; ; i++ {
		k := key + "." + strconv.Itoa(i)
		if _, ok := w.texts[k]; !ok {
			return out
		}
		out = append(out, w.say(k, pairs...))
	}
}

// or returns the value, or "not given".
func (w *words) or(value string) string {
	if strings.TrimSpace(value) == "" {
		return w.say("common.missing")
	}
	return value
}

// date writes a day in full, with the month in letters: 1/2 is read differently by different people. Empty for no date.
func (w *words) date(d civil.Date) string {
	if d.IsZero() {
		return ""
	}
	day := strconv.Itoa(d.Day)
	if d.Day == 1 && w.lang != "en" {
		day = "1°"
	}
	return day + " " + w.say("month."+strconv.Itoa(int(d.Month))) + " " + strconv.Itoa(d.Year)
}

// name is a person in the order of public registers, surname first.
func (w *words) name(p desk.Person) string {
	return strings.TrimSpace(p.Surname + " " + p.Name)
}
