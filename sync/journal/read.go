package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"bottega/desk"
	"bottega/sync/wire"
)

// chunk and chunkBytes are how much is read in one look at the file. Between looks nothing is held, so that whoever reads may also
// append.
const (
	chunk      = 256
	chunkBytes = 8 << 20
)

// headerWeight stands for the header of an entry where bytes of a batch are counted.
const headerWeight = 700

// Read implements desk.Journal. Payloads of erased visits are nil; entries appended meanwhile are read too. Errors: ErrLocked,
// a *Fault (which is ErrDamaged) for an entry that cannot be read, and whatever each returns.
func (j *Journal) Read(ctx context.Context, from uint64, each func(desk.Entry) error) error {
	next := max(from, 1)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		entries, err := j.entries(next, chunk, chunkBytes)
		if err != nil {
			return fmt.Errorf("reading the journal: %w", err)
		}
		for _, e := range entries {
			if err := each(e.Desk()); err != nil {
				return err
			}
		}
		if len(entries) == 0 {
			return nil
		}
		next = entries[len(entries)-1].Seq + 1
	}
}

// Batch returns the entries from a sequence on as they travel: at most maxCount, and no more than fit in about maxBytes of JSON, but
// at least one if there is one.
func (j *Journal) Batch(ctx context.Context, from uint64, maxCount, maxBytes int) ([]wire.Entry, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	entries, err := j.entries(max(from, 1), max(1, maxCount), max(0, maxBytes))
	if err != nil {
		return nil, fmt.Errorf("reading entries for the hub: %w", err)
	}
	return entries, nil
}

// Visits returns the visits that name this fiscal code, in no particular order; erased visits are not among them.
func (j *Journal) Visits(ctx context.Context, fiscalCode string) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var visits []string
	err := j.unlocked(func(keys *keyring, _ string) error {
		hash := keys.personHash(fiscalCode)
		return j.view(func(tx *bbolt.Tx) error {
			c := tx.Bucket([]byte(bucketPeople)).Cursor()
			for k, _ := c.Seek(hash); bytes.HasPrefix(k, hash); k, _ = c.Next() {
				visits = append(visits, string(k[len(hash):]))
			}
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("looking for visits: %w", err)
	}
	return visits, nil
}

// entries opens entries from a sequence on: at most maxCount, at least one if there is one, and about maxBytes.
func (j *Journal) entries(from uint64, maxCount, maxBytes int) ([]wire.Entry, error) {
	var list []wire.Entry
	err := j.unlocked(func(keys *keyring, _ string) error {
		return j.view(func(tx *bbolt.Tx) error {
			o := opener{tx: tx, keys: keys}
			defer o.subkey.wipe()
			weight := 0
			c := tx.Bucket([]byte(bucketEntries)).Cursor()
			for k, b := c.Seek(seqKey(from)); k != nil && len(list) < maxCount; k, b = c.Next() {
				e, err := o.entry(k, b)
				if err != nil {
					return err
				}
				weight += headerWeight + len(e.Payload)
				if weight > maxBytes && len(list) > 0 {
					return nil
				}
				list = append(list, e)
			}
			return nil
		})
	})
	return list, err
}

// opener opens records one after the other; neighbours are mostly of one visit, so the last subkey is kept.
type opener struct {
	tx     *bbolt.Tx
	keys   *keyring
	visit  string
	subkey key
	err    error
	warm   bool
}

func (o *opener) entry(k, b []byte) (wire.Entry, error) {
	r, err := decodeRecord(k, b)
	if err != nil {
		return wire.Entry{}, &Fault{Seq: r.e.Seq, Kind: FaultRecord}
	}
	return o.open(r)
}

// open returns an entry with its content, or without when its visit was erased. Its errors are faults.
func (o *opener) open(r record) (wire.Entry, error) {
	if !o.warm || o.visit != r.e.Visit {
		o.subkey, o.err = readSubkey(o.tx, o.keys, r.e.Visit)
		o.visit, o.warm = r.e.Visit, true
	}
	erased := errors.Is(o.err, ErrVisitErased)
	switch {
	case erased && r.sealed == nil:
		return r.e, nil
	case erased:
		return wire.Entry{}, &Fault{Seq: r.e.Seq, Kind: FaultNotErased}
	case o.err != nil:
		return wire.Entry{}, &Fault{Seq: r.e.Seq, Kind: FaultKey}
	case r.sealed == nil:
		return wire.Entry{}, &Fault{Seq: r.e.Seq, Kind: FaultContentMissing}
	}
	e, err := r.open(&o.subkey)
	if err != nil {
		return wire.Entry{}, &Fault{Seq: r.e.Seq, Kind: FaultContentSeal}
	}
	return e, nil
}
