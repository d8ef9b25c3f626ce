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

// loadAtOnce is how many rows of a registry are written, or taken away, in one transaction.
const loadAtOnce = 2000

// coming is a registry on its way into use.
type coming struct {
	kind Kind
	n    int
	// hash returns the hash of a row's number, row what goes into the second column and the row itself, sealed under that hash.
	hash func(i int) string
	row  func(i int, hash string) (second string, sealed []byte, err error)
}

// Load implements Store. The rows are written beside those in use, in short steps that keep nobody out, under a number of their own;
// they come into use when that number is noted in registries, all at the same moment. Of two loads at the same time the one that began
// later stays.
func (s *sqlStore) Load(ctx context.Context, r Registry) error {
	var registries []coming
	if r.Cards != nil {
		registries = append(registries, s.cards(r.Cards))
	}
	if r.Exemptions != nil {
		registries = append(registries, s.exemptions(r.Exemptions))
	}
	load, err := s.beginLoad(ctx)
	if err != nil {
		return err
	}
	for _, c := range registries {
		if err := s.bring(ctx, c, load); err != nil {
			return errors.Join(fmt.Errorf("loading a registry: %w", err), s.sweepAll(context.WithoutCancel(ctx), registries, `load = $1`, load))
		}
	}
	err = s.write(ctx, "putting a registry into use", func(tx *sql.Tx) error {
		for _, c := range registries {
			if _, err := tx.ExecContext(ctx, `INSERT INTO registries (kind, loaded_ms, entries, load) VALUES ($1, $2, $3, $4)
				ON CONFLICT (kind) DO UPDATE SET loaded_ms = excluded.loaded_ms, entries = excluded.entries, load = excluded.load
				WHERE registries.load < excluded.load`, string(c.kind), r.At.UnixMilli(), c.n, load); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return errors.Join(err, s.sweepAll(context.WithoutCancel(ctx), registries, `load = $1`, load))
	}
	// What is older than this load belongs to nobody: it was in use before, or comes from a load that stopped half way or is too late.
	return s.sweepAll(ctx, registries, `load < $1`, load)
}

// beginLoad returns the number of a load, higher than all before.
func (s *sqlStore) beginLoad(ctx context.Context) (load int64, err error) {
	err = s.write(ctx, "beginning to load a registry", func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `INSERT INTO settings (name, value) VALUES ('registry_load', '1') ON CONFLICT (name)
			DO UPDATE SET value = CAST(CAST(settings.value AS BIGINT) + 1 AS TEXT) RETURNING CAST(value AS BIGINT)`).Scan(&load)
	})
	return load, err
}

func (s *sqlStore) cards(cards []Card) coming {
	return coming{
		kind: Cards, n: len(cards),
		hash: func(i int) string { return s.sealer.hash("card", cards[i].Number) },
		row: func(i int, hash string) (second string, sealed []byte, err error) {
			sealed, err = s.sealRow("card", hash, cards[i])
			return string(cards[i].State), sealed, err
		},
	}
}

func (s *sqlStore) exemptions(exemptions []Exemption) coming {
	return coming{
		kind: Exemptions, n: len(exemptions),
		hash: func(i int) string { return s.sealer.hash("exemption", exemptions[i].Number) },
		row: func(i int, hash string) (second string, sealed []byte, err error) {
			e := exemptions[i]
			sealed, err = s.sealRow("exemption", hash, e)
			return s.sealer.hash("holder", e.FiscalCode, e.Code), sealed, err
		},
	}
}

// inOrder returns the rows in the order in which the database keeps them: written in any other, each of a step's rows changes a page of
// its own.
func (c coming) inOrder() []int {
	order, hashes := make([]int, c.n), make([]string, c.n)
	for i := range order {
		order[i], hashes[i] = i, c.hash(i)
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(hashes[a], hashes[b]) })
	return order
}

// bring writes the rows of a registry under the number of a load.
func (s *sqlStore) bring(ctx context.Context, c coming, load int64) error {
	for some := range slices.Chunk(c.inOrder(), loadAtOnce) {
		r := &registryRows{kind: c.kind, load: load}
		for _, i := range some {
			hash := c.hash(i)
			second, sealed, err := c.row(i, hash)
			if err != nil {
				return fmt.Errorf("row %d of %d: %w", i+1, c.n, err)
			}
			r.hash, r.second, r.sealed = append(r.hash, hash), append(r.second, second), append(r.sealed, sealed)
		}
		if err := s.step(ctx, "writing rows", func(tx *sql.Tx) error { return s.load(ctx, tx, r) }); err != nil {
			return err
		}
	}
	return nil
}

