package house

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bottega/desk"
	"bottega/sync/journal"
)

var (
	_ Keeper     = (*journal.Journal)(nil)
	_ desk.Index = (*journal.Journal)(nil)
)

// Keeper is the part of the journal that keeps contents for a time and then erases them.
type Keeper interface {
	// RetentionDays is how long contents are kept after hub and export have had them; zero keeps them for ever.
	RetentionDays(ctx context.Context) (int, error)
	// AckedBy returns the sequence up to which the hub had everything at a moment.
	AckedBy(t time.Time) (uint64, error)
	// HubAt is the newest time that the hub told, zero when it never did.
	HubAt() (time.Time, error)
	// Erase erases visits, all of them or none, and returns the entries that say so.
	Erase(ctx context.Context, orders ...desk.VisitErased) ([]desk.Entry, error)
}

// Today is the moment that retention reckons from: this computer's time, but never later than the hub is known to have had. A clock on
// which somebody mistyped the year would else erase everything, and nobody could take it back. It is zero when the hub never told.
func Today(j Keeper, d *desk.Desk) (time.Time, error) {
	now := d.Now()
	hub, err := j.HubAt()
	if err != nil || hub.Before(now) {
		return hub, err
	}
	return now, nil
}

// keptSince returns up to where the hub had the journal when the time of keeping began: zero when nothing is due.
func keptSince(ctx context.Context, j Keeper, d *desk.Desk) (acked uint64, err error) {
	days, err := j.RetentionDays(ctx)
	if err != nil || days <= 0 {
		return 0, err
	}
	today, err := Today(j, d)
	if err != nil || today.IsZero() {
		return 0, err
	}
	return j.AckedBy(today.AddDate(0, 0, -days))
}

// Due returns the visits whose contents have been kept long enough.
func Due(ctx context.Context, j Keeper, d *desk.Desk) ([]desk.VisitErased, error) {
	acked, err := keptSince(ctx, j, d)
	if err != nil {
		return nil, err
	}
	return d.DueForErasure(acked), nil
}

// Held returns the visits that were kept long enough and are kept all the same, since there is something to come back to about them.
func Held(ctx context.Context, j Keeper, d *desk.Desk) ([]string, error) {
	acked, err := keptSince(ctx, j, d)
	if err != nil {
		return nil, err
	}
	return d.HeldFromErasure(acked), nil
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
	if _, err := j.Erase(ctx, due...); err != nil && !errors.Is(err, journal.ErrTracesLeft) { // of which the journal goes on telling
		return 0, fmt.Errorf("erasing what was kept long enough: %w", err)
	}
	return len(due), d.CatchUp(context.WithoutCancel(ctx)) // they are erased, whoever waits
}

// EraseOnRequest erases a visit because the person concerned asks for it. What it counts for stays. With journal.ErrTracesLeft it is
// erased.
func EraseOnRequest(ctx context.Context, j Keeper, d *desk.Desk, visit string) error {
	order := desk.VisitErased{Visit: visit, Reason: desk.ErasedOnRequest}
	if tally, err := d.TallyOf(visit); err == nil { // of one that was erased before, or never was, the journal says so
		order.Tally = &tally
	}
	_, err := j.Erase(ctx, order)
	if err != nil && !errors.Is(err, journal.ErrTracesLeft) {
		return err
	}
	return errors.Join(err, d.CatchUp(context.WithoutCancel(ctx)))
}

// Statement is the proof of an erasure as the desk prints it. Where the chain stands by now is left out: the statement is the same
// whenever it is printed.
func Statement(p journal.Proof) desk.ErasureProof {
	return desk.ErasureProof{
		VisitErased: p.VisitErased, Seq: p.Seq, ID: p.ID, At: p.At, Facilitator: p.Facilitator, Digest: p.Digest.String(),
	}
}
