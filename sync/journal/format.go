package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"
)

// fileFormat is which buckets the file has. It grows with what the journal keeps; what is bound into every seal stays sealVersion, so
// that no upgrade has to open and close again what it cannot read while locked.
//
//	1  meta, entries, keys, slots, people, named, settings
//	2  recovery (the slot of the recovery key), remembered (slots of the computer's keyring), acks (how far the hub was, by day);
//	   what is not sealed has a check (checked.go)
//
// Before a release with another format its testdata/format-N files are frozen; see formats_test.go.
const fileFormat = 2

// buckets are those of a format.
func buckets(format int) []string {
	names := []string{bucketMeta, bucketEntries, bucketKeys, bucketSlots, bucketPeople, bucketNamed, bucketSettings}
	if format >= 2 {
		names = append(names, bucketRecovery, bucketRemembered, bucketAcks)
	}
	return names
}

// upgrade makes a file of the format before into one of format to, in one transaction: a computer that stops leaves either.
type upgrade struct {
	to     int
	change func(tx *bbolt.Tx) error
}

// upgrades is the ladder from the first format to the one of today.
func upgrades() []upgrade {
	return []upgrade{{to: 2, change: toFormat2}}
}

// toFormat2 makes the new buckets and gives values their checks. What the hub had is known only as of its last answer.
func toFormat2(tx *bbolt.Tx) error {
	if err := errors.Join(makeBuckets(tx, 2), addCheck(tx, bucketMeta, []byte(metaSync)), addChecks(tx, bucketSlots)); err != nil {
		return err
	}
	due := tx.Bucket([]byte(bucketMeta)).Get([]byte(metaScrub)) != nil // in format 1 it stood there only while it was due
	if err := errors.Join(noteNames(tx), putJSON(tx, bucketMeta, metaScrub, due)); err != nil {
		return err
	}
	var s syncRecord
	if err := getJSON(tx, bucketMeta, metaSync, &s); err != nil {
		return err
	}
	if s.AckedAt.IsZero() {
		return nil
	}
	return noteAck(tx, s.AckedAt, s.Acked)
}

func addChecks(tx *bbolt.Tx, bucket string) error {
	var names [][]byte
	err := tx.Bucket([]byte(bucket)).ForEach(func(name, _ []byte) error {
		names = append(names, bytes.Clone(name))
		return nil
	})
	for _, name := range names {
		err = errors.Join(err, addCheck(tx, bucket, name))
	}
	return err
}

// addCheck makes a checked value of one in plain JSON.
func addCheck(tx *bbolt.Tx, bucket string, name []byte) error {
	plain := bytes.Clone(tx.Bucket([]byte(bucket)).Get(name))
	if !json.Valid(plain) {
		return fmt.Errorf("%s/%s cannot be read: %w", bucket, name, ErrDamaged)
	}
	return putChecked(tx, bucket, name, plain)
}

func makeBuckets(tx *bbolt.Tx, format int) error {
	for _, name := range buckets(format) {
		if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
			return err
		}
	}
	return nil
}

// formatOf reads which format the file has, and sees that it has what the format says.
func formatOf(tx *bbolt.Tx) (int, error) {
	if tx.Bucket([]byte(bucketMeta)) == nil {
		return 0, fmt.Errorf("bucket %s is missing: %w", bucketMeta, ErrDamaged)
	}
	a, err := getAbout(tx)
	if err != nil {
		return 0, err
	}
	switch {
	case a.Format > fileFormat:
		return 0, ErrNewer
	case a.Format < 1:
		return 0, fmt.Errorf("format %d: %w", a.Format, ErrDamaged)
	}
	for _, name := range buckets(a.Format) {
		if tx.Bucket([]byte(name)) == nil {
			return 0, fmt.Errorf("bucket %s is missing: %w", name, ErrDamaged)
		}
	}
	return a.Format, nil
}

// climb brings the file from its format to the one of today.
func (j *Journal) climb(format int) error {
	for _, u := range upgrades() {
		if u.to <= format {
			continue
		}
		err := j.update(func(tx *bbolt.Tx) error {
			if err := u.change(tx); err != nil {
				return err
			}
			a, err := getAbout(tx)
			if err != nil {
				return err
			}
			a.Format = u.to
			return putAbout(tx, a)
		})
		if err != nil {
			return fmt.Errorf("upgrading the journal to format %d: %w", u.to, err)
		}
	}
	return nil
}
