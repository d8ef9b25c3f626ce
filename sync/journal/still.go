package journal

import (
	"cmp"
	"context"
	"errors"
	"io"
	"sync"

	"go.etcd.io/bbolt"
)

// still is had by one at a time: by a backup, for which the pages of the file stay as they were when it began, or by whoever is about to
// overwrite free pages or to exchange the file. A backup may take as long as a slow stick does; those who read and append wait for none
// of this.
type still struct {
	taken chan struct{} // holds one token while somebody has it
	ended chan struct{} // closed when the journal is being closed
	once  *sync.Once
}

// errPicture keeps whoever did not wait for still from overwriting pages that a backup is about to read.
var errPicture = errors.New("a backup still reads these pages")

func newStill() still {
	return still{taken: make(chan struct{}, 1), ended: make(chan struct{}), once: new(sync.Once)}
}

func (s still) wait() { s.taken <- struct{}{} }
func (s still) give() { <-s.taken }

// end makes a backup under way give up at its next write.
func (s still) end() { s.once.Do(func() { close(s.ended) }) }

// stilled does work that must not meet a backup, or that is one. The caller holds neither keysMu nor mu: else those who wait for these
// would wait for the stick, too.
func (j *Journal) stilled(ctx context.Context, work func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case j.still.taken <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer j.still.give()
	return work()
}

// writePicture writes the file as it is now. While it does, mu is free, and bbolt keeps the pages of the picture. The caller has still.
func (j *Journal) writePicture(w io.Writer) (n int64, err error) {
	var tx *bbolt.Tx
	j.mu.RLock()
	err = j.careful(func() (err error) {
		tx, err = j.db.Begin(false)
		return err
	})
	j.mu.RUnlock()
	if err != nil {
		return 0, err
	}
	defer func() { _ = tx.Rollback() }() // it has read only
	err = j.careful(func() error {
		n, err = tx.WriteTo(w)
		return err
	})
	return n, err
}

// stoppable ends a backup that nobody waits for any more.
type stoppable struct {
	ctx   context.Context //nolint:containedctx // it lives as long as one call
	ended <-chan struct{}
	w     io.Writer
	// err is why it ended: bbolt makes text of some errors.
	err error
}

func (s *stoppable) Write(p []byte) (n int, err error) {
	select {
	case <-s.ctx.Done():
		err = s.ctx.Err()
	case <-s.ended:
		err = ErrClosed
	default:
		n, err = s.w.Write(p)
	}
	s.err = cmp.Or(s.err, err)
	return n, err
}
