package journal_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"bottega/desk"
	"bottega/desk/civil"
	"bottega/sync/journal"
)

func TestNothingPersonalCanBeReadInTheDataFolder(t *testing.T) {
	c := newClock()
	j := create(t, c)
	ctx := context.Background()
	needles := []string{fullName, "Rossicchioli", "Gino Bartalucci", "torna con il figlio Ermete", "-----BEGIN PRIVATE KEY-----",
		string(passphrase()), "CA5544332AA", "Bottega di Piazza Tasso"}
	_, err := j.Append(ctx, desk.Draft{Payload: desk.SiteSet{Site: desk.Site{ID: "FI-TASSO", Name: "Bottega di Piazza Tasso"}}})
	must(t, err)
	for n := range 40 {
		p := citizen(t, n)
		needles = append(needles, p.FiscalCode, p.Surname, p.Name)
		visit := "visit-" + string(rune('a'+n%26)) + string(rune('a'+n/26))
		_, err := j.Append(ctx,
			desk.Draft{Visit: visit, Payload: named(p)},
			desk.Draft{Visit: visit, Payload: desk.NoteAdded{Text: "torna con il figlio Ermete"}},
			desk.Draft{Visit: visit, Payload: desk.ActivationRequested{Holder: p, Document: desk.Document{Number: "CA5544332AA", Expires: civil.Date{Year: 2030, Month: 1, Day: 2}}}})
		must(t, err)
		if _, err := j.Visits(ctx, p.FiscalCode); err != nil {
			t.Error(err)
		}
	}
	must(t, j.SaveIdentity(ctx, []byte("-----BEGIN PRIVATE KEY-----")))
	_, err = j.AddFacilitator(ctx, journal.NewFacilitator{Sigla: "GB", Name: "Gino Bartalucci"}, passphrase())
	must(t, err)
	must(t, j.Listen(func() {}))
	must(t, j.Erase(ctx, "visit-aa"))
	readable(t, j.Dir(), needles) // while open, with the keys in memory
	must(t, j.Close())
	readable(t, j.Dir(), needles)
}

// The search itself must be able to find: otherwise the test above proves nothing.
func TestTheSearchFindsWhatIsPlanted(t *testing.T) {
	const needle = "Ermenegilda"
	for name, data := range plant(needle) {
		dir := t.TempDir()
		must(t, os.WriteFile(filepath.Join(dir, "f"), append([]byte("\x00\x01rumore"), data...), 0o600))
		if len(found(t, dir, []string{needle})) == 0 {
			t.Errorf("planted as %s and not found", name)
		}
	}
}

func plant(s string) map[string][]byte {
	return map[string][]byte{
		"UTF-8":         []byte("di " + s + "."),
		"upper case":    []byte(strings.ToUpper(s)),
		"UTF-16LE":      wide(s, false),
		"UTF-16BE":      wide(s, true),
		"base64 at 0":   []byte(base64.StdEncoding.EncodeToString([]byte(s + " è qui"))),
		"base64 at 1":   []byte(base64.StdEncoding.EncodeToString([]byte("x" + s + " è qui"))),
		"base64 at 2":   []byte(base64.StdEncoding.EncodeToString([]byte("xy" + s + " è qui"))),
		"base64url":     []byte(base64.RawURLEncoding.EncodeToString([]byte("x" + s + " è qui"))),
		"hex":           []byte(hex.EncodeToString([]byte(s))),
		"hex, capitals": []byte(strings.ToUpper(hex.EncodeToString([]byte(s)))),
	}
}

func readable(t *testing.T, dir string, needles []string) {
	t.Helper()
	for _, f := range found(t, dir, needles) {
		t.Errorf("readable in the data folder: %s", f)
	}
}

// found says which needles stand in the files of dir, or in their names, in any of the forms text takes on a disk.
func found(t *testing.T, dir string, needles []string) []string {
	t.Helper()
	var hits []string
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		data = append(data, filepath.Base(path)...)
		lower := bytes.ToLower(data)
		for _, n := range needles {
			for form, b := range forms(n) {
				if bytes.Contains(data, b) {
					hits = append(hits, filepath.Base(path)+": "+n+" as "+form)
				}
			}
			if bytes.Contains(lower, bytes.ToLower([]byte(n))) || bytes.Contains(lower, []byte(hex.EncodeToString([]byte(n)))) {
				hits = append(hits, filepath.Base(path)+": "+n)
			}
		}
		return nil
	}))
	return hits
}

func forms(s string) map[string][]byte {
	m := map[string][]byte{"UTF-16LE": wide(s, false), "UTF-16BE": wide(s, true)}
	for shift := range 3 {
		// Of base64 only the characters made of the needle's bytes alone: the edges depend on the neighbours.
		padded := append(make([]byte, shift), s...)
		for name, enc := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64url": base64.RawURLEncoding} {
			text := enc.EncodeToString(padded[:len(padded)/3*3])
			if shift > 0 {
				text = text[4:]
			}
			m[name+" "+string(rune('0'+shift))] = []byte(text)
		}
	}
	return m
}

func wide(s string, bigEndian bool) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		if bigEndian {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return b
}
