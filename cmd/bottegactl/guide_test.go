package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"bottega/cmd/internal/pages"
)

// play runs one command in this process and wants it to succeed.
func play(t *testing.T, env map[string]string, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr, func(name string) string { return env[name] }, scriptRooms("bruna"))
	if code != exitDone {
		t.Fatalf("bottegactl %s: exit code %d\n%s", strings.Join(args, " "), code, stderr.String())
	}
	return stdout.String()
}

func TestTheVisitInTheGuideCanBePlayed(t *testing.T) {
	guide, err := os.ReadFile("../../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	example := regexp.MustCompile("(?s)```yaml\n(citizen:.*?)```").FindSubmatch(guide)
	if example == nil {
		t.Fatal("CONTRIBUTING.md shows no visit any more")
	}
	dir := t.TempDir()
	script := filepath.Join(dir, "visit.yaml")
	if err := os.WriteFile(script, example[1], 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"BOTTEGA_DATA": filepath.Join(dir, "data"), "BOTTEGA_PASSPHRASE": "cavallo corretto batteria"}
	play(t, env, "facilitator", "add", "MR", "--name", "Marta Rinaldi")
	play(t, env, "site", "set", "--id", "LU-PIAZZA", "--name", "Bottega in piazza", "--municipality", "Lucca")
	if said := play(t, env, "visit", "run", script); !strings.Contains(said, "card-activation: left") {
		t.Errorf("the visit ended otherwise:\n%s", said)
	}
	if _, err := os.Stat(filepath.Join(dir, "sheet.pdf")); err != nil {
		t.Errorf("the sheet that the example saves: %v", err)
	}
}

func TestWhatThePagesTellToTypeIsTaken(t *testing.T) {
	program, _ := leaves(t)
	wrong, found, err := pages.Wrong("../..", program)
	if err != nil || found < 30 {
		t.Fatalf("%d commands in the pages, %v", found, err)
	}
	for _, w := range wrong {
		t.Error(w)
	}
}
