package hub

import (
	"archive/tar"
	"bytes"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// packed returns a backup of named files.
func packed(t testing.TB, files ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	z, err := zstd.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	archive := tar.NewWriter(z)
	for i := 0; i+1 < len(files); i += 2 {
		h := &tar.Header{Name: files[i], Mode: 0o600, Size: int64(len(files[i+1]))}
		if err := archive.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Write([]byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(archive.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

const good = `{"format":1,"program":"x","database":"hub.db"}`

// wholeBackup returns the files of a whole backup, for packed.
func wholeBackup() []string {
	files := []string{manifestFile, good}
	for _, name := range keyFiles() {
		files = append(files, name, "key")
	}
	return append(files, sqliteFile, "database")
}

func TestARestoreTakesTheFilesOfAHubAndNoOther(t *testing.T) {
	for name, tc := range map[string]struct {
		backup []byte
		want   error
	}{
		"whole":               {packed(t, wholeBackup()...), nil},
		"with what ACME gave": {packed(t, append(wholeBackup(), "acme/hub.example.it+rsa", "x")...), nil},
		"empty":               {nil, ErrNotBackup},
		"not compressed":      {[]byte("hello"), ErrNotBackup},
		"without a manifest":  {packed(t, authorityFile, "key"), ErrNotBackup},
		"of tomorrow":         {packed(t, manifestFile, `{"format":2}`), ErrNewBackup},
		"without its keys":    {packed(t, manifestFile, good, sqliteFile, "x"), ErrNotBackup},
		"without its data":    {packed(t, wholeBackup()[:len(wholeBackup())-2]...), ErrNotBackup},
		"cut short":           {packed(t, wholeBackup()...)[:60], ErrNotBackup},
		"a path upwards":      {packed(t, append(wholeBackup(), "../evil", "x")...), ErrNotBackup},
		"an absolute path":    {packed(t, append(wholeBackup(), "/etc/evil", "x")...), ErrNotBackup},
		"upwards in acme":     {packed(t, append(wholeBackup(), "acme/../../evil", "x")...), ErrNotBackup},
		"a path of Windows":   {packed(t, append(wholeBackup(), `acme/..\evil`, "x")...), ErrNotBackup},
		"another database":    {packed(t, manifestFile, `{"format":1,"database":"../hub.db"}`, "../hub.db", "x"), ErrNotBackup},
		"the same file twice": {packed(t, append(wholeBackup(), authorityFile, "other")...), fs.ErrExist},
		"a key without end":   {packed(t, manifestFile, good, authorityFile, strings.Repeat("x", maxSetting+1)), ErrNotBackup},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			state := filepath.Join(root, "state")
			_, err := Restore(t.Context(), Params{State: state}, bytes.NewReader(tc.backup))
			if !errors.Is(err, tc.want) {
				t.Errorf("Restore = %v, want %v", err, tc.want)
			}
			left := filesIn(t, root)
			if tc.want == nil && len(left) < len(keyFiles())+1 || tc.want != nil && len(left) != 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}

func filesIn(t testing.TB, root string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// Whatever a file holds, it becomes a hub or leaves nothing behind, and nothing outside its folder.
func FuzzRestore(f *testing.F) {
	f.Add(packed(f, wholeBackup()...))
	f.Add(packed(f, manifestFile, good, "../evil", "x"))
	f.Fuzz(func(t *testing.T, data []byte) {
		root := t.TempDir()
		state := filepath.Join(root, "state")
		_, err := Restore(t.Context(), Params{State: state}, bytes.NewReader(data))
		for _, file := range filesIn(t, root) {
			if err != nil || !strings.HasPrefix(file, state+string(filepath.Separator)) {
				t.Errorf("Restore = %v and left %s", err, file)
			}
		}
	})
}
