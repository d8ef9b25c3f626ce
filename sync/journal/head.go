package journal

import (
	"context"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"bottega/sync/wire"
)

// A spoilt head of the file is passed over by bbolt, and the next commit writes over it: nothing would tell any more that a commit
// may be gone. So the first commit after it was found notes it, in the same step, and the note stays until a person has been told.

// metaHead is in bucket "meta" while there is such a note.
const metaHead = "head"

// headNote is what is known of a spoilt head.
type headNote struct {
	// From is the sequence from which on entries may be missing.
	From uint64 `json:"from"`
	// Found is when it was noticed.
	Found time.Time `json:"found"`
}

// noteHead notes a spoilt head; a note that nobody was told of yet stays as it is.
func noteHead(tx *bbolt.Tx, now time.Time) error {
	if _, noted, err := readHeadNote(tx); noted || err != nil {
		return err
	}
	last, err := lastRecord(tx)
	if err != nil {
		return err
	}
	return putJSON(tx, bucketMeta, metaHead, headNote{From: last.e.Seq + 1, Found: wire.Moment(now)})
}

func readHeadNote(tx *bbolt.Tx) (n headNote, noted bool, err error) {
	if tx.Bucket([]byte(bucketMeta)).Get([]byte(metaHead)) == nil {
		return headNote{}, false, nil
	}
	err = getJSON(tx, bucketMeta, metaHead, &n)
	return n, err == nil, err
}

// HeadTold records that a person was told that what was written last may be missing, and goes on: State and Verify say no more of it.
func (j *Journal) HeadTold(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := j.update(func(tx *bbolt.Tx) error { return tx.Bucket([]byte(bucketMeta)).Delete([]byte(metaHead)) })
	if err != nil {
		return fmt.Errorf("going on after a spoilt head: %w", err)
	}
	return nil
}
