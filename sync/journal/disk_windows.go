package journal

import (
	"os"
	"syscall"

	"golang.org/x/sys/windows"
)

// mapAhead is nothing here: Windows would make the file that long at once.
const mapAhead = 0

// renamesOpen says that a file that is open can be renamed, and another put in its place.
const renamesOpen = false

type diskCause struct {
	problem Problem
	errnos  []syscall.Errno
}

// diskErrors are the ways in which a disk says no.
func diskErrors() []diskCause {
	return []diskCause{
		{ErrDiskFull, []syscall.Errno{windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL}},
		{ErrReadOnly, []syscall.Errno{windows.ERROR_ACCESS_DENIED, windows.ERROR_WRITE_PROTECT}},
		{ErrDisk, []syscall.Errno{windows.ERROR_CRC, windows.ERROR_IO_DEVICE}},
	}
}

// syncDir does nothing: NTFS journals names by itself, and a folder cannot be flushed.
func syncDir(string) error { return nil }

// letGo closes a file that bbolt left open when it met damage.
func letGo(f *os.File) { _ = f.Close() } // bbolt has usually closed it by now, and the reason is already known
