package journal_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"bottega/desk"
	"bottega/desk/desktest"
	"bottega/sync/journal"
)

// manyVisits leave a bit more than 100,000 entries: the work of a year at thirty visits a day.
const manyVisits = 8_400

// hundredThousand makes a journal of that many entries and returns its folder; the slots cost what they cost at a desk.
func hundredThousand(b *testing.B) (dir string, entries int) {
	b.Helper()
	dir = filepath.Join(b.TempDir(), "dati")
	j, err := journal.Create(dir, journal.NewFacilitator{Sigla: sigla, Name: fullName}, passphrase(), journal.Options{})
	must(b, err)
	var drafts []desk.Draft
	for n := range manyVisits {
		drafts = append(drafts, desktest.Visit(n)...)
		if n%400 == 399 {
			_, err := j.Append(context.Background(), drafts...)
			must(b, err)
			entries += len(drafts)
			drafts = drafts[:0]
		}
	}
	must(b, j.Close())
	if entries < 100_000 {
		b.Fatalf("only %d entries", entries)
	}
	return dir, entries
}

// What a desk of a year costs to open. The budget of the whole opening, with the projection that desk makes of the entries, is a
// second; the passphrase alone is the cost of argon2id, which is meant to be one.
func BenchmarkOpenAHundredThousandEntries(b *testing.B) {
	dir, entries := hundredThousand(b)
	ctx := context.Background()
	var unlocking, reading time.Duration
	b.ResetTimer()
	for range b.N {
		j, err := journal.Open(dir, journal.Options{})
		must(b, err)
		start := time.Now()
		must(b, j.Unlock(sigla, passphrase()))
		unlocking += time.Since(start)
		start = time.Now()
		n := 0
		must(b, j.Read(ctx, 1, func(desk.Entry) error { n++; return nil }))
		reading += time.Since(start)
		if n != entries {
			b.Fatalf("%d entries", n)
		}
		must(b, j.Close())
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/op")
	b.ReportMetric(unlocking.Seconds()/float64(b.N), "s-unlock/op")
	b.ReportMetric(reading.Seconds()/float64(b.N), "s-read/op")
}

func BenchmarkFindAPersonAmongAHundredThousandEntries(b *testing.B) {
	dir, _ := hundredThousand(b)
	j, err := journal.Open(dir, journal.Options{})
	must(b, err)
	defer func() { must(b, j.Close()) }()
	must(b, j.Unlock(sigla, passphrase()))
	code := desktest.Person(2100).FiscalCode
	b.ResetTimer()
	for range b.N {
		if found, err := j.Visits(context.Background(), code); err != nil || len(found) == 0 {
			b.Fatalf("found %v, %v", found, err)
		}
	}
}

func BenchmarkVerifyAHundredThousandEntries(b *testing.B) {
	dir, _ := hundredThousand(b)
	j, err := journal.Open(dir, journal.Options{})
	must(b, err)
	defer func() { must(b, j.Close()) }()
	must(b, j.Unlock(sigla, passphrase()))
	b.ResetTimer()
	for range b.N {
		verified(b, j)
	}
}
