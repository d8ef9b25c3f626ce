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
			WHERE secret_hash = $1 AND expires_ms > $2 AND (used_ms = 0 OR used_key = $3)`,
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
		return putDesk(ctx, tx, &d)
	})
	return d, err
}

// putDesk keeps a new desk, or gives an existing one its new certificate.
func putDesk(ctx context.Context, tx *sql.Tx, d *Desk) error {
	return tx.QueryRowContext(ctx, `INSERT INTO desks (id, site, program, certificate, enrolled_ms, seen_ms, skew_ms)
		VALUES ($1, $2, $3, $4, $5, 0, 0)
		ON CONFLICT (id) DO UPDATE SET certificate = excluded.certificate, program = excluded.program,
			site = CASE WHEN excluded.site = '' THEN desks.site ELSE excluded.site END
		RETURNING site`,
		d.ID, d.Site, d.Program, d.Certificate, d.Enrolled.UnixMilli()).Scan(&d.Site)
}

// Desk implements Store.
func (s *sqlStore) Desk(ctx context.Context, certificate string, now time.Time) (Desk, error) {
	rows, err := s.db.QueryContext(ctx, selectDesks+` WHERE certificate = $1`, certificate)
	if err != nil {
		return Desk{}, fmt.Errorf("looking for a desk: %w", err)
	}
	desks, err := scanDesks(rows)
	if err != nil {
		return Desk{}, fmt.Errorf("looking for a desk: %w", err)
	}
	if len(desks) == 0 {
		return Desk{}, fmt.Errorf("looking for a desk: %w", ErrNotFound)
	}
	d := desks[0]
	if now.Sub(d.Seen) < seenEvery {
		return d, nil
	}
	d.Seen = now
	return d, s.write(ctx, "noting that a desk called", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE desks SET seen_ms = $1 WHERE id = $2`, now.UnixMilli(), d.ID)
		return err
	})
}

const selectDesks = `SELECT id, site, program, certificate, enrolled_ms, seen_ms, skew_ms, 0 FROM desks`

// Desks implements Store.
func (s *sqlStore) Desks(ctx context.Context) ([]Desk, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT id, site, program, certificate, enrolled_ms, seen_ms, skew_ms,
		(SELECT COUNT(*) FROM records WHERE records.desk = desks.id) FROM desks ORDER BY enrolled_ms, id`)
	if err != nil {
		return nil, fmt.Errorf("listing desks: %w", err)
	}
	return scanDesks(rows)
}

func scanDesks(rows *sql.Rows) (desks []Desk, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var d Desk
		var enrolled, seen, skew int64
		if err := rows.Scan(&d.ID, &d.Site, &d.Program, &d.Certificate, &enrolled, &seen, &skew, &d.Entries); err != nil {
			return nil, err
		}
		d.Enrolled, d.Skew = time.UnixMilli(enrolled).UTC(), time.Duration(skew)*time.Millisecond
		if seen != 0 {
			d.Seen = time.UnixMilli(seen).UTC()
		}
		desks = append(desks, d)
	}
	return desks, rows.Err()
}

func notFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}
