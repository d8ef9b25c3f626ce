package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
)

// answerDesks is how many desks are answered in one transaction: they are held while it lasts.
const answerDesks = 50

// open is the condition of a record that can be judged now.
const open = `state IN ('new', 'waiting') AND (needs = '' OR needs IN (SELECT kind FROM registries))`

// Answer implements Store.
func (s *sqlStore) Answer(ctx context.Context, deskID string, limit int, judge Judge) (int, error) {
	// Looking costs no lock, so that an idle hub never holds up an import.
	waiting, err := s.desksWaiting(ctx, deskID)
	if err != nil {
		return 0, fmt.Errorf("looking for open records: %w", err)
	}
	if len(waiting) == 0 {
		return 0, nil
	}
	n, _, err := s.answer(ctx, waiting, limit, judge, false)
	var refused *RecordError
	if !errors.As(err, &refused) {
		return n, err
	}
	// One record must not hold up the others: now each is answered apart, which takes longer.
	n, set, err := s.answer(ctx, waiting, limit, judge, true)
	if err != nil || len(set) == 0 {
		return n, err
	}
	return n, &SetApartError{Records: set}
}

// answer judges what is open of some desks in one transaction, and returns how many records that were. Apart, those that cannot be
// answered are set apart and returned, and the others do not notice.
func (s *sqlStore) answer(ctx context.Context, waiting []string, limit int, judge Judge, apart bool) (n int, set []*RecordError, err error) {
	one := s.answerOne
	if apart {
		one = s.answerApart
	}
	err = s.write(ctx, "answering records", func(tx *sql.Tx) error {
		records, broken, err := s.openRecords(ctx, tx, waiting, limit)
		if err != nil {
			return err
		}
		n, set = len(records)+len(broken), nil
		for _, r := range broken {
			// One record that somebody spoilt must not hold up the others.
			if err := s.carryOut(ctx, tx, r, Decision{State: StateBroken}); err != nil {
				return err
			}
		}
		gone := map[[2]string]bool{} // the visits of desks that were erased meanwhile
		for _, r := range records {
			if gone[[2]string{r.Desk, r.Entry.Visit}] {
				continue
			}
			erased, refused, err := one(ctx, tx, r, judge)
			if err != nil {
				return err
			}
			if refused != nil {
				set = append(set, refused)
			}
			if erased != "" {
				gone[[2]string{r.Desk, erased}] = true
			}
		}
		return nil
	})
	return n, set, err
}

// answerApart is answerOne for a record that others must not suffer from: when it cannot be answered, it is set apart.
func (s *sqlStore) answerApart(ctx context.Context, tx *sql.Tx, r Record, judge Judge) (erased string, refused *RecordError, err error) {
	why, err := apart(ctx, tx, func() (err error) {
		erased, _, err = s.answerOne(ctx, tx, r, judge)
		return err
	})
	if err != nil || !errors.As(why, &refused) {
		return erased, nil, err
	}
	return "", refused, s.carryOut(ctx, tx, r, Decision{State: StateFailed})
}

// answerOne judges a record and keeps what was decided. It returns the visit that was erased; its error is a RecordError.
func (s *sqlStore) answerOne(ctx context.Context, tx *sql.Tx, r Record, judge Judge) (erased string, refused *RecordError, err error) {
	err = safely(func() error {
		d, err := judge(r, register{ctx, tx, s})
		if err != nil {
			return err
		}
		erased = d.Erase
		return s.carryOut(ctx, tx, r, d)
	})
	if err != nil {
		return "", nil, &RecordError{Desk: r.Desk, Entry: r.Entry.ID, Err: err}
	}
	return erased, nil, nil
}

// desksWaiting returns desks that have open records, those that wait longest first.
func (s *sqlStore) desksWaiting(ctx context.Context, deskID string) ([]string, error) {
	query, args := `SELECT desk FROM records WHERE `+open+` GROUP BY desk ORDER BY MIN(received_ms), desk LIMIT $1`, []any{answerDesks}
	if deskID != "" {
		query, args = `SELECT desk FROM records WHERE `+open+` AND desk = $1 LIMIT 1`, []any{deskID}
	}
	return scanTexts(s.db.QueryContext(ctx, query, args...))
}

// scanTexts returns the texts of a query of one column, which is handed over as it came.
func scanTexts(rows *sql.Rows, refused error) (found []string, err error) {
	if refused != nil {
		return nil, refused
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		found = append(found, text)
	}
	return found, rows.Err()
}

