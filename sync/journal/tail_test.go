package journal

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// aBackup is a backup file of some entries.
func aBackup(t *testing.T) []byte {
	t.Helper()
	j := newJournal(t)
	fill(t, j, 20)
	path := filepath.Join(t.TempDir(), "copia")
	n, err := j.SaveBackup(context.Background(), path)
	check(t, err)
	b, err := os.ReadFile(path)
	check(t, err)
	if int64(len(b)) != n {
		t.Errorf("%d bytes told, %d there", n, len(b))
	}
	return b
}

func restoreOf(t *testing.T, b []byte) (Report, error) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "nuova")
	r, err := Restore(context.Background(), dir, bytes.NewReader(b), cheap())
	if left, _ := os.ReadDir(dir); err != nil && len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	return r, err
}

func TestABackupFileWithAnyBitFlippedIsRefused(t *testing.T) {
	b := aBackup(t)
	step := 211
	for at := 0; at < len(b); at += step {
		if at >= len(b)-tailLen {
			step = 1
		}
		b[at] ^= 1 << (at % 8)
		if _, err := restoreOf(t, b); !errors.Is(err, ErrBackupSpoilt) {
			t.Fatalf("byte %d of %d: %v", at, len(b), err)
		}
		b[at] ^= 1 << (at % 8)
	}
	if r, err := restoreOf(t, b); err != nil || r.Entries != 20 || r.Bare {
		t.Errorf("as it was: %+v, %v", r, err)
	}
}

func TestACutBackupFileIsRefused(t *testing.T) {
	b := aBackup(t)
	body := len(b) - tailLen
	for n := 0; n < body; n += 1024 {
		if _, err := restoreOf(t, b[:n]); err == nil {
			t.Errorf("%d bytes of %d are restored", n, len(b))
		}
	}
	for n := body + 1; n < len(b); n++ {
		if _, err := restoreOf(t, b[:n]); !errors.Is(err, ErrBackupSpoilt) {
			t.Errorf("%d bytes of the tail: %v", n-body, err)
		}
	}
	if r, err := restoreOf(t, b[:body]); err != nil || r.Entries != 20 || !r.Bare {
		t.Errorf("a backup without a digest, as older programs made them: %+v, %v", r, err)
	}
}

// An older program opens the file with its tail.
func TestTheTailOfABackupDisturbsNobody(t *testing.T) {
	dir := t.TempDir()
	check(t, os.WriteFile(filepath.Join(dir, FileName), aBackup(t), 0o600))
	j, err := Open(dir, cheap())
	check(t, err)
	defer j.Close() //nolint:errcheck // a folder of the test
	check(t, j.Unlock("MR", []byte("tre parole a caso")))
	fill(t, j, 500)
	if r, err := j.Verify(context.Background()); err != nil || r.Fault != nil || r.Entries != 520 {
		t.Errorf("%+v, %v", r, err)
	}
}

// The chain does not show that a content was spoilt on its way to a stick: nobody may have unlocked.
func TestABackupThatTheStickKeepsOtherwiseIsNotOne(t *testing.T) {
	j := newJournal(t)
	fill(t, j, 20)
	path := filepath.Join(t.TempDir(), "copia")
	_, err := save(context.Background(), path, j.opts, func(w io.Writer) (int64, error) {
		var b bytes.Buffer
		n, err := j.Backup(context.Background(), &b)
		check(t, err)
		_, err = w.Write(b.Bytes())
		check(t, err)
		f, err := os.OpenFile(path+".part", os.O_WRONLY, 0)
		check(t, err)
		_, err = f.WriteAt([]byte{^b.Bytes()[n-1]}, n-1)
		check(t, errors.Join(err, f.Close()))
		return n, nil
	})
	if !errors.Is(err, ErrBackupSpoilt) {
		t.Errorf("told %v", err)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// What a stick does is no trouble of the journal's: nothing was lost, and another stick will do.
func TestABackupThatFindsNoRoomSpeaksOfItsOwnPlace(t *testing.T) {
	want := map[Problem]Problem{ErrDiskFull: ErrPlaceFull, ErrReadOnly: ErrPlaceReadOnly, ErrDisk: ErrPlaceFailing}
	try := func(err error) error {
		_, got := save(context.Background(), filepath.Join(t.TempDir(), "copia"), cheap(), func(io.Writer) (int64, error) { return 0, err })
		return got
	}
	for _, cause := range diskErrors() {
		for _, errno := range cause.errnos {
			var told Problem
			if err := try(&os.PathError{Op: "write", Path: "copia", Err: errno}); !errors.As(err, &told) || told != want[cause.problem] {
				t.Errorf("%v: %v", errno, err)
			}
		}
	}
	var told Problem
	if err := try(ErrDisk); !errors.As(err, &told) || told != ErrDisk {
		t.Errorf("the journal's own disk: %v", err)
	}
}
