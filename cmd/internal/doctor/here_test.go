package doctor

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bottega/sync/journal"
)

func TestThisVeryComputerIsExamined(t *testing.T) {
	data := t.TempDir()
	if err := os.Chmod(data, 0o700); err != nil {
		t.Fatal(err)
	}
	c := Here(Params{
		Version: "prova", Env: os.Getenv, Data: data,
		Desk: func(context.Context) (Desk, func()) { return Desk{Err: journal.ErrNone}, func() {} },
	})
	found := examine(t, c)
	for _, want := range []string{"well program.is", "well system.is", "well clock.plausible", "well data.there", "note journal.none"} {
		if !slices.Contains(words(found), want) {
			t.Errorf("no %q in %v", want, words(found))
		}
	}
	for _, f := range found {
		if f.Check == "system" && (len(f.Args) < 2 || f.Args[1] == "" || f.Args[1] == "linux") {
			t.Errorf("this system is called %v", f.Args)
		}
		if f.Check == "disk" && f.Result == "unknown" {
			t.Error("the disk was not seen")
		}
	}
	left, err := os.ReadDir(data)
	if err != nil || len(left) != 0 {
		t.Errorf("the examination left %v, %v", left, err)
	}
}

func TestAProgramOfTheSystemIsRunAndAMissingOneTold(t *testing.T) {
	said, err := run(t.Context(), "echo", "version", "1.2")
	if err != nil || strings.TrimSpace(said) != "version 1.2" {
		t.Errorf("echo said %q, %v", said, err)
	}
	if _, err := run(t.Context(), "there-is-no-such-program"); err == nil {
		t.Error("a program that is not there ran")
	}
	if _, err := run(t.Context(), "false"); err == nil {
		t.Error("a program that failed did not")
	}
}

func TestAFolderIsTriedByWritingIntoIt(t *testing.T) {
	dir := t.TempDir()
	if err := tryWrite(dir); err != nil {
		t.Error(err)
	}
	if err := tryWrite(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("a folder that is not there was written to")
	}
	if free, err := freeBytes(dir); err != nil || free <= 0 {
		t.Errorf("%d bytes are free, %v", free, err)
	}
}

func TestABuildThatSaysNothingOfItselfHasNoTime(t *testing.T) {
	if got := changed("boh"); !got.IsZero() {
		t.Errorf("got %v", got)
	}
	if got := changed("2026-11-23T09:00:00Z"); !got.Equal(now) {
		t.Errorf("got %v", got)
	}
}
