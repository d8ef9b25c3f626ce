package places_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"bottega/cmd/internal/places"
)

func write(t *testing.T, path string, at time.Time) {
	t.Helper()
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

func TestFilesAreFoundByTheirEndingNewestFirst(t *testing.T) {
	stick, documents := places.Place{Path: t.TempDir(), Stick: true}, places.Place{Path: t.TempDir()}
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	write(t, filepath.Join(stick.Path, "ieri.ricevuta"), noon.AddDate(0, 0, -1))
	write(t, filepath.Join(documents.Path, "OGGI.RICEVUTA"), noon)
	write(t, filepath.Join(stick.Path, "foto.jpg"), noon)
	if err := os.Mkdir(filepath.Join(stick.Path, "cartella.ricevuta"), 0o700); err != nil {
		t.Fatal(err)
	}
	gone := places.Place{Path: filepath.Join(stick.Path, "tolta"), Stick: true}
	found, err := places.Find(t.Context(), []places.Place{gone, stick, documents}, ".ricevuta")
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 2 || filepath.Base(found[0].Path) != "OGGI.RICEVUTA" || filepath.Base(found[1].Path) != "ieri.ricevuta" || !found[1].Place.Stick {
		t.Errorf("found %+v", found)
	}
}

func TestDocumentsAreThereOnEveryComputer(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	last := func() places.Place { l := places.List(t.Context()); return l[len(l)-1] }
	if got := last(); got.Path != home || got.Stick {
		t.Errorf("without a folder for documents they are %+v", got)
	}
	if err := os.Mkdir(filepath.Join(home, "Documenti"), 0o700); err != nil {
		t.Fatal(err)
	}
	if got := last(); got.Path != filepath.Join(home, "Documenti") {
		t.Errorf("the documents are %+v", got)
	}
}
