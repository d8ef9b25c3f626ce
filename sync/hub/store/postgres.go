package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// postgresConnections is how many connections one process has at most: a server has a hundred by default, for all of them.
const postgresConnections = 16

// OpenPostgres opens a database of a PostgreSQL server at an address like postgres://hub@db.example.it/bottega, and makes its tables
// when they are not there. A password is taken from PGPASSWORD or the file in PGPASSFILE. Several processes may have it open.
func OpenPostgres(ctx context.Context, address string, sealer *Sealer) (Store, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		// The error of the parser repeats the address, and a password with it.
		return nil, errors.New("the address of the database cannot be read")
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 10 * time.Second
	}
	config.RuntimeParams["application_name"] = "bottegahub"
	for name, value := range map[string]string{
		// A commit that returned is on the disk, whatever the server's default.
		"synchronous_commit": "on",
		// Every wait has a limit, below the one that the hub has for a whole request; a transaction whose hub has died lets go of its desks.
		"statement_timeout": "35s", "lock_timeout": "15s", "idle_in_transaction_session_timeout": "60s",
	} {
		if _, chosen := config.RuntimeParams[name]; !chosen {
			config.RuntimeParams[name] = value
		}
	}
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(postgresConnections)
	db.SetMaxIdleConns(postgresConnections)
	db.SetConnMaxIdleTime(5 * time.Minute)
	s := &sqlStore{db: db, sealer: sealer, dialect: postgres()}
	if err := s.preparePostgres(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("bringing the hub's database up to date: %w", err), db.Close())
	}
	return s, nil
}

func (s *sqlStore) preparePostgres(ctx context.Context) error {
	// Of processes that start together one makes the tables, under an advisory lock; the others look again every second.
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60), lock.WithUnlockTimeout(1, 10))
	if err != nil {
		return err
	}
	if err := s.migrate(ctx, s.beginTables, goose.WithSessionLocker(locker)); err != nil {
		return err
	}
	return s.checkKey(ctx)
}

// beginTables is the second migration of PostgreSQL, and its first: the numbers of the two databases go on together from here.
func (s *sqlStore) beginTables(ctx context.Context, tx *sql.Tx) error {
	tables, err := s.sealedTables()
	if err != nil {
		return err
	}
	// What is sealed cannot be pressed together.
	for _, statement := range []string{tables, `ALTER TABLE entries ALTER COLUMN sealed SET STORAGE EXTERNAL`} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// insertAtOnce keeps rows with one statement for a table: unnest takes a whole column as one argument. It returns how many records are
// new.
func insertAtOnce(r *rows) (kept int64, err error) {
	if _, err := r.tx.ExecContext(r.ctx, `INSERT INTO entries (desk, epoch, seq, id, visit, digest, received_ms, header, sealed)
		SELECT $1, $2, seq, id, visit, digest, $3, header, sealed
		FROM unnest($4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bytea[]) AS t (seq, id, visit, digest, header, sealed)`,
		r.desk, r.epoch, r.received, r.seq, r.id, r.visit, r.digest, r.header, r.sealed); err != nil {
		return 0, err
	}
	done, err := r.tx.ExecContext(r.ctx, `INSERT INTO records (desk, entry, kind, epoch, seq, state, needs, supersedes, received_ms)
		SELECT $1, entry, kind, $2, seq, state, '', supersedes, $3
		FROM unnest($4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[]) AS t (entry, kind, seq, state, supersedes)
		ON CONFLICT (desk, entry) DO NOTHING`,
		r.desk, r.epoch, r.received, r.id, r.kind, r.seq, r.state, r.supersedes)
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}

// loadAll keeps rows of a registry with one statement.
func loadAll(ctx context.Context, tx *sql.Tx, r *registryRows) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO `+string(r.kind)+` (load, number_hash, `+secondColumn(r.kind)+`, sealed)
		SELECT $1, * FROM unnest($2::text[], $3::text[], $4::bytea[])`, r.load, r.hash, r.second, r.sealed)
	return err
}
