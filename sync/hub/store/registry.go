package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Load implements Store.
func (s *sqlStore) Load(ctx context.Context, r Registry) error {
	return s.write(ctx, "loading a registry", func(tx *sql.Tx) error {
		if r.Cards != nil {
			if err := s.loadCards(ctx, tx, r.Cards, r.At); err != nil {
				return err
			}
		}
		if r.Exemptions != nil {
			return s.loadExemptions(ctx, tx, r.Exemptions, r.At)
		}
		return nil
	})
}

func (s *sqlStore) loadCards(ctx context.Context, tx *sql.Tx, cards []Card, at time.Time) error {
	insert, err := replaceAll(ctx, tx, Cards, len(cards), at,
		`INSERT INTO cards (number_hash, state, sealed, by_desk, by_entry) VALUES ($1, $2, $3, '', '')`)
	if err != nil {
		return err
	}
	for i, c := range cards {
		hash, sealed, err := s.sealRow("card", c.Number, c)
		if err == nil {
			_, err = insert.ExecContext(ctx, hash, string(c.State), sealed)
		}
		if err != nil {
			return errors.Join(fmt.Errorf("card %d of %d: %w", i+1, len(cards), err), insert.Close())
		}
	}
	return insert.Close()
}

func (s *sqlStore) loadExemptions(ctx context.Context, tx *sql.Tx, exemptions []Exemption, at time.Time) error {
	insert, err := replaceAll(ctx, tx, Exemptions, len(exemptions), at,
		`INSERT INTO exemptions (number_hash, holder_hash, sealed) VALUES ($1, $2, $3)`)
	if err != nil {
		return err
	}
	for i, e := range exemptions {
		hash, sealed, err := s.sealRow("exemption", e.Number, e)
		if err == nil {
			_, err = insert.ExecContext(ctx, hash, s.sealer.hash("holder", e.FiscalCode, e.Code), sealed)
		}
		if err != nil {
			return errors.Join(fmt.Errorf("exemption %d of %d: %w", i+1, len(exemptions), err), insert.Close())
		}
	}
	return insert.Close()
}

// sealRow returns a row of a registry, sealed and bound to the hash of its number, with that hash.
func (s *sqlStore) sealRow(kind, number string, row any) (hash string, sealed []byte, err error) {
	document, err := json.Marshal(row)
	if err != nil {
		return "", nil, err
	}
	hash = s.sealer.hash(kind, number)
	sealed, err = s.sealer.seal(document, kind, hash)
	return hash, sealed, err
}

func (s *sqlStore) openRow(kind, hash string, sealed []byte, row any) error {
	document, err := s.sealer.open(sealed, kind, hash)
	if err != nil {
		return fmt.Errorf("a row of the registry: %w", err)
	}
	return json.Unmarshal(document, row)
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
	*sqlStore
}

// Loaded implements Register.
func (r register) Loaded(k Kind) (bool, error) {
	err := r.tx.QueryRowContext(r.ctx, `SELECT kind FROM registries WHERE kind = $1`, string(k)).Scan(new(string))
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// Card implements Register. The card is held until the transaction ends: two desks that ask for the same one are answered one after
// the other.
func (r register) Card(number string) (Card, error) {
	var c Card
	var state string
	var sealed []byte
	hash := r.sealer.hash("card", number)
	err := r.tx.QueryRowContext(r.ctx, `SELECT state, sealed FROM cards WHERE number_hash = $1`+r.lock, hash).Scan(&state, &sealed)
	if err != nil {
		return Card{}, notFound(err)
	}
	err = r.openRow("card", hash, sealed, &c)
	c.State = CardState(state)
	return c, err
}

// Exemptions implements Register.
func (r register) Exemptions(fiscalCode, code string) (found []Exemption, err error) {
	rows, err := r.tx.QueryContext(r.ctx, `SELECT number_hash, sealed FROM exemptions WHERE holder_hash = $1`,
		r.sealer.hash("holder", fiscalCode, code))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var e Exemption
		var hash string
		var sealed []byte
		if err := rows.Scan(&hash, &sealed); err != nil {
			return nil, err
		}
		if err := r.openRow("exemption", hash, sealed, &e); err != nil {
			return nil, err
		}
		found = append(found, e)
	}
	slices.SortFunc(found, longestFirst)
	return found, rows.Err()
}

// longestFirst orders exemptions: without an end before all others, then by the end, the later the sooner.
func longestFirst(a, b Exemption) int {
	switch {
	case a.ValidTo == b.ValidTo:
		return cmp.Compare(a.Number, b.Number)
	case a.ValidTo.IsZero() || !b.ValidTo.IsZero() && a.ValidTo.After(b.ValidTo):
		return -1
	}
	return 1
}
