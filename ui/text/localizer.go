package text

import (
	"fmt"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"

	"bottega/desk/bilingual"
)

// Localizer says things in one language. It does not change; to change the language of a window, see Holder.
type Localizer struct {
	catalog *Catalog
	lang    string
	missing func(lang, key string)
}

// Lang returns the language, "it" or "en".
func (l *Localizer) Lang() string { return l.lang }

// OnMissing returns a localizer that also tells f of every key that has no translation. Tests make that a failure.
func (l *Localizer) OnMissing(f func(lang, key string)) *Localizer {
	copied := *l
	copied.missing = f
	return &copied
}

// Has reports whether the key is translated into this language.
func (l *Localizer) Has(key string) bool {
	_, ok := l.catalog.in(l.lang).keys[key]
	return ok
}

// Raw returns the text of a key with its arguments still open, as in "{{.Safe}} di {{.Total}}"; all plural forms follow each other.
func (l *Localizer) Raw(key string) string { return l.catalog.in(l.lang).keys[key].raw }

// T returns the text of a key. Arguments are pairs of a name and a value, for the {{.Name}} in the text:
//
//	l.T("home.safe", "Safe", 3, "Total", 5)
//
// A key without translation gives its last words, which a person can still read, never an empty text.
func (l *Localizer) T(key string, args ...any) string {
	return l.say(key, &i18n.LocalizeConfig{MessageID: key, TemplateData: pairs(args)})
}

// N returns the text of a key for a number of things; the text may use {{.Count}} beside its other arguments.
func (l *Localizer) N(key string, count int, args ...any) string {
	data := pairs(args)
	data["Count"] = l.Int(count)
	return l.say(key, &i18n.LocalizeConfig{MessageID: key, TemplateData: data, PluralCount: count})
}

// In returns a bilingual text of the content files in this language.
func (l *Localizer) In(t bilingual.Text) string { return t.In(l.lang) }

func (l *Localizer) say(key string, config *i18n.LocalizeConfig) string {
	said, err := l.catalog.in(l.lang).messages.Localize(config)
	if err == nil && l.Has(key) {
		return said
	}
	if l.missing != nil {
		l.missing(l.lang, key)
	}
	if said == "" && l.lang != Italian {
		said, _ = l.catalog.in(Italian).messages.Localize(config) // better than nothing, where it is there
	}
	if said != "" {
		return said
	}
	return readable(key)
}

// readable turns "visit.close_now" into "close now": poor, and better than nothing before a waiting citizen.
func readable(key string) string {
	return strings.ReplaceAll(key[strings.LastIndexByte(key, '.')+1:], "_", " ")
}

func pairs(args []any) map[string]any {
	data := make(map[string]any, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		data[fmt.Sprint(args[i])] = args[i+1]
	}
	return data
}
