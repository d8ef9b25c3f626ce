package main

import (
	"strings"
	"testing"
)

const said = `goos: linux
pkg: bottega/sync/journal
BenchmarkDurableAppend/8_writers-2         	      30	         0 ns/op	         0.912 ours/bare
BenchmarkOpenAHundredThousandEntries-2     	       1	 612345678 ns/op	         0.612 s/op
PASS
pkg: bottega/cmd/internal/house
BenchmarkOpenAHundredThousandEntries-2     	       1	 1612345678 ns/op	      1.612 s/open
`

func TestEachNumberIsFoundUnderItsPackageAndName(t *testing.T) {
	results, err := read(strings.NewReader(said))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[result]float64{
		{"bottega/sync/journal", "DurableAppend/8_writers", "ours/bare"}:        0.912,
		{"bottega/sync/journal", "OpenAHundredThousandEntries", "s/op"}:         0.612,
		{"bottega/cmd/internal/house", "OpenAHundredThousandEntries", "s/open"}: 1.612,
		{"bottega/sync/journal", "OpenAHundredThousandEntries", "s/open"}:       0,
	} {
		if results[name] != want {
			t.Errorf("%+v is %v, want %v", name, results[name], want)
		}
	}
}

func TestWhatIsNotHeldAndWhatWasNotMeasuredIsBroken(t *testing.T) {
	results, err := read(strings.NewReader(said))
	if err != nil {
		t.Fatal(err)
	}
	table, broken := tabulate(results)
	if broken != len(promises())-1 { // one of them is held
		t.Errorf("%d are broken:\n%s", broken, table)
	}
	for _, line := range []string{"| 0.91 | at least 0.8 | held |", "| 1.61 | at most 1 | **not held** |", "| - | at least 0.4 | **not held** |"} {
		if !strings.Contains(table, line) {
			t.Errorf("%q is missing in\n%s", line, table)
		}
	}
}
