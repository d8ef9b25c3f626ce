package soak

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

const tableFile = "../../build/soak.md"

// rowsFile is where the rows of this run gather, so that those of a run that broke off are not lost; the table is made of them.
func rowsFile() string { return fmt.Sprintf("../../build/soak-%d.rows", os.Getpid()) }

// row is one line of the reliability table.
type row struct {
	Test   string `json:"test"`
	Tried  string `json:"tried"`
	Times  string `json:"times"`
	Found  string `json:"found"`
	Failed bool   `json:"failed,omitempty"`
}

// evidence adds a row to the table at full size, once the test has ended and it is known how.
func evidence(t *testing.T, r *row) {
	t.Helper()
	began := time.Now()
	t.Cleanup(func() {
		r.Test, r.Failed = t.Name(), t.Failed()
		t.Logf("%s | %s | %s", r.Tried, r.Times, r.Found)
		if os.Getenv(fullSize) == "" {
			return
		}
		r.Times += fmt.Sprintf(" (%s)", time.Since(began).Round(time.Second))
		line, err := json.Marshal(r)
		must(t, err)
		must(t, os.MkdirAll(filepath.Dir(tableFile), 0o755))
		f, err := os.OpenFile(rowsFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		must(t, err)
		_, err = f.Write(append(line, '\n'))
		must(t, err)
		must(t, f.Close())
	})
}

// writeTable makes the table of the rows, in build/soak.md and on the screen.
func writeTable(screen io.Writer) error {
	f, err := os.Open(rowsFile())
	if os.IsNotExist(err) {
		return nil // no test of this run leaves a row
	}
	if err != nil {
		return fmt.Errorf("reading the rows: %w", err)
	}
	defer f.Close()
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s/%s, %d cores\n\n", time.Now().Format(time.DateOnly), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	b.WriteString("| What was tried | How often | What was found |\n|---|---|---|\n")
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var r row
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return fmt.Errorf("reading a row: %w", err)
		}
		if r.Failed {
			r.Found = "**FAILED** (" + r.Test + "): " + r.Found
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", cell(r.Tried), cell(r.Times), cell(r.Found))
	}
	if err := os.WriteFile(tableFile, []byte(b.String()), 0o644); err != nil {
		return fmt.Errorf("writing the table: %w", err)
	}
	if err := os.Remove(rowsFile()); err != nil {
		return fmt.Errorf("clearing the rows away: %w", err)
	}
	_, err = io.WriteString(screen, "\n"+b.String())
	return err
}

func cell(text string) string { return strings.NewReplacer("|", "\\|", "\n", " ").Replace(text) }
