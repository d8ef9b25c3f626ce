package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Packs keeps the content packs that were published, as they were signed.
type Packs interface {
	// AddPack keeps a pack, or returns ErrPackVersion when one of its version or of a later one is there: versions only grow, and of
	// two that publish at the same time one signs again.
	AddPack(ctx context.Context, p Pack, document []byte) error
	// NewestPack returns the pack with the highest version, or ErrNotFound.
	NewestPack(ctx context.Context) (Pack, error)
	// Packs returns every pack, the newest first.
	Packs(ctx context.Context) ([]Pack, error)
	// PackDocument returns the bytes of a pack, or ErrNotFound.
	PackDocument(ctx context.Context, version uint64) ([]byte, error)
}

// ErrPackVersion says that a pack would not be the newest.
var ErrPackVersion = errors.New("a content pack of this version or a later one was published already")

// Pack is a published content pack without its bytes.
type Pack struct {
	Version uint64
	// Digest is the SHA-256 of the bytes, in hex.
	Digest string
	Made   time.Time
	Size   int
}

// AddPack implements Packs.
func (s *sqlStore) AddPack(ctx context.Context, p Pack, document []byte) error {
	return s.write(ctx, "keeping a content pack", func(tx *sql.Tx) error {
		var newest int64
		if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) FROM packs`).Scan(&newest); err != nil {
			return err
		}
		if p.Version <= uint64(newest) {
			return ErrPackVersion
		}
		// A conflict is with another process that stood between the same two lines.
		done, err := tx.ExecContext(ctx, `INSERT INTO packs (version, digest, made_ms, size, document)
			VALUES ($1, $2, $3, $4, $5) ON CONFLICT (version) DO NOTHING`,
			int64(p.Version), p.Digest, p.Made.UnixMilli(), p.Size, document)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrPackVersion)
		}
		return nil
	})
}

const selectPacks = `SELECT version, digest, made_ms, size FROM packs ORDER BY version DESC`

// NewestPack implements Packs.
func (s *sqlStore) NewestPack(ctx context.Context) (Pack, error) {
	p, err := scanPack(s.db.QueryRowContext(ctx, selectPacks+` LIMIT 1`).Scan)
	if err != nil {
		return Pack{}, fmt.Errorf("looking for the newest content pack: %w", notFound(err))
	}
	return p, nil
}

// Packs implements Packs.
func (s *sqlStore) Packs(ctx context.Context) (packs []Pack, err error) {
	rows, err := s.db.QueryContext(ctx, selectPacks)
	if err != nil {
		return nil, fmt.Errorf("listing content packs: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		p, err := scanPack(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("listing content packs: %w", err)
		}
		packs = append(packs, p)
	}
	return packs, rows.Err()
}

func scanPack(scan func(...any) error) (Pack, error) {
	var p Pack
	var version, made int64
	if err := scan(&version, &p.Digest, &made, &p.Size); err != nil {
		return Pack{}, err
	}
	p.Version, p.Made = uint64(version), time.UnixMilli(made).UTC()
	return p, nil
}

// PackDocument implements Packs.
func (s *sqlStore) PackDocument(ctx context.Context, version uint64) ([]byte, error) {
	var document []byte
	err := s.db.QueryRowContext(ctx, `SELECT document FROM packs WHERE version = $1`, int64(version)).Scan(&document)
	if err != nil {
		return nil, fmt.Errorf("reading a content pack: %w", notFound(err))
	}
	return document, nil
}
