// Package main runs benchmarks and holds what they measure against one another, in the same run, against what is promised. It belongs
// to no room, imports none, and nobody imports it. Run it with
//
//	make bench
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// tableFile is where the table is left.
const tableFile = "build/bench.md"

// promise is what one benchmark has to measure.
type promise struct {
	what string
	// pkg and benchmark name it, unit the number that counts.
	pkg, benchmark, unit string
	// bound is the least that is wanted, or the most.
	bound   float64
	atLeast bool
}

func promises() []promise {
	return []promise{
		{"a durable append, 8 writers, beside a bare put into bbolt", "bottega/sync/journal", "DurableAppend/8_writers", "ours/bare", 0.8, true},
		{"10,000 entries from a real journal, beside a bare post of the same bytes, over TLS on the loopback", "bottega/.ci/soak", "DrainOfAJournalBesideABarePost", "ours/post", 0.5, true},
		{"100,000 entries from a real journal, times the cost of 10,000", "bottega/.ci/soak", "DrainOfAJournalTenTimesAsLong", "long/short", 11, false},
		{"entries into PostgreSQL at the hub, beside pgx CopyFrom of the same rows", "bottega/sync/hub/store", "IngestBesideCopyFrom", "ours/copy", 0.4, true},
		{"opening a desk with 100,000 entries, from the file to the day's figures, in seconds", "bottega/cmd/internal/house", "OpenAHundredThousandEntries", "s/open", 1, false},
		{"a search among 100,000 entries, in milliseconds", "bottega/desk", "SearchAmongAHundredThousandEntries", "ms/search", 50, false},
		{"a fiscal code among 100,000 entries, through the index of the file, in milliseconds", "bottega/cmd/internal/house", "FindACodeAmongAHundredThousandEntries", "ms/search", 50, false},
		{"reading a card, beside OpenSC", "bottega/cmd/bottegactl", "CardReadBesideOpenSC", "ours/opensc", 0.5, false},
	}
}

func main() {
	results, err := run(os.Args[1:])
	if err == nil {
		err = write(results)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// result names one number of one benchmark.
type result struct{ pkg, benchmark, unit string }

// run runs all benchmarks of packages, shows what they say, and returns their numbers.
func run(packages []string) (map[result]float64, error) {
	cmd := exec.Command("go", append([]string{"test", "-run", "^$", "-bench", ".", "-benchmem", "-timeout", "2h"}, packages...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("running the benchmarks: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("running the benchmarks: %w", err)
	}
	results, err := read(io.TeeReader(out, os.Stdout))
	if err := errors.Join(err, cmd.Wait()); err != nil {
		return nil, fmt.Errorf("running the benchmarks: %w", err)
	}
	return results, nil
}

// processors is what go test adds to the name of a benchmark.
var processors = regexp.MustCompile(`-\d+$`)

// read reads the benchmark format: lines of a name, a count, and numbers each with its unit, after a line that names the package
// (https://go.dev/design/14313-benchmark-format).
func read(from io.Reader) (map[result]float64, error) {
	results := make(map[result]float64)
	pkg := ""
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		if name, found := strings.CutPrefix(lines.Text(), "pkg: "); found {
			pkg = name
		}
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := processors.ReplaceAllString(strings.TrimPrefix(fields[0], "Benchmark"), "")
		for i := 2; i+1 < len(fields); i += 2 {
			if value, err := strconv.ParseFloat(fields[i], 64); err == nil {
				results[result{pkg, name, fields[i+1]}] = value
			}
		}
	}
	return results, lines.Err()
}

// write shows the table and leaves it in a file. A promise that was not measured, or is not held, is an error.
func write(results map[result]float64) error {
	table, broken := tabulate(results)
	if err := os.MkdirAll(filepath.Dir(tableFile), 0o755); err != nil {
		return fmt.Errorf("writing the table: %w", err)
	}
	if err := os.WriteFile(tableFile, []byte(table), 0o644); err != nil {
		return fmt.Errorf("writing the table: %w", err)
	}
	if _, err := io.WriteString(os.Stdout, "\n"+table); err != nil {
		return fmt.Errorf("writing the table: %w", err)
	}
	if broken > 0 {
		return fmt.Errorf("%d of what is promised is not held", broken)
	}
	return nil
}

func tabulate(results map[result]float64) (table string, broken int) {
	var b strings.Builder
	b.WriteString("| What | Measured | Wanted | |\n|---|---|---|---|\n")
	for _, p := range promises() {
		measured, known := results[result{p.pkg, p.benchmark, p.unit}]
		text, wanted, verdict := "-", fmt.Sprintf("at most %g", p.bound), "held"
		held := known && measured <= p.bound
		if p.atLeast {
			wanted, held = fmt.Sprintf("at least %g", p.bound), known && measured >= p.bound
		}
		if known {
			text = strconv.FormatFloat(measured, 'f', 2, 64)
		}
		if !held {
			broken++
			verdict = "**not held**"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", p.what, text, wanted, verdict)
	}
	return b.String(), broken
}
