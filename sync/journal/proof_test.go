package journal

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"go.etcd.io/bbolt"

	"bottega/desk"
)

// erasedVisit is a journal of twenty entries of which a visit was erased.
func erasedVisit(t *testing.T) *Journal {
	t.Helper()
	j := newJournal(t)
	fill(t, j, 20)
	_, err := j.Erase(context.Background(), desk.VisitErased{Visit: "v1"})
	check(t, err)
	return j
}

// changeEntry changes the stored bytes of an entry; nil drops it.
func changeEntry(t *testing.T, j *Journal, seq uint64, change func(stored []byte) []byte) {
	t.Helper()
	check(t, j.update(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(bucketEntries))
		if now := change(bytes.Clone(b.Get(seqKey(seq)))); now != nil {
			return b.Put(seqKey(seq), now)
		}
		return b.Delete(seqKey(seq))
	}))
}

func TestAProofOfErasureIsRefusedWhereTheJournalSaysOtherwise(t *testing.T) {
	for name, tc := range map[string]struct {
		seq    uint64
		change func(t *testing.T, stored []byte) []byte
		want   FaultKind
	}{
		"a content is still there": {7, func(t *testing.T, stored []byte) []byte {
			r, err := decodeRecord(seqKey(7), stored)
			check(t, err)
			r.sealed = bytes.Repeat([]byte{7}, 100)
			return r.encode()
		}, FaultNotErased},
		"a header is gone": {7, func(*testing.T, []byte) []byte { return nil }, FaultErasureFacts},
		"a header is another one": {7, func(t *testing.T, stored []byte) []byte {
			r, err := decodeRecord(seqKey(7), stored)
			check(t, err)
			r.e.Digest[0] ^= 1
			return r.encode()
		}, FaultErasureFacts},
		"the entry that says it is gone": {21, func(*testing.T, []byte) []byte { return nil }, FaultErasure},
	} {
		t.Run(name, func(t *testing.T) {
			j := erasedVisit(t)
			changeEntry(t, j, tc.seq, func(b []byte) []byte { return tc.change(t, b) })
			_, err := j.ErasureProof(context.Background(), "v1")
			var fault *Fault
			if !errors.As(err, &fault) || fault.Kind != tc.want {
				t.Errorf("told %v, want %s", err, tc.want)
			}
		})
	}
}

// A disk that was full when the visit was erased may still hold its traces: the statement says that they are overwritten.
func TestAProofOfErasureFinishesTheOverwritingFirst(t *testing.T) {
	j := erasedVisit(t)
	trace := []byte("PROVINI Ermenegilda, una traccia")
	check(t, j.update(func(tx *bbolt.Tx) error { return putJSON(tx, bucketMeta, metaScrub, true) }))
	free := int64(-1)
	check(t, j.view(func(tx *bbolt.Tx) error {
		inUse, err := pagesOf(tx, j.file)
		for id := 2; id < len(inUse.used); id++ {
			if !inUse.used[id] {
				free = int64(id)
			}
		}
		return err
	}))
	if free < 0 {
		t.Fatal("no page is free")
	}
	_, err := j.file.WriteAt(trace, free*int64(j.db.Info().PageSize))
	check(t, err)
	_, err = j.ErasureProof(context.Background(), "v1")
	check(t, err)
	if bytes.Contains(raw(t, j), trace) {
		t.Error("the trace is still there")
	}
	due := true
	check(t, j.view(func(tx *bbolt.Tx) error { return getJSON(tx, bucketMeta, metaScrub, &due) }))
	if due {
		t.Error("overwriting is still due")
	}
}

func TestNothingIsOverwrittenUnderABackup(t *testing.T) {
	j := erasedVisit(t)
	picture, err := j.db.Begin(false)
	check(t, err)
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.scrub(); !errors.Is(err, errPicture) {
		t.Errorf("told %v", err)
	}
	check(t, picture.Rollback())
	check(t, j.scrub())
}
