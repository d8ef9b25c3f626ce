package desk

import (
	"context"
	"errors"
	"fmt"

	"bottega/desk/civil"
)

// ErrPeriod says that days are the wrong way round or still to come.
var ErrPeriod = errors.New("these days are the wrong way round, or still to come")

// acceptedExport is an export that the monitoring system took, with where the journal stood then.
type acceptedExport struct {
	ExportAccepted
	seq uint64
}

// tells reports whether a visit was over, and had been corrected last, when the export was accepted.
func (x acceptedExport) tells(f *folder) bool {
	day := f.day()
	return !day.Before(x.From) && !day.After(x.To) && f.said < x.seq
}

// RecordExport says that the monitoring system took the visits of these days, both included. Today may be among them: of what is not over
// yet, or is corrected later, an export tells nothing.
func (d *Desk) RecordExport(ctx context.Context, from, to civil.Date) error {
	if from.IsZero() || to.Before(from) || to.After(civil.Of(d.p.Clock.Now())) {
		return ErrPeriod
	}
	err := d.locked(func() error {
		_, err := d.append(ctx, Draft{Payload: ExportAccepted{From: from, To: to}})
		return err
	})
	if err != nil {
		return fmt.Errorf("recording an accepted export: %w", err)
	}
	d.announce()
	return nil
}

// DueForErasure returns the visits whose contents need not be kept any longer, with the tallies to keep. When the time of keeping began
// the hub had everything up to sequence acked: the visit, and an accepted export that tells of it. That is the hub's word; the times
// that entries bear are this computer's, whose clock may have been wrong. A visit with something to come back to is not due, nor is one
// with entries that this program does not understand: a newer one may know why to keep them.
func (d *Desk) DueForErasure(acked uint64) []VisitErased {
	d.mu.Lock()
	defer d.mu.Unlock()
	var due []VisitErased
	for _, f := range d.state.order {
		if d.state.due(f, acked) {
			tally := d.state.look(f).tally(d.p.Clock.Now())
			due = append(due, VisitErased{Visit: f.id, Reason: ErasedWhenDue, Tally: &tally})
		}
	}
	return due
}

// HeldFromErasure returns the visits that would be due, the oldest first, were there not something to come back to about them. Nothing
// erases them before somebody ends that.
func (d *Desk) HeldFromErasure(acked uint64) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var held []string
	for _, f := range d.state.order {
		if d.state.awaits(f) && d.state.spent(f, acked) {
			held = append(held, f.id)
		}
	}
	return held
}

func (s *state) due(f *folder, acked uint64) bool {
	return !s.awaits(f) && s.spent(f, acked)
}

// spent reports whether hub and export have had a visit long enough.
func (s *state) spent(f *folder, acked uint64) bool {
	if f.going() || f.last > acked {
		return false
	}
	for _, x := range s.exports {
		if x.seq <= acked && x.tells(f) {
			return f.notUnderstood() == 0
		}
	}
	return false
}

// awaits reports whether there is something to come back to about a visit.
func (s *state) awaits(f *folder) bool {
	for _, id := range f.followUps {
		if _, open := s.followUps[id]; open {
			return true
		}
	}
	for id := range s.refused {
		if s.of[id] == f {
			return true
		}
	}
	return false
}
