package main

import (
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
	// ring is the computer's own keyring.
	ring journal.Keyring
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

// Look implements facilitator.Doors.
func (d *doors) Look(ctx context.Context) (facilitator.Closed, error) {
	if d.journal == nil {
		if err := errors.Join(d.open(ctx), d.listen()); err != nil || d.journal == nil {
			return facilitator.Closed{}, err
		}
	}
	people, err := d.keyholders().List(ctx)
	if err != nil {
		return facilitator.Closed{}, err
	}
	has, _, err := d.journal.HasRecoveryKey()
	return facilitator.Closed{People: people, Recovery: has}, err
}

// keyholders are who can unlock this desk.
func (d *doors) keyholders() keyholders {
	return keyholders{journal: d.journal, ring: d.ring}
}

// Unlock implements facilitator.Doors.
func (d *doors) Unlock(ctx context.Context, who string, passphrase []byte) (*facilitator.Session, error) {
	if err := d.journal.Unlock(who, passphrase); err != nil {
		return nil, refusedPhrase(err)
	}
	return d.session(ctx)
}

// UnlockHere implements facilitator.Doors.
func (d *doors) UnlockHere(ctx context.Context, who string) (*facilitator.Session, error) {
	if err := d.journal.UnlockWith(ctx, who, d.ring); err != nil {
		return nil, err
	}
	return d.session(ctx)
}

// Recover implements facilitator.Doors.
func (d *doors) Recover(ctx context.Context, who string, key, passphrase []byte) (*facilitator.Session, error) {
	if err := d.keyholders().recover(ctx, who, key, passphrase); err != nil {
		return nil, err
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
	if s.HasRecovery, _, err = d.journal.HasRecoveryKey(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.People, s.Recovery = d.keyholders(), d.keyholders()
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
