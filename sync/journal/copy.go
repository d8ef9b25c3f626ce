package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.etcd.io/bbolt"
)

// Compact rewrites the file without the room that it no longer uses and returns its length in bytes before and after. The copy takes
// the place of the original only when its chain was followed and everything in it is equal; else the original stays, and the error is
// ErrCopyDiffers, or a *Fault that the original has too. Nothing else can be done meanwhile; a computer that stops in the middle leaves
// the old file.
func (j *Journal) Compact(ctx context.Context) (before, after int64, err error) {
	err = j.stilled(ctx, func() error {
		before, after, err = j.compact(ctx)
		return err
	})
	return before, after, err
}

func (j *Journal) compact(ctx context.Context) (before, after int64, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	path := filepath.Join(j.dir, FileName)
	tmp := path + compactSuffix
	if j.headLost.Load() { // a copy has two sound heads, and would say nothing of it
		if err := j.updateHeld(func(*bbolt.Tx) error { return nil }); err != nil {
			return 0, 0, fmt.Errorf("compacting the journal: %w", err)
		}
	}
	err = j.careful(func() error {
		before, err = length(path)
		if err != nil {
			return err
		}
		if err := discard(tmp, path); err != nil {
			return err
		}
		return compactInto(tmp, j.db, j.opts)
	})
	if err == nil {
		err = j.checkCopied(ctx, tmp)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("compacting the journal: %w", errors.Join(diskProblem(err), discard(tmp, path)))
	}
	if err := j.swap(tmp, path); err != nil {
		return 0, 0, fmt.Errorf("compacting the journal: %w", diskProblem(err))
	}
	_ = j.finishScrubHeld() // the copy holds nothing that was dropped
	after, err = length(path)
	return before, after, err
}

// The names under which files stand until they are whole. No other than the journal's own file is to be found in the folder after Open:
// what an interrupted work left behind holds what is erased later.
const (
	newSuffix     = ".new"
	compactSuffix = ".compact"
	restoreSuffix = ".restore"
)

// besides is a name of that kind that nobody else uses: where there is no journal yet there is no lock either.
func besides(path, suffix string) string { return path + suffix + "-" + randomID() }

func discardLeftOvers(path string) error {
	files, err := os.ReadDir(filepath.Dir(path))
	for _, f := range files {
		for _, suffix := range []string{newSuffix, compactSuffix, restoreSuffix} {
			if strings.HasPrefix(f.Name(), filepath.Base(path)+suffix) {
				err = errors.Join(err, discard(filepath.Join(filepath.Dir(path), f.Name()), path))
			}
		}
	}
	return err
}

// discard overwrites a file and removes it; one that is not there is no error. If it is the journal's own under a second name, as a
// computer that stopped in becomeJournal may leave it, it only loses that name.
func discard(tmp, path string) error {
	info, err := os.Lstat(tmp)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	own, ownErr := os.Stat(path)
	mayOverwrite := err == nil && info.Mode().IsRegular() && (errors.Is(ownErr, fs.ErrNotExist) || ownErr == nil && !os.SameFile(info, own))
	if mayOverwrite {
		err = overwriteFile(tmp)
	}
	if errors.Is(err, fs.ErrNotExist) { // whose it was has just removed it
		return nil
	}
	return errors.Join(err, removeIfThere(tmp))
}

func overwriteFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(overwrite(f, os.Getpagesize(), func(int) bool { return false }), f.Close())
}

// checkCopied follows the chain in a copy and compares all of it with this journal. The caller holds mu alone.
func (j *Journal) checkCopied(ctx context.Context, path string) error {
	_, err := checkFile(ctx, path, j.opts, func(twin *Journal) error {
		return j.viewHeld(func(mine *bbolt.Tx) error {
			return twin.view(func(its *bbolt.Tx) error { return sameContents(mine, its) })
		})
	})
	if errors.Is(err, ErrDamaged) {
		if r, mine := j.verifyHeld(ctx); mine == nil && r.Fault == nil {
			return fmt.Errorf("%w: %w", ErrCopyDiffers, err)
		}
	}
	return err
}

