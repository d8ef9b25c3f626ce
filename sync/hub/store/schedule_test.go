package store_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bottega/desk"
	"bottega/sync/hub/store"
	"bottega/sync/wire"
)

// fact is what a desk wrote once; the same fact may come in more than one epoch, in more than one order.
type fact struct{ id, visit, supersedes, erases string }

// facts draws facts that name each other and a few visits.
func facts(t *rapid.T) []fact {
	visits := rapid.SampledFrom([]string{"", "", "v1", "v2", "v3"})
	all := make([]fact, rapid.IntRange(1, 8).Draw(t, "facts"))
	for i := range all {
		all[i] = fact{id: fmt.Sprint("f", i), visit: visits.Draw(t, "visit")}
		switch rapid.IntRange(0, 5).Draw(t, "what") {
		case 0:
			all[i].supersedes = fmt.Sprint("f", rapid.IntRange(0, len(all)-1).Draw(t, "corrected"))
		case 1:
			all[i].visit, all[i].erases = "", visits.Draw(t, "erased")
		}
	}
	return all
}

// stream seals facts into the entries of one epoch.
func stream(t *rapid.T, all []fact) (entries []wire.Entry, raw []json.RawMessage) {
	var prev wire.Digest
	for i, f := range all {
		payload, err := json.Marshal(map[string]string{"erases": f.erases})
		if err != nil {
			t.Fatal(err)
		}
		e := wire.Entry{Seq: uint64(i + 1), ID: f.id, Kind: "visit.note", Version: 1, At: time.UnixMilli(1_800_000_000_000), Visit: f.visit,
			Supersedes: f.supersedes, Payload: payload, Salt: bytes.Repeat([]byte{1}, wire.SaltSize)}
		if err := e.Seal(prev); err != nil {
			t.Fatal(err)
		}
		prev = e.Digest
		document, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		entries, raw = append(entries, e), append(raw, document)
	}
	return entries, raw
}

// TestScheduleOfErasuresAndCorrectionsEndsTheSame sends the same facts in epochs of different orders, in pieces, again and again, with
// judging in between, and holds what is left against what the facts alone say. Each schedule has a desk of its own.
func TestScheduleOfErasuresAndCorrectionsEndsTheSame(t *testing.T) {
	path, address := filepath.Join(t.TempDir(), "hub.db"), server.Database(t)
	for name, over := range map[string]struct {
		store          store.Store
		driver, source string
	}{
		"SQLite":     {openFile(t, path), "sqlite", path},
		"PostgreSQL": {openPostgres(t, address), "pgx", address},
	} {
		t.Run(name, func(t *testing.T) {
			defer over.store.Close()
			db, err := sql.Open(over.driver, over.source)
			check(t, err)
			defer db.Close()
			runs := 0
			rapid.Check(t, func(rt *rapid.T) {
				runs++
				schedule(rt, t, over.store, db, fmt.Sprint("d", runs))
			})
		})
	}
}

// schedule draws one schedule and plays it. The database is read as another program would.
func schedule(rt *rapid.T, t *testing.T, s store.Store, db *sql.DB, deskID string) {
	now := time.UnixMilli(1_800_000_000_000)
	check(t, s.AddCode(t.Context(), store.Code{SecretHash: deskID, Expires: now.Add(time.Hour)}))
	_, err := s.Enrol(t.Context(), deskID, store.Desk{ID: deskID, Certificate: deskID, Key: deskID, Enrolled: now})
	check(t, err)

	all := facts(rt)
	epochs := rapid.IntRange(1, 3).Draw(rt, "epochs")
	durable := make([]int, epochs)
	entries, raw := make([][]wire.Entry, epochs), make([][]json.RawMessage, epochs)
	for i := range epochs {
		entries[i], raw[i] = stream(rt, rapid.Permutation(all).Draw(rt, "order"))
	}
	push := func(epoch, from, to int) {
		got, err := s.Append(t.Context(), store.Push{Desk: deskID, Epoch: wire.Epoch{ID: fmt.Sprint(deskID, "-", epoch), From: 1},
			Entries: entries[epoch][from:to], Raw: raw[epoch][from:to], Received: now})
		if err != nil || int(got) != max(durable[epoch], to) {
			rt.Fatalf("Append = %d, %v", got, err)
		}
		durable[epoch] = int(got)
	}
	for range rapid.IntRange(0, 12).Draw(rt, "steps") {
		epoch := rapid.IntRange(0, epochs-1).Draw(rt, "epoch")
		from := rapid.IntRange(0, durable[epoch]).Draw(rt, "from")
		push(epoch, from, rapid.IntRange(from, len(all)).Draw(rt, "to"))
		if rapid.Bool().Draw(rt, "judge") {
			judgeAll(rt, t, s, deskID)
		}
	}
	for epoch := range epochs {
		push(epoch, durable[epoch], len(all))
	}
	judgeAll(rt, t, s, deskID)
	for id, want := range ends(all) {
		var got store.State
		check(t, db.QueryRowContext(t.Context(), `SELECT state FROM records WHERE desk = $1 AND entry = $2`, deskID, id).Scan(&got))
		if got != want {
			rt.Errorf("%s ends as %s, want %s; facts: %+v", id, got, want, all)
		}
	}
}

// judgeAll answers every record of a desk, and erases what it says.
func judgeAll(rt *rapid.T, t *testing.T, s store.Store, deskID string) {
	for {
		n, err := s.Answer(t.Context(), deskID, 3, func(r store.Record, _ store.Register) (store.Decision, error) {
			var p struct{ Erases string }
			if err := json.Unmarshal(r.Entry.Payload, &p); err != nil {
				rt.Errorf("%s was judged without its content", r.Entry.ID)
			}
			return store.Decision{State: store.StateAnswered, Erase: p.Erases, Reply: &desk.Reply{Kind: desk.RecordRefused}}, nil
		})
		if err != nil {
			rt.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

// ends says how the record of each fact must end. An erasure that was itself corrected may have been judged before or not: what it
// would erase is left out.
func ends(all []fact) map[string]store.State {
	corrected, perhaps, erased := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, f := range all {
		if f.supersedes != "" {
			corrected[f.supersedes] = true
		}
	}
	for _, f := range all {
		switch {
		case f.erases != "" && corrected[f.id]:
			perhaps[f.erases] = true
		case f.erases != "":
			erased[f.erases] = true
		}
	}
	want := map[string]store.State{}
	for _, f := range all {
		switch {
		case f.visit != "" && erased[f.visit]:
			want[f.id] = store.StateErased
		case f.visit != "" && perhaps[f.visit]:
		case corrected[f.id]:
			want[f.id] = store.StateSuperseded
		default:
			want[f.id] = store.StateAnswered
		}
	}
	return want
}
