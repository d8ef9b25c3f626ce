package journal

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Backup writes the file of the journal as it is at one moment, while work goes on, and returns its length. It is sealed like the
// journal: the facilitators' passphrases open it. What overwrites free pages (an erasure) waits until it is done, or until ctx ends it.
func (j *Journal) Backup(ctx context.Context, w io.Writer) (int64, error) {
	var n int64
	to := &stoppable{ctx: ctx, ended: j.still.ended, w: w}
	err := j.stilled(ctx, func() (err error) {
		n, err = j.writePicture(to)
		return err
	})
	switch {
	case to.err != nil: // that is not the journal's disk
		return n, fmt.Errorf("writing a backup: %w", to.err)
	case err != nil:
		return n, fmt.Errorf("writing a backup: %w", diskProblem(err))
	}
	return n, nil
}

// SaveBackup makes a backup in a new file, which must not exist, and returns its length. The file has its name only once it was
// read back and its chain followed as Restore would follow it, so that what bears the name is a backup; its digest goes with it.
func (j *Journal) SaveBackup(ctx context.Context, path string) (int64, error) {
	return save(ctx, path, j.opts, func(w io.Writer) (int64, error) { return j.Backup(ctx, w) })
}

// SaveBackup makes a backup of the journal in dir in a new file, like the method; a program that has the journal open is asked for it.
// Errors: those of Open but ErrInUse, which says that this program does not answer; ErrBackupCut, ErrBackupSpoilt.
func SaveBackup(ctx context.Context, dir, path string, opts Options) (int64, error) {
	j, err := Open(dir, opts)
	if errors.Is(err, ErrInUse) {
		return save(ctx, path, opts, func(w io.Writer) (int64, error) { return BackupRunning(ctx, dir, w) })
	}
	if err != nil {
		return 0, err
	}
	n, err := j.SaveBackup(ctx, path)
	return n, errors.Join(err, j.Close())
}

func save(ctx context.Context, path string, opts Options, fill func(io.Writer) (int64, error)) (int64, error) {
	if _, err := os.Lstat(path); err == nil {
		return 0, &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}
	}
	tmp := path + ".part"
	sum := sha256.New()
	n, err := fillFile(tmp, func(w io.Writer) (int64, error) { return fill(io.MultiWriter(w, sum)) })
	if err == nil {
		err = holdAgainst(tmp, sum)
	}
	if err == nil {
		_, err = checkFile(ctx, tmp, opts, func(*Journal) error { return nil })
	}
	if err == nil {
		n, err = addTail(tmp)
	}
	if err == nil {
		err = errors.Join(os.Rename(tmp, path), syncDir(filepath.Dir(path)))
	}
	if err != nil {
		return 0, fmt.Errorf("saving a backup: %w", errors.Join(placeProblem(err), removeIfThere(tmp)))
	}
	return n, nil
}

// fillFile writes a file anew and syncs it.
func fillFile(path string, fill func(io.Writer) (int64, error)) (int64, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return 0, err
	}
	n, err := fill(f)
	if err == nil {
		err = f.Sync()
	}
	return n, errors.Join(err, f.Close())
}

// A backup travels between programs in frames: a length (32 bits, big-endian) and as many bytes; the last has length zero and is
// followed by the SHA-256 of all bytes. A stream that was cut is never taken for a whole backup.
const (
	frameMost    = 1 << 20
	framePatient = 30 * time.Second // for one frame: the other end may write to a slow stick
)

// frameWriter cuts what is written into frames.
type frameWriter struct {
	conn net.Conn
	sum  hash.Hash
}

func (f *frameWriter) Write(p []byte) (int, error) {
	written := 0
	for len(p) > 0 {
		part := p[:min(len(p), frameMost)]
		if err := f.frame(part); err != nil {
			return written, err
		}
		f.sum.Write(part)
		written, p = written+len(part), p[len(part):]
	}
	return written, nil
}

func (f *frameWriter) frame(part []byte) error {
	if err := f.conn.SetDeadline(time.Now().Add(framePatient)); err != nil {
		return err
	}
	_, err := f.conn.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(part))), part...))
	return err
}

// end says that this was all.
func (f *frameWriter) end() error {
	if err := f.frame(nil); err != nil {
		return err
	}
	_, err := f.conn.Write(f.sum.Sum(nil))
	return err
}

// streamBackup answers whoever asked for a backup. If it fails the stream ends early, which the other end notices.
func (j *Journal) streamBackup(conn net.Conn) {
	frames := &frameWriter{conn: conn, sum: sha256.New()}
	buffered := bufio.NewWriterSize(frames, frameMost)
	if _, err := j.Backup(context.Background(), buffered); err != nil || buffered.Flush() != nil {
		return
	}
	_ = frames.end()
}

// BackupRunning has the program that has the journal of dir open write a backup to w, and returns its length. Errors: ErrInUse when that
// program does not answer, ErrBackupCut when what came was not whole.
func BackupRunning(ctx context.Context, dir string, w io.Writer) (int64, error) {
	asking, cancel := context.WithTimeout(ctx, raisePatient)
	defer cancel()
	conn, err := ask(asking, dir, askBackup)
	if err != nil {
		return 0, fmt.Errorf("asking the open window for a backup: %w: %w", ErrInUse, err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	defer conn.Close() //nolint:errcheck // everything has been read
	n, err := readFrames(conn, w)
	switch {
	case ctx.Err() != nil:
		return n, ctx.Err()
	case err != nil:
		return n, fmt.Errorf("reading the backup of the open window: %w", err)
	}
	return n, nil
}

// readFrames writes what comes in frames to w. What w says is returned as it is; everything else is ErrBackupCut.
func readFrames(conn net.Conn, w io.Writer) (int64, error) {
	sum, buf := sha256.New(), make([]byte, frameMost)
	total := int64(0)
	read := func(b []byte) error {
		if err := conn.SetDeadline(time.Now().Add(framePatient)); err != nil {
			return fmt.Errorf("%w: %w", ErrBackupCut, err)
		}
		if _, err := io.ReadFull(conn, b); err != nil {
			return fmt.Errorf("%w: %w", ErrBackupCut, err)
		}
		return nil
	}
	for {
		var head [4]byte
		if err := read(head[:]); err != nil {
			return total, err
		}
		n := binary.BigEndian.Uint32(head[:])
		switch {
		case n > frameMost:
			return total, fmt.Errorf("a frame of %d bytes: %w", n, ErrBackupCut)
		case n == 0:
			var said [sha256.Size]byte
			if err := read(said[:]); err != nil {
				return total, err
			}
			if said != [sha256.Size]byte(sum.Sum(nil)) {
				return total, fmt.Errorf("another digest than was announced: %w", ErrBackupCut)
			}
			return total, nil
		}
		if err := read(buf[:n]); err != nil {
			return total, err
		}
		sum.Write(buf[:n])
		if _, err := w.Write(buf[:n]); err != nil {
			return total, err
		}
		total += int64(n)
	}
}
