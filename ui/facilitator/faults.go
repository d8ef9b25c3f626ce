package facilitator

import (
	"errors"
	"io/fs"
	"syscall"
)

// The ways in which a disk or a stick says no, as keys of their words.
const (
	faultGone       = "error.file_gone"
	faultReadOnly   = "error.read_only"
	faultFull       = "error.disk_full"
	faultPermission = "error.no_permission"
	faultSilent     = "error.disk_silent"
)

// diskFault says what a disk or a stick found wrong, empty where it was something else. Systems have numbers of their own for it.
func diskFault(err error, system string) string {
	numbers := unixFaults()
	if system == "windows" {
		numbers = windowsFaults()
	}
	var number syscall.Errno
	if errors.As(err, &number) && numbers[number] != "" {
		return numbers[number]
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return faultGone
	case errors.Is(err, fs.ErrPermission):
		return faultPermission
	}
	return ""
}

// unixFaults are those of Linux and macOS. EFBIG is a file that is too long for the stick's file system, or for a quota.
func unixFaults() map[syscall.Errno]string {
	return map[syscall.Errno]string{
		syscall.ENOENT: faultGone, syscall.ENOTDIR: faultGone, syscall.EROFS: faultReadOnly,
		syscall.ENOSPC: faultFull, syscall.EDQUOT: faultFull, syscall.EFBIG: faultFull,
		syscall.EACCES: faultPermission, syscall.EPERM: faultPermission,
		syscall.EIO: faultSilent, syscall.ENODEV: faultSilent, syscall.ENXIO: faultSilent,
	}
}

// windowsFaults are those of winerror.h. A drive without its stick is "not ready" there, and one that was pulled out while it was
// written to is whatever its driver makes of it.
func windowsFaults() map[syscall.Errno]string {
	return map[syscall.Errno]string{
		2: faultGone, 3: faultGone, 15: faultGone, 21: faultGone, 1112: faultGone, // file, path or drive not found; not ready; no medium
		19: faultReadOnly, 39: faultFull, 112: faultFull, 5: faultPermission,
		23: faultSilent, 31: faultSilent, 433: faultSilent, 1006: faultSilent, 1117: faultSilent, 1167: faultSilent, 1617: faultSilent,
	}
}
