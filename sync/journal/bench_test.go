package journal_test

import (
	"context"
	"path/filepath"
	"sync/atomic"
	"testing"

	"go.etcd.io/bbolt"

	"bottega/desk"
)

// The journal appends at least as fast as eight writers could put the same bytes into a bare bbolt file, one commit each.
func BenchmarkAppendWithEightWriters(b *testing.B) {
	j := create(b, nil)
	payload := desk.WalkAnswered{Walk: "w", Step: "documento", Answers: map[string]string{"kind": "identity_card", "seen": "yes"}}
	b.SetParallelism(4) // times GOMAXPROCS, two on the smallest desk
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := j.Append(context.Background(), desk.Draft{Visit: "v", Payload: payload}); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func BenchmarkBarePutWithEightWriters(b *testing.B) {
	for name, put := range map[string]func(*bbolt.DB, func(*bbolt.Tx) error) error{
		"update": (*bbolt.DB).Update, "batch": (*bbolt.DB).Batch,
	} {
		b.Run(name, func(b *testing.B) {
			db, err := bbolt.Open(filepath.Join(b.TempDir(), "bare.db"), 0o600, nil)
			must(b, err)
			defer func() { must(b, db.Close()) }()
			must(b, db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("b")); return err }))
			var n atomic.Uint64
			value := make([]byte, 400)
			b.SetParallelism(4)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					k := n.Add(1)
					key := []byte{byte(k >> 24), byte(k >> 16), byte(k >> 8), byte(k)}
					if err := put(db, func(tx *bbolt.Tx) error { return tx.Bucket([]byte("b")).Put(key, value) }); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

func BenchmarkReadTenThousandEntries(b *testing.B) {
	j := create(b, nil)
	drafts := make([]desk.Draft, 10000)
	for i := range drafts {
		drafts[i] = desk.Draft{Visit: string(rune('a' + i/400)), Payload: desk.NoteAdded{Text: "una nota di una riga, come tante"}}
	}
	_, err := j.Append(context.Background(), drafts...)
	must(b, err)
	b.ResetTimer()
	for range b.N {
		if len(readAll(b, j)) != len(drafts) {
			b.Fatal("not all read")
		}
	}
}
