package store_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"bottega/desk"
	"bottega/desk/civil"
	"bottega/desk/desktest"
	"bottega/sync/hub/store"
	"bottega/sync/hub/store/storetest"
	"bottega/sync/wire"
)

// secrets are what the tests below put into a store and nobody may find in its files.
func secrets() []string {
	return []string{"Bianchi", "Nella", "BNCNLL48C45E715Q", "6090010000000018", "Hoxha", "HXHGMA57S30Z100N", "6090010000000026",
		"Ștefania", "6090010000000034", "torna lunedì", "hologram-colour", "ATTESTATO-7781"}
}

// fill puts something of everything into a store.
func fill(t *testing.T, s store.Store) {
	t.Helper()
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	check(t, s.AddCode(t.Context(), store.Code{SecretHash: "h", Expires: now.Add(time.Hour)}))
	_, err := s.Enrol(t.Context(), "h", store.Desk{ID: "a", Certificate: "c", Key: "k", Enrolled: now})
	check(t, err)
	check(t, s.Load(t.Context(), store.Registry{
		Cards: []store.Card{{Number: "6090010000000018", FiscalCode: "BNCNLL48C45E715Q", State: store.CardIssued}},
		Exemptions: []store.Exemption{{Number: "ATTESTATO-7781", Code: "E01", FiscalCode: "HXHGMA57S30Z100N", Surname: "Hoxha", Name: "Agim",
			ValidFrom: civil.Date{Year: 2026, Month: 4, Day: 1}, Issuer: "USL"}}, At: now,
	}))
	e := wire.Entry{Seq: 1, ID: "1", Kind: "visit.note", Version: 1, At: now, Visit: "v",
		Payload: json.RawMessage(`{"text":"Nella Bianchi BNCNLL48C45E715Q torna lunedì","card":"6090010000000018"}`), Salt: bytes.Repeat([]byte{1}, wire.SaltSize)}
	check(t, e.Seal(wire.Digest{}))
	raw, err := json.Marshal(e)
	check(t, err)
	raw = append([]byte(`{"new_field":"hologram-colour Ștefania 6090010000000034",`), raw[1:]...)
	_, err = s.Append(t.Context(), store.Push{Desk: "a", Program: "p", Epoch: wire.Epoch{ID: "e", From: 1}, Entries: []wire.Entry{e}, Raw: []json.RawMessage{raw}, Received: now})
	check(t, err)
	_, err = s.Answer(t.Context(), "a", 10, func(r store.Record, in store.Register) (store.Decision, error) {
		found, err := in.Exemptions("HXHGMA57S30Z100N", "E01")
		if err != nil || len(found) != 1 || found[0].Number != "ATTESTATO-7781" {
			t.Errorf("found %+v, %v", found, err)
		}
		card, err := in.Card("6090010000000018")
		if err != nil || card.FiscalCode != "BNCNLL48C45E715Q" || r.Entry.Visit != "v" {
			t.Errorf("card %+v, %v", card, err)
		}
		return store.Decision{State: store.StateAnswered, Activate: card.Number, Reply: &desk.Reply{Kind: desk.ExemptionFound, At: now,
			Exemption: &desk.RegisteredExemption{Number: "ATTESTATO-7781", Holder: desk.Person{Surname: "Hoxha", Name: "Agim"}}}}, nil
	})
	check(t, err)
	if replies, _, err := s.Replies(t.Context(), "a", 0, 5); err != nil || len(replies) != 1 || replies[0].Exemption.Holder.Surname != "Hoxha" {
		t.Errorf("replies: %+v, %v", replies, err)
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantsNothing fails when one of the secrets stands in the files of a folder, in any form.
func wantsNothing(t *testing.T, dir string) {
	t.Helper()
	hits, err := desktest.Found(dir, secrets())
	if err != nil || len(hits) > 0 {
		t.Errorf("found %v, %v", hits, err)
	}
}

func TestNothingPersonalStandsInTheFilesOfSQLite(t *testing.T) {
	dir := t.TempDir()
	s := openFile(t, filepath.Join(dir, "hub.db"))
	fill(t, s)
	if wal, err := os.Stat(filepath.Join(dir, "hub.db-wal")); err != nil || wal.Size() == 0 {
		t.Errorf("nothing was written: %v, %v", wal, err)
	}
	wantsNothing(t, dir)
	check(t, s.Close())
	wantsNothing(t, dir)
}

func TestNothingPersonalStandsInADumpOfPostgres(t *testing.T) {
	dir, address := t.TempDir(), server.Database(t)
	s := openPostgres(t, address)
	defer s.Close()
	fill(t, s)
	dump, err := server.Tool(t.Context(), "pg_dump", "--inserts", address)
	check(t, err)
	if !bytes.Contains(dump, []byte("visit.note")) {
		t.Fatalf("not a dump of the database: %.200s", dump)
	}
	check(t, os.WriteFile(filepath.Join(dir, "dump.sql"), dump, 0o600))
	wantsNothing(t, dir)
}

func TestAnotherSealingKeyIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hub.db")
	check(t, openFile(t, path).Close())
	other, err := store.NewSealer(bytes.Repeat([]byte{8}, store.SealingKeySize))
	check(t, err)
	if _, err := store.OpenSQLite(t.Context(), path, other); !errors.Is(err, store.ErrOtherKey) {
		t.Errorf("OpenSQLite = %v", err)
	}
	check(t, openFile(t, path).Close())
}

// oldHub puts the database of a hub of version 0.1.0 into a file. In it are three desks: one with an activation confirmed and an
// exemption found, one with an exemption that has ended, a note, a card that was active already, a kind nobody knows and a record
// that makes no sense, and one with an activation confirmed.
func oldHub(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile("testdata/hub-0.1.0.db.zst")
	check(t, err)
	r, err := zstd.NewReader(bytes.NewReader(data))
	check(t, err)
	defer r.Close()
	plain, err := io.ReadAll(r)
	check(t, err)
	check(t, os.WriteFile(path, plain, 0o600))
}

func TestADatabaseOfVersion010IsSealedAndGoesOn(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "hub.db")
	oldHub(t, path)
	if hits, err := desktest.Found(dir, secrets()); err != nil || len(hits) < 8 {
		t.Fatalf("the old database holds %v, %v: the search finds nothing", hits, err)
	}
	for range 2 { // the second time there is nothing left to do
		s := openFile(t, path)
		desks, err := s.Desks(t.Context())
		if err != nil || len(desks) != 3 || desks[0].Entries != 4 || desks[1].Entries != 8 || desks[1].Unknown != 1 || desks[2].Entries != 2 ||
			desks[0].Site != "LU-PIAZZA" {
			t.Fatalf("desks: %+v, %v", desks, err)
		}
		one, last, err := s.Replies(t.Context(), desks[0].ID, 0, 10)
		if err != nil || last != 2 || one[0].Kind != desk.ActivationConfirmed || one[1].Exemption.Holder.Surname != "Bianchi" || one[1].Exemption.Token == "" {
			t.Errorf("replies: %+v, %v", one, err)
		}
		two, last, err := s.Replies(t.Context(), desks[1].ID, 1, 10)
		if err != nil || last != 3 || len(two) != 2 || two[0].Reason != wire.ReasonAlreadyActive {
			t.Errorf("replies: %+v, %v", two, err)
		}
		check(t, s.Close())
		wantsNothing(t, dir)
	}
	s := openFile(t, path)
	defer s.Close()
	check(t, s.Reopen(t.Context(), 1))
	n, err := s.Answer(t.Context(), "", 10, func(r store.Record, in store.Register) (store.Decision, error) {
		if string(r.Entry.Kind) != "visit.hologram" || string(r.Entry.Payload) != `{"colour":"blue"}` {
			t.Errorf("judged: %+v", r.Entry)
		}
		card, err := in.Card("6090010000000018")
		if err != nil || card.State != store.CardActive || card.FiscalCode != "BNCNLL48C45E715Q" {
			t.Errorf("card: %+v, %v", card, err)
		}
		found, err := in.Exemptions("BNCNLL48C45E715Q", "E01")
		if err != nil || len(found) != 1 || found[0].Surname != "Bianchi" {
			t.Errorf("found: %+v, %v", found, err)
		}
		return store.Decision{State: store.StateKept}, nil
	})
	if n != 1 || err != nil {
		t.Errorf("Answer = %d, %v", n, err)
	}
}

