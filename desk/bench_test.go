package desk_test

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"bottega/desk"
	"bottega/desk/desktest"
)

// shelf is a journal that is only read.
type shelf []desk.Entry

func (s shelf) Append(context.Context, ...desk.Draft) ([]desk.Entry, error) { return nil, nil }

func (s shelf) Read(_ context.Context, from uint64, each func(desk.Entry) error) error {
	for _, e := range s[min(from-1, uint64(len(s))):] {
		if err := each(e); err != nil {
			return err
		}
	}
	return nil
}

// hundredThousand is a journal of that many entries, thirty visits a day.
var hundredThousand = sync.OnceValue(func() shelf {
	const entries = 100_000
	s := make(shelf, 0, entries)
	for n := 0; len(s) < entries; n++ {
		at := morning.AddDate(0, 0, n/30-300).Add(time.Duration(n%30) * 10 * time.Minute)
		for _, d := range desktest.Visit(n) {
			payload, err := json.Marshal(d.Payload)
			if err != nil {
				panic(err)
			}
			seq := uint64(len(s) + 1)
			s = append(s, desk.Entry{
				Seq: seq, ID: fmt.Sprintf("entry-%d", seq), Kind: d.Payload.Kind(), Version: 1, At: at, Visit: d.Visit, Payload: payload,
			})
		}
	}
	return s
})

func openShelf(b testing.TB, s shelf) *desk.Desk {
	b.Helper()
	d, err := desk.Open(context.Background(), desk.Params{Journal: s, Clock: desk.ClockFunc(func() time.Time { return morning })})
	if err != nil {
		b.Fatal(err)
	}
	return d
}

// BenchmarkOpenAHundredThousandEntries is the desk's own part of a start: the journal is in memory.
func BenchmarkOpenAHundredThousandEntries(b *testing.B) {
	s := hundredThousand()
	runtime.GC()
	for b.Loop() {
		openShelf(b, s)
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/open")
}

// BenchmarkSearchAmongAHundredThousandEntries asks for a few people, for a name that many have and for one that nobody has.
func BenchmarkSearchAmongAHundredThousandEntries(b *testing.B) {
	d := openShelf(b, hundredThousand())
	queries := []string{desktest.Person(40).FullName(), desktest.Person(3000).FiscalCode, "bra", "nessuno", desktest.Person(17).Surname[:4] + " " + desktest.Person(17).Name[:3]}
	n := 0
	for b.Loop() {
		d.Search(queries[n%len(queries)], 20)
		n++
	}
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(n), "ms/search")
}

// BenchmarkHomeAmongAHundredThousandEntries is what one drawing of the home screen asks.
func BenchmarkHomeAmongAHundredThousandEntries(b *testing.B) {
	d := openShelf(b, hundredThousand())
	code := desktest.Person(40).FiscalCode
	for b.Loop() {
		d.Today()
		d.OpenVisits()
		d.FollowUps()
		d.VisitsOf(code)
	}
}
