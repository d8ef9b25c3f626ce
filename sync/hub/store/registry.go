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

// loadAtOnce is how many rows of a registry go to the database with one statement.
const loadAtOnce = 2000

func (s *sqlStore) loadCards(ctx context.Context, tx *sql.Tx, cards []Card, at time.Time) error {
	return s.replaceAll(ctx, tx, Cards, len(cards), at, func(i int, r *registryRows) error {
		c := cards[i]
		hash, sealed, err := s.sealRow("card", c.Number, c)
		r.add(hash, string(c.State), sealed)
		return err
	})
}

func (s *sqlStore) loadExemptions(ctx context.Context, tx *sql.Tx, exemptions []Exemption, at time.Time) error {
	return s.replaceAll(ctx, tx, Exemptions, len(exemptions), at, func(i int, r *registryRows) error {
		e := exemptions[i]
		hash, sealed, err := s.sealRow("exemption", e.Number, e)
		r.add(hash, s.sealer.hash("holder", e.FiscalCode, e.Code), sealed)
		return err
	})
}

// registryRows are rows of a registry in columns. The second column is the state of a card, or the holder of an exemption.
type registryRows struct {
	hash, second []string
	sealed       [][]byte
}

func (r *registryRows) add(hash, second string, sealed []byte) {
	r.hash, r.second, r.sealed = append(r.hash, hash), append(r.second, second), append(r.sealed, sealed)
}

// secondColumn returns the name of the second column of a registry's table.
func secondColumn(k Kind) string {
	if k == Cards {
		return "state"
	}
	return "holder_hash"
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

// replaceAll empties a registry, notes that it is loaded and fills it with the rows that row adds.
func (s *sqlStore) replaceAll(ctx context.Context, tx *sql.Tx, k Kind, n int, at time.Time, row func(i int, r *registryRows) error) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM `+string(k)); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO registries (kind, loaded_ms, entries) VALUES ($1, $2, $3)
		ON CONFLICT (kind) DO UPDATE SET loaded_ms = excluded.loaded_ms, entries = excluded.entries`, string(k), at.UnixMilli(), n); err != nil {
		return err
	}
	for from := 0; from < n; from += loadAtOnce {
		var r registryRows
		for i := from; i < min(n, from+loadAtOnce); i++ {
			if err := row(i, &r); err != nil {
				return fmt.Errorf("row %d of %d: %w", i+1, n, err)
			}
		}
		if err := s.load(ctx, tx, k, &r); err != nil {
			return fmt.Errorf("rows %d to %d of %d: %w", from+1, from+len(r.hash), n, err)
		}
	}
	return nil
}

// loadOneByOne keeps rows of a registry with one statement for each.
func loadOneByOne(ctx context.Context, tx *sql.Tx, k Kind, r *registryRows) (err error) {
	insert, err := tx.PrepareContext(ctx, `INSERT INTO `+string(k)+` (number_hash, `+secondColumn(k)+`, sealed) VALUES ($1, $2, $3)`)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, insert.Close()) }()
	for i := range r.hash {
		if _, err := insert.ExecContext(ctx, r.hash[i], r.second[i], r.sealed[i]); err != nil {
			return err
		}
	}
	return nil
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
