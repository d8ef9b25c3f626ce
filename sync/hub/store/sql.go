package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// sqlStore is a Store over database/sql.
type sqlStore struct {
	db     *sql.DB
	sealer *Sealer
	dialect
	// writes lines the writers of this process up where the database takes one at a time; nil where it sees to that itself. Another
	// process waits on the database's own lock.
	writes *sync.Mutex

	mu      sync.Mutex
	waiting []*waiter // pushes that wait for a transaction that takes them along; guarded by mu
}

// tries is how often a transaction is tried that lost against another one.
const tries = 5

// migrate brings the tables up to date.
func (s *sqlStore) migrate(ctx context.Context, more ...goose.ProviderOption) error {
	files, err := fs.Sub(migrations, s.folder)
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(s.goose, s.db, files, append(more, goose.WithDisableGlobalRegistry(true))...)
	if err != nil {
		return err
	}
	pending, err := p.HasPending(ctx)
	if err != nil || !pending {
		return err
	}
	if _, err = p.Up(ctx); err == nil {
		return nil
	}
	// Of two processes that start together on an empty database one makes the tables, and the other must not mind.
	if pending, again := p.HasPending(ctx); again == nil && !pending {
		return nil
	}
	return err
}

// checkKey holds the sealing key against the one that the database was begun with.
func (s *sqlStore) checkKey(ctx context.Context) error {
	check := s.sealer.hash("check")
	return s.write(ctx, "checking the sealing key", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO settings (name, value) VALUES ('sealing_check', $1) ON CONFLICT (name) DO NOTHING`,
			check); err != nil {
			return err
		}
		var kept string
		if err := tx.QueryRowContext(ctx, `SELECT value FROM settings WHERE name = 'sealing_check'`).Scan(&kept); err != nil {
			return err
		}
		if kept != check {
			return ErrOtherKey
		}
		return nil
	})
}

// Close implements Store.
func (s *sqlStore) Close() error { return s.db.Close() }

// Ping implements Store.
func (s *sqlStore) Ping(ctx context.Context) error {
	if err := s.db.PingContext(ctx); err != nil {
		return fmt.Errorf("reaching the database: %w", err)
	}
	return nil
}

// Copy implements Store.
func (s *sqlStore) Copy(ctx context.Context, path string) error {
	if s.copy == "" {
		return ErrNoCopy
	}
	if _, err := s.db.ExecContext(ctx, s.copy, path); err != nil {
		return fmt.Errorf("copying the database: %w", err)
	}
	return nil
}

// write runs f in a transaction that is committed when f returns no error, and again when another transaction was in the way.
func (s *sqlStore) write(ctx context.Context, doing string, f func(tx *sql.Tx) error) error {
	if s.writes != nil {
		s.writes.Lock()
		defer s.writes.Unlock()
	}
	var err error
	for range tries {
		if err = s.writeOnce(ctx, f); err == nil {
			return nil
		}
		if !lostRace(err) {
			break
		}
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func (s *sqlStore) writeOnce(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		// When the connection is gone, so is the transaction, and the first error says more.
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

// lostRace reports a transaction that PostgreSQL gave up for another one's sake: deadlock_detected, serialization_failure.
func lostRace(err error) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && (refused.Code == "40P01" || refused.Code == "40001")
}

// Stats implements Store.
func (s *sqlStore) Stats(ctx context.Context) (Stats, error) {
	var n Stats
	err := s.db.QueryRowContext(ctx, `SELECT
		(SELECT COUNT(*) FROM desks), (SELECT COUNT(*) FROM desks WHERE revoked_ms <> 0),
		(SELECT COUNT(*) FROM records WHERE state IN ('new', 'waiting')), (SELECT COUNT(*) FROM records WHERE state = 'unknown'),
		(SELECT COUNT(*) FROM records WHERE state = 'broken')`).
		Scan(&n.Desks, &n.Revoked, &n.Open, &n.Unknown, &n.Broken)
	if err != nil {
		return n, fmt.Errorf("counting: %w", err)
	}
	return n, nil
}

func millis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func toMillis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func notFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}
