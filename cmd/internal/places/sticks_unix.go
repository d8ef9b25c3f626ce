//go:build unix

package places

import (
	"os"
	"os/user"
	"path/filepath"
	"syscall"
)

// sticks are the disks that the desktop has mounted for whoever is logged in.
func sticks() []Place {
	roots := []string{"/media", "/Volumes"}
	if who, err := user.Current(); err == nil {
		roots = append(roots, filepath.Join("/media", who.Username), filepath.Join("/run/media", who.Username))
	}
	return mountedIn(roots, isMounted)
}

// mountedIn returns the folders of these roots that are disks of their own. The links that stand among them lead to the computer's own
// disk.
func mountedIn(roots []string, mounted func(path string) bool) []Place {
	var found []Place
	for _, root := range roots {
		entries, err := os.ReadDir(root)
		if err != nil {
			continue
		}
		for _, e := range entries {
			if path := filepath.Join(root, e.Name()); e.IsDir() && mounted(path) {
				found = append(found, Place{Path: path, Stick: true, Name: e.Name()})
			}
		}
	}
	return found
}

// isMounted reports whether a folder is on another disk than the folder that it stands in.
func isMounted(path string) bool {
	var here, above syscall.Stat_t
	if syscall.Stat(path, &here) != nil || syscall.Stat(filepath.Dir(path), &above) != nil {
		return false
	}
	return here.Dev != above.Dev
}
