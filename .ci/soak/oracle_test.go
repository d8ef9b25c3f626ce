package soak

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"bottega/desk"
	"bottega/sync/journal"
	"bottega/sync/wire"
)

// ledger is what a desk said while it lived, kept outside it: each append that returned and the last acknowledgement that it kept.
type ledger struct {
	wrote map[string]desk.Entry
	safe  uint64
	// acknowledgements counts those that were kept.
	acknowledgements int
}

func newLedger() *ledger { return &ledger{wrote: make(map[string]desk.Entry)} }

// note adds a line of the desk's.
func (l *ledger) note(s deskSaid) {
	for _, e := range s.Wrote {
		l.wrote[e.ID] = e
	}
	if s.Safe > 0 {
		l.safe = max(l.safe, s.Safe)
		l.acknowledgements++
	}
}

// kept is what a journal holds, read by who verified it.
type kept struct {
	entries  []wire.Entry
	position wire.Position
}

// readJournal verifies a journal from its first entry to its last and reads it. What is wrong with it is an error.
func readJournal(ctx context.Context, j *journal.Journal) (kept, error) {
	report, err := j.Verify(ctx)
	if err != nil {
		return kept{}, err
	}
	if report.Fault != nil {
		return kept{}, report.Fault
	}
	var k kept
	if k.position, err = j.Position(ctx); err != nil {
		return kept{}, err
	}
	for next := uint64(1); ; {
		some, err := j.Batch(ctx, nil, next, 1000, 8<<20)
		if err != nil {
			return kept{}, err
		}
		if len(some) == 0 {
			break
		}
		k.entries = append(k.entries, some...)
		next = k.entries[len(k.entries)-1].Seq + 1
	}
	if n := uint64(len(k.entries)); n != report.Entries || n != k.position.Last {
		return kept{}, fmt.Errorf("%d entries are read, %d verified, and the last is %d", n, report.Entries, k.position.Last)
	}
	return k, nil
}

// readFolder is readJournal for a desk that is not running.
func readFolder(ctx context.Context, dir string) (k kept, err error) {
	j, err := unlockedJournal(dir)
	if err != nil {
		return kept{}, err
	}
	k, err = readJournal(ctx, j)
	if closeErr := j.Close(); err == nil {
		err = closeErr
	}
	return k, err
}

// place is where an entry stands at the hub.
type place struct {
	epoch string
	seq   uint64
}

// arrived is what stands in the hub's database of one desk, read without the hub.
type arrived struct {
	// entries as they came: an entry may stand in two epochs.
	entries map[place]string // its digest
	// records are what the hub counts, by the identity of the entry that each was made of.
	records map[string][]place
	epochs  int
	replies int
}

