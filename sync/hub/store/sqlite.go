package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	_ "modernc.org/sqlite" // registers the driver
)

// OpenSQLite opens the database in a file, and makes it when it is not there. Several processes may have it open.
func OpenSQLite(ctx context.Context, path string, sealer *Sealer) (Store, error) {
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
	return openSQLite(ctx, fileDSN(path), 8, sealer)
}

// fileDSN returns how the driver is told of a file with an absolute path.
func fileDSN(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/... on Windows
	}
	return (&url.URL{Scheme: "file", Path: path}).String()
}

// OpenMemory opens a database that is gone when closed.
func OpenMemory(ctx context.Context, sealer *Sealer) (Store, error) {
	return openSQLite(ctx, "file:"+uuid.NewString()+"?mode=memory", 1, sealer)
}

func openSQLite(ctx context.Context, dsn string, connections int, sealer *Sealer) (Store, error) {
	s, err := connectSQLite(dsn, connections, sealer)
	if err != nil {
		return nil, fmt.Errorf("opening the hub's database: %w", err)
	}
	if err := s.prepareSQLite(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("bringing the hub's database up to date: %w", err), s.db.Close())
	}
	return s, nil
}

func connectSQLite(dsn string, connections int, sealer *Sealer) (*sqlStore, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return nil, err
	}
	q := u.Query()
	q.Set("_busy_timeout", "10000")
	q.Set("_foreign_keys", "on")
	q.Set("_journal_mode", "WAL")
	// FULL: a commit that returned is on the disk even when the power goes.
	q.Set("_synchronous", "FULL")
	q.Set("_txlock", "immediate")
	// What was erased is overwritten, not only let go.
	q.Set("_pragma", "secure_delete(on)")
	u.RawQuery = q.Encode()
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return &sqlStore{db: db, sealer: sealer, dialect: sqlite(), writes: make(chan struct{}, 1)}, nil
}

func (s *sqlStore) prepareSQLite(ctx context.Context) error {
	if err := s.migrateSQLite(ctx); err != nil {
		return err
	}
	if err := s.checkKey(ctx); err != nil {
		return err
	}
	return s.sweepClear(ctx)
}

func (s *sqlStore) migrateSQLite(ctx context.Context) error {
	tables, err := s.sealedTables()
	if err != nil {
		return err
	}
	return s.migrate(ctx, (&upgrade{sealer: s.sealer, tables: tables}).seal)
}

// sweepClear takes out of the file what stood in clear before the second migration: it is in pages that were let go, and in the -wal.
// That this was done is noted only afterwards, so that a start finishes what an earlier one could not.
func (s *sqlStore) sweepClear(ctx context.Context) error {
	err := s.db.QueryRowContext(ctx, `SELECT value FROM settings WHERE name = 'swept'`).Scan(new(string))
	if err == nil || !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if _, err := s.db.ExecContext(ctx, `VACUUM`); err != nil {
		return fmt.Errorf("%w: %w", ErrNotSwept, err)
	}
	var inUse, log, moved int
	if err := s.db.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&inUse, &log, &moved); err != nil {
		return fmt.Errorf("%w: %w", ErrNotSwept, err)
	}
	if inUse != 0 {
		return fmt.Errorf("%w: another program has the database open", ErrNotSwept)
	}
	return s.write(ctx, "noting that nothing stands in clear", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO settings (name, value) VALUES ('swept', 'yes') ON CONFLICT (name) DO NOTHING`)
		return err
	})
}

// waiter is a push that waits for a transaction.
type waiter struct {
	push    Push
	done    bool // belongs to whoever is at turn
	durable uint64
	err     error
}

// takenAlong is how many pushes share a transaction, and the one fsync that it costs.
const takenAlong = 64

// appendTogether keeps a push together with those that wait at the same time: whoever comes to write takes along all that wait.
func (s *sqlStore) appendTogether(ctx context.Context, p Push) (uint64, error) {
	w := &waiter{push: p}
	s.mu.Lock()
	s.waiting = append(s.waiting, w)
	s.mu.Unlock()

	next, err := s.turn(ctx)
	if err != nil {
		// Whoever is at turn may have taken it along: then it is kept, and sending it again is harmless.
		s.mu.Lock()
		s.waiting = slices.DeleteFunc(s.waiting, func(other *waiter) bool { return other == w })
		s.mu.Unlock()
		return 0, fmt.Errorf("keeping entries: %w", err)
	}
	defer next()
	for !w.done {
		s.mu.Lock()
		n := min(len(s.waiting), takenAlong)
		group := s.waiting[:n:n]
		s.waiting = s.waiting[n:]
		s.mu.Unlock()
		s.appendGroup(ctx, group)
	}
	if w.err != nil {
		return 0, fmt.Errorf("keeping entries: %w", w.err)
	}
	return w.durable, nil
}

// groupTime bounds the transaction of a group.
const groupTime = 30 * time.Second

// appendGroup keeps a group of pushes, one of which may be refused without the others.
func (s *sqlStore) appendGroup(ctx context.Context, group []*waiter) {
	// One that hangs up must not take the others with it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), groupTime)
	defer cancel()
	err := errors.New("the transaction was not ended")
	defer func() { // whatever happens: a waiter that is never done is looked after for ever
		for _, w := range group {
			w.done = true
			if err != nil {
				w.err = err
			}
		}
	}()
	err = s.writeOnce(ctx, func(tx *sql.Tx) error {
		for _, w := range group {
			var err error
			if w.err, err = apart(ctx, tx, func() (err error) {
				w.durable, err = s.appendPush(ctx, tx, w.push)
				return err
			}); err != nil {
				return err
			}
		}
		return nil
	})
}
