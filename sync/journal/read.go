package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
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
// a *Fault (which is ErrDamaged) for an entry that cannot be read or is not what was written, and whatever each returns.
//
// The chain is followed as it is read, from the entry before the first: headers stand in clear, and nothing else would tell that a disk
// has changed one.
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
	after, err := j.digestBefore(next)
	for ctx.Err() == nil {
		var entries []wire.Entry
		if err == nil {
			entries, err = j.entries(nil, next, chunk, chunkBytes, &after)
		}
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
		newest := &entries[len(entries)-1]
		next, after = newest.Seq+1, newest.Digest
	}
}

// digestBefore is what the entry at seq follows; zero too where nothing stands before it.
func (j *Journal) digestBefore(seq uint64) (wire.Digest, error) {
	if seq == 1 {
		return wire.Digest{}, nil
	}
	var r record
	err := j.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket([]byte(bucketEntries)).Cursor()
		k, b := c.Seek(seqKey(seq - 1))
		if k == nil { // the journal ends before
			return nil
		}
		var err error
		if r, err = decodeRecord(k, b); err != nil {
			return &Fault{Seq: r.e.Seq, Kind: FaultRecord}
		}
		if r.e.Seq != seq-1 {
			return &Fault{Seq: seq - 1, Kind: FaultGap}
		}
		return nil
	})
	return r.e.Digest, err
}

// Batch returns the entries from a sequence on as they travel: at most maxCount, and no more than fit in about maxBytes of JSON, but
// at least one if there is one. They are valid until the room is used again; without a room, for ever.
func (j *Journal) Batch(ctx context.Context, room *wire.Room, from uint64, maxCount, maxBytes int) ([]wire.Entry, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	entries, err := j.entries(room, max(from, 1), max(1, maxCount), max(0, maxBytes), nil)
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

// entries opens entries from a sequence on: at most maxCount, at least one if there is one, and about maxBytes. They are valid until the
// room is used again. With the digest that the first has to follow, the chain is followed too.
func (j *Journal) entries(room *wire.Room, from uint64, maxCount, maxBytes int, after *wire.Digest) ([]wire.Entry, error) {
	var list []wire.Entry
	err := j.unlocked(func(keys *keyring, _ string) error {
		return j.view(func(tx *bbolt.Tx) error {
			closed, err := gather(tx, room, from, maxCount, maxBytes)
			if err != nil {
				return err
			}
			list = closed.entries
			return closed.open(keys, room, after)
		})
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// closedEntries are entries without their content, and what it takes to open that beside the keys. It is valid within the transaction.
type closedEntries struct {
	entries []wire.Entry
	locks   []lock
}

// lock is the sealed content of an entry, and the stored subkey of its visit.
type lock struct{ sealed, subkey []byte }

func gather(tx *bbolt.Tx, room *wire.Room, from uint64, maxCount, maxBytes int) (closedEntries, error) {
	most := min(maxCount, wire.MaxBatchEntries)
	list := closedEntries{room.List(most), make([]lock, 0, most)}
	before, weight := &wire.Entry{}, 0
	c := tx.Bucket([]byte(bucketEntries)).Cursor()
	for k, b := c.Seek(seqKey(from)); k != nil && len(list.locks) < maxCount; k, b = c.Next() {
		n := len(list.entries)
		list.entries = append(list.entries, wire.Entry{})
		e := &list.entries[n]
		sealed, err := decodeHeader(e, k, b, before)
		switch seq := from + uint64(n); {
		case len(k) == 8 && e.Seq != seq:
			return closedEntries{}, &Fault{Seq: seq, Kind: FaultGap}
		case err != nil:
			return closedEntries{}, &Fault{Seq: e.Seq, Kind: FaultRecord}
		}
		weight += headerWeight + max(0, len(sealed)-sealedOverhead)
		if weight > maxBytes && n > 0 {
			list.entries = list.entries[:n]
			break
		}
		l := lock{sealed: sealed}
		if n > 0 && before.Visit == e.Visit { // neighbours are mostly of one visit
			l.subkey = list.locks[n-1].subkey
		} else {
			l.subkey = storedSubkey(tx, e.Visit)
		}
		list.locks = append(list.locks, l)
		before = e
	}
	return list, nil
}

// fewEntries are opened faster by one than by several.
const fewEntries = 32

// open puts their content into entries, each worker into its own stretch of them. The error is about the first that cannot be opened.
func (c closedEntries) open(keys *keyring, room *wire.Room, after *wire.Digest) error {
	content := room.Bytes(c.size())
	workers := max(1, min(runtime.GOMAXPROCS(0), len(c.entries)/fewEntries))
	stretch := (len(c.entries) + workers - 1) / workers
	errs, faults := make([]error, workers), make([]any, workers)
	var work sync.WaitGroup
	for w := range workers {
		from := min(w*stretch, len(c.entries))
		to := min(from+stretch, len(c.entries))
		part, partAfter := closedEntries{c.entries[from:to], c.locks[from:to]}, after
		if after != nil && from > 0 {
			partAfter = &c.entries[from-1].Digest
		}
		var own []byte
		if content != nil {
			size := part.size()
			own, content = content[:size], content[size:]
		}
		work.Go(func() {
			defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
			defer func() { faults[w] = recover() }()
			errs[w] = part.openInto(keys, own, partAfter)
		})
	}
	work.Wait()
	for _, fault := range faults {
		if fault != nil {
			panic(fault) // who looks at the file knows what to make of it: see careful
		}
	}
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// size is how many bytes the content of all of them takes.
func (c closedEntries) size() int {
	size := 0
	for _, l := range c.locks {
		size += plainSize(len(l.sealed))
	}
	return size
}

// openInto opens entries one after the other, their content into room if there is any, and follows the chain if it is told what the
// first has to follow.
func (c closedEntries) openInto(keys *keyring, room []byte, after *wire.Digest) error {
	o := opener{keys: keys}
	defer o.subkey.wipe()
	for i, l := range c.locks {
		var own []byte
		if size := plainSize(len(l.sealed)); room != nil {
			own, room = room[:0:size], room[size:]
		}
		e := &c.entries[i]
		if err := o.open(e, l, own); err != nil {
			return err
		}
		if after == nil {
			continue
		}
		if err := e.VerifyDigests(*after); err != nil {
			return &Fault{Seq: e.Seq, Kind: wireFault(err)}
		}
		after = &e.Digest
	}
	return nil
}

// opener opens records one after the other; neighbours are mostly of one visit, so the last subkey is kept.
type opener struct {
	keys   *keyring
	visit  string
	subkey key
	err    error
	warm   bool
}

// open puts its content into an entry that has its header; it is written after room. An entry whose visit was erased has none. The
// errors are faults.
func (o *opener) open(e *wire.Entry, l lock, room []byte) error {
	if !o.warm || o.visit != e.Visit {
		o.subkey, o.err = openSubkey(o.keys, e.Visit, l.subkey)
		o.visit, o.warm = e.Visit, true
	}
	erased := errors.Is(o.err, ErrVisitErased)
	switch {
	case erased && l.sealed == nil:
		return nil
	case erased:
		return &Fault{Seq: e.Seq, Kind: FaultNotErased}
	case o.err != nil:
		return &Fault{Seq: e.Seq, Kind: FaultKey}
	case l.sealed == nil:
		return &Fault{Seq: e.Seq, Kind: FaultContentMissing}
	}
	if err := openContent(e, l.sealed, &o.subkey, room); err != nil {
		return &Fault{Seq: e.Seq, Kind: FaultContentSeal}
	}
	return nil
}
