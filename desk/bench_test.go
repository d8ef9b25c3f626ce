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
	"bottega/desk/fiscalcode"
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

// syllables make names that look like names, so that beginnings are shared as they are among people.
var syllables = []string{"BRA", "CO", "LI", "NA", "RO", "SA", "TE", "VI", "MO", "GHI", "PA", "DE"}

func nameOf(n int) string {
	return syllables[n%12] + syllables[n/12%12] + syllables[n/144%12]
}

func invented(n int) desk.Person {
	p := desk.Person{
		Surname: nameOf(n*7 + 5), Name: nameOf(n * 11), Sex: "F", BirthPlace: "D612", BirthDate: day(1930+n%60, time.Month(1+n%12), 1+n%28),
	}
	p.FiscalCode = fiscalcode.Compose(p.Surname, p.Name, p.BirthDate, p.Sex, p.BirthPlace)
	return p
}

// visitEntries is what a visit with an activation and two papers leaves in the journal.
func visitEntries(n int) []desk.Draft {
	who, card, id := invented(n/2), adasCard(), fmt.Sprintf("0196%04x-7000-7000-8000-%012x", n%65536, n)
	walk := "walk-" + id
	answered := func(step string, answers map[string]string) desk.Payload {
		return desk.WalkAnswered{Walk: walk, Step: step, Answers: answers}
	}
	ask := desk.ActivationRequested{
		Walk: walk, CardNumber: card.Number, Holder: who, Presence: desk.InPerson, Notice: "2026-01",
		Document: desk.Document{Kind: "identity_card", Number: "CA00000AA", Expires: day(2030, 12, 31)},
	}
	sheet := desk.Paper{
		ID: "paper-" + id, Number: fmt.Sprintf("LU-1-2026-%06d", n), Kind: desk.PaperTakeHome, Template: 1, Lang: "it",
		Site: desk.Site{ID: "LU", Name: "Bottega della Salute di Lucca", Municipality: "Lucca"},
		TakeHome: &desk.TakeHomeFacts{To: who.FullName(), Items: []desk.TakeHomeItem{{
			Service: "Attivazione della tessera", Done: "Abbiamo chiesto l'attivazione della sua tessera.",
			Next:   []string{"Aspetti la conferma: la chiamiamo noi.", "Tenga la busta in un posto sicuro."},
			Phones: []desk.Phone{{Name: "Numero unico", Number: "800 000 000", Hours: "dal lunedì al venerdì"}},
		}}},
	}
	var drafts []desk.Draft
	for _, p := range []desk.Payload{
		desk.VisitOpened{Naming: desk.NamedByCard}, desk.VisitNamed{Naming: desk.NamedByCard, Person: who},
		desk.CardRead{Holder: who, Number: card.Number, Issuer: "6090", Model: "classic", Test: card.Test}, desk.PeriodStarted{Period: desk.Served},
		desk.WalkStarted{Walk: walk, Service: "activation", ContentVersion: 3},
		answered("chip", nil), answered("presence", map[string]string{"presence": "in_person"}),
		answered("document", map[string]string{"card_number": card.Number, "document_kind": "identity_card", "document_number": "CA00000AA"}),
		ask, desk.WalkEnded{Walk: walk, Service: "activation", Outcome: "requested"},
		desk.PaperMade{Paper: sheet, SHA256: fmt.Sprintf("%064x", n)}, desk.VisitClosed{CleanUp: []desk.CleanUp{desk.CleanPortal}},
	} {
		drafts = append(drafts, desk.Draft{Visit: id, Payload: p})
	}
	return drafts
}

// hundredThousand is a journal of that many entries, thirty visits a day.
var hundredThousand = sync.OnceValue(func() shelf {
	const entries = 100_000
	s := make(shelf, 0, entries)
	for n := 0; len(s) < entries; n++ {
		at := morning.AddDate(0, 0, n/30-300).Add(time.Duration(n%30) * 10 * time.Minute)
		for _, d := range visitEntries(n) {
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
	queries := []string{invented(40).FullName(), invented(3000).FiscalCode, "bra", "nessuno", invented(17).Surname[:4] + " " + invented(17).Name[:3]}
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
	code := invented(40).FiscalCode
	for b.Loop() {
		d.Today()
		d.OpenVisits()
		d.VisitsOf(code)
	}
}
