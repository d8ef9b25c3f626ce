package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

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
//
// While each has one chunk the next is opened, on as many processors as there are; no more than three chunks are in memory. So an
// entry may still be read for a moment after its visit was erased.
func (j *Journal) Read(ctx context.Context, from uint64, each func(desk.Entry) error) error {
	ahead, stop := context.WithCancel(ctx)
	chunks := make(chan readChunk)
	var reader sync.WaitGroup
	reader.Go(func() {
		defer close(chunks)
		j.readAhead(ahead, max(from, 1), chunks)
	})
	defer reader.Wait()
	defer stop()
	for c := range chunks {
		if c.err != nil {
			return fmt.Errorf("reading the journal: %w", c.err)
		}
		for _, e := range c.entries {
			if err := each(e.Desk()); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

type readChunk struct {
	entries []wire.Entry
	err     error
}

// readAhead passes chunks on until the journal or the context ends.
func (j *Journal) readAhead(ctx context.Context, next uint64, chunks chan<- readChunk) {
	for ctx.Err() == nil {
		entries, err := j.entries(next, chunk, chunkBytes)
		if err == nil && len(entries) == 0 {
			return
		}
		select {
		case chunks <- readChunk{entries, err}:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
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
		var closed []closedEntry
		err := j.view(func(tx *bbolt.Tx) error {
			var err error
			closed, err = gather(tx, from, maxCount, maxBytes)
			return err
		})
		if err != nil {
			return err
		}
		list, err = openAll(keys, closed)
		return err
	})
	return list, err
}

// closedEntry is a record with what it takes to open it beside the keys: the stored subkey of its visit. It holds copies only, since a
// fault on the file is met within a transaction and nowhere else.
type closedEntry struct {
	record
	subkey []byte
}

func gather(tx *bbolt.Tx, from uint64, maxCount, maxBytes int) ([]closedEntry, error) {
	list := make([]closedEntry, 0, min(maxCount, chunk))
	weight := 0
	c := tx.Bucket([]byte(bucketEntries)).Cursor()
	for k, b := c.Seek(seqKey(from)); k != nil && len(list) < maxCount; k, b = c.Next() {
		r, err := decodeRecord(k, b)
		if err != nil {
			return nil, &Fault{Seq: r.e.Seq, Kind: FaultRecord}
		}
		weight += headerWeight + max(0, len(r.sealed)-sealedOverhead)
		if weight > maxBytes && len(list) > 0 {
			break
		}
		// Neighbours are mostly of one visit.
		if n := len(list); n > 0 && list[n-1].e.Visit == r.e.Visit {
			list = append(list, closedEntry{r, list[n-1].subkey})
			continue
		}
		list = append(list, closedEntry{r, bytes.Clone(storedSubkey(tx, r.e.Visit))})
	}
	return list, nil
}

// fewEntries are opened faster by one than by several.
const fewEntries = 32

// openAll opens entries, each worker its own stretch of them. The error is about the first that cannot be opened.
func openAll(keys *keyring, closed []closedEntry) ([]wire.Entry, error) {
	list := make([]wire.Entry, len(closed))
	workers := max(1, min(runtime.GOMAXPROCS(0), len(closed)/fewEntries))
	errs := make([]error, workers)
	stretch := (len(closed) + workers - 1) / workers
	var work sync.WaitGroup
	for w := range workers {
		from := min(w*stretch, len(closed))
		to := min(from+stretch, len(closed))
		work.Go(func() {
			o := opener{keys: keys}
			defer o.subkey.wipe()
			for i := from; i < to && errs[w] == nil; i++ {
				list[i], errs[w] = o.open(closed[i].record, closed[i].subkey)
			}
		})
	}
	work.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// opener opens records one after the other; neighbours are mostly of one visit, so the last subkey is kept.
type opener struct {
	keys   *keyring
	visit  string
	subkey key
	err    error
	warm   bool
}

// open returns an entry with its content, or without when its visit was erased; stored is what stands in the place of the subkey of
// its visit. Its errors are faults.
func (o *opener) open(r record, stored []byte) (wire.Entry, error) {
	if !o.warm || o.visit != r.e.Visit {
		o.subkey, o.err = openSubkey(o.keys, r.e.Visit, stored)
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