// sweepAll takes away rows of registries that are in use no more, or never came into use.
func (s *sqlStore) sweepAll(ctx context.Context, registries []coming, which string, load int64) error {
	for _, c := range registries {
		table := string(c.kind)
		for gone := int64(loadAtOnce); gone > 0; { // fewer than asked for does not mean the last: another load may sweep beside this one
			err := s.step(ctx, "sweeping up after a registry", func(tx *sql.Tx) error {
				done, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE (load, number_hash) IN
					(SELECT load, number_hash FROM `+table+` WHERE `+which+` LIMIT $2)`, load, loadAtOnce)
				if err != nil {
					return err
				}
				gone, err = done.RowsAffected()
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// step runs one of many short transactions. Where the database takes one writer at a time it leaves as much time to the others: those of
// another process only look now and then whether they may.
func (s *sqlStore) step(ctx context.Context, doing string, f func(tx *sql.Tx) error) error {
	start := time.Now()
	err := s.write(ctx, doing, f)
	if err != nil || s.writes == nil {
		return err
	}
	select {
	case <-time.After(time.Since(start)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// registryRows are rows of a registry in columns. The second column is the state of a card, or the holder of an exemption.
type registryRows struct {
	kind         Kind
	load         int64
	hash, second []string
	sealed       [][]byte
}

// secondColumn returns the name of the second column of a registry's table.
func secondColumn(k Kind) string {
	if k == Cards {
		return "state"
	}
	return "holder_hash"
}

// sealRow returns a row of a registry, sealed and bound to the hash of its number.
func (s *sqlStore) sealRow(kind, hash string, row any) ([]byte, error) {
	document, err := json.Marshal(row)
	if err != nil {
		return nil, err
	}
	return s.sealer.seal(document, kind, hash)
}

func (s *sqlStore) openRow(kind, hash string, sealed []byte, row any) error {
	document, err := s.sealer.open(sealed, kind, hash)
	if err != nil {
		return fmt.Errorf("a row of the registry: %w", err)
	}
	return json.Unmarshal(document, row)
}

// loadOneByOne keeps rows of a registry with one statement for each.
func loadOneByOne(ctx context.Context, tx *sql.Tx, r *registryRows) (err error) {
	insert, err := tx.PrepareContext(ctx, `INSERT INTO `+string(r.kind)+` (load, number_hash, `+secondColumn(r.kind)+`, sealed) VALUES ($1, $2, $3, $4)`)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, insert.Close()) }()
	for i := range r.hash {
		if _, err := insert.ExecContext(ctx, r.load, r.hash[i], r.second[i], r.sealed[i]); err != nil {
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

// inUse returns the number of the load of cards that is in use, zero when there is none.
func (r register) inUse() (load int64, err error) {
	err = r.tx.QueryRowContext(r.ctx, `SELECT load FROM registries WHERE kind = 'cards'`).Scan(&load)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return load, err
}

// Card implements Register. The card is held until the transaction ends: two desks that ask for the same one are answered one after
// the other.
func (r register) Card(number string) (Card, error) {
	load, err := r.inUse()
	for err == nil {
		var c Card
		if c, err = r.card(load, number); !errors.Is(err, sql.ErrNoRows) {
			return c, err
		}
		// Another load may have come into use meanwhile, and this one been swept up: then the card was looked for where nothing is left.
		before := load
		if load, err = r.inUse(); err == nil && load == before {
			return Card{}, ErrNotFound
		}
	}
	return Card{}, err
}

func (r register) card(load int64, number string) (c Card, err error) {
	var state string
	var sealed []byte
	hash := r.sealer.hash("card", number)
	if err := r.tx.QueryRowContext(r.ctx, `SELECT state, sealed FROM cards WHERE load = $1 AND number_hash = $2`+r.lock, load, hash).
		Scan(&state, &sealed); err != nil {
		return c, err
	}
	err = r.openRow("card", hash, sealed, &c)
	c.State = CardState(state)
	return c, err
}

// Exemptions implements Register.
func (r register) Exemptions(fiscalCode, code string) (found []Exemption, err error) {
	rows, err := r.tx.QueryContext(r.ctx, `SELECT e.number_hash, e.sealed FROM exemptions e
		JOIN registries r ON r.kind = 'exemptions' AND r.load = e.load WHERE e.holder_hash = $1`,
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
