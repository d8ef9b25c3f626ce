package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"runtime/debug"
	"strings"
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
	// process waits on the database's own lock. It is a channel, and not a mutex, because a wait for it ends with its context.
	writes chan struct{}

	mu      sync.Mutex
	waiting []*waiter // pushes that wait for a transaction that takes them along; guarded by mu
}

// tries is how often a transaction is tried that lost against another one.
const tries = 5

// turnTime is how long a writer waits at most for those of its process that came before. While another process holds the database,
// whoever is at turn waits for that and then gives up: those behind must not do the same one after the other.
const turnTime = 10 * time.Second

var errBusy = errors.New("others are writing to the database")

// sealedTables returns the statements of the second migration.
func (d dialect) sealedTables() (string, error) {
	text, err := migrations.ReadFile("migrations/00002_sealed.sql")
	return strings.ReplaceAll(string(text), " BLOB ", " "+d.blob+" "), err
}

// migrate brings the tables up to date. The second migration is a function: the two databases come to the same tables by different ways.
func (s *sqlStore) migrate(ctx context.Context, second func(context.Context, *sql.Tx) error, more ...goose.ProviderOption) error {
	files, err := fs.Sub(migrations, s.folder)
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(s.goose, s.db, files, append(more, goose.WithDisableGlobalRegistry(true),
		goose.WithGoMigrations(goose.NewGoMigration(2, &goose.GoFunc{RunTx: second}, nil)))...)
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
	done, err := s.turn(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	defer done()
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

// turn waits until this writer is at turn, and returns what lets the next one in.
func (s *sqlStore) turn(ctx context.Context) (done func(), err error) {
	if s.writes == nil {
		return func() {}, nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, turnTime, errBusy)
	defer cancel()
	select {
	case s.writes <- struct{}{}:
		return func() { <-s.writes }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (s *sqlStore) writeOnce(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	// Whatever happens: a transaction that nobody ends keeps its connection and its locks. After a commit there is nothing to do, and
	// when the connection is gone, so is the transaction.
	defer func() { _ = tx.Rollback() }()
	if err := safely(func() error { return f(tx) }); err != nil {
		return err
	}
	return tx.Commit()
}

// apart does something within a transaction so that, when it fails, nothing of it stays and the rest of the transaction does not
// notice. Refused is why it failed, err that the transaction is lost.
func apart(ctx context.Context, tx *sql.Tx, do func() error) (refused, err error) {
	if _, err := tx.ExecContext(ctx, `SAVEPOINT apart`); err != nil {
		return nil, err
	}
	if refused = safely(do); refused != nil {
		if lostRace(refused) || ctx.Err() != nil {
			return nil, refused // nothing is wrong with what was done: all of it is tried again
		}
		if _, err := tx.ExecContext(ctx, `ROLLBACK TO apart`); err != nil {
			return nil, err
		}
	}
	_, err = tx.ExecContext(ctx, `RELEASE apart`)
	return refused, err
}

// FaultError is a panic that was caught: where it happened and of what type it was, never its value, which may hold what a citizen said.
type FaultError struct {
	Type  string
	Stack []byte
}

// Error implements error.
func (e *FaultError) Error() string { return "the program failed with a " + e.Type }

// safely does something where a fault of this program is an error like others.
func safely(do func() error) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = &FaultError{Type: fmt.Sprintf("%T", fault), Stack: debug.Stack()}
		}
	}()
	return do()
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
		(SELECT COUNT(*) FROM records WHERE state IN ('new', 'waiting', 'failed')), (SELECT COUNT(*) FROM records WHERE state = 'unknown'),
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
