package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"bottega/desk"
	"bottega/sync/wire"
)

// entryPlace is what the content of an entry is bound to.
func entryPlace(deskID, epoch string, seq uint64) []string {
	return []string{"entry", deskID, epoch, strconv.FormatUint(seq, 10)}
}

// replyPlace is what a reply is bound to.
func replyPlace(deskID string, number uint64) []string {
	return []string{"reply", deskID, strconv.FormatUint(number, 10)}
}

// erasedVisits returns those visits of some entries whose content was erased before.
func (s *sqlStore) erasedVisits(ctx context.Context, tx *sql.Tx, deskID string, entries []wire.Entry) (map[string]bool, error) {
	gone := map[string]bool{}
	var visits []string
	for i, e := range entries {
		if e.Visit != "" && (i == 0 || entries[i-1].Visit != e.Visit) {
			visits = append(visits, e.Visit)
		}
	}
	if len(visits) == 0 {
		return gone, nil
	}
	found, err := s.texts(ctx, tx, `SELECT visit FROM erased WHERE desk = $1 AND visit `, deskID, visits)
	for _, visit := range found {
		gone[visit] = true
	}
	return gone, err
}

// texts runs a query that ends in a column, which must be among some texts, and returns the texts that it finds.
func (s *sqlStore) texts(ctx context.Context, tx *sql.Tx, query, deskID string, among []string) ([]string, error) {
	list, err := s.list(among)
	if err != nil {
		return nil, err
	}
	return scanTexts(tx.QueryContext(ctx, query+s.among("$2"), deskID, list))
}

// erase takes the content out of the entries of a visit and what is personal out of the replies to them, and remembers the visit so
// that nothing of it comes back in another epoch. Headers, numbers and digests stay.
func (s *sqlStore) erase(ctx context.Context, tx *sql.Tx, deskID, visit string) error {
	for _, statement := range []string{
		`INSERT INTO erased (desk, visit) VALUES ($1, $2) ON CONFLICT (desk, visit) DO NOTHING`,
		`UPDATE entries SET sealed = '' WHERE desk = $1 AND visit = $2`,
		`UPDATE records SET state = 'erased', needs = '' WHERE desk = $1 AND entry IN (SELECT id FROM entries WHERE desk = $1 AND visit = $2)`,
	} {
		if _, err := tx.ExecContext(ctx, statement, deskID, visit); err != nil {
			return fmt.Errorf("erasing a visit: %w", err)
		}
	}
	replies, err := s.replies(ctx, tx, `SELECT number, sealed FROM replies WHERE desk = $1
		AND about IN (SELECT id FROM entries WHERE desk = $1 AND visit = $2)`, deskID, visit)
	if err != nil {
		return fmt.Errorf("erasing a visit: %w", err)
	}
	for _, r := range replies {
		if err := s.putReply(ctx, tx, deskID, desk.Reply{Number: r.Number, About: r.About, Kind: r.Kind, At: r.At, Reason: r.Reason}); err != nil {
			return fmt.Errorf("erasing a visit: %w", err)
		}
	}
	return nil
}

// putReply keeps a reply under its number, in place of one that is there.
func (s *sqlStore) putReply(ctx context.Context, tx *sql.Tx, deskID string, r desk.Reply) error {
	document, err := json.Marshal(r)
	if err != nil {
		return err
	}
	sealed, err := s.sealer.seal(document, replyPlace(deskID, r.Number)...)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO replies (desk, number, about, sealed) VALUES ($1, $2, $3, $4)
		ON CONFLICT (desk, number) DO UPDATE SET sealed = excluded.sealed`, deskID, int64(r.Number), r.About, sealed)
	return err
}

// querier is a transaction, or the database outside one.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// replies opens the replies that a query returns with their numbers. Its first argument is the desk.
func (s *sqlStore) replies(ctx context.Context, from querier, query string, args ...any) (replies []desk.Reply, err error) {
	rows, err := from.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var number int64
		var sealed []byte
		if err := rows.Scan(&number, &sealed); err != nil {
			return nil, err
		}
		deskID, _ := args[0].(string)
		document, err := s.sealer.open(sealed, replyPlace(deskID, uint64(number))...)
		if err != nil {
			return nil, fmt.Errorf("reply %d: %w", number, err)
		}
		var r desk.Reply
		if err := json.Unmarshal(document, &r); err != nil {
			return nil, fmt.Errorf("reply %d: %w", number, err)
		}
		replies = append(replies, r)
	}
	return replies, rows.Err()
}

// Series implements Store.
func (s *sqlStore) Series(ctx context.Context, anew bool) (series string, err error) {
	if !anew {
		// Asked with each page of replies: a transaction that writes is only for the first time.
		err := s.db.QueryRowContext(ctx, `SELECT value FROM settings WHERE name = 'reply_series'`).Scan(&series)
		if !errors.Is(err, sql.ErrNoRows) {
			return series, err
		}
	}
	err = s.write(ctx, "naming the count of replies", func(tx *sql.Tx) error {
		if anew {
			if _, err := tx.ExecContext(ctx, `DELETE FROM settings WHERE name = 'reply_series'`); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO settings (name, value) VALUES ('reply_series', $1) ON CONFLICT (name) DO NOTHING`,
			rand.Text()); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT value FROM settings WHERE name = 'reply_series'`).Scan(&series)
	})
	return series, err
}

// Replies implements Store.
func (s *sqlStore) Replies(ctx context.Context, deskID string, after uint64, limit int) ([]desk.Reply, uint64, error) {
	replies, err := s.replies(ctx, s.db, `SELECT number, sealed FROM replies WHERE desk = $1 AND number > $2 ORDER BY number LIMIT $3`,
		deskID, int64(after), limit)
	if err != nil {
		return nil, 0, fmt.Errorf("reading replies: %w", err)
	}
	if n := len(replies); n > 0 && n < limit {
		return replies, replies[n-1].Number, nil
	}
	var highest int64
	if err := s.db.QueryRowContext(ctx, `SELECT COALESCE(MAX(number), 0) FROM replies WHERE desk = $1`, deskID).Scan(&highest); err != nil {
		return nil, 0, fmt.Errorf("reading replies: %w", err)
	}
	return replies, uint64(highest), nil
}
