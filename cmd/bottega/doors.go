package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"bottega/cardreader/pcsc"
	"bottega/desk"
	"bottega/sync/journal"
	"bottega/ui/facilitator"
)

// doors are the ways to an open desk of this computer.
type doors struct {
	dir     string
	parts   *parts
	journal *journal.Journal // nil until there is one
	// raise brings the window to the front when the program is started again.
	raise func()
}

var _ facilitator.Doors = (*doors)(nil)

func (d *doors) close() error {
	if d.journal == nil {
		return nil
	}
	return d.journal.Close()
}

// listen makes a second start of the program show this one's window.
func (d *doors) listen() error {
	if d.journal == nil || d.raise == nil {
		return nil
	}
	return d.journal.Listen(d.raise)
}

// Facilitators implements facilitator.Doors. Before anybody has unlocked there are only siglas to choose from.
func (d *doors) Facilitators(ctx context.Context) ([]desk.FacilitatorInfo, error) {
	if d.journal == nil {
		if err := errors.Join(d.open(ctx), d.listen()); err != nil || d.journal == nil {
			return nil, err
		}
	}
	people, err := d.journal.Facilitators()
	if err != nil {
		return nil, fmt.Errorf("asking who can unlock: %w", err)
	}
	infos := make([]desk.FacilitatorInfo, len(people))
	for i, f := range people {
		infos[i] = desk.FacilitatorInfo{ID: f.ID, Name: cmp.Or(f.Name, f.Sigla)}
	}
	return infos, nil
}

// Unlock implements facilitator.Doors.
func (d *doors) Unlock(ctx context.Context, who string, passphrase []byte) (*facilitator.Session, error) {
	err := d.journal.Unlock(who, passphrase)
	var refused *journal.Refused
	if errors.As(err, &refused) {
		return nil, facilitator.WrongPassphrase{Wait: refused.Wait}
	}
	if err != nil {
		return nil, fmt.Errorf("unlocking: %w", err)
	}
	return d.session(ctx)
}

// session opens the desk over the unlocked journal; closing it locks the journal again.
func (d *doors) session(ctx context.Context) (*facilitator.Session, error) {
	who, _ := d.journal.Who()
	s, err := d.parts.openSession(ctx, opening{
		journal: d.journal, facilitator: desk.FacilitatorInfo{ID: who.ID, Name: who.Name}, port: pcsc.New(), folder: d.dir,
		end: func() error { d.journal.Lock(); return nil },
	})
	if err != nil {
		d.journal.Lock()
		return nil, err
	}
	return s, nil
}

// SetUp implements facilitator.Doors.
func (d *doors) SetUp(ctx context.Context, n facilitator.NewDesk) (*facilitator.Session, error) {
	first := journal.NewFacilitator{Sigla: journal.ProposeSigla(n.Facilitator, nil), Name: n.Facilitator}
	j, err := journal.Create(d.dir, first, n.Passphrase, journal.Options{})
	if err != nil {
		return nil, fmt.Errorf("making the journal: %w", err)
	}
	d.journal = j
	s, err := d.session(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.Desk.SetSite(ctx, n.Site); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := d.listen(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if n.Enrol == "" {
		return s, nil
	}
	return s, s.Line.Enrol(ctx, n.Enrol)
}
