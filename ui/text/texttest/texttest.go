// Package texttest gives tests a localizer that fails them on a missing translation. Only tests import it.
package texttest

import (
	"testing"

	"bottega/ui/text"
)

// Catalog loads the embedded translations.
func Catalog(t testing.TB) *text.Catalog {
	t.Helper()
	c, err := text.Embedded()
	if err != nil {
		t.Fatalf("load the translations: %v", err)
	}
	return c
}

// Localizer returns the localizer of a language; a key without translation fails the test.
func Localizer(t testing.TB, lang string) *text.Localizer {
	t.Helper()
	return Catalog(t).For(lang).OnMissing(func(lang, key string) {
		t.Helper()
		t.Errorf("no %s translation for %q", lang, key)
	})
}

// Holder returns a window's language; a key without translation fails the test.
func Holder(t testing.TB, lang string) *text.Holder {
	t.Helper()
	h := text.NewHolder(Catalog(t), lang)
	h.OnMissing(func(lang, key string) {
		t.Helper()
		t.Errorf("no %s translation for %q", lang, key)
	})
	return h
}
