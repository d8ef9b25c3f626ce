package store

import (
	"context"
	"errors"
)

// MigrateSQLite brings the tables in a file up to date and goes no further, as a hub that is killed before it sweeps.
func MigrateSQLite(ctx context.Context, path string, sealer *Sealer) (closing func() error, err error) {
	s, err := connectSQLite(fileDSN(path), 1, sealer)
	if err != nil {
		return nil, err
	}
	if err := s.migrateSQLite(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s.Close, nil
}