func TestAStartSweepsWhatAnEarlierOneCouldNot(t *testing.T) {
	dir := t.TempDir()
	oldHub(t, filepath.Join(dir, "hub.db"))
	closing, err := store.MigrateSQLite(t.Context(), filepath.Join(dir, "hub.db"), storetest.Sealer(t))
	check(t, err)
	killed := t.TempDir() // what is left when the process ends here: it writes nothing more
	check(t, os.CopyFS(killed, os.DirFS(dir)))
	check(t, closing())
	if hits, err := desktest.Found(killed, secrets()); err != nil || len(hits) < 8 {
		t.Fatalf("found %v, %v: nothing is left to sweep", hits, err)
	}
	s := openFile(t, filepath.Join(killed, "hub.db"))
	defer s.Close()
	wantsNothing(t, killed) // also while it is open, and not only by what closing does
}

func TestWhatWasErasedIsNotInTheFilesOfSQLite(t *testing.T) {
	dir := t.TempDir()
	s := openFile(t, filepath.Join(dir, "hub.db"))
	fill(t, s)
	before := sealedOf(t, filepath.Join(dir, "hub.db"))
	e := wire.Entry{Seq: 1, ID: "2", Kind: "visit.erased", Version: 1, At: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC),
		Payload: json.RawMessage(`{"visit":"v"}`), Salt: bytes.Repeat([]byte{1}, wire.SaltSize)}
	check(t, e.Seal(wire.Digest{}))
	raw, err := json.Marshal(e)
	check(t, err)
	_, err = s.Append(t.Context(), store.Push{Desk: "a", Epoch: wire.Epoch{ID: "e2", From: 1}, Entries: []wire.Entry{e}, Raw: []json.RawMessage{raw}})
	check(t, err)
	_, err = s.Answer(t.Context(), "a", 10, func(store.Record, store.Register) (store.Decision, error) {
		return store.Decision{State: store.StateKept, Erase: "v"}, nil
	})
	check(t, err)
	check(t, s.Close())
	file, err := os.ReadFile(filepath.Join(dir, "hub.db"))
	check(t, err)
	for _, sealed := range before {
		if bytes.Contains(file, sealed) {
			t.Error("what was erased is still in the file, sealed")
		}
	}
}

