//go:build unix

package places

import (
	"os"
	"path/filepath"
	"testing"
)

func TestOnlyWhatIsMountedIsAStick(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"BLU", "vecchia", "disco"} {
		if err := os.Mkdir(filepath.Join(root, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/", filepath.Join(root, "Macintosh HD")); err != nil {
		t.Fatal(err)
	}
	found := mountedIn([]string{filepath.Join(root, "nessuno"), root}, func(path string) bool { return filepath.Base(path) != "vecchia" })
	want := []Place{
		{Path: filepath.Join(root, "BLU"), Stick: true, Name: "BLU"}, {Path: filepath.Join(root, "disco"), Stick: true, Name: "disco"},
	}
	if len(found) != 2 || found[0] != want[0] || found[1] != want[1] {
		t.Errorf("found %+v", found)
	}
	if isMounted(filepath.Join(root, "BLU")) {
		t.Error("a folder of the disk itself counts as mounted")
	}
	if !isMounted("/proc") && !isMounted("/dev") {
		t.Error("nothing counts as mounted")
	}
}
