package journal

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"
)

// spoilCopy changes one thing in the file of a journal that nobody has open.
func spoilCopy(t *testing.T, path string, change func(*bbolt.Tx) error) {
	t.Helper()
	db, _, err := openFile(path, cheap().LockWait)
	check(t, err)
	check(t, errors.Join(db.Update(change), db.Close()))
}

func TestACompactedCopyThatDiffersIsFoundOut(t *testing.T) {
	bucket := func(name string, change func(*bbolt.Bucket) error) func(*bbolt.Tx) error {
		return func(tx *bbolt.Tx) error { return change(tx.Bucket([]byte(name))) }
	}
	for name, spoil := range map[string]func(*bbolt.Tx) error{
		"the newest entry is missing": bucket(bucketEntries, func(b *bbolt.Bucket) error { return b.Delete(seqKey(20)) }),
		"an entry is missing":         bucket(bucketEntries, func(b *bbolt.Bucket) error { return b.Delete(seqKey(7)) }),
		"a bit of a content": bucket(bucketEntries, func(b *bbolt.Bucket) error {
			v := bytes.Clone(b.Get(seqKey(7)))
			v[len(v)-1] ^= 1
			return b.Put(seqKey(7), v)
		}),
		"a visit's key is missing": bucket(bucketKeys, func(b *bbolt.Bucket) error { return b.Delete(subkeyPlace("v2")) }),
		"a slot is missing": bucket(bucketSlots, func(b *bbolt.Bucket) error {
			k, _ := b.Cursor().First()
			return b.Delete(k)
		}),
		"a setting too many": bucket(bucketSettings, func(b *bbolt.Bucket) error { return b.Put([]byte("x"), []byte("y")) }),
		"a bucket is missing": func(tx *bbolt.Tx) error {
			return tx.DeleteBucket([]byte(bucketPeople))
		},
		"a bucket too many": func(tx *bbolt.Tx) error {
			_, err := tx.CreateBucket([]byte("x"))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			j := newJournal(t)
			fill(t, j, 20)
			twin := filepath.Join(t.TempDir(), FileName)
			check(t, compactInto(twin, j.db, j.opts))
			j.mu.Lock()
			defer j.mu.Unlock()
			check(t, j.checkCopied(context.Background(), twin))
			spoilCopy(t, twin, spoil)
			if err := j.checkCopied(context.Background(), twin); !errors.Is(err, ErrCopyDiffers) {
				t.Errorf("told %v", err)
			}
		})
	}
}

func TestCompactingAJournalWithAFaultLeavesItAsItIs(t *testing.T) {
	j := newJournal(t)
	fill(t, j, 20)
	check(t, j.update(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(bucketEntries))
		r, err := decodeRecord(seqKey(9), b.Get(seqKey(9)))
		check(t, err)
		r.e.Prev[3] ^= 1
		return b.Put(seqKey(9), r.encode())
	}))
	before := raw(t, j)
	_, _, err := j.Compact(context.Background())
	var fault *Fault
	if !errors.As(err, &fault) || fault.Seq != 9 || errors.Is(err, ErrCopyDiffers) {
		t.Errorf("told %v", err)
	}
	if !bytes.Equal(raw(t, j), before) {
		t.Error("the file changed")
	}
	if left, err := os.ReadDir(j.Dir()); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	fill(t, j, 1) // and it still works
}
