package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"go.etcd.io/bbolt"
)

// What is neither sealed nor chained stands with a check of its own, so that a disk that spoils it is found out:
//
//	mark (1 byte) | the first 8 bytes of SHA-256 over bucket, name and value | value
//
// The check is no secret: it is against disks, not against people. The mark tells such a value from one of format 1, which began
// with a brace.
const (
	checkedMark = 2
	checkSize   = 8
)

func checkOf(bucket string, name, value []byte) []byte {
	h := sha256.New()
	h.Write(additional(bucket, name))
	h.Write(value)
	return h.Sum(nil)[:checkSize]
}

func putChecked(tx *bbolt.Tx, bucket string, name, value []byte) error {
	stored := append([]byte{checkedMark}, checkOf(bucket, name, value)...)
	return tx.Bucket([]byte(bucket)).Put(name, append(stored, value...))
}

// openChecked returns the value in what putChecked stored.
func openChecked(bucket string, name, stored []byte) ([]byte, error) {
	const head = 1 + checkSize
	if len(stored) < head || stored[0] != checkedMark || !bytes.Equal(stored[1:head], checkOf(bucket, name, stored[head:])) {
		return nil, fmt.Errorf("%s/%s is not what was written: %w", bucket, name, ErrDamaged)
	}
	return stored[head:], nil
}

func putJSON(tx *bbolt.Tx, bucket, name string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return putChecked(tx, bucket, []byte(name), b)
}

func getJSON(tx *bbolt.Tx, bucket, name string, v any) error {
	stored := tx.Bucket([]byte(bucket)).Get([]byte(name))
	if stored == nil {
		return fmt.Errorf("%s/%s is missing: %w", bucket, name, ErrDamaged)
	}
	b, err := openChecked(bucket, []byte(name), stored)
	if err != nil {
		return err
	}
	return fromJSON(bucket, name, b, v)
}

func fromJSON(bucket, name string, b []byte, v any) error {
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%s/%s cannot be read: %w", bucket, name, ErrDamaged)
	}
	return nil
}

// about is what the file says of itself; in bucket "meta". It stays plain JSON, so that a program of any format can say that the file is
// newer than it.
type about struct {
	Format  int    `json:"format"`
	ID      string `json:"id"`
	Created string `json:"created"`
	// Check is as for other values, from format 2 on.
	Check []byte `json:"check,omitempty"`
}

func (a about) check() []byte {
	return checkOf(bucketMeta, []byte(metaJournal), []byte(fmt.Sprintf("%d|%s|%s", a.Format, a.ID, a.Created)))
}

func putAbout(tx *bbolt.Tx, a about) error {
	a.Check = a.check()
	b, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return tx.Bucket([]byte(bucketMeta)).Put([]byte(metaJournal), b)
}

func getAbout(tx *bbolt.Tx) (about, error) {
	var a about
	if err := fromJSON(bucketMeta, metaJournal, tx.Bucket([]byte(bucketMeta)).Get([]byte(metaJournal)), &a); err != nil {
		return about{}, err
	}
	if a.Format >= 2 && !bytes.Equal(a.Check, a.check()) {
		if a.Format > fileFormat && len(a.Check) != checkSize {
			return a, nil // written by who checks otherwise
		}
		return about{}, fmt.Errorf("%s/%s is not what was written: %w", bucketMeta, metaJournal, ErrDamaged)
	}
	return a, nil
}
