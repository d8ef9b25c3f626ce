package journal_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"bottega/desk"
	"bottega/desk/civil"
	"bottega/sync/journal"
)

// manyVisits gives hundredThousand a year of work at thirty visits a day, about ten entries each.
const manyVisits = 10_000

// hundredThousand makes a journal of 100,000 entries and returns its folder; the slots cost what they cost at a desk.
func hundredThousand(b *testing.B) string {
	b.Helper()
	dir := filepath.Join(b.TempDir(), "dati")
	j, err := journal.Create(dir, journal.NewFacilitator{Sigla: sigla, Name: fullName}, passphrase(), journal.Options{})
	must(b, err)
	var drafts []desk.Draft
	for n := range manyVisits {
		drafts = append(drafts, aVisit(b, n)...)
		if n%100 == 99 {
			_, err := j.Append(context.Background(), drafts...)
			must(b, err)
			drafts = drafts[:0]
		}
	}
	must(b, j.Close())
	return dir
}

// aVisit is what one activation leaves in the journal.
func aVisit(b testing.TB, n int) []desk.Draft {
	p := citizen(b, n)
	p.Surname = fmt.Sprintf("%s %d", p.Surname, n) // no two visits name the same person
	p.FiscalCode = fmt.Sprintf("%s%05d", p.FiscalCode[:11], n)
	visit := fmt.Sprintf("01a1fd7d-c300-7%03x-9e52-%012x", n&0xfff, n)
	walk := fmt.Sprintf("01a1fd7d-c301-7%03x-9e52-%012x", n&0xfff, n)
	answered := func(step string, answers map[string]string) desk.Draft {
		return desk.Draft{Visit: visit, Payload: desk.WalkAnswered{Walk: walk, Step: step, Answers: answers}}
	}
	return []desk.Draft{
		{Visit: visit, Payload: desk.VisitOpened{Naming: desk.NamedByCard}},
		{Visit: visit, Payload: named(p)},
		answered("documento", map[string]string{"kind": "identity_card", "number": "CA00000AA", "expires": "2030-01-02"}),
		answered("informativa", map[string]string{"read": "yes"}),
		answered("busta", map[string]string{"envelope": fmt.Sprintf("%09d", n)}),
		{Visit: visit, Payload: desk.ActivationRequested{CardNumber: fmt.Sprintf("80380%015d", n), Holder: p, Document: desk.Document{
			Kind: "identity_card", Number: "CA00000AA", Expires: civil.Date{Year: 2030, Month: 1, Day: 2}}}},
		answered("prova", map[string]string{"pin": "typed", "outcome": "good"}),
		{Visit: visit, Payload: desk.NoteAdded{Text: "torna con la figlia per l'esenzione, vuole il promemoria grande"}},
		answered("fine", map[string]string{"outcome": "done"}),
		{Visit: visit, Payload: desk.VisitClosed{}},
	}
}

// What a desk of a year costs to open. The budget of the whole opening, with the projection that desk makes of the entries, is a
// second; the passphrase alone is the cost of argon2id, which is meant to be one.
func BenchmarkOpenAHundredThousandEntries(b *testing.B) {
	dir := hundredThousand(b)
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
		if n != 10*manyVisits {
			b.Fatalf("%d entries", n)
		}
		must(b, j.Close())
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/op")
	b.ReportMetric(unlocking.Seconds()/float64(b.N), "s-unlock/op")
	b.ReportMetric(reading.Seconds()/float64(b.N), "s-read/op")
}

func BenchmarkFindAPersonAmongAHundredThousandEntries(b *testing.B) {
	dir := hundredThousand(b)
	j, err := journal.Open(dir, journal.Options{})
	must(b, err)
	defer func() { must(b, j.Close()) }()
	must(b, j.Unlock(sigla, passphrase()))
	p := aVisit(b, 4321)[1].Payload.(desk.VisitNamed).Person
	b.ResetTimer()
	for range b.N {
		if found, err := j.Visits(context.Background(), p.FiscalCode); err != nil || len(found) != 1 {
			b.Fatalf("found %v, %v", found, err)
		}
	}
}

func BenchmarkVerifyAHundredThousandEntries(b *testing.B) {
	dir := hundredThousand(b)
	j, err := journal.Open(dir, journal.Options{})
	must(b, err)
	defer func() { must(b, j.Close()) }()
	must(b, j.Unlock(sigla, passphrase()))
	b.ResetTimer()
	for range b.N {
		verified(b, j)
	}
}
