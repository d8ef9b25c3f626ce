package journal_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"bottega/desk"
)

// bareSize is what the entry of the benchmark takes in the journal's file.
const bareSize = 332

// A durable append, sealed and chained, against a bare bbolt put of as many bytes with the same sync of the disk: one commit for each
// put, and bbolt's own way of sharing commits (Batch). The three take turns within one run, so that they meet the same disk.
func BenchmarkDurableAppend(b *testing.B) {
	for _, writers := range []int{1, 8} {
		b.Run(fmt.Sprintf("%d writers", writers), func(b *testing.B) {
			ours, bare, batch := appender(b), putter(b, (*bbolt.DB).Update), putter(b, (*bbolt.DB).Batch)
			const each = 20 // of every writer in a turn
			var took [3]time.Duration
			b.ResetTimer()
			for range b.N {
				for i, put := range []func() error{ours, bare, batch} {
					took[i] += together(b, writers, each, put)
				}
			}
			puts := float64(b.N * writers * each)
			for i, name := range []string{"ours", "bare", "batch"} {
				b.ReportMetric(puts/took[i].Seconds(), name+"/s")
			}
			b.ReportMetric(took[1].Seconds()/took[0].Seconds(), "ours/bare")
			b.ReportMetric(took[2].Seconds()/took[0].Seconds(), "ours/batch")
			b.ReportMetric(0, "ns/op") // a turn of all three means nothing
		})
	}
}

// together has several writers put at once and returns how long all of them took.
func together(b *testing.B, writers, each int, put func() error) time.Duration {
	b.Helper()
	start := time.Now()
	var work sync.WaitGroup
	for range writers {
		work.Go(func() {
			for range each {
				if err := put(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	work.Wait()
	return time.Since(start)
}

func appender(b *testing.B) func() error {
	b.Helper()
	j := create(b, nil)
	payload := desk.WalkAnswered{Walk: "w", Step: "documento", Answers: map[string]string{"kind": "identity_card", "seen": "yes"}}
	return func() error {
		_, err := j.Append(context.Background(), desk.Draft{Visit: "v", Payload: payload})
		return err
	}
}

func putter(b *testing.B, put func(*bbolt.DB, func(*bbolt.Tx) error) error) func() error {
	b.Helper()
	db, err := bbolt.Open(filepath.Join(b.TempDir(), "bare.db"), 0o600, nil)
	must(b, err)
	b.Cleanup(func() { must(b, db.Close()) })
	must(b, db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("b")); return err }))
	var n atomic.Uint64
	value := make([]byte, bareSize)
	return func() error {
		key := binary.BigEndian.AppendUint64(nil, n.Add(1))
		return put(db, func(tx *bbolt.Tx) error { return tx.Bucket([]byte("b")).Put(key, value) })
	}
}
