package facilitator

import "golang.org/x/sys/windows"

// diskFull and writeProtected are what this system calls a disk that takes nothing more, and one that takes nothing.
func diskFull() []error { return []error{windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL} }

func writeProtected() []error { return []error{windows.ERROR_WRITE_PROTECT} }