func TestARecordThatSomebodySpoiltHoldsNothingUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hub.db")
	s := openFile(t, path)
	defer s.Close()
	fill(t, s)
	entries := storetest.Chain(t, 1, wire.Digest{}, 3, 1)
	raw := make([]json.RawMessage, len(entries))
	for i, e := range entries {
		var err error
		raw[i], err = json.Marshal(e)
		check(t, err)
	}
	_, err := s.Append(t.Context(), store.Push{Desk: "a", Epoch: wire.Epoch{ID: "e2", From: 1}, Entries: entries, Raw: raw})
	check(t, err)
	db, err := sql.Open("sqlite", path)
	check(t, err)
	defer db.Close()
	// One content put in another's place is as good as a changed one.
	_, err = db.ExecContext(t.Context(), `UPDATE entries SET sealed = (SELECT sealed FROM entries WHERE epoch = 'e2' AND seq = 1) WHERE epoch = 'e2' AND seq = 2`)
	check(t, err)
	var judged []string
	for {
		n, err := s.Answer(t.Context(), "", 1, func(r store.Record, _ store.Register) (store.Decision, error) {
			judged = append(judged, r.Entry.ID)
			return store.Decision{State: store.StateKept}, nil
		})
		check(t, err)
		if n == 0 {
			break
		}
	}
	stats, err := s.Stats(t.Context())
	if err != nil || len(judged) != 2 || judged[0] != entries[0].ID || judged[1] != entries[2].ID || stats.Broken != 1 || stats.Open != 0 {
		t.Errorf("judged %v; %+v, %v", judged, stats, err)
	}
}

// sealedOf returns the sealed contents that a database holds, as another program reads them.
func sealedOf(t *testing.T, path string) (all [][]byte) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	check(t, err)
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), `SELECT sealed FROM entries UNION ALL SELECT sealed FROM replies`)
	check(t, err)
	defer rows.Close()
	for rows.Next() {
		var sealed []byte
		check(t, rows.Scan(&sealed))
		all = append(all, sealed)
	}
	check(t, rows.Err())
	if len(all) != 2 || len(all[0]) < 100 {
		t.Fatalf("%d sealed", len(all))
	}
	return all
}
