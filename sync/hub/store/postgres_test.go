package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"bottega/sync/hub/store"
	"bottega/sync/hub/store/pgtest"
	"bottega/sync/hub/store/storetest"
)

// server is the PostgreSQL of this test binary.
var server pgtest.Server

func TestMain(m *testing.M) {
	code := m.Run()
	if err := server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stopping PostgreSQL:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

func openPostgres(t testing.TB, address string) store.Store {
	t.Helper()
	s, err := store.OpenPostgres(t.Context(), address, storetest.Sealer(t))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPostgres(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return openPostgres(t, server.Database(t)) })
}

func TestPostgresTogether(t *testing.T) {
	storetest.RunTogether(t, func(t *testing.T, n int) []store.Store {
		address := server.Database(t)
		stores := make([]store.Store, n)
		var wg sync.WaitGroup
		for i := range stores { // at the same time: one makes the tables
			wg.Go(func() {
				var err error
				if stores[i], err = store.OpenPostgres(t.Context(), address, storetest.Sealer(t)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if t.Failed() {
			t.FailNow()
		}
		return stores
	})
}

func TestThePasswordOfPostgresComesFromItsFile(t *testing.T) {
	address := server.TCP(server.Database(t))
	if _, err := store.OpenPostgres(t.Context(), address, storetest.Sealer(t)); err == nil {
		t.Fatal("let in without a password")
	}
	file := filepath.Join(t.TempDir(), "pgpass")
	if err := os.WriteFile(file, []byte("127.0.0.1:*:*:postgres:"+server.Password()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PGPASSFILE", file)
	if err := openPostgres(t, address).Close(); err != nil {
		t.Fatal(err)
	}
}

func TestAnAddressThatCannotBeReadIsNotRepeated(t *testing.T) {
	_, err := store.OpenPostgres(t.Context(), "postgres://hub:segreta@[::1/bottega?sslmode=odd", storetest.Sealer(t))
	if err == nil || strings.Contains(err.Error(), "segreta") {
		t.Errorf("OpenPostgres = %v", err)
	}
}
