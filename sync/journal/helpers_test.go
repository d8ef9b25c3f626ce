package journal_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"bottega/desk"
	"bottega/desk/civil"
	"bottega/desk/fiscalcode"
	"bottega/sync/client"
	"bottega/sync/journal"
)

// The journal is what the client sends from, without anything in between.
var (
	_ client.Journal  = (*journal.Journal)(nil)
	_ client.Identity = (*journal.Journal)(nil)
)

// passphrase returns a fresh copy, since every use wipes it.
func passphrase() []byte { return []byte("tre parole a caso") }

const (
	sigla    = "MR"
	fullName = "Mariangela Rossicchioli"
)

// clock is a clock that a test sets.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock {
	return &clock{now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.FixedZone("", 3600))}
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// options has a slot cost that is cheap, and no wait worth noticing.
func options(c desk.Clock) journal.Options {
	return journal.Options{Clock: c, Params: journal.Params{Time: 1, MemoryKiB: 64, Threads: 1}, LockWait: 60 * time.Millisecond}
}

// create makes a journal in a new folder and closes it with the test.
func create(t testing.TB, c desk.Clock) *journal.Journal {
	t.Helper()
	j, err := journal.Create(filepath.Join(t.TempDir(), "dati"), journal.NewFacilitator{Sigla: sigla, Name: fullName}, passphrase(), options(c))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { must(t, j.Close()) })
	return j
}

// reopen closes a journal and opens its folder again, unlocked.
func reopen(t testing.TB, j *journal.Journal, c desk.Clock) *journal.Journal {
	t.Helper()
	must(t, j.Close())
	return open(t, j.Dir(), c)
}

func open(t testing.TB, dir string, c desk.Clock) *journal.Journal {
	t.Helper()
	j, err := journal.Open(dir, options(c))
	must(t, err)
	t.Cleanup(func() { must(t, j.Close()) })
	must(t, j.Unlock(sigla, passphrase()))
	return j
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error is %v, want %v", err, want)
	}
}

// note appends a note to a visit.
func note(t testing.TB, j *journal.Journal, visit, text string) desk.Entry {
	t.Helper()
	es, err := j.Append(context.Background(), desk.Draft{Visit: visit, Payload: desk.NoteAdded{Text: text}})
	must(t, err)
	return es[0]
}

func readAll(t testing.TB, j *journal.Journal) []desk.Entry {
	t.Helper()
	var all []desk.Entry
	must(t, j.Read(context.Background(), 1, func(e desk.Entry) error {
		all = append(all, e)
		return nil
	}))
	return all
}

// verified fails unless the whole journal verifies, and returns the report.
func verified(t testing.TB, j *journal.Journal) journal.Report {
	t.Helper()
	r, err := j.Verify(context.Background())
	must(t, err)
	if r.Fault != nil {
		t.Fatalf("the journal does not verify: %v", r.Fault)
	}
	return r
}

// citizen invents the n-th person, with a valid fiscal code.
func citizen(t testing.TB, n int) desk.Person {
	t.Helper()
	p := desk.Person{
		Surname: fmt.Sprintf("Bertolazzini%c", 'A'+n%26), Name: "Ermenegilda", Sex: "F",
		BirthDate: civil.Date{Year: 1931 + n%60, Month: time.Month(1 + n%12), Day: 1 + n%28}, BirthPlace: "D612",
	}
	p.FiscalCode = fiscalcode.Compose(p.Surname, p.Name, p.BirthDate, p.Sex, p.BirthPlace)
	must(t, fiscalcode.Check(p.FiscalCode))
	return p
}

func named(p desk.Person) desk.VisitNamed {
	return desk.VisitNamed{Naming: desk.NamedByCard, Person: p}
}
