package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"bottega/desk"
	"bottega/desk/civil"
	"bottega/sync/wire"
)

// upgrade is the second migration of SQLite: it seals what the hub of version 0.1 kept in clear.
type upgrade struct {
	sealer *Sealer
	tables string
}

// seal moves every row into the new tables. It runs in one transaction: an upgrade that is cut short never happened.
func (u *upgrade) seal(ctx context.Context, tx *sql.Tx) error {
	for _, table := range []string{"desks", "codes", "epochs", "entries", "records", "replies", "registries", "cards", "exemptions"} {
		if _, err := tx.ExecContext(ctx, `ALTER TABLE `+table+` RENAME TO old_`+table); err != nil {
			return err
		}
	}
	for _, statement := range []string{
		`DROP INDEX entries_by_digest`, `DROP INDEX records_open`, `DROP INDEX exemptions_of`, u.tables,
		`INSERT INTO desks SELECT id, site, program, enrolled_ms, seen_ms, skew_ms, 0,
			(SELECT COUNT(*) FROM old_records WHERE old_records.desk = old_desks.id) FROM old_desks`,
		// The key of the certificate was not kept: none is like it.
		`INSERT INTO certificates SELECT certificate, id, '', 1 FROM old_desks`,
		`INSERT INTO codes SELECT * FROM old_codes`,
		`INSERT INTO epochs SELECT * FROM old_epochs`,
		`INSERT INTO registries SELECT * FROM old_registries`,
		`INSERT INTO records SELECT desk, entry, kind, epoch, seq, state, needs, '', received_ms FROM old_records`,
		// In a database that nobody has used yet nothing ever stood in clear.
		`INSERT INTO settings SELECT 'swept', 'yes' WHERE NOT EXISTS (SELECT 1 FROM old_desks)
			AND NOT EXISTS (SELECT 1 FROM old_codes) AND NOT EXISTS (SELECT 1 FROM old_registries)`,
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	for what, move := range map[string]func(context.Context, *sql.Tx) error{
		"entries": u.entries, "replies": u.replies, "cards": u.cards, "exemptions": u.exemptions,
	} {
		if err := move(ctx, tx); err != nil {
			return fmt.Errorf("sealing %s: %w", what, err)
		}
	}
	if err := u.corrections(ctx, tx); err != nil {
		return err
	}
	for _, table := range []string{"records", "entries", "epochs", "replies", "desks", "codes", "registries", "cards", "exemptions"} {
		if _, err := tx.ExecContext(ctx, `DROP TABLE old_`+table); err != nil {
			return err
		}
	}
	return nil
}

// each runs a query and hands its rows on.
func (u *upgrade) each(ctx context.Context, tx *sql.Tx, query string, row func(*sql.Rows) error) (err error) {
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (u *upgrade) entries(ctx context.Context, tx *sql.Tx) error {
	return u.each(ctx, tx, `SELECT desk, epoch, received_ms, document FROM old_entries`, func(old *sql.Rows) error {
		r := &rows{ctx: ctx, tx: tx}
		var document string
		if err := old.Scan(&r.desk, &r.epoch, &r.received, &document); err != nil {
			return err
		}
		var e wire.Entry
		if err := json.Unmarshal([]byte(document), &e); err != nil {
			return err
		}
		raw := json.RawMessage(document)
		if e.Erased() {
			raw = nil
		}
		if err := r.add(u.sealer, e, raw, StateNew); err != nil {
			return err
		}
		if e.Supersedes != "" {
			if _, err := tx.ExecContext(ctx, `UPDATE records SET supersedes = $1 WHERE desk = $2 AND entry = $3`, e.Supersedes, r.desk, e.ID); err != nil {
				return err
			}
		}
		_, err := insertOneByOne(r) // the record is there already
		return err
	})
}

func (u *upgrade) replies(ctx context.Context, tx *sql.Tx) error {
	s := &sqlStore{sealer: u.sealer}
	return u.each(ctx, tx, `SELECT desk, document FROM old_replies`, func(old *sql.Rows) error {
		var deskID, document string
		if err := old.Scan(&deskID, &document); err != nil {
			return err
		}
		var r desk.Reply
		if err := json.Unmarshal([]byte(document), &r); err != nil {
			return err
		}
		return s.putReply(ctx, tx, deskID, r)
	})
}

func (u *upgrade) cards(ctx context.Context, tx *sql.Tx) error {
	s := &sqlStore{sealer: u.sealer}
	return u.each(ctx, tx, `SELECT number, fiscal_code, state, expires FROM old_cards`, func(old *sql.Rows) error {
		var c Card
		var expires string
		if err := old.Scan(&c.Number, &c.FiscalCode, &c.State, &expires); err != nil {
			return err
		}
		if err := c.Expires.UnmarshalText([]byte(expires)); err != nil {
			return err
		}
		hash := u.sealer.hash("card", c.Number)
		sealed, err := s.sealRow("card", hash, c)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO cards VALUES ($1, $2, $3, '', '')`, hash, string(c.State), sealed)
		return err
	})
}

func (u *upgrade) exemptions(ctx context.Context, tx *sql.Tx) error {
	s := &sqlStore{sealer: u.sealer}
	return u.each(ctx, tx, `SELECT number, code, fiscal_code, surname, name, valid_from, valid_to, issuer FROM old_exemptions`,
		func(old *sql.Rows) error {
			var e Exemption
			var from, to string
			if err := old.Scan(&e.Number, &e.Code, &e.FiscalCode, &e.Surname, &e.Name, &from, &to, &e.Issuer); err != nil {
				return err
			}
			if err := errors.Join(dateInto(&e.ValidFrom, from), dateInto(&e.ValidTo, to)); err != nil {
				return err
			}
			hash := u.sealer.hash("exemption", e.Number)
			sealed, err := s.sealRow("exemption", hash, e)
			if err != nil {
				return err
			}
			_, err = tx.ExecContext(ctx, `INSERT INTO exemptions VALUES ($1, $2, $3)`, hash, u.sealer.hash("holder", e.FiscalCode, e.Code), sealed)
			return err
		})
}

func dateInto(d *civil.Date, text string) error { return d.UnmarshalText([]byte(text)) }

// corrections takes out of judgement what is still open and was corrected. What was answered was answered.
func (u *upgrade) corrections(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `UPDATE records SET state = 'superseded', needs = '' WHERE state IN ('new', 'waiting')
		AND EXISTS (SELECT 1 FROM records c WHERE c.desk = records.desk AND c.supersedes = records.entry)`)
	return err
}
