//go:build unix

package doctor

import "golang.org/x/sys/unix"

// freeBytes is what a user may still write on the disk that holds the folder.
func freeBytes(folder string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(folder, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), nil
}