// sameContents compares two files bucket by bucket and key by key.
func sameContents(a, b *bbolt.Tx) error {
	names := func(tx *bbolt.Tx) (list []string, err error) {
		err = tx.ForEach(func(name []byte, _ *bbolt.Bucket) error {
			list = append(list, string(name))
			return nil
		})
		return list, err
	}
	mine, err := names(a)
	if err != nil {
		return err
	}
	its, err := names(b)
	if err != nil {
		return err
	}
	if !slices.Equal(mine, its) {
		return fmt.Errorf("buckets %v and %v: %w", mine, its, ErrCopyDiffers)
	}
	for _, name := range mine {
		x, y := a.Bucket([]byte(name)).Cursor(), b.Bucket([]byte(name)).Cursor()
		k, v := x.First()
		l, w := y.First()
		for k != nil || l != nil {
			if !bytes.Equal(k, l) || !bytes.Equal(v, w) {
				return fmt.Errorf("bucket %s: %w", name, ErrCopyDiffers)
			}
			k, v = x.Next()
			l, w = y.Next()
		}
	}
	return nil
}

func compactInto(path string, src *bbolt.DB, opts Options) error {
	dst, _, err := openFile(path, path, opts.LockWait)
	if err != nil {
		return err
	}
	dst.NoSync = true // synced once, below
	const perTransaction = 4 << 20
	err = bbolt.Compact(dst, src, perTransaction)
	if err == nil {
		err = dst.Sync()
	}
	return errors.Join(err, dst.Close())
}

// swap puts the file tmp in the place of the journal's own, and overwrites what stood there. Both are locked until the old one has lost
// its name, so that no other program comes in between, and one that waits finds the name gone (openFile).
func (j *Journal) swap(tmp, path string) error {
	if !renamesOpen {
		return j.swapClosed(tmp, path)
	}
	db, file, err := openFile(tmp, path, j.opts.LockWait)
	if err == nil {
		if err = os.Rename(tmp, path); err != nil {
			err = errors.Join(err, db.Close())
		}
	}
	if err != nil {
		return errors.Join(err, discard(tmp, path))
	}
	if err = syncDir(j.dir); err == nil {
		_ = overwrite(j.file, j.db.Info().PageSize, func(int) bool { return false }) // nobody can try again: it has no name
	} else {
		j.fail(ErrDisk) // it may have its name again at the next start
	}
	err = errors.Join(err, j.db.Close())
	j.db, j.file = db, file
	return err
}

// swapClosed is swap for a system that renames no open file. The old file has a second name meanwhile, by which it is overwritten once it is
// certain that the new one keeps the first. If another program is faster, this one's work ends with that word.
func (j *Journal) swapClosed(tmp, path string) error {
	old := besides(path, compactSuffix)
	err := j.db.Close()
	j.db = nil
	if err == nil {
		_ = os.Link(path, old) // a file system without links keeps what it holds
		if err = os.Rename(tmp, path); err != nil {
			err = errors.Join(err, discard(tmp, path), discard(old, path))
		}
	}
	db, file, openErr := openFile(path, path, j.opts.LockWait)
	if openErr != nil {
		p := ErrClosed
		_ = errors.As(openErr, &p)
		j.fail(p)
		return errors.Join(err, openErr)
	}
	j.db, j.file = db, file
	if err != nil {
		return err
	}
	// Where a folder cannot be synced, syncing a file takes what was done to its names along.
	if err := errors.Join(syncDir(j.dir), file.Sync()); err != nil {
		j.fail(ErrDisk) // the old file may have its name again at the next start
		return err
	}
	_ = discard(old, path) // or the next start does
	return nil
}

// fail ends all work on the journal with a word.
func (j *Journal) fail(p Problem) { j.broken.Store(&p) }

