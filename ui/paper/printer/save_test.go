package printer

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

func TestSavingNeverOverwrites(t *testing.T) {
	dir := t.TempDir()
	for i, want := range []string{"promemoria-1.pdf", "promemoria-1-2.pdf", "promemoria-1-3.pdf"} {
		path, err := Save(dir, "promemoria-1.pdf", []byte{byte('a' + i)})
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil || filepath.Base(path) != want || !bytes.Equal(data, []byte{byte('a' + i)}) {
			t.Errorf("%s holds %q (%v), want %s", path, data, err, want)
		}
		if info, err := os.Stat(path); err != nil || (runtime.GOOS != "windows" && info.Mode().Perm() != 0o600) {
			t.Errorf("others can read the paper: %v %v", info.Mode(), err)
		}
	}
}

func TestSavingRefusesWhatIsNoFileName(t *testing.T) {
	for _, name := range []string{"", ".", "..", "../x.pdf", "a/b.pdf", ".hidden.pdf"} {
		_, err := Save(t.TempDir(), name, samplePDF)
		wantCode(t, err, NotSaved)
	}
}

func TestSavingInAFolderThatIsGoneIsTold(t *testing.T) {
	_, err := Save(filepath.Join(t.TempDir(), "chiavetta"), "x.pdf", samplePDF)
	wantCode(t, err, NotSaved)
}

func TestEachSystemOpensFilesItsOwnWay(t *testing.T) {
	for system, want := range map[string][]string{
		"linux":   {"xdg-open", "/tmp/a b.pdf"},
		"darwin":  {"open", "/tmp/a b.pdf"},
		"windows": {"rundll32", "url.dll,FileProtocolHandler", "/tmp/a b.pdf"},
	} {
		if got := viewer(system, "/tmp/a b.pdf"); !slices.Equal(got, want) {
			t.Errorf("%s: %v", system, got)
		}
	}
}

func TestOpeningWhatIsNotThereIsTold(t *testing.T) {
	wantCode(t, OpenFile(t.Context(), filepath.Join(t.TempDir(), "x.pdf")), NoViewer)
}

func TestOpeningWithoutAViewerIsTold(t *testing.T) {
	path, err := Save(t.TempDir(), "x.pdf", samplePDF)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", t.TempDir())
	wantCode(t, OpenFile(t.Context(), path), NoViewer)
}

func TestOpeningStartsTheViewer(t *testing.T) {
	if runtime.GOOS != "linux" {
		return // the stand-in below is a shell script
	}
	dir := t.TempDir()
	fifo := filepath.Join(dir, "seen")
	script := "#!/bin/sh\nprintf %s \"$1\" > '" + fifo + ".tmp' && /bin/mv '" + fifo + ".tmp' '" + fifo + "'\n"
	if err := os.WriteFile(filepath.Join(dir, "xdg-open"), []byte(script), 0o700); err != nil { // a program has to run
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	path, err := Save(dir, "x.pdf", samplePDF)
	if err != nil {
		t.Fatal(err)
	}
	if err := OpenFile(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the viewer to see the file", func() bool {
		data, err := os.ReadFile(fifo)
		return err == nil && string(data) == path
	})
}
