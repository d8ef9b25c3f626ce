package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"bottega/desk"
	"bottega/sync/wire"
)

// Append implements Store.
func (s *sqlStore) Append(ctx context.Context, p Push) (uint64, error) {
	var durable uint64
	err := s.write(ctx, "keeping entries", func(tx *sql.Tx) error {
		e, err := openEpoch(ctx, tx, p)
		if err != nil {
			return err
		}
		fresh, err := e.newEntries(ctx, tx, p)
		if err != nil {
			return err
		}
		if err := insertEntries(ctx, tx, p, fresh); err != nil {
			return err
		}
		if fresh < len(p.Entries) {
			last := p.Entries[len(p.Entries)-1]
			e.durable, e.last = last.Seq, last.Digest
			if _, err := tx.ExecContext(ctx, `UPDATE epochs SET durable = $1, last = $2 WHERE desk = $3 AND id = $4`,
				int64(e.durable), e.last.String(), p.Desk, p.Epoch.ID); err != nil {
				return err
			}
		}
		durable = e.durable
		_, err = tx.ExecContext(ctx, `UPDATE desks SET program = $1, seen_ms = $2, skew_ms = $3 WHERE id = $4`,
			p.Program, p.Received.UnixMilli(), p.Skew.Milliseconds(), p.Desk)
		return err
	})
	return durable, err
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

// beginEpoch begins an epoch after an entry that the store has. Where it does not have it, the desk must go back to its first.
func beginEpoch(ctx context.Context, tx *sql.Tx, p Push) (epoch, error) {
	e := epoch{from: p.Epoch.From, durable: p.Epoch.From - 1, prev: p.Epoch.Prev, last: p.Epoch.Prev}
	if p.Epoch.From > 1 {
		err := tx.QueryRowContext(ctx, `SELECT seq FROM entries WHERE desk = $1 AND seq = $2 AND digest = $3 LIMIT 1`,
			p.Desk, int64(p.Epoch.From-1), p.Epoch.Prev.String()).Scan(new(int64))
		if errors.Is(err, sql.ErrNoRows) {
			return e, &GapError{Want: 1}
		}
		if err != nil {
			return e, err
		}
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
	for i, entry := range p.Entries[:known] {
		var digest string
		err := tx.QueryRowContext(ctx, `SELECT digest FROM entries WHERE desk = $1 AND epoch = $2 AND seq = $3`,
			p.Desk, p.Epoch.ID, int64(entry.Seq)).Scan(&digest)
		if err != nil {
			return 0, err
		}
		if digest != entry.Digest.String() {
			return 0, &ForkError{At: p.Entries[i].Seq}
		}
	}
	if known == 0 && first.Prev != e.last {
		// The entry before is another one at the desk; before the epoch's first, the epoch itself began elsewhere.
		return 0, &ForkError{At: max(e.from, first.Seq-1)}
	}
	return known, nil
}

// insertEntries keeps the entries of a push from an index on, and makes a record of each that is not one yet.
func insertEntries(ctx context.Context, tx *sql.Tx, p Push, fresh int) (err error) {
	entry, err := tx.PrepareContext(ctx, `INSERT INTO entries (desk, epoch, seq, digest, received_ms, document)
		VALUES ($1, $2, $3, $4, $5, $6)`)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, entry.Close()) }()
	record, err := tx.PrepareContext(ctx, `INSERT INTO records (desk, entry, kind, epoch, seq, state, needs, received_ms)
		VALUES ($1, $2, $3, $4, $5, $6, '', $7) ON CONFLICT (desk, entry) DO NOTHING`)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, record.Close()) }()
	received := p.Received.UnixMilli()
	for i, e := range p.Entries[fresh:] {
		if _, err := entry.ExecContext(ctx, p.Desk, p.Epoch.ID, int64(e.Seq), e.Digest.String(), received, string(p.Raw[fresh+i])); err != nil {
			return err
		}
		if _, err := record.ExecContext(ctx, p.Desk, e.ID, string(e.Kind), p.Epoch.ID, int64(e.Seq), string(StateNew), received); err != nil {
			return err
		}
	}
	return nil
}

