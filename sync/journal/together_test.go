package journal_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bottega/desk"
	"bottega/sync/journal"
)

// Everything that a desk does at once ends, and leaves the entries that were acknowledged in a chain that verifies.
func TestEverythingAtOnceEndsAndNothingIsLost(t *testing.T) {
	j := create(t, nil)
	must(t, j.Listen(func() {}))
	ctx, stop := context.WithCancel(context.Background())
	var background, writers sync.WaitGroup
	var acknowledged, erasures atomic.Int64
	expected := func(err error) bool {
		return err == nil || errors.Is(err, journal.ErrLocked) || errors.Is(err, context.Canceled) ||
			errors.Is(err, journal.ErrUnknownVisit) || errors.Is(err, journal.ErrVisitErased)
	}
	loop := func(do func(n int) error) {
		background.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				if err := do(n); !expected(err) {
					t.Error(err)
					return
				}
			}
		})
	}
	loop(func(int) error { return j.Read(ctx, 1, func(desk.Entry) error { return nil }) })
	loop(func(int) error {
		r, err := j.Verify(ctx)
		if err == nil && r.Fault != nil {
			return fmt.Errorf("a fault that is none: %w", r.Fault)
		}
		return err
	})
	loop(func(int) error { _, err := j.Backup(ctx, io.Discard); return err })
	loop(func(int) error {
		_, err := journal.BackupRunning(ctx, j.Dir(), io.Discard)
		if errors.Is(err, journal.ErrInUse) {
			return nil // a computer that is too busy to answer in time
		}
		return err
	})
	loop(func(int) error { _, err := j.AckedBy(time.Now()); return err })
	loop(func(n int) error {
		if n == 20 {
			<-ctx.Done()
		}
		k, err := j.NewRecoveryKey(ctx)
		k.Wipe()
		return err
	})
	loop(func(int) error { _, err := j.Facilitators(); return err })
	loop(func(int) error { _, err := j.State(); return err })
	loop(func(n int) error {
		if n == 10 {
			<-ctx.Done() // often enough: while it compacts nothing else goes on
		}
		_, _, err := j.Compact(ctx)
		return err
	})
	loop(func(n int) error {
		err := eraseErr(j, "visit"+strconv.Itoa(n%50))
		if err == nil {
			erasures.Add(1)
		}
		return err
	})
	loop(func(n int) error {
		if n == 10 {
			<-ctx.Done()
		}
		j.Lock()
		return j.Unlock(sigla, passphrase())
	})
	for w := range 6 {
		writers.Go(func() {
			for i := range 40 {
				draft := desk.Draft{Visit: "visit" + strconv.Itoa(w*8+i/5), Payload: desk.NoteAdded{Text: "x"}}
				_, err := j.Append(ctx, draft)
				for errors.Is(err, journal.ErrLocked) { // until somebody unlocks
					runtime.Gosched()
					_, err = j.Append(ctx, draft)
				}
				if !expected(err) {
					t.Error(err)
				}
				if err == nil {
					acknowledged.Add(1)
				}
			}
		})
	}
	writers.Wait()
	stop()
	background.Wait()
	if j.Locked() {
		must(t, j.Unlock(sigla, passphrase()))
	}
	r := verified(t, j)
	notes := 0
	for _, e := range readAll(t, j) {
		if e.Kind == "visit.note" {
			notes++
		}
	}
	if int64(notes) != acknowledged.Load() {
		t.Errorf("%d notes, %d were acknowledged", notes, acknowledged.Load())
	}
	t.Logf("%d entries, %d erased, %d erasures said done", r.Entries, r.Erased, erasures.Load())
}
