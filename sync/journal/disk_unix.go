//go:build !windows

package journal

import (
	"os"
	"syscall"
)

// mapAhead is how much of the journal's file is mapped before it is that long.
const mapAhead = 64 << 20

// renamesOpen says that a file that is open can be renamed, and another put in its place.
const renamesOpen = true

type diskCause struct {
	problem Problem
	errnos  []syscall.Errno
}

// diskErrors are the ways in which a disk says no. EFBIG is a file that may not grow further, by quota or by file system.
func diskErrors() []diskCause {
	return []diskCause{
		{ErrDiskFull, []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG}},
		{ErrReadOnly, []syscall.Errno{syscall.EROFS, syscall.EACCES, syscall.EPERM}},
		{ErrDisk, []syscall.Errno{syscall.EIO}},
	}
}

// syncDir makes a new or renamed name in a folder durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // nothing was written through it
	return d.Sync()
}

// letGo closes a file that bbolt left open when it met damage. Its mapping stays, and would keep the lock with it: who tries again
// would be told that another window has the journal.
func letGo(f *os.File) {
	_ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN) // bbolt has usually closed it by now, and the reason is already known
	_ = f.Close()
}
