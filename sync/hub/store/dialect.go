package store

import (
	"encoding/json"

	"github.com/pressly/goose/v3"
)

// dialect is what SQLite and PostgreSQL say differently.
type dialect struct {
	goose  goose.Dialect
	folder string // of the migrations
	// among is the condition that a column is one of a list, which list turns into an argument.
	among func(argument string) string
	list  func(texts []string) (any, error)
	// lock and skip end a SELECT of rows that are to be changed: waiting for them, or leaving out those in other hands.
	lock, skip string
	// insert keeps entries and their records.
	insert func(rows *rows) error
}

func sqlite() dialect {
	return dialect{
		goose: goose.DialectSQLite3, folder: "migrations/sqlite",
		among: func(argument string) string { return "IN (SELECT value FROM json_each(" + argument + "))" },
		list: func(texts []string) (any, error) {
			text, err := json.Marshal(texts)
			return string(text), err
		},
		insert: insertOneByOne,
	}
}

func postgres() dialect {
	return dialect{
		goose: goose.DialectPostgres, folder: "migrations/postgres",
		among:  func(argument string) string { return "= ANY(" + argument + ")" },
		list:   func(texts []string) (any, error) { return texts, nil },
		lock:   " FOR NO KEY UPDATE",
		skip:   " FOR NO KEY UPDATE SKIP LOCKED",
		insert: insertAtOnce,
	}
}