// openRecords holds desks, in one order so that no two transactions wait for each other, and returns what is open of them, apart from
// what does not open with the sealing key. Desks that another process holds are left to it.
func (s *sqlStore) openRecords(ctx context.Context, tx *sql.Tx, waiting []string, limit int) (records, broken []Record, err error) {
	list, err := s.list(waiting)
	if err != nil {
		return nil, nil, err
	}
	held, err := scanTexts(tx.QueryContext(ctx, `SELECT id FROM desks WHERE id `+s.among("$1")+` ORDER BY id`+s.skip, list))
	if err != nil || len(held) == 0 {
		return nil, nil, err
	}
	if list, err = s.list(held); err != nil {
		return nil, nil, err
	}
	rows, err := tx.QueryContext(ctx, `SELECT r.desk, r.entry, r.epoch, r.seq, e.header, e.sealed
		FROM (SELECT * FROM records WHERE desk `+s.among("$1")+` AND `+open+` ORDER BY received_ms, desk, seq LIMIT $2) r
		JOIN entries e ON e.desk = r.desk AND e.epoch = r.epoch AND e.seq = r.seq
		ORDER BY r.received_ms, r.desk, r.seq`, list, limit)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var r Record
		var id, epoch, header string
		var seq int64
		var sealed []byte
		if err := rows.Scan(&r.Desk, &id, &epoch, &seq, &header, &sealed); err != nil {
			return nil, nil, err
		}
		if err := s.openEntry(&r, epoch, uint64(seq), header, sealed); err != nil {
			r.Entry.ID = id
			broken = append(broken, r)
			continue
		}
		records = append(records, r)
	}
	return records, broken, rows.Err()
}

// openEntry opens the entry of a record: from its header alone when its content is gone.
func (s *sqlStore) openEntry(r *Record, epoch string, seq uint64, header string, sealed []byte) error {
	document := []byte(header)
	if len(sealed) > 0 {
		var err error
		if document, err = s.sealer.open(sealed, entryPlace(r.Desk, epoch, seq)...); err != nil {
			return err
		}
	}
	return json.Unmarshal(document, &r.Entry)
}

// RecordError says that a record could not be judged, or what was decided not be kept.
type RecordError struct {
	Desk, Entry string
	Err         error
}

// Error implements error. Of what went wrong it tells the kind alone: the text of an error may repeat what the record says.
func (e *RecordError) Error() string {
	return "entry " + e.Entry + " of desk " + e.Desk + ": " + kindOf(e.Err)
}

// Unwrap returns what went wrong.
func (e *RecordError) Unwrap() error { return e.Err }

func kindOf(err error) string {
	var fault *FaultError
	var refused *pgconn.PgError
	switch {
	case errors.As(err, &fault):
		return fault.Error()
	case errors.As(err, &refused):
		return "PostgreSQL refuses with " + refused.Code
	case errors.Is(err, errSealed):
		return errSealed.Error()
	}
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return fmt.Sprintf("%T", err)
}

// SetApartError says that some records could not be answered and were set apart; the others were answered.
type SetApartError struct{ Records []*RecordError }

// Error implements error.
func (e *SetApartError) Error() string {
	return fmt.Sprintf("%d records were set apart, the first: %v", len(e.Records), e.Records[0])
}

// Unwrap returns what went wrong with each.
func (e *SetApartError) Unwrap() []error {
	all := make([]error, len(e.Records))
	for i, r := range e.Records {
		all[i] = r
	}
	return all
}

// carryOut keeps a decision.
func (s *sqlStore) carryOut(ctx context.Context, tx *sql.Tx, r Record, d Decision) error {
	if _, err := tx.ExecContext(ctx, `UPDATE records SET state = $1, needs = $2 WHERE desk = $3 AND entry = $4`,
		string(d.State), string(d.Needs), r.Desk, r.Entry.ID); err != nil {
		return err
	}
	if d.State == StateUnknown {
		if err := s.markUnknown(ctx, tx, r.Desk, []string{r.Entry.ID}, d.Knows); err != nil {
			return err
		}
	}
	if d.Activate != "" {
		if _, err := tx.ExecContext(ctx, `UPDATE cards SET state = 'active', by_desk = $1, by_entry = $2
			WHERE number_hash = $3 AND load = (SELECT load FROM registries WHERE kind = 'cards')`,
			r.Desk, r.Entry.ID, s.sealer.hash("card", d.Activate)); err != nil {
			return err
		}
	}
	if d.Erase != "" {
		if err := s.erase(ctx, tx, r.Desk, d.Erase); err != nil {
			return err
		}
	}
	if d.Reply == nil {
		return nil
	}
	var last int64
	if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(number), 0) FROM replies WHERE desk = $1`, r.Desk).Scan(&last); err != nil {
		return err
	}
	reply := *d.Reply
	reply.Number, reply.About = uint64(last)+1, r.Entry.ID
	return s.putReply(ctx, tx, r.Desk, reply)
}

// markUnknown notes how much the program knew that did not know the kinds of some records.
func (s *sqlStore) markUnknown(ctx context.Context, tx *sql.Tx, deskID string, entries []string, knows int) error {
	list, err := s.list(entries)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE records SET knows = $1 WHERE desk = $2 AND state = 'unknown' AND entry `+s.among("$3"), knows, deskID, list)
	return err
}

// Reopen implements Store.
func (s *sqlStore) Reopen(ctx context.Context, knows int) error {
	return s.write(ctx, "looking again at what was not understood", func(tx *sql.Tx) error {
		// One statement each: so both find their rows by an index.
		if _, err := tx.ExecContext(ctx, `UPDATE records SET state = 'new', needs = '' WHERE state = 'failed'`); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE records SET state = 'new', needs = '' WHERE state = 'unknown' AND knows < $1`, knows)
		return err
	})
}
