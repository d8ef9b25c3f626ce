package house

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"bottega/desk"
	"bottega/desk/desktest"
	"bottega/desk/walk"
	"bottega/sync/wire"
)

// packModel is what a desk should make of a schedule: versions alone, without disks and signatures.
type packModel struct {
	inForce, previous, waiting uint64
	left                       map[uint64]bool // whatever somebody went back from, and did not install again
	visit                      string
}

func (m *packModel) activate() {
	if m.waiting != 0 && m.visit == "" {
		*m = packModel{inForce: m.waiting, previous: m.inForce, left: m.left}
	}
}

// packWorld is a desk over its packs on a real disk.
type packWorld struct {
	t       *rapid.T
	model   packModel
	params  PacksParams
	packs   *Packs
	desk    *desk.Desk
	journal *desktest.Journal
	clock   *desktest.Clock
	newID   func() string
	stop    func()
	key     ed25519.PrivateKey
}

// names reads a pack as services that are no more than their names: what is in them is tested elsewhere.
func names(files fs.FS) (Content, error) {
	found, err := fs.Glob(files, "services/*.yaml")
	if err != nil || len(found) != 1 {
		return Content{}, fmt.Errorf("%d services, %w", len(found), err)
	}
	return Content{Catalogue: desk.Catalogue{Services: []*walk.Service{{ID: strings.TrimSuffix(filepath.Base(found[0]), ".yaml")}}}}, nil
}

func (w *packWorld) restart() {
	w.stop()
	w.packs = openPacks(w.params, names)
	d, err := desk.Open(w.t.Context(), desk.Params{
		Journal: w.journal, Clock: w.clock, NewID: w.newID, Catalogue: w.packs.Content().Catalogue, Papers: desktest.Papers{},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.desk, w.stop = d, w.packs.Follow(d, nil)
	w.model.activate()
}

// pack makes the one pack of a version.
func (w *packWorld) pack(version uint64) []byte {
	data, err := wire.SignPack(w.key, wire.PackFacts{Version: version, MadeAt: time.Unix(1_800_000_000, 0), Needs: 1},
		fstest.MapFS{fmt.Sprintf("services/s%d.yaml", version): {}})
	if err != nil {
		w.t.Fatal(err)
	}
	return data
}

func (w *packWorld) offer(version uint64, byHand bool) {
	data := w.pack(version)
	give := func() error { return w.packs.Offer(w.t.Context(), data, w.params.Keys) }
	if byHand {
		give = func() error { return w.packs.Install(data) }
	}
	var refused *PackError
	if err := give(); err != nil && !errors.As(err, &refused) {
		w.t.Fatal(err)
	}
	left := w.model.left[version] && !byHand
	if refused == nil == (left || version < max(w.model.inForce, w.model.waiting)) {
		w.t.Fatalf("version %d: %v, %+v", version, refused, w.model)
	}
	if refused == nil && version > max(w.model.inForce, w.model.waiting) {
		w.model.waiting = version
		delete(w.model.left, version)
		w.model.activate()
	}
}

// Whatever comes in whatever order, with restarts and leftovers of kills in between: a desk always has content, it changes between
// visits only, and it goes back only when somebody says so.
func TestScheduleOfPacksVisitsAndRestarts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		root, err := os.MkdirTemp("", "packs")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(root)
		w := &packWorld{
			t: t, journal: &desktest.Journal{}, clock: desktest.NewClock(time.Unix(1_800_000_000, 0)), newID: desktest.IDs(), stop: func() {},
			key: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize)), model: packModel{left: map[uint64]bool{}},
		}
		w.journal.Clock = w.clock
		own := desk.Catalogue{Services: []*walk.Service{{ID: "s0"}}}
		w.params = PacksParams{
			Dir: filepath.Join(root, "packs"), Keys: []wire.TokenKey{wire.NewTokenKey(w.key.Public().(ed25519.PublicKey))}, Own: Content{Catalogue: own},
		}
		w.restart()
		if err := w.desk.SetSite(t.Context(), desk.SiteSet{Site: desk.Site{ID: "LU"}, Desk: "1"}); err != nil {
			t.Fatal(err)
		}
		version := rapid.Uint64Range(1, 6)
		t.Repeat(map[string]func(*rapid.T){
			"":        func(*rapid.T) { w.holds() },
			"offer":   func(r *rapid.T) { w.offer(version.Draw(r, "version"), false) },
			"install": func(r *rapid.T) { w.offer(version.Draw(r, "version"), true) },
			"tamper": func(r *rapid.T) {
				data := w.pack(version.Draw(r, "version"))
				data[rapid.IntRange(0, len(data)-1).Draw(r, "byte")] ^= 1
				if w.packs.Install(data) == nil {
					r.Fatal("it was taken")
				}
			},
			"visit":    func(r *rapid.T) { w.toggle(r) },
			"rollback": func(r *rapid.T) { w.rollback(r) },
			"restart":  func(*rapid.T) { w.restart() },
			"kill": func(r *rapid.T) {
				w.leaveBehind(r, w.pack(version.Draw(r, "version")))
				w.restart()
			},
		})
		w.stop()
	})
}

// holds compares the desk with the model.
func (w *packWorld) holds() {
	s, want := w.packs.Status(), fmt.Sprintf("s%d", w.model.inForce)
	services := w.desk.Catalogue().Services
	if s.Version != w.model.inForce || s.Waiting != w.model.waiting || len(services) != 1 || services[0].ID != want {
		w.t.Fatalf("%+v with %s, want %+v", s, services[0].ID, w.model)
	}
}

func (w *packWorld) toggle(r *rapid.T) {
	if w.model.visit != "" {
		if err := w.desk.CloseVisit(r.Context(), w.model.visit, desk.Closing{}); err != nil {
			r.Fatal(err)
		}
		w.model.visit = ""
		w.model.activate()
		return
	}
	var err error
	if w.model.visit, err = w.desk.OpenVisit(r.Context(), desk.Opening{}); err != nil {
		r.Fatal(err)
	}
}

func (w *packWorld) rollback(r *rapid.T) {
	err := w.packs.Rollback(w.desk)
	switch {
	case w.model.inForce == 0 && w.model.waiting == 0:
		if !errors.Is(err, ErrNoPack) {
			r.Fatal(err)
		}
	case w.model.visit != "":
		if !errors.Is(err, desk.ErrVisitOpen) {
			r.Fatal(err)
		}
	case err != nil:
		r.Fatal(err)
	default: // nothing waits while no visit is open
		w.model.left[w.model.inForce] = true
		w.model = packModel{inForce: w.model.previous, left: w.model.left}
	}
}

// leaveBehind is what a kill leaves: a part of a file, or a whole one that nothing names yet.
func (w *packWorld) leaveBehind(r *rapid.T, data []byte) {
	if err := os.MkdirAll(w.params.Dir, 0o700); err != nil {
		r.Fatal(err)
	}
	name := rapid.SampledFrom([]string{"state.json.1.part", "000009-aaaaaaaaaaaaaaaa.pacchetto.2.part", "000009-bbbbbbbbbbbbbbbb.pacchetto"}).Draw(r, "left")
	if err := os.WriteFile(filepath.Join(w.params.Dir, name), data[:rapid.IntRange(0, len(data)).Draw(r, "bytes")], 0o600); err != nil {
		r.Fatal(err)
	}
}