// Replies implements Store.
func (s *sqlStore) Replies(ctx context.Context, deskID string, after uint64, limit int) (replies []desk.Reply, last uint64, err error) {
	doing := func(err error) error { return fmt.Errorf("reading replies: %w", err) }
	rows, err := s.db.QueryContext(ctx, `SELECT document FROM replies WHERE desk = $1 AND number > $2 ORDER BY number LIMIT $3`,
		deskID, int64(after), limit)
	if err != nil {
		return nil, 0, doing(err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var document string
		var r desk.Reply
		if err := rows.Scan(&document); err != nil {
			return nil, 0, doing(err)
		}
		if err := json.Unmarshal([]byte(document), &r); err != nil {
			return nil, 0, doing(err)
		}
		replies, last = append(replies, r), r.Number
	}
	if err := rows.Err(); err != nil {
		return nil, 0, doing(err)
	}
	if len(replies) > 0 && len(replies) < limit {
		return replies, last, nil
	}
	var highest int64
	if err := s.db.QueryRowContext(ctx, `SELECT COALESCE(MAX(number), 0) FROM replies WHERE desk = $1`, deskID).Scan(&highest); err != nil {
		return nil, 0, doing(err)
	}
	return replies, uint64(highest), nil
}

const selectOpen = `SELECT r.desk, e.document
	FROM records r JOIN entries e ON e.desk = r.desk AND e.epoch = r.epoch AND e.seq = r.seq
	WHERE r.state IN ('new', 'waiting') AND (r.state = 'new' OR r.needs IN (SELECT kind FROM registries))
	ORDER BY r.received_ms, r.desk, r.seq LIMIT $1`

// Answer implements Store.
func (s *sqlStore) Answer(ctx context.Context, limit int, judge Judge) (int, error) {
	// Looking costs no write lock, so that an idle hub never holds up an import.
	var found int
	if err := s.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM (`+selectOpen+`) AS found`, 1).Scan(&found); err != nil {
		return 0, fmt.Errorf("looking for open records: %w", err)
	}
	if found == 0 {
		return 0, nil
	}
	n := 0
	err := s.write(ctx, "answering records", func(tx *sql.Tx) error {
		open, err := openRecords(ctx, tx, limit)
		if err != nil {
			return err
		}
		n = len(open)
		update, err := tx.PrepareContext(ctx, `UPDATE records SET state = $1, needs = $2 WHERE desk = $3 AND entry = $4`)
		if err != nil {
			return err
		}
		for _, r := range open {
			d, err := judge(r, register{ctx, tx})
			if err != nil {
				return fmt.Errorf("entry %s: %w", r.Entry.ID, err)
			}
			if _, err := update.ExecContext(ctx, string(d.State), string(d.Needs), r.Desk, r.Entry.ID); err != nil {
				return err
			}
			if err := carryOut(ctx, tx, r, d); err != nil {
				return err
			}
		}
		return update.Close() // on the way of an error the transaction closes it
	})
	return n, err
}

func openRecords(ctx context.Context, tx *sql.Tx, limit int) (open []Record, err error) {
	rows, err := tx.QueryContext(ctx, selectOpen, limit)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var r Record
		var document string
		if err := rows.Scan(&r.Desk, &document); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(document), &r.Entry); err != nil {
			return nil, err
		}
		open = append(open, r)
	}
	return open, rows.Err()
}

// carryOut keeps what a decision brings besides the state of its record.
func carryOut(ctx context.Context, tx *sql.Tx, r Record, d Decision) error {
	if d.Activate != "" {
		if _, err := tx.ExecContext(ctx, `UPDATE cards SET state = $1 WHERE number = $2`, string(CardActive), d.Activate); err != nil {
			return err
		}
	}
	if d.Reply == nil {
		return nil
	}
	reply := *d.Reply
	var last int64
	if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(number), 0) FROM replies WHERE desk = $1`, r.Desk).Scan(&last); err != nil {
		return err
	}
	reply.Number, reply.About = uint64(last)+1, r.Entry.ID
	document, err := json.Marshal(reply)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO replies (desk, number, document) VALUES ($1, $2, $3)`, r.Desk, int64(reply.Number), string(document))
	return err
}
