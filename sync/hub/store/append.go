package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"bottega/sync/wire"
)

// Append implements Store.
func (s *sqlStore) Append(ctx context.Context, p Push) (durable uint64, err error) {
	if s.writes != nil {
		return s.appendTogether(ctx, p)
	}
	err = s.write(ctx, "keeping entries", func(tx *sql.Tx) (err error) {
		durable, err = s.appendPush(ctx, tx, p)
		return err
	})
	return durable, err
}

func (s *sqlStore) appendPush(ctx context.Context, tx *sql.Tx, p Push) (uint64, error) {
	if err := holdDesk(ctx, tx, p); err != nil {
		return 0, err
	}
	e, err := openEpoch(ctx, tx, p)
	if err != nil {
		return 0, err
	}
	fresh, err := e.newEntries(ctx, tx, p)
	if err != nil || fresh == len(p.Entries) {
		return e.durable, err
	}
	if err := s.keep(ctx, tx, p, fresh); err != nil {
		return 0, err
	}
	last := p.Entries[len(p.Entries)-1]
	_, err = tx.ExecContext(ctx, `UPDATE epochs SET durable = $1, last = $2 WHERE desk = $3 AND id = $4`,
		int64(last.Seq), last.Digest.String(), p.Desk, p.Epoch.ID)
	return last.Seq, err
}

// holdDesk notes that a desk called, by which its row is held until the transaction ends.
func holdDesk(ctx context.Context, tx *sql.Tx, p Push) error {
	var revoked int64
	var skew sql.NullInt64
	if p.Skew != nil {
		skew = sql.NullInt64{Int64: p.Skew.Milliseconds(), Valid: true}
	}
	err := tx.QueryRowContext(ctx, `UPDATE desks SET program = $1, seen_ms = $2, skew_ms = COALESCE($3, skew_ms) WHERE id = $4 RETURNING revoked_ms`,
		p.Program, p.Received.UnixMilli(), skew, p.Desk).Scan(&revoked)
	if err == nil && revoked != 0 {
		return ErrNotFound
	}
	return notFound(err)
}

// epoch is how far an epoch of a desk has come.
type epoch struct {
	from, durable uint64
	prev, last    wire.Digest
}

// openEpoch returns the epoch of a push, which it may begin.
func openEpoch(ctx context.Context, tx *sql.Tx, p Push) (epoch, error) {
	var e epoch
	var from, durable int64
	var prev, last string
	err := tx.QueryRowContext(ctx, `SELECT from_seq, prev, durable, last FROM epochs WHERE desk = $1 AND id = $2`, p.Desk, p.Epoch.ID).
		Scan(&from, &prev, &durable, &last)
	if errors.Is(err, sql.ErrNoRows) {
		return beginEpoch(ctx, tx, p)
	}
	if err != nil {
		return e, err
	}
	e.from, e.durable = uint64(from), uint64(durable)
	if err := errors.Join(e.prev.UnmarshalText([]byte(prev)), e.last.UnmarshalText([]byte(last))); err != nil {
		return e, err
	}
	if e.from != p.Epoch.From || e.prev != p.Epoch.Prev {
		return e, &ForkError{At: min(e.from, p.Epoch.From)}
	}
	return e, nil
}

// beginEpoch begins an epoch after an entry that the store has. Where it does not have it, the desk must go back to its first. Under the
// name of another desk's epoch nothing is kept: what was overheard of that desk is refused, and a desk that has the other's journal in
// good faith (it enrolled anew, or was copied before it enrolled) begins an epoch of its own and goes on.
func beginEpoch(ctx context.Context, tx *sql.Tx, p Push) (epoch, error) {
	e := epoch{from: p.Epoch.From, durable: p.Epoch.From - 1, prev: p.Epoch.Prev, last: p.Epoch.Prev}
	if p.Epoch.From > 1 {
		if p.Epoch.From > 1<<62 {
			return e, &GapError{Want: 1}
		}
		err := tx.QueryRowContext(ctx, `SELECT e.seq FROM epochs o JOIN entries e ON e.desk = o.desk AND e.epoch = o.id AND e.seq = $2
			WHERE o.desk = $1 AND e.digest = $3 LIMIT 1`,
			p.Desk, int64(p.Epoch.From-1), p.Epoch.Prev.String()).Scan(new(int64))
		if errors.Is(err, sql.ErrNoRows) {
			return e, &GapError{Want: 1}
		}
		if err != nil {
			return e, err
		}
	}
	var others int
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM epochs WHERE id = $1`, p.Epoch.ID).Scan(&others); err != nil {
		return e, err
	}
	if others > 0 {
		return e, &ForkError{At: p.Epoch.From}
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO epochs (desk, id, from_seq, prev, durable, last) VALUES ($1, $2, $3, $4, $5, $6)`,
		p.Desk, p.Epoch.ID, int64(e.from), e.prev.String(), int64(e.durable), e.last.String())
	return e, err
}

// newEntries returns the index of the first entry of the push that is new, after holding the others against what is there.
func (e epoch) newEntries(ctx context.Context, tx *sql.Tx, p Push) (int, error) {
	if len(p.Entries) == 0 {
		return 0, nil
	}
	first := p.Entries[0]
	if first.Seq > e.durable+1 {
		return 0, &GapError{Want: e.durable + 1}
	}
	known := min(int(e.durable+1-first.Seq), len(p.Entries))
	if known == 0 {
		if first.Prev != e.last {
			// The entry before is another one at the desk; before the epoch's first, the epoch itself began elsewhere.
			return 0, &ForkError{At: max(e.from, first.Seq-1)}
		}
		return 0, nil
	}
	digests, err := digestsOf(ctx, tx, p, known)
	if err != nil {
		return 0, err
	}
	for i, entry := range p.Entries[:known] {
		if digests[i] != entry.Digest.String() {
			return 0, &ForkError{At: entry.Seq}
		}
	}
	return known, nil
}

