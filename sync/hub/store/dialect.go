package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/pressly/goose/v3"
)

// dialect is what SQLite and PostgreSQL say differently.
type dialect struct {
	goose  goose.Dialect
	folder string // of the migrations
	blob   string // the type of a column of bytes
	// among is the condition that a column is one of a list, which list turns into an argument.
	among func(argument string) string
	list  func(texts []string) (any, error)
	// lock and skip end a SELECT of rows that are to be changed: waiting for them, or leaving out those in other hands.
	lock, skip string
	// copy is the statement that copies the whole database into a file, empty where there is none.
	copy string
	// insert keeps entries and their records, and returns how many records are new.
	insert func(rows *rows) (kept int64, err error)
	// load keeps rows of a registry.
	load func(ctx context.Context, tx *sql.Tx, r *registryRows) error
}

func sqlite() dialect {
	return dialect{
		goose: goose.DialectSQLite3, folder: "migrations/sqlite", blob: "BLOB",
		among: func(argument string) string { return "IN (SELECT value FROM json_each(" + argument + "))" },
		list: func(texts []string) (any, error) {
			text, err := json.Marshal(texts)
			return string(text), err
		},
		copy:   `VACUUM INTO $1`,
		insert: insertOneByOne,
		load:   loadOneByOne,
	}
}

func postgres() dialect {
	return dialect{
		goose: goose.DialectPostgres, folder: "migrations/postgres", blob: "BYTEA",
		among:  func(argument string) string { return "= ANY(" + argument + ")" },
		list:   func(texts []string) (any, error) { return texts, nil },
		lock:   " FOR NO KEY UPDATE",
		skip:   " FOR NO KEY UPDATE SKIP LOCKED",
		insert: insertAtOnce,
		load:   loadAll,
	}
}
