package hub

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"bottega/sync/hub/store"
)

// The files of the state folder that hold no key.
const (
	// publicFile remembers the public address for the commands that run beside a serving hub.
	publicFile = "public-address"
	// databaseFile remembers the address of the database, without a password, for the same commands.
	databaseFile = "database"
	// sqliteFile is the database where there is no other.
	sqliteFile = "hub.db"
)

// Exists reports whether a state folder holds a hub.
func Exists(state string) bool {
	for _, name := range []string{authorityFile, sqliteFile, databaseFile} {
		if _, err := os.Stat(filepath.Join(state, name)); err == nil {
			return true
		}
	}
	return false
}

// ErrDatabase says that the address of a database is not one.
var ErrDatabase = errors.New("a database is given like postgres://hub@db.example.it/bottega")

// databaseAddress returns the address that the parameters name, or the one that was used last; empty stands for SQLite.
func databaseAddress(p Params) (string, error) {
	if p.Database != "" {
		return p.Database, nil
	}
	kept, err := os.ReadFile(filepath.Join(p.State, databaseFile))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("reading the address of the database: %w", err)
	}
	return strings.TrimSpace(string(kept)), nil
}

// openStore opens the database that the parameters name, or the one that was used last.
func (h *Hub) openStore(ctx context.Context) (store.Store, error) {
	address, err := databaseAddress(h.params)
	if err != nil {
		return nil, err
	}
	if address == "" {
		return store.OpenSQLite(ctx, filepath.Join(h.params.State, sqliteFile), h.keys.sealer)
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return nil, ErrDatabase // without the address, which may hold a password
	}
	s, err := store.OpenPostgres(ctx, address, h.keys.sealer)
	if err != nil {
		return nil, err
	}
	if err := remember(h.params.State, databaseFile, withoutPassword(*u)); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// withoutPassword returns an address as it may be written down.
func withoutPassword(u url.URL) string {
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	q := u.Query()
	for _, secret := range []string{"password", "sslpassword"} {
		q.Del(secret)
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// remember writes a setting into the state folder, whole or not at all.
func remember(state, name, text string) error {
	path := filepath.Join(state, name)
	if kept, err := os.ReadFile(path); err == nil && strings.TrimSpace(string(kept)) == text {
		return nil
	}
	f, err := os.CreateTemp(state, name+".*") // 0600
	if err != nil {
		return fmt.Errorf("remembering %s: %w", name, err)
	}
	_, err = f.WriteString(text + "\n")
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("remembering %s: %w", name, err), os.Remove(f.Name()))
	}
	return nil
}
