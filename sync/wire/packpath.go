package wire

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// maxPackPath is the longest path of a file in a pack, in bytes.
const maxPackPath = 120

// packEnding returns the ending that the content files of a folder have, empty for a folder that this program does not know.
func packEnding(folder string) string {
	switch folder {
	case "services", "rules", "surveys", "directory", "cards":
		return ".yaml"
	case "cards/trust", "cards/trust/practice":
		return ".pem"
	case "i18n":
		return ".json"
	}
	return ""
}

// CheckPackPath reports a path that no file of a pack has. Nothing of a pack becomes a path on a disk; these rules keep it so that
// nothing bad would come of it, on any system, if a later program or a person did unpack one.
func CheckPackPath(name string) error {
	wrong := func(why string) error { return fmt.Errorf("the path %q %s: %w", name, why, ErrPackForm) }
	if !fs.ValidPath(name) || name == "." || len(name) > maxPackPath {
		return wrong("is not one of a pack")
	}
	elements := strings.Split(name, "/")
	if len(elements) < 2 {
		return wrong("stands outside the folders")
	}
	for _, e := range elements {
		switch {
		case strings.IndexFunc(e, func(r rune) bool { return !packRune(r) }) >= 0:
			return wrong("has other characters than letters, digits, hyphen, underscore and dot")
		case e[0] == '.' || e[len(e)-1] == '.':
			return wrong("has a name that begins or ends with a dot")
		case windowsDevice(e):
			return wrong("has the name of a device")
		}
	}
	// What a folder that this program does not know holds is the business of a later one.
	if ending := packEnding(path.Dir(name)); ending != "" && path.Ext(name) != ending && path.Ext(name) != ".md" {
		return wrong("does not end in " + ending)
	}
	return nil
}

func packRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.'
}

// windowsDevice reports a name that Windows takes for a device, whatever follows its first dot.
func windowsDevice(element string) bool {
	base, _, _ := strings.Cut(strings.ToLower(element), ".")
	switch base {
	case "con", "prn", "aux", "nul":
		return true
	}
	return len(base) == 4 && (strings.HasPrefix(base, "com") || strings.HasPrefix(base, "lpt")) && base[3] >= '0' && base[3] <= '9'
}

// packNames are the names that were seen, to find those that would be one and the same on a disk that does not tell capitals.
type packNames struct{ files, folders map[string]string }

func newPackNames() packNames {
	return packNames{files: map[string]string{}, folders: map[string]string{}}
}

func (n packNames) add(name string) error {
	if err := CheckPackPath(name); err != nil {
		return err
	}
	folded := strings.ToLower(name)
	twin, taken := n.files[folded]
	if !taken {
		twin, taken = n.folders[folded]
	}
	n.files[folded] = name
	for folder := path.Dir(name); folder != "." && !taken; folder = path.Dir(folder) {
		key := strings.ToLower(folder)
		if other, seen := n.folders[key]; seen && other != folder {
			twin, taken = other, true
		}
		if other, seen := n.files[key]; seen {
			twin, taken = other, true
		}
		n.folders[key] = folder
	}
	if taken {
		return fmt.Errorf("the paths %q and %q are one on some disks: %w", name, twin, ErrPackForm)
	}
	return nil
}

// gatherPack reads the files of a folder for a pack, describes them in the manifest and returns their bytes, one after another.
// What belongs to whoever keeps the folder stays out: names that begin with a dot, and a README.md beside the folders.
func gatherPack(files fs.FS, m *PackManifest) ([]byte, error) {
	var names []string
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir() || name == "README.md":
			return nil
		case !d.Type().IsRegular():
			return fmt.Errorf("%q is no plain file: %w", name, ErrPackForm)
		case strings.Contains(name, "/") && packEnding(path.Dir(name)) == "":
			return fmt.Errorf("%q is in a folder that packs do not have: %w", name, ErrPackForm)
		case len(names) >= MaxPackFiles:
			return fmt.Errorf("more than %d files: %w", MaxPackFiles, ErrPackForm)
		}
		names = append(names, name)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("gathering a pack: %w", err)
	}
	slices.Sort(names) // a walk goes folder by folder, which is another order
	var plain []byte
	for _, name := range names {
		data, err := readPackFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("reading %q for a pack: %w", name, err)
		}
		m.Files = append(m.Files, PackFile{Path: name, Size: int64(len(data)), SHA256: PackDigest(data)})
		if plain = append(plain, data...); len(plain) > MaxPackContent {
			return nil, fmt.Errorf("more than %d bytes of files: %w", MaxPackContent, ErrPackForm)
		}
	}
	return plain, nil
}

// readPackFile reads a file, and no more of it than one in a pack can have.
func readPackFile(files fs.FS, name string) (data []byte, err error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	data, err = io.ReadAll(io.LimitReader(f, MaxPackFile+1))
	if err == nil && len(data) > MaxPackFile {
		err = fmt.Errorf("more than %d bytes: %w", MaxPackFile, ErrPackForm)
	}
	return data, err
}
