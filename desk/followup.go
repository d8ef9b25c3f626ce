package desk

import (
	"context"
	"slices"
)

// FollowUps returns what is open: answered ones first, then by age.
func (d *Desk) FollowUps() []FollowUp {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []FollowUp
	for _, f := range d.state.followUps {
		if f.Open() {
			f.Person = d.state.personOf(f.Visit)
			out = append(out, f)
		}
	}
	slices.SortStableFunc(out, func(a, b FollowUp) int {
		switch {
		case (a.Reply != nil) == (b.Reply != nil):
			return a.OpenedAt.Compare(b.OpenedAt)
		case a.Reply != nil:
			return -1
		default:
			return 1
		}
	})
	return out
}

// CloseFollowUp says how a follow-up ended: obtained, refused, not_filed, lost or unknown.
func (d *Desk) CloseFollowUp(ctx context.Context, id, result string) error {
	err := d.locked(func() error {
		i := slices.IndexFunc(d.state.followUps, func(f FollowUp) bool { return f.ID == id && f.Open() })
		if i < 0 {
			return ErrNoFollowUp
		}
		_, err := d.append(ctx, Draft{Visit: d.state.followUps[i].Visit, Payload: FollowUpClosed{ID: id, Result: result}})
		return err
	})
	if err != nil {
		return err
	}
	d.announce()
	return nil
}
