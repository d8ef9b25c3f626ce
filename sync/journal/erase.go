package journal

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"

	"go.etcd.io/bbolt"

	"bottega/desk"
)

// metaScrub says in bucket "meta" whether something was dropped and the free pages have not been overwritten since.
const metaScrub = "scrub"

// Erase drops the subkeys of visits, their contents and what leads to them, and records a desk.VisitErased for each, in one step for
// all of them; the entries that it returns are those. Of an order it takes visit, reason (ErasedOnRequest if there is none) and tally;
// what was erased it fills in itself. When it returns without error the pages where contents and keys stood have been overwritten;
// headers and chain stay. A visit that was erased before is passed over. With ErrTracesLeft all is done and recorded, the entries are
// returned, and those pages are still to be overwritten. Errors, with which nothing was erased: ErrUnknownVisit, ErrLocked,
// ErrDiskFull.
func (j *Journal) Erase(ctx context.Context, orders ...desk.VisitErased) ([]desk.Entry, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var recorded []desk.Entry
	err := j.scrubbing(ctx, func(tx *bbolt.Tx, keys *keyring, who string) error {
		due, err := bury(tx, orders)
		if err != nil || len(due) == 0 {
			return err
		}
		left, err := dropContents(tx, due)
		if err != nil {
			return err
		}
		w, err := newWriter(tx, keys, who, j.opts.Clock)
		if err != nil {
			return err
		}
		recorded, err = w.record(due, left)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("erasing visits: %w", err)
	}
	if s, err := j.State(); err != nil || s.TracesLeft {
		return recorded, errors.Join(ErrTracesLeft, err)
	}
	return recorded, nil
}

// bury puts tombstones in the place of subkeys, and returns the orders of the visits that had one.
func bury(tx *bbolt.Tx, orders []desk.VisitErased) ([]desk.VisitErased, error) {
	b := tx.Bucket([]byte(bucketKeys))
	var due []desk.VisitErased
	for _, order := range orders {
		place := subkeyPlace(order.Visit)
		sealed := b.Get(place)
		switch {
		case order.Visit == "" || sealed == nil:
			return nil, fmt.Errorf("visit %q: %w", order.Visit, ErrUnknownVisit)
		case isTombstone(sealed):
			continue
		}
		if err := errors.Join(b.Put(place, tombstone()), unindex(tx, order.Visit)); err != nil {
			return nil, err
		}
		due = append(due, order)
	}
	return due, nil
}

// dropContents leaves of the entries of visits the headers only, and tells by visit what those are.
func dropContents(tx *bbolt.Tx, visits []desk.VisitErased) (map[string]*remains, error) {
	left := make(map[string]*remains, len(visits))
	for _, v := range visits {
		left[v.Visit] = newRemains()
	}
	b := tx.Bucket([]byte(bucketEntries))
	var found []record
	err := b.ForEach(func(k, v []byte) error {
		r, err := decodeRecord(k, v)
		if err != nil {
			return &Fault{Seq: r.e.Seq, Kind: FaultRecord}
		}
		if of := left[r.e.Visit]; of != nil {
			of.add(r.e)
			r.sealed = nil
			found = append(found, r)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, r := range found {
		if err := b.Put(seqKey(r.e.Seq), r.encode()); err != nil {
			return nil, err
		}
	}
	return left, nil
}

// record appends what was erased.
func (w *writer) record(orders []desk.VisitErased, left map[string]*remains) ([]desk.Entry, error) {
	entries := make([]desk.Entry, 0, len(orders))
	for _, order := range orders {
		order.Reason = cmp.Or(order.Reason, desk.ErasedOnRequest)
		left[order.Visit].describe(&order)
		p, err := prepare([]desk.Draft{{Payload: order}})
		if err != nil {
			return nil, err
		}
		e, err := w.append(p[0])
		if err != nil {
			return nil, err
		}
		entries = append(entries, e.Desk())
	}
	return entries, nil
}

// scrubbing runs fn alone, with the keys, in one transaction, and then overwrites every page that the file does not use. Its errors say
// that nothing has changed, or that the disk cannot be trusted (ErrDisk).
func (j *Journal) scrubbing(ctx context.Context, fn func(tx *bbolt.Tx, keys *keyring, who string) error) error {
	return j.stilled(ctx, func() error {
		return j.unlocked(func(keys *keyring, who string) error {
			return j.scrubAfter(func(tx *bbolt.Tx) error { return fn(tx, keys, who) })
		})
	})
}

// scrubAfter is scrubbing for who has still, and the keys. bbolt writes changed pages elsewhere and leaves the old ones as they are:
// without overwriting, a dropped key could still be read from them. A disk that refuses that undoes nothing: State tells that traces are
// left, and the next unlocking, dropping or start tries again.
func (j *Journal) scrubAfter(fn func(tx *bbolt.Tx) error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	err := j.updateHeld(func(tx *bbolt.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return errors.Join(noteNames(tx), putJSON(tx, bucketMeta, metaScrub, true))
	})
	if err != nil {
		return err
	}
	_ = j.scrub()
	return nil
}

// scrub overwrites the free pages and takes note that it did. The caller has still and holds mu alone, so that nobody reads an older picture.
func (j *Journal) scrub() error {
	err := j.viewHeld(func(tx *bbolt.Tx) error {
		if tx.DB().Stats().OpenTxN > 1 {
			return errPicture
		}
		return overwriteFree(tx, j.db.Info().PageSize, j.file)
	})
	if err != nil {
		return diskProblem(err)
	}
	return j.updateHeld(func(tx *bbolt.Tx) error { return putJSON(tx, bucketMeta, metaScrub, false) })
}

// finishScrub does what an interrupted erasure left undone, if it did. A disk that cannot be written now is met the next time.
func (j *Journal) finishScrub() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.finishScrubHeld()
}

// finishScrubHeld is finishScrub for who holds mu alone already.
func (j *Journal) finishScrubHeld() error {
	due := false
	err := j.viewHeld(func(tx *bbolt.Tx) (err error) {
		due, err = scrubDue(tx)
		return err
	})
	if err != nil || !due {
		return err
	}
	if err := j.scrub(); errors.Is(err, ErrDamaged) {
		return err
	}
	return nil
}

// retryScrub is finishScrub for a moment at which others may be at work: it waits for nobody when there is nothing to do, and State
// tells what is left.
func (j *Journal) retryScrub() {
	if s, err := j.State(); err == nil && s.TracesLeft {
		_ = j.finishScrub()
	}
}

// scrubDue reports whether something was dropped and free pages may still hold it.
func scrubDue(tx *bbolt.Tx) (due bool, err error) {
	err = getJSON(tx, bucketMeta, metaScrub, &due)
	return due, err
}

// storage is the part of *os.File that overwriting needs.
type storage interface {
	io.ReaderAt
	io.WriterAt
	Sync() error
}

// overwriteFree puts zeros on every page that is not in use.
func overwriteFree(tx *bbolt.Tx, pageSize int, file storage) error {
	inUse, err := pagesOf(tx, file)
	if err != nil {
		return err
	}
	return overwrite(file, pageSize, func(id int) bool { return id < 2 || id < len(inUse.used) && inUse.used[id] })
}

// overwrite puts zeros on every page but those that are spared. Pages that are zero already are left alone: in a sparse file, writing
// them would take room on a disk that may be full.
func overwrite(file storage, pageSize int, spared func(id int) bool) error {
	zero, page := make([]byte, pageSize), make([]byte, pageSize)
	for id := 0; ; id++ {
		if spared(id) {
			continue
		}
		n, err := file.ReadAt(page, int64(id)*int64(pageSize))
		if n > 0 && !bytes.Equal(page[:n], zero[:n]) {
			if _, err := file.WriteAt(zero[:n], int64(id)*int64(pageSize)); err != nil {
				return fmt.Errorf("overwriting pages: %w", err)
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("reading pages: %w", err)
		}
	}
	return file.Sync()
}