// Restore makes the journal of an empty data folder from a backup whose chain holds; it is then opened with Open. What was recorded
// after the backup may be at the hub under numbers that this desk will give again, so what the hub is not known to have travels in a
// new epoch. Errors: ErrExists, ErrBackupSpoilt, ErrDamaged, ErrNewer, ErrDiskFull.
func Restore(ctx context.Context, dir string, backup io.Reader, opts Options) (Report, error) {
	path := filepath.Join(dir, FileName)
	if _, err := os.Stat(path); err == nil {
		return Report{}, fmt.Errorf("restoring into %s: %w", dir, ErrExists)
	}
	if err := makeDir(dir); err != nil {
		return Report{}, fmt.Errorf("creating the data folder: %w", diskProblem(err))
	}
	tmp := besides(path, restoreSuffix)
	var report Report
	n, err := fillFile(tmp, func(w io.Writer) (int64, error) { return io.Copy(w, backup) })
	if err == nil && n == 0 {
		err = fmt.Errorf("the backup is empty: %w", ErrBackupSpoilt)
	}
	bare := false
	if err == nil {
		bare, err = cutTail(tmp)
	}
	if err == nil {
		report, err = checkFile(ctx, tmp, opts, func(j *Journal) error { return j.partFromPast(ctx) })
		report.Bare = bare
	}
	if err != nil {
		return report, fmt.Errorf("restoring a backup: %w", errors.Join(madeMeanwhile(path, err), discard(tmp, path)))
	}
	if err := becomeJournal(tmp, path); err != nil {
		return report, fmt.Errorf("restoring a backup: %w", madeMeanwhile(path, err))
	}
	return report, nil
}

// madeMeanwhile says that there is a journal now where there was none: whoever opened it took our file for one that was left behind.
func madeMeanwhile(path string, err error) error {
	if _, there := os.Stat(path); there == nil && !errors.Is(err, ErrExists) {
		return errors.Join(ErrExists, err)
	}
	return diskProblem(err)
}

// becomeJournal gives a whole file the name of a journal, for good. One that another program made meanwhile is not replaced: that is
// ErrExists, and the file is gone.
func becomeJournal(tmp, path string) error {
	err := os.Link(tmp, path)
	switch {
	case err == nil:
		_ = os.Remove(tmp) // or the next start does
	case errors.Is(err, fs.ErrExist):
		return errors.Join(ErrExists, discard(tmp, path))
	default:
		err = renameTo(tmp, path)
	}
	if err != nil {
		return errors.Join(err, discard(tmp, path))
	}
	return syncDir(filepath.Dir(path))
}

// renameTo is for file systems without links. Nothing better than looking before is known on all of them.
func renameTo(tmp, path string) error {
	if _, err := os.Lstat(path); err == nil {
		return ErrExists
	}
	return os.Rename(tmp, path)
}

// partFromPast starts an epoch after what the hub is known to have. What may be missing from a past is no news.
func (j *Journal) partFromPast(ctx context.Context) error {
	s, err := j.State()
	if err != nil {
		return err
	}
	return errors.Join(j.NewEpoch(ctx, s.Acked+1), j.HeadTold(ctx))
}

// checkFile follows the chain in the file of a journal that nobody has open, and then does something with it. A fault is an error too.
func checkFile(ctx context.Context, path string, opts Options, then func(*Journal) error) (Report, error) {
	j, err := openAt(path, opts)
	if err != nil {
		return Report{}, err
	}
	report, err := j.follow(ctx)
	switch {
	case err != nil:
	case report.Fault != nil:
		err = report.Fault
	default:
		err = then(j)
	}
	return report, errors.Join(err, j.Close())
}

func length(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// makeDir makes a folder and those above it, each name durable: else a journal could be lost with the folder that it stands in.
func makeDir(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	parent := filepath.Dir(dir)
	if parent != dir {
		if err := makeDir(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(parent)
}
