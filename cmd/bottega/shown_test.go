package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

func TestPapersOfProgramsThatEndedGoAtAStart(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	ended := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	left := func(name string) string {
		dir := filepath.Join(os.TempDir(), name)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "foglio.pdf"), []byte("%PDF"), 0o600); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	number := strconv.Itoa
	for name, tc := range map[string]struct {
		dir   string
		stays bool
	}{
		"of a program that was killed":                 {left(shownFolder + number(ended.Process.Pid) + "-123"), false},
		"of a program from before they were random":    {left(shownFolder + number(ended.Process.Pid)), false},
		"of a program that had the number we have now": {left(shownFolder + number(os.Getpid()) + "-123"), false},
		"of a program that goes on":                    {left(shownFolder + number(os.Getppid()) + "-123"), true},
		"of another make":                              {left(shownFolder + "altro"), true},
	} {
		t.Run(name, func(t *testing.T) {
			sweepShown()
			if _, err := os.Stat(tc.dir); (err == nil) != tc.stays {
				t.Errorf("the folder stays: %t", err == nil)
			}
		})
	}
}

func TestPapersThatWereLookedAtAreForgottenAndOthersCanBeShown(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var s shown
	if err := s.forget(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		dir, err := s.folder()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "foglio.pdf"), []byte("%PDF"), 0o600); err != nil {
			t.Fatal(err)
		}
		if again, err := s.folder(); err != nil || again != dir {
			t.Errorf("a second paper goes to %q, %v", again, err)
		}
		if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("others may look into the folder: %v, %v", info, err)
		}
		if err := s.forget(); err != nil {
			t.Fatal(err)
		}
		if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) != 0 {
			t.Errorf("left over: %v, %v", left, err)
		}
	}
}
