// Package text says things in the language of whoever looks: Italian first, English second, one localizer per window, so that
// the facilitator and the citizen may each have their own and change it while the program runs.
//
// Every package under ui, and commands, may import it. It knows go-i18n and the translations in assets, and no window.
package text

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"bottega/assets"
)

// The languages every text exists in.
const (
	Italian = "it"
	English = "en"
)

// Languages returns the languages every text exists in, the one people see first at the head.
func Languages() []string { return []string{Italian, English} }

// Faults of a set of translation files.
var (
	ErrDuplicateKey = errors.New("the key is translated twice")
	ErrFileName     = errors.New("a translation file is called NAME.it.json or NAME.en.json")
)

// Catalog is every translation, merged from all fragments. It may be shared freely; Take alone changes it.
type Catalog struct {
	languages atomic.Pointer[map[string]func() (*words, error)] // each reads its language the first time
}

// words are the translations into one language, once they are read.
type words struct {
	bundle   *i18n.Bundle
	messages *i18n.Localizer
	keys     map[string]entry
}

// entry is where a text comes from and how it is written there.
type entry struct {
	file, raw string
	plural    bool
}

// Embedded loads the translations that travel inside the program.
func Embedded() (*Catalog, error) { return Load(assets.I18n, "i18n") }

// Lazy returns the same translations and reads those of a language when its first text is asked for: a program that answers a
// script in JSON needs none of them, and reading them all takes longer than reading a card. Should they be broken, which the tests of this
// package rule out, every key gives its last words.
func Lazy() *Catalog { return later(assets.I18n, "i18n") }

// Load merges all translation files of a folder. A key that two files of one language hold is an error: one would silently win.
func Load(fsys fs.FS, dir string) (*Catalog, error) {
	files, err := fs.Glob(fsys, path.Join(dir, "*.json"))
	if err != nil {
		return nil, fmt.Errorf("list translations in %s: %w", dir, err)
	}
	for _, name := range files {
		if parts := strings.Split(path.Base(name), "."); len(parts) != 3 || !slices.Contains(Languages(), parts[1]) {
			return nil, fmt.Errorf("translations %s: %w", name, ErrFileName)
		}
	}
	c := later(fsys, dir)
	for _, lang := range Languages() {
		if _, err := (*c.languages.Load())[lang](); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func later(fsys fs.FS, dir string) *Catalog {
	languages := map[string]func() (*words, error){}
	for _, lang := range Languages() {
		languages[lang] = sync.OnceValues(func() (*words, error) { return read(fsys, dir, lang) })
	}
	c := &Catalog{}
	c.languages.Store(&languages)
	return c
}

// Take puts the translations of another catalog in place of its own: every window that has this one says what is asked from then on
// in the words of the other.
func (c *Catalog) Take(other *Catalog) { c.languages.Store(other.languages.Load()) }

// read reads the files of one language. With an error it returns those that could be read before.
func read(fsys fs.FS, dir, lang string) (*words, error) {
	w := &words{bundle: i18n.NewBundle(language.Make(lang)), keys: map[string]entry{}}
	w.bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	w.messages = i18n.NewLocalizer(w.bundle, lang)
	files, err := fs.Glob(fsys, path.Join(dir, "*."+lang+".json"))
	if err != nil {
		return w, fmt.Errorf("list translations in %s: %w", dir, err)
	}
	for _, name := range files {
		if err := w.add(fsys, name); err != nil {
			return w, fmt.Errorf("translations %s: %w", name, err)
		}
	}
	return w, nil
}

func (w *words) add(fsys fs.FS, name string) error {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	file, err := w.bundle.ParseMessageFileBytes(data, name)
	if err != nil {
		return err
	}
	for _, m := range file.Messages {
		if other, ok := w.keys[m.ID]; ok {
			return fmt.Errorf("%q, also in %s: %w", m.ID, other.file, ErrDuplicateKey)
		}
		w.keys[m.ID] = entry{file: name, raw: m.One + m.Other, plural: m.One != ""}
	}
	return nil
}

// in returns the translations into a language, those that could be read of a broken set.
func (c *Catalog) in(lang string) *words {
	read, ok := (*c.languages.Load())[lang]
	if !ok {
		return &words{}
	}
	w, _ := read() // Load told what is broken
	return w
}

// Keys returns the keys of a language, sorted.
func (c *Catalog) Keys(lang string) []string { return slices.Sorted(maps.Keys(c.in(lang).keys)) }

// For returns the localizer of a language or of a tag such as "en-GB"; any language we do not have gets Italian.
func (c *Catalog) For(tag string) *Localizer {
	lang := Italian
	if base, _ := language.Make(tag).Base(); base.String() == English {
		lang = English
	}
	return &Localizer{catalog: c, lang: lang}
}
