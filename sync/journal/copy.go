package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
)

// Compact rewrites the file without the room that it no longer uses and returns its length in bytes before and after. Nothing else
// can be done meanwhile; a computer that stops in the middle leaves the old file.
func (j *Journal) Compact(ctx context.Context) (before, after int64, err error) {
	if err := ctx.Err(); err != nil {
		return 0, 0, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	path := filepath.Join(j.dir, FileName)
	tmp := path + ".compact"
	err = j.careful(func() error {
		before, err = length(path)
		if err != nil {
			return err
		}
		if err := removeIfThere(tmp); err != nil {
			return err
		}
		return compactInto(tmp, j.db, j.opts)
	})
	if err != nil {
		return 0, 0, fmt.Errorf("compacting the journal: %w", errors.Join(diskProblem(err), removeIfThere(tmp)))
	}
	if err := j.swap(tmp, path); err != nil {
		return 0, 0, fmt.Errorf("compacting the journal: %w", diskProblem(err))
	}
	after, err = length(path)
	return before, after, err
}

func compactInto(path string, src *bbolt.DB, opts Options) error {
	dst, _, err := openFile(path, opts.LockWait)
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

// swap puts the file tmp in the place of the journal's own. Windows renames no open file, so both are closed for a moment.
func (j *Journal) swap(tmp, path string) error {
	if err := j.db.Close(); err != nil {
		return err
	}
	j.db = nil
	renameErr := os.Rename(tmp, path)
	if renameErr == nil {
		renameErr = syncDir(j.dir)
	}
	db, file, err := openFile(path, j.opts.LockWait)
	if err != nil {
		return errors.Join(renameErr, err)
	}
	j.db, j.file = db, file
	return renameErr
}

// Backup writes the file of the journal as it is at one moment, while work goes on, and returns its length. It is sealed like the
// journal: the facilitators' passphrases open it.
func (j *Journal) Backup(ctx context.Context, w io.Writer) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	var n int64
	err := j.view(func(tx *bbolt.Tx) error {
		var err error
		n, err = tx.WriteTo(w)
		return err
	})
	if err != nil {
		return n, fmt.Errorf("writing a backup: %w", diskProblem(err))
	}
	return n, nil
}

// Restore makes the journal of an empty data folder from a backup whose chain holds; it is then opened with Open. The hub notices
// that the desk went back, and the desk starts a new epoch. Errors: ErrExists, ErrDamaged, ErrNewer, ErrDiskFull.
func Restore(ctx context.Context, dir string, backup io.Reader, opts Options) (Report, error) {
	path := filepath.Join(dir, FileName)
	if _, err := os.Stat(path); err == nil {
		return Report{}, fmt.Errorf("restoring into %s: %w", dir, ErrExists)
	}
	if err := makeDir(dir); err != nil {
		return Report{}, fmt.Errorf("creating the data folder: %w", diskProblem(err))
	}
	tmp := path + ".restore"
	report, err := checkCopy(ctx, tmp, backup, opts)
	if err == nil && report.Fault != nil {
		err = report.Fault
	}
	if err != nil {
		return report, fmt.Errorf("restoring a backup: %w", errors.Join(diskProblem(err), removeIfThere(tmp)))
	}
	if err := errors.Join(os.Rename(tmp, path), syncDir(dir)); err != nil {
		return report, fmt.Errorf("restoring a backup: %w", diskProblem(err))
	}
	return report, nil
}

// checkCopy writes a backup to path and follows its chain.
func checkCopy(ctx context.Context, path string, backup io.Reader, opts Options) (Report, error) {
	if err := writeFile(path, backup); err != nil {
		return Report{}, err
	}
	j, err := openAt(path, opts)
	if err != nil {
		return Report{}, err
	}
	report, err := j.Verify(ctx)
	return report, errors.Join(err, j.Close())
}

func writeFile(path string, r io.Reader) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	n, err := io.Copy(f, r)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("the backup is empty: %w", ErrDamaged)
	}
	return nil
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
