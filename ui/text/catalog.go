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

// Catalog is every translation, merged from all fragments. It does not change after loading and may be shared freely.
type Catalog struct {
	bundle *i18n.Bundle
	keys   map[string]map[string]entry // by language and key
}

// entry is where a text comes from and how it is written there.
type entry struct{ file, raw string }

// Embedded loads the translations that travel inside the program.
func Embedded() (*Catalog, error) { return Load(assets.I18n, "i18n") }

// Load merges all translation files of a folder. A key that two files of one language hold is an error: one would silently win.
func Load(fsys fs.FS, dir string) (*Catalog, error) {
	c := &Catalog{bundle: i18n.NewBundle(language.Italian), keys: map[string]map[string]entry{}}
	c.bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	files, err := fs.Glob(fsys, path.Join(dir, "*.json"))
	if err != nil {
		return nil, fmt.Errorf("list translations in %s: %w", dir, err)
	}
	for _, name := range files {
		if err := c.add(fsys, name); err != nil {
			return nil, fmt.Errorf("translations %s: %w", name, err)
		}
	}
	return c, nil
}

func (c *Catalog) add(fsys fs.FS, name string) error {
	parts := strings.Split(path.Base(name), ".")
	if len(parts) != 3 || !slices.Contains(Languages(), parts[1]) {
		return ErrFileName
	}
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	file, err := c.bundle.ParseMessageFileBytes(data, name)
	if err != nil {
		return err
	}
	known := c.keys[parts[1]]
	if known == nil {
		known = map[string]entry{}
		c.keys[parts[1]] = known
	}
	for _, m := range file.Messages {
		if other, ok := known[m.ID]; ok {
			return fmt.Errorf("%q, also in %s: %w", m.ID, other.file, ErrDuplicateKey)
		}
		known[m.ID] = entry{file: name, raw: m.One + m.Other}
	}
	return nil
}

// Keys returns the keys of a language, sorted.
func (c *Catalog) Keys(lang string) []string { return slices.Sorted(maps.Keys(c.keys[lang])) }

// For returns the localizer of a language or of a tag such as "en-GB"; any language we do not have gets Italian.
func (c *Catalog) For(tag string) *Localizer {
	lang := Italian
	if base, _ := language.Make(tag).Base(); base.String() == English {
		lang = English
	}
	return &Localizer{catalog: c, lang: lang, messages: i18n.NewLocalizer(c.bundle, lang)}
}