// readDatabase reads what the hub has of a desk.
func readDatabase(ctx context.Context, db *sql.DB, desk string) (arrived, error) {
	a := arrived{entries: make(map[place]string), records: make(map[string][]place)}
	// Records first: a hub that is still at work adds an entry together with its record.
	err := eachRow(ctx, db, `SELECT entry, epoch, seq FROM records WHERE desk = $1`, desk, func(r *sql.Rows) error {
		var id string
		var p place
		err := r.Scan(&id, &p.epoch, &p.seq)
		a.records[id] = append(a.records[id], p)
		return err
	})
	if err != nil {
		return a, fmt.Errorf("reading the hub's records: %w", err)
	}
	err = eachRow(ctx, db, `SELECT epoch, seq, digest FROM entries WHERE desk = $1`, desk, func(r *sql.Rows) error {
		var p place
		var digest string
		err := r.Scan(&p.epoch, &p.seq, &digest)
		a.entries[p] = digest
		return err
	})
	if err != nil {
		return a, fmt.Errorf("reading the hub's entries: %w", err)
	}
	err = db.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM epochs WHERE desk = $1), (SELECT COUNT(*) FROM replies WHERE desk = $1)`, desk).
		Scan(&a.epochs, &a.replies)
	return a, err
}

func eachRow(ctx context.Context, db *sql.DB, query, desk string, each func(*sql.Rows) error) error {
	rows, err := db.QueryContext(ctx, query, desk)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// database opens the hub's database for looking at it.
func (p hubPart) database(t testing.TB) *sql.DB {
	t.Helper()
	db, err := p.openDatabase()
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	return db
}

func (p hubPart) openDatabase() (*sql.DB, error) {
	if p.Database != "" {
		return sql.Open("pgx", p.Database)
	}
	return sql.Open("sqlite", "file:"+filepath.ToSlash(filepath.Join(p.State, "hub.db"))+"?_pragma=busy_timeout(10000)&mode=ro")
}

// compare holds against one another what a desk said, what its journal holds and what the hub has. It returns what does not fit.
func (l *ledger) compare(k kept, a arrived) (findings []string) {
	find := func(format string, args ...any) { findings = append(findings, fmt.Sprintf(format, args...)) }
	byID := make(map[string]wire.Entry, len(k.entries))
	for _, e := range k.entries {
		if _, twice := byID[e.ID]; twice {
			find("entry %d has the identity of another one", e.Seq)
		}
		byID[e.ID] = e
	}
	for id, want := range l.wrote {
		got, ok := byID[id]
		if !ok || got.Seq != want.Seq || !bytes.Equal(got.Payload, want.Payload) {
			find("entry %d was written, and is not in the journal as it was", want.Seq)
		}
	}
	safe := max(l.safe, k.position.Acknowledged)
	if safe > k.position.Last {
		find("%d entries are called safe of %d", safe, k.position.Last)
	}
	for _, e := range k.entries {
		if e.Seq <= safe && len(a.records[e.ID]) == 0 {
			find("entry %d is called safe, and is not at the hub", e.Seq)
		}
	}
	for id, places := range a.records {
		e, known := byID[id]
		switch {
		case !known:
			find("the hub has a record %s that is in no journal", id)
		case len(places) != 1:
			find("entry %d is %d records at the hub", e.Seq, len(places))
		case a.entries[places[0]] != e.Digest.String() || places[0].seq != e.Seq:
			find("entry %d is another one at the hub", e.Seq)
		}
	}
	return append(findings, k.replies()...)
}

// replies checks that each reply of the hub was kept once, in order, and about one entry only.
func (k kept) replies() (findings []string) {
	var last uint64
	var about []string
	for _, e := range k.entries {
		var r desk.ReplyReceived
		if e.Kind != r.Kind() {
			continue
		}
		if err := json.Unmarshal(e.Payload, &r); err != nil || r.Reply.Number != last+1 || slices.Contains(about, r.Reply.About) {
			findings = append(findings, fmt.Sprintf("entry %d keeps reply %d after reply %d: %v", e.Seq, r.Reply.Number, last, err))
		}
		last, about = r.Reply.Number, append(about, r.Reply.About)
	}
	if last != k.position.Replies {
		findings = append(findings, fmt.Sprintf("%d replies are in the journal, which counts %d", last, k.position.Replies))
	}
	return findings
}

// settled checks, once all was sent, that everything is at the hub, once, in one epoch, and that each request has its reply.
func (l *ledger) settled(k kept, a arrived) (findings []string) {
	findings = l.compare(k, a)
	if a.epochs != 1 || len(a.entries) != len(k.entries) || len(a.records) != len(k.entries) || k.position.Acknowledged != k.position.Last {
		findings = append(findings, fmt.Sprintf("the journal has %d entries, %d of them safe; the hub %d in %d epochs, %d records",
			len(k.entries), k.position.Acknowledged, len(a.entries), a.epochs, len(a.records)))
	}
	if asked := k.requests(); asked != a.replies || uint64(asked) != k.position.Replies {
		findings = append(findings, fmt.Sprintf("%d requests have %d replies, of which %d are in the journal", asked, a.replies, k.position.Replies))
	}
	return findings
}

// requests counts the entries that a hub answers.
func (k kept) requests() (n int) {
	for _, e := range k.entries {
		if e.Kind == (desk.ExemptionRequested{}).Kind() {
			n++
		}
	}
	return n
}

// unanswered names the requests that have no reply in the journal, or more than one unless a hub that was put back may have answered
// again.
func (k kept) unanswered(again bool) (findings []string) {
	replies := make(map[string]int)
	for _, e := range k.entries {
		var r desk.ReplyReceived
		if e.Kind == r.Kind() && json.Unmarshal(e.Payload, &r) == nil {
			replies[r.Reply.About]++
		}
	}
	for _, e := range k.entries {
		if e.Kind == (desk.ExemptionRequested{}).Kind() && (replies[e.ID] == 0 || replies[e.ID] > 1 && !again) {
			findings = append(findings, fmt.Sprintf("request %d has %d replies", e.Seq, replies[e.ID]))
		}
	}
	return findings
}
