package text

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/nicksnyder/go-i18n/v2/i18n"

	"bottega/assets"
	"bottega/desk/bilingual"
)

// EmbeddedWith returns the translations that travel inside the program, with those of a folder in place of their own: a text in
// other words, key by key. A key must exist, be there in both languages, and take the arguments that the program gives it. One
// problem anywhere and nothing is returned: the error is then an *assets.ContentError that lists them all.
func EmbeddedWith(files fs.FS) (*Catalog, error) {
	c, err := Embedded()
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(files, "*.json")
	if err != nil {
		return nil, fmt.Errorf("listing translations: %w", err)
	}
	o := overlay{base: c, said: map[string]map[string]saying{Italian: {}, English: {}}}
	for _, name := range names {
		if err := o.read(files, name); err != nil {
			return nil, fmt.Errorf("translations %s: %w", name, err)
		}
	}
	o.pair()
	if len(o.problems) > 0 {
		return nil, &assets.ContentError{Problems: o.problems}
	}
	for lang, sayings := range o.said {
		if err := c.in(lang).put(sayings); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// overlay is a folder of translations being held against those that it changes.
type overlay struct {
	base     *Catalog
	said     map[string]map[string]saying // by language and key
	problems []assets.Problem
}

// saying is a text, and where it was read.
type saying struct {
	file    string
	line    int
	message *i18n.Message
}

func (o *overlay) report(s saying, it, en string, args ...any) {
	o.problems = append(o.problems, assets.Problem{File: s.file, Line: max(s.line, 1), Column: 1, Text: bilingual.Text{
		It: fmt.Sprintf(it, args...), En: fmt.Sprintf(en, args...),
	}})
}

func (o *overlay) read(files fs.FS, name string) error {
	parts := strings.Split(path.Base(name), ".")
	if len(parts) != 3 || o.said[parts[1]] == nil {
		o.report(saying{file: name}, "Un file di testi si chiama NOME.it.json o NOME.en.json", "A file of texts is called NAME.it.json or NAME.en.json")
		return nil
	}
	data, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	read, err := i18n.ParseMessageFileBytes(data, name, map[string]i18n.UnmarshalFunc{"json": json.Unmarshal})
	if err != nil {
		o.report(saying{file: name}, "Il file non si legge: non è JSON con una chiave e un testo per riga", "The file cannot be read: it is not JSON with a key and a text on each line")
		return nil
	}
	for _, m := range read.Messages {
		s := saying{file: name, line: lineOf(data, m.ID), message: m}
		if other, twice := o.said[parts[1]][m.ID]; twice {
			o.report(s, "%q è già nel file %s", "%q is already in the file %s", m.ID, other.file)
		}
		o.said[parts[1]][m.ID] = s
		o.compare(parts[1], s)
	}
	return nil
}

// lineOf returns the line of a key in a file of translations, counted from one.
func lineOf(data []byte, key string) int {
	before, _, found := strings.Cut(string(data), `"`+key+`"`)
	if !found {
		return 1
	}
	return 1 + strings.Count(before, "\n")
}

// compare holds a text against the one that it is to replace.
func (o *overlay) compare(lang string, s saying) {
	was, known := o.base.in(lang).keys[s.message.ID]
	switch {
	case !known:
		o.report(s, "La chiave %q non esiste in questo programma", "There is no key %q in this program", s.message.ID)
		return
	case was.plural != (s.message.One != ""):
		o.report(s, "%q deve avere le stesse forme che ha nel programma: una sola, oppure one e other", "%q must have the forms that it has in the program: one alone, or one and other", s.message.ID)
	case foreign(s.message):
		o.report(s, "%q ha forme o segni che qui non si usano: le forme sono one, many e other, e gli argomenti stanno fra doppie graffe", "%q has forms or marks that are not used here: the forms are one, many and other, and arguments stand between double braces", s.message.ID)
		return
	case !plain(s.message.One) || !plain(s.message.Many) || !plain(s.message.Other) || s.message.Other == "":
		o.report(s, "In %q le doppie graffe non tornano: si può scrivere {{.Nome}} e {{if .Nome}}…{{else}}…{{end}}", "The double braces in %q are not in order: what can be written is {{.Name}} and {{if .Name}}…{{else}}…{{end}}", s.message.ID)
	}
	want, other := arguments(was.raw), arguments(s.message.Other)
	if !slices.Equal(want, arguments(s.message.One+s.message.Other)) || s.message.Many != "" && !slices.Equal(other, arguments(s.message.Many)) {
		o.report(s, "%q deve usare questi argomenti: %s", "%q must use these arguments: %s", s.message.ID, strings.Join(want, " "))
	}
}

// foreign reports what go-i18n takes and none of our languages needs: forms that are looked at nowhere else, and marks of templates in
// place of the braces, behind which a text could hide whatever it wants to do. Italian says many for a round million.
func foreign(m *i18n.Message) bool {
	return m.Zero != "" || m.Two != "" || m.Few != "" || m.LeftDelim != "" || m.RightDelim != "" || m.Many != "" && m.One == ""
}

// pair reports what is said in one language only.
func (o *overlay) pair() {
	for _, lang := range Languages() {
		for _, key := range slices.Sorted(maps.Keys(o.said[lang])) {
			for _, other := range Languages() {
				if _, both := o.said[other][key]; !both {
					o.report(o.said[lang][key], "%q manca nell'altra lingua (%s)", "%q is missing in the other language (%s)", key, other)
				}
			}
		}
	}
}

var (
	action   = regexp.MustCompile(`\{\{([^{}]*)\}\}`)
	allowed  = regexp.MustCompile(`^(?:\.[A-Z][A-Za-z]*|if \.[A-Z][A-Za-z]*|else|end)$`)
	argument = regexp.MustCompile(`\.[A-Z][A-Za-z]*`)
)

// plain reports a text whose templates are no more than arguments and conditions: the language of templates can do much more, and
// none of it belongs in a text that came over the line.
func plain(text string) bool {
	for _, a := range action.FindAllStringSubmatch(text, -1) {
		if !allowed.MatchString(a[1]) {
			return false
		}
	}
	if strings.Contains(action.ReplaceAllString(text, ""), "{{") {
		return false
	}
	_, err := template.New("").Parse(text)
	return err == nil
}

// arguments returns the names that a text takes, sorted, each once.
func arguments(text string) []string {
	var names []string
	for _, a := range action.FindAllStringSubmatch(text, -1) {
		names = append(names, argument.FindAllString(a[1], -1)...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// put replaces texts that were found in order.
func (w *words) put(sayings map[string]saying) error {
	for key, s := range sayings {
		if err := w.bundle.AddMessages(w.bundle.LanguageTags()[0], s.message); err != nil {
			return fmt.Errorf("translations %s: %w", s.file, err)
		}
		w.keys[key] = entry{file: s.file, raw: s.message.One + s.message.Other, plural: s.message.One != ""}
	}
	return nil
}
