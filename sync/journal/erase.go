package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"go.etcd.io/bbolt"

	"bottega/desk"
)

// metaScrub stands in bucket "meta" from the moment something was dropped until the free pages have been overwritten.
const metaScrub = "scrub"

// Erase drops the subkey of a visit, its contents and what leads to it, and records a desk.VisitErased. When it returns without
// error the pages where they stood have been overwritten; headers and chain stay. Erasing again is harmless. Errors:
// ErrUnknownVisit, ErrLocked, ErrDiskFull (nothing was erased).
func (j *Journal) Erase(ctx context.Context, visit string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := j.scrubbing(func(tx *bbolt.Tx, keys *keyring, who string) error {
		place := subkeyPlace(visit)
		b := tx.Bucket([]byte(bucketKeys))
		sealed := b.Get(place)
		switch {
		case visit == "" || sealed == nil:
			return ErrUnknownVisit
		case isTombstone(sealed):
			return nil
		}
		if err := b.Put(place, tombstone()); err != nil {
			return err
		}
		if err := unindex(tx, visit); err != nil {
			return err
		}
		if err := dropContents(tx, visit); err != nil {
			return err
		}
		p, err := prepare([]desk.Draft{{Payload: desk.VisitErased{Visit: visit}}})
		if err != nil {
			return err
		}
		w, err := newWriter(tx, keys, who, j.opts.Clock)
		if err != nil {
			return err
		}
		_, err = w.append(p[0])
		return err
	})
	if err != nil {
		return fmt.Errorf("erasing a visit: %w", err)
	}
	return nil
}

// dropContents leaves of a visit's entries the headers only.
func dropContents(tx *bbolt.Tx, visit string) error {
	b := tx.Bucket([]byte(bucketEntries))
	var found []record
	err := b.ForEach(func(k, v []byte) error {
		r, err := decodeRecord(k, v)
		if err != nil {
			return &Fault{Seq: r.e.Seq, Kind: FaultRecord}
		}
		if r.e.Visit == visit {
			r.sealed = nil
			found = append(found, r)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, r := range found {
		if err := b.Put(seqKey(r.e.Seq), r.encode()); err != nil {
			return err
		}
	}
	return nil
}

// scrubbing runs fn alone, with the keys, in one transaction, and then overwrites every page that the file does not use.
func (j *Journal) scrubbing(fn func(tx *bbolt.Tx, keys *keyring, who string) error) error {
	return j.unlocked(func(keys *keyring, who string) error {
		return j.scrubAfter(func(tx *bbolt.Tx) error { return fn(tx, keys, who) })
	})
}

// scrubAfter is scrubbing for who has the keys already. bbolt writes changed pages elsewhere and leaves the old ones as they are:
// without overwriting, a dropped key could still be read from them.
func (j *Journal) scrubAfter(fn func(tx *bbolt.Tx) error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	err := j.updateHeld(func(tx *bbolt.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return tx.Bucket([]byte(bucketMeta)).Put([]byte(metaScrub), []byte{1})
	})
	if err != nil {
		return err
	}
	if err := j.scrub(); err != nil {
		return fmt.Errorf("it is done, but its traces could not be overwritten yet; the next start tries again: %w", err)
	}
	return nil
}

// scrub overwrites the free pages and takes note that it did. The caller holds mu alone, so that nobody reads an older picture.
func (j *Journal) scrub() error {
	err := j.viewHeld(func(tx *bbolt.Tx) error { return overwriteFree(tx, j.db.Info().PageSize, j.file) })
	if err != nil {
		return diskProblem(err)
	}
	return j.updateHeld(func(tx *bbolt.Tx) error { return tx.Bucket([]byte(bucketMeta)).Delete([]byte(metaScrub)) })
}

// finishScrub does at opening what an interrupted erasure left undone. A disk that cannot be written now is met at the next start.
func (j *Journal) finishScrub() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	due := false
	err := j.viewHeld(func(tx *bbolt.Tx) error {
		due = tx.Bucket([]byte(bucketMeta)).Get([]byte(metaScrub)) != nil
		return nil
	})
	if err != nil || !due {
		return err
	}
	if err := j.scrub(); err != nil && !errors.Is(err, ErrDiskFull) && !errors.Is(err, ErrReadOnly) {
		return err
	}
	return nil
}

// storage is the part of *os.File that overwriting needs.
type storage interface {
	io.ReaderAt
	io.WriterAt
	Sync() error
}

// overwriteFree puts zeros on every page that is free or behind the last one. Pages that are zero already are left alone: in a
// sparse file, writing them would take room on a disk that may be full.
func overwriteFree(tx *bbolt.Tx, pageSize int, file storage) error {
	zero, page := make([]byte, pageSize), make([]byte, pageSize)
	used := int(tx.Size() / int64(pageSize))
	for id := 2; ; id++ {
		if id < used {
			info, err := tx.Page(id)
			if err != nil {
				return err
			}
			if info.Type != "free" {
				continue
			}
		}
		n, err := file.ReadAt(page, int64(id)*int64(pageSize))
		if n > 0 && !bytes.Equal(page[:n], zero[:n]) {
			if _, err := file.WriteAt(zero[:n], int64(id)*int64(pageSize)); err != nil {
				return fmt.Errorf("overwriting free pages: %w", err)
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("reading free pages: %w", err)
		}
	}
	return file.Sync()
}
