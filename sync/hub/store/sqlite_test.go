package store_test

import (
	"database/sql"
	"io/fs"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"bottega/sync/hub/store"
	"bottega/sync/hub/store/storetest"
)

func openFile(t *testing.T, path string) store.Store {
	t.Helper()
	s, err := store.OpenSQLite(t.Context(), path, storetest.Sealer(t))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSQLiteInAFile(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return openFile(t, filepath.Join(t.TempDir(), "hub.db")) })
}

func TestSQLiteTogether(t *testing.T) {
	storetest.RunTogether(t, func(t *testing.T, n int) []store.Store {
		path := filepath.Join(t.TempDir(), "hub.db")
		stores := make([]store.Store, n)
		for i := range stores {
			stores[i] = openFile(t, path)
		}
		return stores
	})
}

func TestSQLiteInMemory(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		s, err := store.OpenMemory(t.Context(), storetest.Sealer(t))
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

func TestWhatWasKeptIsThereForAnotherProcessAndAfterAStart(t *testing.T) {
	// A path with blanks and signs must not be read as part of an address.
	path := filepath.Join(t.TempDir(), "cartella del centro #1?", "hub.db")
	if _, err := store.OpenSQLite(t.Context(), path, storetest.Sealer(t)); err == nil {
		t.Fatal("opened in a folder that is not there")
	}
	path = filepath.Join(t.TempDir(), "hub #1?%20.db")
	one, two := openFile(t, path), openFile(t, path)
	expires := time.Now().Add(time.Hour)
	if err := one.AddCode(t.Context(), store.Code{SecretHash: "h", Site: "LU", Expires: expires}); err != nil {
		t.Fatal(err)
	}
	if _, err := two.Enrol(t.Context(), "h", store.Desk{ID: "a", Certificate: "c", Enrolled: time.Now()}); err != nil {
		t.Fatal(err)
	}
	for _, s := range []store.Store{one, two} {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	again := openFile(t, path)
	defer again.Close()
	if desks, err := again.Desks(t.Context()); err != nil || len(desks) != 1 {
		t.Fatalf("Desks = %v, %v", desks, err)
	}
}

func TestOfARegistryNothingStaysThatIsNotInUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hub.db")
	s := openFile(t, path)
	defer s.Close()
	rows := func(n, twice int) store.Registry {
		r := store.Registry{Cards: make([]store.Card, n), At: time.Now()}
		for i := range r.Cards {
			r.Cards[i].Number = strconv.Itoa(i)
		}
		if twice > 0 {
			r.Cards[n-1].Number = strconv.Itoa(twice)
		}
		return r
	}
	check(t, s.Load(t.Context(), rows(4500, 0)))
	if err := s.Load(t.Context(), rows(4500, 7)); err == nil {
		t.Error("the same card twice was loaded")
	}
	check(t, s.Load(t.Context(), rows(2000, 0)))
	db, err := sql.Open("sqlite", path)
	check(t, err)
	defer db.Close()
	var cards, loads int
	check(t, db.QueryRowContext(t.Context(), `SELECT COUNT(*), COUNT(DISTINCT load) FROM cards`).Scan(&cards, &loads))
	if cards != 2000 || loads != 1 {
		t.Errorf("%d rows of %d loads", cards, loads)
	}
}

func TestNobodyElseMayReadTheDatabase(t *testing.T) {
	dir := t.TempDir()
	s := openFile(t, filepath.Join(dir, "hub.db"))
	defer s.Close()
	if err := s.Load(t.Context(), store.Registry{Cards: []store.Card{{Number: "1"}}}); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", filepath.Base(path), info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
