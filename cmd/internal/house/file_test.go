package house

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestAFileIsWholeOrNotThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bottega.plico")
	cut := errors.New("the stick was pulled out")
	err := WriteWhole(path, func(w io.Writer) error {
		_, err := io.WriteString(w, "half")
		return errors.Join(err, cut)
	})
	if !errors.Is(err, cut) {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 0 {
		t.Errorf("the folder holds %v, %v", left, err)
	}
	if err := WriteWhole(path, func(w io.Writer) error { _, err := io.WriteString(w, "whole"); return err }); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "whole" {
		t.Errorf("it holds %q, %v", got, err)
	}
	if err := WriteWhole(path, func(io.Writer) error { return cut }); !errors.Is(err, cut) {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "whole" {
		t.Errorf("after a writing that failed it holds %q, %v", got, err)
	}
	if err := WriteWhole(filepath.Join(path, "below", "a file"), func(io.Writer) error { return nil }); err == nil {
		t.Error("a folder that is not there takes a file")
	}
}

func TestASmallFileBringsItsFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "settings.json")
	for _, want := range []string{"old", "new"} {
		if err := WriteBytes(path, []byte(want)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("it holds %q, %v", got, err)
		}
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("the folder holds %v, %v", left, err)
	}
}
