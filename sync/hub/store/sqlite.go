package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/google/uuid"
	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // registers the driver
)

//go:embed migrations/*.sql
var migrations embed.FS

// sqlStore is a Store over database/sql.
type sqlStore struct {
	db *sql.DB
	// writes lines the writers of this process up; another process waits on the file's own lock.
	writes sync.Mutex
}

// OpenSQLite opens the database in a file, and makes it when it is not there. Several processes may have it open.
func OpenSQLite(ctx context.Context, path string) (Store, error) {
	// The file is made first because SQLite would make it readable for everybody. So are its -wal and -shm then: they copy the mode.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the hub's database: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("opening the hub's database: %w", err)
	}
	path, err = filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("opening the hub's database: %w", err)
	}
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/... on Windows
	}
	return open(ctx, (&url.URL{Scheme: "file", Path: path}).String(), 8)
}

// OpenMemory opens a database that is gone when closed.
func OpenMemory(ctx context.Context) (Store, error) {
	return open(ctx, "file:"+uuid.NewString()+"?mode=memory", 1)
}

func open(ctx context.Context, dsn string, connections int) (Store, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return nil, fmt.Errorf("opening the hub's database: %w", err)
	}
	q := u.Query()
	q.Set("_busy_timeout", "10000")
	q.Set("_foreign_keys", "on")
	q.Set("_journal_mode", "WAL")
	// FULL: a commit that returned is on the disk even when the power goes.
	q.Set("_synchronous", "FULL")
	q.Set("_txlock", "immediate")
	u.RawQuery = q.Encode()
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, fmt.Errorf("opening the hub's database: %w", err)
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	if err := migrate(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("bringing the hub's database up to date: %w", err), db.Close())
	}
	return &sqlStore{db: db}, nil
}

func migrate(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	if err != nil {
		return err
	}
	pending, err := p.HasPending(ctx)
	if err != nil || !pending {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

// Close implements Store.
func (s *sqlStore) Close() error { return s.db.Close() }

// write runs f in a transaction that is committed when f returns no error.
func (s *sqlStore) write(ctx context.Context, doing string, f func(tx *sql.Tx) error) error {
	s.writes.Lock()
	defer s.writes.Unlock()
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if err := f(tx); err != nil {
		return errors.Join(fmt.Errorf("%s: %w", doing, err), tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
