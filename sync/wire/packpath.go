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
	if !fs.ValidPath(name) || name == "." || len(name) > maxPackPath {
		return packFault(PackPath, name)
	}
	elements := strings.Split(name, "/")
	if len(elements) < 2 {
		return packFault(PackOutside, name)
	}
	for _, e := range elements {
		switch {
		case strings.IndexFunc(e, func(r rune) bool { return !packRune(r) }) >= 0:
			return packFault(PackCharacters, name)
		case e[0] == '.' || e[len(e)-1] == '.':
			return packFault(PackDot, name)
		case windowsDevice(e):
			return packFault(PackDevice, name)
		}
	}
	// What a folder that this program does not know holds is the business of a later one.
	if ending := packEnding(path.Dir(name)); ending != "" && path.Ext(name) != ending {
		return packFault(PackEnding, name)
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
type packNames struct {
	files   map[string]bool
	folders map[string]string // the spelling that was seen first
}

func newPackNames() packNames {
	return packNames{files: map[string]bool{}, folders: map[string]string{}}
}

func (n packNames) add(name string) error {
	if err := CheckPackPath(name); err != nil {
		return err
	}
	folded := strings.ToLower(name)
	_, folder := n.folders[folded]
	taken := n.files[folded] || folder
	n.files[folded] = true
	for folder := path.Dir(name); folder != "." && !taken; folder = path.Dir(folder) {
		key := strings.ToLower(folder)
		other, seen := n.folders[key]
		taken = n.files[key] || seen && other != folder
		n.folders[key] = folder
	}
	if taken {
		return packFault(PackTwin, name)
	}
	return nil
}

// gatherPack reads the files of a folder for a pack, describes them in the manifest and returns their bytes, one after another.
// What is for whoever keeps the folder stays out: names that begin with a dot, and explanations (*.md).
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
		case d.IsDir() || path.Ext(name) == ".md":
			return nil
		case !d.Type().IsRegular():
			return packFault(PackNoFile, name)
		case strings.Contains(name, "/") && packEnding(path.Dir(name)) == "":
			return packFault(PackFolder, name)
		case len(names) >= MaxPackFiles:
			return packFault(PackSize, "")
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
			return nil, packFault(PackSize, "")
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
		err = packFault(PackFileSize, name)
	}
	return data, err
}
