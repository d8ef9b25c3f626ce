package house

import (
	"context"
	"fmt"
	"time"

	"bottega/desk"
)

// Keeper is the part of the journal that keeps contents for a time and then erases them.
type Keeper interface {
	// RetentionDays is how long contents are kept after hub and export have had them; zero keeps them for ever.
	RetentionDays(ctx context.Context) (int, error)
	// AckedBy returns the sequence up to which the hub had everything at a moment.
	AckedBy(t time.Time) (uint64, error)
	// Erase erases visits, all of them or none, and returns the entries that say so.
	Erase(ctx context.Context, orders ...desk.VisitErased) ([]desk.Entry, error)
}

// Due returns the visits whose contents have been kept long enough.
func Due(ctx context.Context, j Keeper, d *desk.Desk) ([]desk.VisitErased, error) {
	days, err := j.RetentionDays(ctx)
	if err != nil || days <= 0 {
		return nil, err
	}
	by := d.Now().AddDate(0, 0, -days)
	acked, err := j.AckedBy(by)
	if err != nil {
		return nil, err
	}
	return d.DueForErasure(by, acked), nil
}

// Retain erases the visits whose contents have been kept long enough, and returns how many there were. The headers stay in the
// journal, and so do the figures.
func Retain(ctx context.Context, j Keeper, d *desk.Desk) (int, error) {
	due, err := Due(ctx, j, d)
	if err != nil {
		return 0, fmt.Errorf("looking for what was kept long enough: %w", err)
	}
	if len(due) == 0 {
		return 0, nil
	}
	if _, err := j.Erase(ctx, due...); err != nil {
		return 0, fmt.Errorf("erasing what was kept long enough: %w", err)
	}
	return len(due), d.CatchUp(ctx)
}
