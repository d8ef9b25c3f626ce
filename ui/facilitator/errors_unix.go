//go:build !windows

package facilitator

import "syscall"

// diskFull and writeProtected are what this system calls a disk that takes nothing more, and one that takes nothing.
func diskFull() []error { return []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} }

func writeProtected() []error { return []error{syscall.EROFS} }
