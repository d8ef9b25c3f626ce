package house

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"bottega/sync/wire"
)

// packStateFile names the packs of the folder that count. It is replaced whole, so that a program that is killed leaves the old one
// or the new one; files that it does not name are swept away at the next opening.
const packStateFile = "state.json"

// packState says which packs a desk has.
type packState struct {
	Current  *keptPack `json:"current,omitempty"`
	Previous *keptPack `json:"previous,omitempty"`
	Waiting  *keptPack `json:"waiting,omitempty"`
	// Left are the packs that somebody went back from, whenever that was: none of them is taken again by itself.
	Left []keptPack `json:"left,omitempty"`
	// Barred is the digest of the last of them in a state that was written when a desk remembered no other; it is read, not written.
	Barred string `json:"barred,omitempty"`
}

// keptPack is a pack in the folder. What is said here is only to find it: what counts is in the file, under its signature.
type keptPack struct {
	Version uint64    `json:"version"`
	Digest  string    `json:"digest"`
	Made    time.Time `json:"made"`
}

// file is the name of a pack in the folder. The digest is hashed once more, so that the name is one whatever the state says.
func (k *keptPack) file() string {
	return fmt.Sprintf("%06d-%.16s%s", k.Version, wire.PackDigest([]byte(k.Digest)), wire.PackSuffix)
}

func (k *keptPack) read(dir string) ([]byte, error) {
	return ReadPackFile(filepath.Join(dir, k.file()))
}

// keepPack writes a pack into the folder, which it makes.
func keepPack(dir string, p *wire.Pack, data []byte) (*keptPack, error) {
	k := &keptPack{Version: p.Version, Digest: p.Digest, Made: p.MadeAt}
	return k, WriteBytes(filepath.Join(dir, k.file()), data)
}

// readPackState returns an empty state where there is none.
func readPackState(dir string) (packState, error) {
	var s packState
	data, err := os.ReadFile(filepath.Join(dir, packStateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("reading which content packs there are: %w", err)
	}
	if err := json.Unmarshal(data, &s); err != nil {
		return packState{}, fmt.Errorf("reading which content packs there are: %w", err)
	}
	if s.Barred != "" {
		left := keptPack{Version: 1, Digest: s.Barred}
		if s.Current != nil {
			left.Version += s.Current.Version // it was a later one, or nobody could have gone back from it
		}
		s.Left, s.Barred = append(s.Left, left), ""
	}
	return s, nil
}

func (s packState) save(dir string) error {
	data, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("writing which content packs there are: %w", err)
	}
	return WriteBytes(filepath.Join(dir, packStateFile), data)
}

// newest is the pack that came last.
func (s packState) newest() *keptPack {
	if s.Waiting != nil {
		return s.Waiting
	}
	return s.Current
}

// left reports a pack that somebody went back from.
func (s packState) left(digest string) bool {
	return slices.ContainsFunc(s.Left, func(k keptPack) bool { return k.Digest == digest })
}

// withLeft and withoutLeft return the packs that were gone back from, and one more or one less.
func (s packState) withLeft(k keptPack) []keptPack { return append(s.withoutLeft(k.Digest), k) }

func (s packState) withoutLeft(digest string) []keptPack {
	return slices.DeleteFunc(slices.Clone(s.Left), func(k keptPack) bool { return k.Digest == digest })
}

// good returns the kept pack of the version in force, nil for the content of the program.
func (s packState) good(version uint64) *keptPack {
	for _, k := range []*keptPack{s.Current, s.Previous} {
		if k != nil && k.Version == version {
			return k
		}
	}
	return nil
}

// sweep removes what the state does not name: packs that had their day, and what a program that was killed left half written. What
// cannot be removed stays for the next time.
func (s packState) sweep(dir string) {
	named := map[string]bool{packStateFile: true}
	for _, k := range []*keptPack{s.Current, s.Previous, s.Waiting} {
		if k != nil {
			named[k.file()] = true
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		ours := strings.HasSuffix(e.Name(), wire.PackSuffix) || strings.HasSuffix(e.Name(), unfinished)
		if ours && !named[e.Name()] && e.Type().IsRegular() {
			_ = os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}