// digestsOf returns the digests that are there under the sequences of the first n entries of a push.
func digestsOf(ctx context.Context, tx *sql.Tx, p Push, n int) (digests []string, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT digest FROM entries WHERE desk = $1 AND epoch = $2 AND seq BETWEEN $3 AND $4 ORDER BY seq`,
		p.Desk, p.Epoch.ID, int64(p.Entries[0].Seq), int64(p.Entries[n-1].Seq))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var digest string
		if err := rows.Scan(&digest); err != nil {
			return nil, err
		}
		digests = append(digests, digest)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if len(digests) != n {
		return nil, fmt.Errorf("the store has %d of %d entries that it said it had", len(digests), n)
	}
	return digests, nil
}

// keep keeps the entries of a push from an index on, and what follows from them.
func (s *sqlStore) keep(ctx context.Context, tx *sql.Tx, p Push, fresh int) error {
	entries := p.Entries[fresh:]
	gone, err := s.erasedVisits(ctx, tx, p.Desk, entries)
	if err != nil {
		return err
	}
	r := &rows{ctx: ctx, tx: tx, desk: p.Desk, epoch: p.Epoch.ID, received: p.Received.UnixMilli()}
	var newlyGone []string
	for i, e := range entries {
		state, raw := StateNew, p.Raw[fresh+i]
		if p.States != nil {
			state = p.States[fresh+i]
		}
		switch {
		case e.Erased() && e.Visit != "" && !gone[e.Visit]:
			gone[e.Visit] = true
			newlyGone = append(newlyGone, e.Visit)
			fallthrough
		case e.Erased(), e.Visit != "" && gone[e.Visit]:
			state, raw = StateErased, nil
		}
		if err := r.add(s.sealer, e, raw, state); err != nil {
			return err
		}
	}
	kept, err := s.insert(r)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE desks SET entries = entries + $1 WHERE id = $2`, kept, p.Desk); err != nil {
		return err
	}
	if unknown := r.inState(StateUnknown); len(unknown) > 0 {
		if err := s.markUnknown(ctx, tx, p.Desk, unknown, p.Knows); err != nil {
			return err
		}
	}
	for _, visit := range newlyGone {
		// Without content at the desk, so without content here, also in what came before.
		if err := s.erase(ctx, tx, p.Desk, visit); err != nil {
			return err
		}
	}
	return s.correct(ctx, tx, r)
}

// rows are entries in columns, on their way into the database.
type rows struct {
	ctx         context.Context
	tx          *sql.Tx
	desk, epoch string
	received    int64

	seq                                                []int64
	id, visit, digest, header, kind, state, supersedes []string
	sealed                                             [][]byte
}

// add puts an entry into the columns: what is personal, and whatever this version does not know, stands only in what is sealed.
// Raw is nil when the content is gone.
func (r *rows) add(sealer *Sealer, e wire.Entry, raw json.RawMessage, state State) error {
	sealed := []byte{}
	if raw != nil {
		var err error
		if sealed, err = sealer.seal(raw, entryPlace(r.desk, r.epoch, e.Seq)...); err != nil {
			return err
		}
	}
	e.Payload, e.Salt = nil, nil
	header, err := wire.AppendEntries(nil, []wire.Entry{e})
	if err != nil {
		return err
	}
	r.seq = append(r.seq, int64(e.Seq))
	r.id = append(r.id, e.ID)
	r.visit = append(r.visit, e.Visit)
	r.digest = append(r.digest, e.Digest.String())
	r.header = append(r.header, string(header))
	r.sealed = append(r.sealed, sealed)
	r.kind = append(r.kind, string(e.Kind))
	r.state = append(r.state, string(state))
	r.supersedes = append(r.supersedes, e.Supersedes)
	return nil
}

// inState returns the ids of the entries whose records come in a state.
func (r *rows) inState(state State) (ids []string) {
	for i, s := range r.state {
		if s == string(state) {
			ids = append(ids, r.id[i])
		}
	}
	return ids
}

// insertOneByOne keeps rows with one statement for each: in the same process that costs little. It returns how many records are new.
func insertOneByOne(r *rows) (kept int64, err error) {
	entry, err := r.tx.PrepareContext(r.ctx, `INSERT INTO entries (desk, epoch, seq, id, visit, digest, received_ms, header, sealed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, entry.Close()) }()
	record, err := r.tx.PrepareContext(r.ctx, `INSERT INTO records (desk, entry, kind, epoch, seq, state, needs, supersedes, received_ms)
		VALUES ($1, $2, $3, $4, $5, $6, '', $7, $8) ON CONFLICT (desk, entry) DO NOTHING`)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, record.Close()) }()
	for i := range r.seq {
		if _, err := entry.ExecContext(r.ctx, r.desk, r.epoch, r.seq[i], r.id[i], r.visit[i], r.digest[i], r.received, r.header[i],
			r.sealed[i]); err != nil {
			return 0, err
		}
		done, err := record.ExecContext(r.ctx, r.desk, r.id[i], r.kind[i], r.epoch, r.seq[i], r.state[i], r.supersedes[i], r.received)
		if err != nil {
			return 0, err
		}
		n, err := done.RowsAffected()
		if err != nil {
			return 0, err
		}
		kept += n
	}
	return kept, nil
}
