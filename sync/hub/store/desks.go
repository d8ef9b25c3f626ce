package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// seenEvery is how often at most a desk's calls are written down: pulling replies once a minute must not cost a write each time.
const seenEvery = 5 * time.Minute

// AddCode implements Store.
func (s *sqlStore) AddCode(ctx context.Context, c Code) error {
	return s.write(ctx, "keeping an enrolment code", func(tx *sql.Tx) error {
		if c.Desk != "" {
			if err := tx.QueryRowContext(ctx, `SELECT site FROM desks WHERE id = $1`, c.Desk).Scan(new(string)); err != nil {
				return notFound(err)
			}
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO codes (secret_hash, site, desk, expires_ms, used_ms, used_key)
			VALUES ($1, $2, $3, $4, 0, '')`,
			c.SecretHash, c.Site, c.Desk, c.Expires.UnixMilli())
		return err
	})
}

// Enrol implements Store.
func (s *sqlStore) Enrol(ctx context.Context, secretHash string, d Desk) (Desk, error) {
	err := s.write(ctx, "enrolling a desk", func(tx *sql.Tx) error {
		c := Code{SecretHash: secretHash}
		err := tx.QueryRowContext(ctx, `SELECT site, desk FROM codes
			WHERE secret_hash = $1 AND expires_ms > $2 AND (used_ms = 0 OR used_key = $3)`+s.lock,
			secretHash, d.Enrolled.UnixMilli(), d.Key).Scan(&c.Site, &c.Desk)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNoCode
		}
		if err != nil {
			return err
		}
		if c.Site != "" {
			d.Site = c.Site
		}
		if c.Desk != "" {
			d.ID = c.Desk
		}
		if _, err := tx.ExecContext(ctx, `UPDATE codes SET used_ms = $1, used_key = $2, desk = $3 WHERE secret_hash = $4`,
			d.Enrolled.UnixMilli(), d.Key, d.ID, secretHash); err != nil {
			return err
		}
		if err := putDesk(ctx, tx, &d); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM certificates WHERE desk = $1`, d.ID); err != nil {
			return err
		}
		return certify(ctx, tx, d, 1)
	})
	return d, err
}

// putDesk keeps a new desk, or lets an existing one in again.
func putDesk(ctx context.Context, tx *sql.Tx, d *Desk) error {
	return tx.QueryRowContext(ctx, `INSERT INTO desks (id, site, program, enrolled_ms, seen_ms, skew_ms, revoked_ms, entries)
		VALUES ($1, $2, $3, $4, 0, 0, 0, 0)
		ON CONFLICT (id) DO UPDATE SET program = excluded.program, revoked_ms = 0,
			site = CASE WHEN excluded.site = '' THEN desks.site ELSE excluded.site END
		RETURNING site`,
		d.ID, d.Site, d.Program, d.Enrolled.UnixMilli()).Scan(&d.Site)
}

func certify(ctx context.Context, tx *sql.Tx, d Desk, shown int) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO certificates (certificate, desk, public_key, shown) VALUES ($1, $2, $3, $4)`,
		d.Certificate, d.ID, d.Key, shown)
	return err
}

// Renew implements Store.
func (s *sqlStore) Renew(ctx context.Context, d Desk) error {
	return s.write(ctx, "renewing a certificate", func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `SELECT id FROM desks WHERE id = $1 AND revoked_ms = 0`+s.lock, d.ID).Scan(new(string))
		if err != nil {
			return notFound(err)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM certificates WHERE desk = $1 AND shown = 0 AND public_key <> $2`, d.ID, d.Key); err != nil {
			return err
		}
		return certify(ctx, tx, d, 0)
	})
}

// Desk implements Store.
func (s *sqlStore) Desk(ctx context.Context, certificate string, now time.Time) (Desk, error) {
	d := Desk{Certificate: certificate}
	var enrolled, seen, skew int64
	var shown int
	err := s.db.QueryRowContext(ctx, `SELECT d.id, d.site, d.program, d.enrolled_ms, d.seen_ms, d.skew_ms, c.public_key, c.shown
		FROM certificates c JOIN desks d ON d.id = c.desk WHERE c.certificate = $1 AND d.revoked_ms = 0`, certificate).
		Scan(&d.ID, &d.Site, &d.Program, &enrolled, &seen, &skew, &d.Key, &shown)
	if err != nil {
		return Desk{}, fmt.Errorf("looking for a desk: %w", notFound(err))
	}
	d.Enrolled, d.Seen, d.Skew = millis(enrolled), millis(seen), time.Duration(skew)*time.Millisecond
	if shown != 0 && (now.IsZero() || now.Sub(d.Seen) < seenEvery) {
		return d, nil
	}
	if now.IsZero() {
		now = d.Seen
	}
	d.Seen = now
	return d, s.write(ctx, "noting that a desk called", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE desks SET seen_ms = $1 WHERE id = $2`, toMillis(now), d.ID); err != nil || shown != 0 {
			return err
		}
		// The desk has its new certificate and uses it: whoever shows an older one is a copy.
		if _, err := tx.ExecContext(ctx, `DELETE FROM certificates WHERE desk = $1 AND public_key <> $2`, d.ID, d.Key); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE certificates SET shown = 1 WHERE certificate = $1`, certificate)
		return err
	})
}

// Revoke implements Store. A code that was spent is still good for its key, so it has to go as well.
func (s *sqlStore) Revoke(ctx context.Context, deskID string, now time.Time) error {
	return s.write(ctx, "revoking a desk", func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `UPDATE desks SET revoked_ms = CASE WHEN revoked_ms = 0 THEN $1 ELSE revoked_ms END
			WHERE id = $2 RETURNING id`, now.UnixMilli(), deskID).Scan(new(string))
		if err != nil {
			return notFound(err)
		}
		for _, statement := range []string{`DELETE FROM certificates WHERE desk = $1`, `DELETE FROM codes WHERE desk = $1`} {
			if _, err := tx.ExecContext(ctx, statement, deskID); err != nil {
				return err
			}
		}
		return nil
	})
}

// Desks implements Store.
func (s *sqlStore) Desks(ctx context.Context) (desks []Desk, err error) {
	doing := func(err error) error { return fmt.Errorf("listing desks: %w", err) }
	rows, err := s.db.QueryContext(ctx, `SELECT id, site, program, enrolled_ms, seen_ms, skew_ms, revoked_ms, entries,
		(SELECT COUNT(*) FROM records WHERE records.desk = desks.id AND records.state = 'unknown') FROM desks ORDER BY enrolled_ms, id`)
	if err != nil {
		return nil, doing(err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var d Desk
		var enrolled, seen, skew, revoked int64
		if err := rows.Scan(&d.ID, &d.Site, &d.Program, &enrolled, &seen, &skew, &revoked, &d.Entries, &d.Unknown); err != nil {
			return nil, doing(err)
		}
		d.Enrolled, d.Seen, d.Skew, d.Revoked = millis(enrolled), millis(seen), time.Duration(skew)*time.Millisecond, millis(revoked)
		desks = append(desks, d)
	}
	if err := rows.Err(); err != nil {
		return nil, doing(err)
	}
	return desks, nil
}
