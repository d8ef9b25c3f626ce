package places

import "golang.org/x/sys/windows"

// candidates are the drives that can be taken out.
func candidates() []Place {
	drives, err := windows.GetLogicalDrives()
	if err != nil {
		return nil
	}
	var found []Place
	for i := range 26 {
		if drives&(1<<i) == 0 {
			continue
		}
		path := string(rune('A'+i)) + `:\`
		root, err := windows.UTF16PtrFromString(path)
		if err != nil || windows.GetDriveType(root) != windows.DRIVE_REMOVABLE {
			continue
		}
		found = append(found, Place{Path: path, Stick: true})
	}
	return found
}

// look asks a drive what it is called.
func look(p Place) Place {
	if root, err := windows.UTF16PtrFromString(p.Path); err == nil {
		p.Name = label(root)
	}
	return p
}

// label is what a drive is called, empty where it has no name or cannot be read.
func label(root *uint16) string {
	var name [windows.MAX_PATH + 1]uint16
	if err := windows.GetVolumeInformation(root, &name[0], uint32(len(name)), nil, nil, nil, nil, 0); err != nil {
		return ""
	}
	return windows.UTF16ToString(name[:])
}
