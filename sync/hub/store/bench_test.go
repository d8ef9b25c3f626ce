package store_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"bottega/sync/hub/store"
	"bottega/sync/wire"
)

// benchEntries is one batch of the largest size, of entries of about 2 kB.
func benchEntries(b *testing.B, from uint64, prev wire.Digest) ([]wire.Entry, []json.RawMessage) {
	b.Helper()
	payload, err := json.Marshal(map[string]string{"text": string(bytes.Repeat([]byte("nota "), 300))})
	check(b, err)
	entries, raw := make([]wire.Entry, wire.MaxBatchEntries), make([]json.RawMessage, wire.MaxBatchEntries)
	for i := range entries {
		seq := from + uint64(i)
		e := &entries[i]
		*e = wire.Entry{Seq: seq, ID: fmt.Sprintf("0197a000-0000-7000-8000-%012d", seq), Kind: "visit.note", Version: 1, At: time.UnixMilli(1_800_000_000_000),
			Visit: fmt.Sprintf("0197a000-0000-7000-9000-%012d", seq/10), Facilitator: "0197a000-0000-7000-a000-000000000001",
			Payload: payload, Salt: bytes.Repeat([]byte{byte(i)}, wire.SaltSize)}
		check(b, e.Seal(prev))
		prev = e.Digest
		raw[i], err = json.Marshal(e)
		check(b, err)
	}
	return entries, raw
}

// BenchmarkIngestBesideCopyFrom takes entries in as the hub does (the chain held against itself and against what is there, contents
// sealed, records made) and copies the same rows into tables of the same shape with nothing but pgx. "ours/copy" is how fast the hub
// is in parts of the bare copy; the bound is 0.4.
func BenchmarkIngestBesideCopyFrom(b *testing.B) {
	address := server.Database(b)
	s := openPostgres(b, address)
	defer s.Close()
	conn, err := pgx.Connect(b.Context(), address)
	check(b, err)
	defer conn.Close(context.Background())
	now := time.UnixMilli(1_800_000_000_000)
	check(b, s.AddCode(b.Context(), store.Code{SecretHash: "h", Expires: now.Add(time.Hour)}))
	_, err = s.Enrol(b.Context(), "h", store.Desk{ID: "a", Certificate: "c", Key: "k", Enrolled: now})
	check(b, err)
	for _, table := range []string{"entries", "records"} {
		_, err := conn.Exec(b.Context(), `CREATE TABLE bare_`+table+` (LIKE `+table+` INCLUDING ALL)`)
		check(b, err)
	}
	var ours, bare time.Duration
	seq, prev := uint64(1), wire.Digest{}
	for b.Loop() {
		b.StopTimer()
		entries, raw := benchEntries(b, seq, prev)
		p := store.Push{Desk: "a", Program: "bench", Epoch: wire.Epoch{ID: "e", From: 1}, Entries: entries, Raw: raw, Received: now}
		b.StartTimer()
		start := time.Now()
		_, err := wire.FollowChain(seq, prev, entries)
		check(b, err)
		durable, err := s.Append(b.Context(), p)
		check(b, err)
		ours += time.Since(start)
		b.StopTimer()
		bare += copyBare(b, conn, seq)
		b.StartTimer()
		seq, prev = durable+1, entries[len(entries)-1].Digest
	}
	b.ReportMetric(float64(bare)/float64(ours), "ours/copy")
}

// copyBare copies the rows that were kept last into the bare tables, and returns how long the copying took.
func copyBare(b *testing.B, conn *pgx.Conn, from uint64) time.Duration {
	b.Helper()
	tables := map[string][]string{
		"entries": {"desk", "epoch", "seq", "id", "visit", "digest", "received_ms", "header", "sealed"},
		"records": {"desk", "entry", "kind", "epoch", "seq", "state", "needs", "supersedes", "received_ms", "knows"},
	}
	read := map[string][][]any{}
	for table, columns := range tables {
		rows, err := conn.Query(b.Context(), `SELECT `+strings.Join(columns, ", ")+` FROM `+table+` WHERE seq >= $1 ORDER BY seq`, int64(from))
		check(b, err)
		all, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) ([]any, error) { return r.Values() })
		check(b, err)
		read[table] = all
	}
	start := time.Now()
	tx, err := conn.Begin(b.Context())
	check(b, err)
	for table, columns := range tables {
		_, err := tx.CopyFrom(b.Context(), pgx.Identifier{"bare_" + table}, columns, pgx.CopyFromRows(read[table]))
		check(b, err)
	}
	check(b, tx.Commit(b.Context()))
	return time.Since(start)
}
