//go:build unix

package places

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestOnlyWhatIsMountedIsAStick(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"BLU", "disco"} {
		if err := os.Mkdir(filepath.Join(root, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/", filepath.Join(root, "Macintosh HD")); err != nil {
		t.Fatal(err)
	}
	found := foldersIn([]string{filepath.Join(root, "nessuno"), root})
	if len(found) != 2 || found[0] != (Place{Path: filepath.Join(root, "BLU"), Name: "BLU"}) || found[1].Name != "disco" {
		t.Errorf("found %+v", found)
	}
	if look(found[0]).Stick {
		t.Error("a folder of the disk itself counts as mounted")
	}
	if !look(Place{Path: "/proc"}).Stick && !look(Place{Path: "/dev"}).Stick {
		t.Error("nothing counts as mounted")
	}
}

func TestAPlaceThatDoesNotAnswerKeepsNobodyWaiting(t *testing.T) {
	hung := make(chan struct{})
	defer close(hung)
	of := []Place{{Name: "tolta"}, {Name: "BLU"}, {Name: "disco"}}
	begin := time.Now()
	found := answers(t.Context(), 50*time.Millisecond, of, func(p Place) string {
		if p.Name == "tolta" {
			<-hung
		}
		return p.Name
	})
	if len(found) != 2 || found[0] == "tolta" || found[1] == "tolta" {
		t.Errorf("found %v", found)
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}
