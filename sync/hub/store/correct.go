package store

import (
	"context"
	"database/sql"
)

// correct takes out of judgement the records that others correct, whichever of the two comes first: in another epoch, from a stick,
// a correction may be there before what it corrects. One that was erased corrects as well: its header says so.
func (s *sqlStore) correct(ctx context.Context, tx *sql.Tx, r *rows) error {
	var corrected []string
	for _, id := range r.supersedes {
		if id != "" {
			corrected = append(corrected, id)
		}
	}
	var before bool
	if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM records WHERE desk = $1 AND supersedes <> '')`, r.desk).
		Scan(&before); err != nil {
		return err
	}
	if before {
		found, err := s.texts(ctx, tx, `SELECT supersedes FROM records WHERE desk = $1 AND supersedes <> '' AND supersedes `, r.desk, r.id)
		if err != nil {
			return err
		}
		corrected = append(corrected, found...)
	}
	if len(corrected) == 0 {
		return nil
	}
	list, err := s.list(corrected)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE records SET state = 'superseded', needs = ''
		WHERE desk = $1 AND state <> 'erased' AND entry `+s.among("$2"), r.desk, list); err != nil {
		return err
	}
	// A card that only the corrected record made active can be activated by the correction.
	_, err = tx.ExecContext(ctx, `UPDATE cards SET state = 'issued', by_desk = '', by_entry = ''
		WHERE by_desk = $1 AND by_desk <> '' AND by_entry `+s.among("$2"), r.desk, list)
	return err
}
