package journal

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"time"

	"go.etcd.io/bbolt"
)

// Bucket "acks" tells how far the hub had the journal at the end of a day: days since 1970 in UTC (32 bits, big-endian) -> highest
// sequence (64 bits). A day on which nothing new was acknowledged has no row, so a desk of ten years has a few thousand.

const day = 24 * time.Hour

func dayKey(at time.Time) []byte {
	return binary.BigEndian.AppendUint32(nil, uint32(max(0, at.Unix()/int64(day/time.Second))))
}

// noteAck records that at this moment the hub has everything up to seq. Where the hub went back, older rows tell only what it still
// has. A clock that jumped back writes to the newest day: whoever counts days from here waits longer then, never less.
func noteAck(tx *bbolt.Tx, at time.Time, seq uint64) error {
	b := tx.Bucket([]byte(bucketAcks))
	key, had := dayKey(at), uint64(0)
	var tooHigh [][]byte // newest first
	c := b.Cursor()
	for k, v := c.Last(); k != nil; k, v = c.Prev() {
		var err error
		if had, err = ackedIn(k, v); err != nil {
			return err
		}
		if had <= seq {
			break
		}
		tooHigh = append(tooHigh, bytes.Clone(k))
	}
	if n := len(tooHigh); n > 0 {
		key = tooHigh[n-1] // seq was had since then
	} else if newest, _ := c.Last(); newest != nil && bytes.Compare(newest, key) > 0 {
		key = bytes.Clone(newest)
	}
	for _, k := range tooHigh {
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	if had == seq {
		return nil
	}
	return putChecked(tx, bucketAcks, key, binary.BigEndian.AppendUint64(nil, seq))
}

// ackedIn reads a row.
func ackedIn(k, stored []byte) (uint64, error) {
	v, err := openChecked(bucketAcks, k, stored)
	if err != nil {
		return 0, err
	}
	if len(k) != 4 || len(v) != 8 {
		return 0, fmt.Errorf("a row of acknowledgements cannot be read: %w", ErrDamaged)
	}
	return binary.BigEndian.Uint64(v), nil
}

// AckedBy returns the highest sequence that the hub said it had before the day (in UTC) of t began, and still has; zero when there is
// none. It can be asked while locked.
func (j *Journal) AckedBy(t time.Time) (uint64, error) {
	var seq uint64
	err := j.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket([]byte(bucketAcks)).Cursor()
		before := c.Prev
		if tooYoung, _ := c.Seek(dayKey(t)); tooYoung == nil {
			before = c.Last
		}
		k, v := before()
		if k == nil {
			return nil
		}
		var err error
		seq, err = ackedIn(k, v)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("reading how far the hub was: %w", err)
	}
	return seq, nil
}
