package house_test

import (
	"context"
	"testing"
	"time"

	"bottega/cmd/internal/house"
	"bottega/desk"
	"bottega/desk/desktest"
	"bottega/sync/journal"
)

// slowly is a clock that goes on by four minutes whenever it is read, so that visits are spread over as many days as they would be.
func slowly(from time.Time) desk.ClockFunc {
	return func() time.Time {
		from = from.Add(4 * time.Minute)
		return from
	}
}

const phrase = "tre gatti sul tetto"

// filled is the folder of a journal of at least so many entries, and who can unlock it.
func filled(b *testing.B, entries int, opts journal.Options) (dir, who string) {
	b.Helper()
	const perCommit = 6000
	dir = b.TempDir()
	j, err := journal.Create(dir, journal.NewFacilitator{Sigla: "MR", Name: "Marta Rinaldi"}, []byte(phrase), opts)
	must(b, err)
	var drafts []desk.Draft
	for n, written := 0, 0; written < entries; n++ {
		drafts = append(drafts, desktest.Visit(n)...)
		if len(drafts) < perCommit {
			continue
		}
		_, err := j.Append(context.Background(), drafts...)
		must(b, err)
		written += len(drafts)
		drafts = nil
	}
	people, err := j.Facilitators()
	must(b, err)
	must(b, j.Close())
	return dir, people[0].ID
}

func must(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkOpenAHundredThousandEntries is a whole start of a desk of many years, from the file to the home screen. The passphrase is
// cheap: what a real one costs is chosen.
func BenchmarkOpenAHundredThousandEntries(b *testing.B) {
	opts := journal.Options{Params: journal.Params{Time: 1, MemoryKiB: 8 * 1024, Threads: 1}, Clock: slowly(time.Now().AddDate(0, 0, -280))}
	dir, who := filled(b, 100_000, opts)
	content, err := house.LoadContent()
	must(b, err)
	for b.Loop() {
		j, err := journal.Open(dir, opts)
		must(b, err)
		must(b, j.Unlock(who, []byte(phrase)))
		d, err := content.Open(context.Background(), j, desk.ClockFunc(time.Now), false)
		must(b, err)
		d.Today()
		b.StopTimer()
		must(b, j.Close())
		b.StartTimer()
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/open")
}

// BenchmarkFindACodeAmongAHundredThousandEntries looks up a fiscal code as the search page does: in the index of the file and in what the
// desk has in memory.
func BenchmarkFindACodeAmongAHundredThousandEntries(b *testing.B) {
	opts := journal.Options{Params: journal.Params{Time: 1, MemoryKiB: 8 * 1024, Threads: 1}, Clock: slowly(time.Now().AddDate(0, 0, -280))}
	dir, who := filled(b, 100_000, opts)
	content, err := house.LoadContent()
	must(b, err)
	j, err := journal.Open(dir, opts)
	must(b, err)
	defer func() { must(b, j.Close()) }()
	must(b, j.Unlock(who, []byte(phrase)))
	d, err := content.Open(context.Background(), j, desk.ClockFunc(time.Now), false)
	must(b, err)
	code := desktest.Person(2100).FiscalCode
	for b.Loop() {
		if len(d.Search(code, 20)) == 0 {
			b.Fatal("nobody was found")
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms/search")
}
