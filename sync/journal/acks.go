package journal

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"bottega/sync/wire"
)

// Bucket "acks" tells how far the hub had the journal at the end of a day: days since 1970 in UTC (32 bits, big-endian) -> highest
// sequence (64 bits). A day on which nothing new was acknowledged has no row, so a desk of ten years has a few thousand.

const day = 24 * time.Hour

func dayKey(at time.Time) []byte {
	return binary.BigEndian.AppendUint32(nil, uint32(max(0, at.Unix()/int64(day/time.Second))))
}

// ackedAt is when the hub is said to have something: now, but not before a time that it told already. A clock that is behind would make
// what it has look old.
func (j *Journal) ackedAt(s *syncRecord) time.Time {
	if now := j.opts.Clock.Now(); now.After(s.HubAt) {
		return now
	}
	return s.HubAt
}

// noteAck records that at this moment the hub has everything up to seq. Where the hub went back, older rows tell only what it still
// has. A clock that jumped back writes to the newest day: whoever counts days from here waits longer then, never less. If that day is
// the one that is wrong, HubTime puts it right.
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

// HubTime takes note of what time it is at the hub. That is the one clock which is held to be right: a computer's own may be a year
// ahead, and what is erased on its word is gone. Rows of days that have not come yet are moved to the hub's day. An older time than one
// that was noted changes nothing. It writes once an hour at most, or when there is something to put right.
func (j *Journal) HubTime(ctx context.Context, at time.Time) error {
	noted, ahead, err := j.hubAt(at)
	if err != nil || at.Before(noted) || !ahead && at.Sub(noted) < time.Hour {
		return err
	}
	err = j.changeSync(ctx, func(tx *bbolt.Tx, s *syncRecord) error {
		s.HubAt = wire.Moment(at)
		return straighten(tx, at)
	})
	if err != nil {
		return fmt.Errorf("noting the time of the hub: %w", err)
	}
	return nil
}

// HubAt is the newest time that HubTime noted, zero when the hub never told: it is at least as late as that. It can be asked while
// locked.
func (j *Journal) HubAt() (time.Time, error) {
	at, _, err := j.hubAt(time.Time{})
	return at, err
}

// hubAt also reports whether there is a row of a later day than that of at.
func (j *Journal) hubAt(at time.Time) (noted time.Time, ahead bool, err error) {
	err = j.view(func(tx *bbolt.Tx) error {
		newest, _ := tx.Bucket([]byte(bucketAcks)).Cursor().Last()
		ahead = newest != nil && bytes.Compare(newest, dayKey(at)) > 0
		var s syncRecord
		err := getJSON(tx, bucketMeta, metaSync, &s)
		noted = s.HubAt
		return err
	})
	if err != nil {
		return time.Time{}, false, fmt.Errorf("reading the time of the hub: %w", err)
	}
	return noted, ahead, nil
}

// straighten moves the rows of days after that of at to it. What the hub acknowledged by then it has had since then at the latest.
func straighten(tx *bbolt.Tx, at time.Time) error {
	today, seq := dayKey(at), uint64(0)
	var later [][]byte
	c := tx.Bucket([]byte(bucketAcks)).Cursor()
	for k, v := c.Last(); k != nil && bytes.Compare(k, today) > 0; k, v = c.Prev() {
		had, err := ackedIn(k, v)
		if err != nil {
			return err
		}
		seq = max(seq, had)
		later = append(later, bytes.Clone(k))
	}
	for _, k := range later {
		if err := tx.Bucket([]byte(bucketAcks)).Delete(k); err != nil {
			return err
		}
	}
	if len(later) == 0 {
		return nil
	}
	return putChecked(tx, bucketAcks, today, binary.BigEndian.AppendUint64(nil, seq))
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
