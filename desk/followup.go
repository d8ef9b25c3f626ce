package desk

import (
	"cmp"
	"context"
	"slices"
)

// FollowUps returns what is open: answered ones first, then by age.
func (d *Desk) FollowUps() []FollowUp {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.state.listFollowUps())
}

// listFollowUps keeps the list until something of it changes: the home screen asks for it at every drawing.
func (s *state) listFollowUps() []FollowUp {
	if s.listed != nil {
		return s.listed
	}
	for _, f := range s.followUps {
		f.Person = s.personOf(f.Visit)
		s.listed = append(s.listed, f)
	}
	slices.SortFunc(s.listed, func(a, b FollowUp) int {
		switch {
		case (a.Reply != nil) == (b.Reply != nil):
			return cmp.Or(a.OpenedAt.Compare(b.OpenedAt), cmp.Compare(a.seq, b.seq), cmp.Compare(a.ID, b.ID))
		case a.Reply != nil:
			return -1
		default:
			return 1
		}
	})
	return s.listed
}

func (s *state) personOf(visit string) Person {
	if f := s.folders[visit]; f != nil {
		return f.person
	}
	return Person{}
}

// CloseFollowUp says how a follow-up ended: obtained, refused, not_filed, lost or unknown. A record that the hub refused is one, too,
// by the ID of its entry: closing it says that nobody will correct it.
func (d *Desk) CloseFollowUp(ctx context.Context, id, result string) error {
	err := d.locked(func() error {
		visit, err := d.state.pending(id)
		if err != nil {
			return err
		}
		_, err = d.append(ctx, Draft{Visit: visit, Payload: FollowUpClosed{ID: id, Result: result}})
		return err
	})
	if err != nil {
		return err
	}
	d.announce()
	return nil
}

// pending returns the visit of a follow-up or of a refused record.
func (s *state) pending(id string) (visit string, err error) {
	if f, open := s.followUps[id]; open {
		return f.Visit, nil
	}
	if _, refused := s.refused[id]; refused {
		return s.of[id].id, nil
	}
	return "", ErrNoFollowUp
}
