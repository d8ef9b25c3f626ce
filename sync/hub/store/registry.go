package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"bottega/desk/civil"
)

// Load implements Store.
func (s *sqlStore) Load(ctx context.Context, r Registry) error {
	return s.write(ctx, "loading a registry", func(tx *sql.Tx) error {
		if r.Cards != nil {
			if err := loadCards(ctx, tx, r.Cards, r.At); err != nil {
				return err
			}
		}
		if r.Exemptions != nil {
			return loadExemptions(ctx, tx, r.Exemptions, r.At)
		}
		return nil
	})
}

func loadCards(ctx context.Context, tx *sql.Tx, cards []Card, at time.Time) error {
	insert, err := replaceAll(ctx, tx, Cards, len(cards), at, `INSERT INTO cards (number, fiscal_code, state, expires) VALUES ($1, $2, $3, $4)`)
	if err != nil {
		return err
	}
	for i, c := range cards {
		if _, err := insert.ExecContext(ctx, c.Number, c.FiscalCode, string(c.State), c.Expires.String()); err != nil {
			return errors.Join(fmt.Errorf("card %d of %d: %w", i+1, len(cards), err), insert.Close())
		}
	}
	return insert.Close()
}

func loadExemptions(ctx context.Context, tx *sql.Tx, exemptions []Exemption, at time.Time) error {
	insert, err := replaceAll(ctx, tx, Exemptions, len(exemptions), at, `INSERT INTO exemptions
		(number, code, fiscal_code, surname, name, valid_from, valid_to, issuer) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`)
	if err != nil {
		return err
	}
	for i, e := range exemptions {
		if _, err := insert.ExecContext(ctx, e.Number, e.Code, e.FiscalCode, e.Surname, e.Name, e.ValidFrom.String(), e.ValidTo.String(),
			e.Issuer); err != nil {
			return errors.Join(fmt.Errorf("exemption %d of %d: %w", i+1, len(exemptions), err), insert.Close())
		}
	}
	return insert.Close()
}

// replaceAll empties a registry, notes that it is loaded and prepares the filling of it.
func replaceAll(ctx context.Context, tx *sql.Tx, k Kind, rows int, at time.Time, insert string) (*sql.Stmt, error) {
	if _, err := tx.ExecContext(ctx, `DELETE FROM `+string(k)); err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO registries (kind, loaded_ms, entries) VALUES ($1, $2, $3)
		ON CONFLICT (kind) DO UPDATE SET loaded_ms = excluded.loaded_ms, entries = excluded.entries`, string(k), at.UnixMilli(), rows); err != nil {
		return nil, err
	}
	return tx.PrepareContext(ctx, insert)
}

// register is the Register of one transaction.
type register struct {
	ctx context.Context
	tx  *sql.Tx
}

// Loaded implements Register.
func (r register) Loaded(k Kind) (bool, error) {
	err := r.tx.QueryRowContext(r.ctx, `SELECT kind FROM registries WHERE kind = $1`, string(k)).Scan(new(string))
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// Card implements Register.
func (r register) Card(number string) (Card, error) {
	c := Card{Number: number}
	var expires string
	err := r.tx.QueryRowContext(r.ctx, `SELECT fiscal_code, state, expires FROM cards WHERE number = $1`, number).
		Scan(&c.FiscalCode, &c.State, &expires)
	if err != nil {
		return Card{}, notFound(err)
	}
	return c, c.Expires.UnmarshalText([]byte(expires))
}

// Exemptions implements Register.
func (r register) Exemptions(fiscalCode, code string) (found []Exemption, err error) {
	rows, err := r.tx.QueryContext(r.ctx, `SELECT number, surname, name, valid_from, valid_to, issuer FROM exemptions
		WHERE fiscal_code = $1 AND code = $2 ORDER BY CASE WHEN valid_to = '' THEN 0 ELSE 1 END, valid_to DESC, number`, fiscalCode, code)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		e := Exemption{FiscalCode: fiscalCode, Code: code}
		var from, to string
		if err := rows.Scan(&e.Number, &e.Surname, &e.Name, &from, &to, &e.Issuer); err != nil {
			return nil, err
		}
		if err := errors.Join(dateInto(&e.ValidFrom, from), dateInto(&e.ValidTo, to)); err != nil {
			return nil, err
		}
		found = append(found, e)
	}
	return found, rows.Err()
}

func dateInto(d *civil.Date, text string) error { return d.UnmarshalText([]byte(text)) }
