//go:build unix

package places

import (
	"os"
	"os/user"
	"path/filepath"
	"syscall"
)

// candidates are the folders where the desktop mounts disks for whoever is logged in.
func candidates() []Place {
	roots := []string{"/media", "/Volumes"}
	if who, err := user.Current(); err == nil {
		roots = append(roots, filepath.Join("/media", who.Username), filepath.Join("/run/media", who.Username))
	}
	return foldersIn(roots)
}

// foldersIn reads the names of folders without asking the disks behind them. The links that stand among them lead to the computer's own
// disk.
func foldersIn(roots []string) []Place {
	var found []Place
	for _, root := range roots {
		entries, err := os.ReadDir(root)
		if err != nil {
			continue
		}
		for _, e := range entries {
			if e.IsDir() {
				found = append(found, Place{Path: filepath.Join(root, e.Name()), Name: e.Name()})
			}
		}
	}
	return found
}

// look asks whether a folder is on another disk than the folder that it stands in.
func look(p Place) Place {
	var here, above syscall.Stat_t
	p.Stick = syscall.Stat(p.Path, &here) == nil && syscall.Stat(filepath.Dir(p.Path), &above) == nil && here.Dev != above.Dev
	return p
}
