// Package places finds where on this computer files come and go: memory sticks, and the folder of the person's documents.
//
// Only programs (cmd) import it.
package places

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Place is a folder where files come and go.
type Place struct {
	Path string
	// Stick is a disk that can be carried away; Name is what it is called, empty where it has no name.
	Stick bool
	Name  string
}

// File is a file in a place.
type File struct {
	Path  string
	Place Place
	At    time.Time
}

// most is how many files of one place are looked at: a stick full of photographs must not keep anybody waiting.
const most = 10_000

// patience is how long a place may take to answer. A stick that was pulled out, or a share whose server is gone, may hold a call for as
// long as it likes.
const patience = 2 * time.Second

// List returns the sticks that are plugged in and then the documents, which are always there. A stick that does not answer is left out.
func List(ctx context.Context) []Place {
	var list []Place
	for _, p := range answers(ctx, patience, candidates(), look) {
		if p.Stick {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(a, b Place) int { return cmp.Compare(a.Path, b.Path) })
	return append(list, Place{Path: Documents()})
}

// answers asks all places at once and returns what those said that answered in time. One that does not answer keeps its goroutine until
// the system lets go of the call.
func answers[T any](ctx context.Context, limit time.Duration, of []Place, ask func(Place) T) []T {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	said := make(chan T, len(of))
	for _, p := range of {
		go func() { said <- ask(p) }()
	}
	var list []T
	for range of {
		select {
		case v := <-said:
			list = append(list, v)
		case <-ctx.Done():
			return list
		}
	}
	return list
}

// Documents is where people look for their papers.
func Documents() string {
	home, err := os.UserHomeDir()
	if err != nil {
		return "."
	}
	for _, name := range []string{"Documenti", "Documents"} {
		if info, err := os.Stat(filepath.Join(home, name)); err == nil && info.IsDir() {
			return filepath.Join(home, name)
		}
	}
	return home
}

// Find returns the files in these places whose name ends so, whatever the case, newest first. Folders inside are not looked into, and
// a place that cannot be read, or does not answer, has no files.
func Find(ctx context.Context, in []Place, ending string) ([]File, error) {
	found := slices.Concat(answers(ctx, patience, in, func(p Place) []File { return find(p, ending) })...)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	slices.SortFunc(found, func(a, b File) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.Path, b.Path)) })
	return found, nil
}

func find(place Place, ending string) []File {
	dir, err := os.Open(place.Path)
	if err != nil {
		return nil
	}
	defer func() { _ = dir.Close() }() // it was only read
	entries, _ := dir.ReadDir(most)    // what was read before an error is as good
	var found []File
	for _, e := range entries {
		if !e.Type().IsRegular() || !strings.HasSuffix(strings.ToLower(e.Name()), ending) {
			continue
		}
		if info, err := e.Info(); err == nil {
			found = append(found, File{Path: filepath.Join(place.Path, e.Name()), Place: place, At: info.ModTime()})
		}
	}
	return found
}
