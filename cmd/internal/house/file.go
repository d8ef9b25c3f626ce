package house

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// unfinished ends the name of a file that is being written.
const unfinished = ".part"

// WriteWhole writes a file under a name of its own first, and gives it the right one once it is on the disk. Whatever happens there is
// the old file or the new one, and a stick that is pulled out too early holds nothing that passes for whole. When it returns the file
// lasts.
func WriteWhole(path string, write func(io.Writer) error) (err error) {
	dir, name := filepath.Split(path)
	dir = filepath.Clean(dir)
	f, err := os.CreateTemp(dir, name+".*"+unfinished) // 0600; no two writers share one
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("writing %s: %w", name, err), os.Remove(f.Name()))
	}
	err = syncFolder(dir)
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EINVAL) {
		return nil // sticks have file systems that know no such thing, and write a name at once
	}
	return err
}

// WriteBytes is WriteWhole for a small file in a folder that may not be there yet.
func WriteBytes(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("writing %s: %w", filepath.Base(path), err)
	}
	return WriteWhole(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// syncFolder makes a name last: a stick is pulled out as soon as somebody is told that the file is there. Windows writes names through
// and has no call for it.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err == nil {
		err = errors.Join(d.Sync(), d.Close())
	}
	if err != nil {
		return fmt.Errorf("making a file last: %w", err)
	}
	return nil
}
