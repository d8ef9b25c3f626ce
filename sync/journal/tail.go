package journal

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
)

// A backup file is the journal's file and, behind it, a tail: the digest of all before it. Nobody has to unlock to know that it is what
// was written, also where it is sealed. Pages are multiples of 4 KiB and the tail is none, so that a file has one or, as those of
// older programs, has none and cannot be mistaken. Older programs take a file with a tail: bbolt does not look behind the pages.
const (
	tailBegin = "\nbottega sha256 "
	tailLen   = len(tailBegin) + 2*sha256.Size + 1
	pageLeast = 4096
)

func tail(sum hash.Hash) []byte { return fmt.Appendf(nil, "%s%x\n", tailBegin, sum.Sum(nil)) }

// sumFile reads the first n bytes of a file.
func sumFile(f *os.File, n int64) (hash.Hash, error) {
	sum := sha256.New()
	_, err := io.Copy(sum, io.NewSectionReader(f, 0, n))
	return sum, err
}

// onFile does something with a file of a known length, and syncs it.
func onFile(path string, do func(f *os.File, size int64) error) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil {
		err = do(f, info.Size())
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// holdAgainst reads a file back and compares it with what was written to it.
func holdAgainst(path string, written hash.Hash) error {
	return onFile(path, func(f *os.File, size int64) error {
		there, err := sumFile(f, size)
		if err == nil && !bytes.Equal(there.Sum(nil), written.Sum(nil)) {
			err = ErrBackupSpoilt
		}
		return err
	})
}

// addTail ends a backup file, and returns its length.
func addTail(path string) (n int64, err error) {
	err = onFile(path, func(f *os.File, size int64) error {
		sum, err := sumFile(f, size)
		if err != nil {
			return err
		}
		n = size + int64(tailLen)
		_, err = f.WriteAt(tail(sum), size)
		return err
	})
	return n, err
}

// cutTail holds a backup file against its tail, and leaves the journal's file. It reports whether there was none.
func cutTail(path string) (none bool, err error) {
	err = onFile(path, func(f *os.File, size int64) error {
		if none = size%pageLeast == 0; none {
			return nil
		}
		body, said := size-int64(tailLen), make([]byte, tailLen)
		if body < 0 {
			return ErrBackupSpoilt
		}
		if _, err := f.ReadAt(said, body); err != nil {
			return err
		}
		sum, err := sumFile(f, body)
		if err != nil {
			return err
		}
		if !bytes.Equal(said, tail(sum)) {
			return ErrBackupSpoilt
		}
		return f.Truncate(body)
	})
	return none, err
}
