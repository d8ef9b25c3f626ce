package paper_test

import (
	"os"
	"path/filepath"
	"testing"
)

// TestPapersCanBeLookedAt leaves every paper as a file in $BOTTEGA_PAPERS, for the eyes of a person.
func TestPapersCanBeLookedAt(t *testing.T) {
	dir := os.Getenv("BOTTEGA_PAPERS")
	if dir == "" {
		dir = t.TempDir()
	}
	r := renderer(t)
	for name, p := range everyPaper() {
		pdf, err := r.Render(t.Context(), p)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := os.WriteFile(filepath.Join(dir, name+".pdf"), pdf, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
