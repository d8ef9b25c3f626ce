package main

import (
	"context"
	"errors"
	"io"

	"bottega/sync/journal"
)

type facilitatorCommands struct {
	Add        facilitatorAdd        `cmd:""`
	List       facilitatorList       `cmd:""`
	Remove     facilitatorRemove     `cmd:""`
	Passphrase facilitatorPassphrase `cmd:""`
	Recovery   facilitatorRecovery   `cmd:""`
	Recover    facilitatorRecover    `cmd:""`
}

type facilitatorAdd struct {
	Sigla string `arg:""`
	Name  string `placeholder:"NAME" required:""`
}

// Run lets one more person unlock the desk. The first one makes the desk's journal.
func (c facilitatorAdd) Run(ctx context.Context, a *app) error {
	j, err := journal.Open(a.data, journal.Options{})
	person := journal.NewFacilitator{Sigla: c.Sigla, Name: c.Name}
	if errors.Is(err, journal.ErrNone) {
		return a.firstFacilitator(ctx, person)
	}
	if err != nil {
		return err
	}
	defer closeJournal(j)
	if err := a.unlock(ctx, j); err != nil {
		return err
	}
	passphrase, err := a.newSecret(ctx, "BOTTEGA_NEW_PASSPHRASE")
	if err != nil {
		return err
	}
	added, err := j.AddFacilitator(ctx, person, passphrase)
	if err != nil {
		return err
	}
	return a.show(added, func(w io.Writer) { line(w, a.say.T("ctl.facilitator.added", "Name", added.Name, "Sigla", added.Sigla)) })
}

func (a *app) firstFacilitator(ctx context.Context, person journal.NewFacilitator) error {
	passphrase, err := a.newSecret(ctx, "BOTTEGA_PASSPHRASE")
	if err != nil {
		return err
	}
	j, err := journal.Create(a.data, person, passphrase, journal.Options{})
	if err != nil {
		return err
	}
	defer closeJournal(j)
	first, _ := j.Who()
	return a.show(first, func(w io.Writer) {
		line(w, a.say.T("ctl.facilitator.first", "Name", first.Name, "Sigla", first.Sigla, "Folder", a.data))
	})
}

type facilitatorList struct{}

// Run lists who can unlock. The sigle stand in clear; the names are told only to who knows the passphrase.
func (facilitatorList) Run(ctx context.Context, a *app) error {
	j, err := journal.Open(a.data, journal.Options{})
	if err != nil {
		return err
	}
	defer closeJournal(j)
	if a.env("BOTTEGA_PASSPHRASE") != "" {
		if err := a.unlock(ctx, j); err != nil {
			return err
		}
	}
	list, err := j.Facilitators()
	if err != nil {
		return err
	}
	return a.show(map[string]any{"facilitators": list}, func(w io.Writer) {
		for _, f := range list {
			line(w, f.Sigla, f.Name)
		}
	})
}

type facilitatorRemove struct {
	Sigla string `arg:""`
}

// Run takes away a facilitator's way in; the entries stay theirs.
func (c facilitatorRemove) Run(ctx context.Context, a *app) error {
	j, err := a.openJournal(ctx)
	if err != nil {
		return err
	}
	defer closeJournal(j)
	if err := j.RemoveFacilitator(ctx, c.Sigla); err != nil {
		return err
	}
	return a.done("ctl.facilitator.removed", "Sigla", c.Sigla)
}

type facilitatorPassphrase struct{}

// Run gives whoever unlocks another passphrase.
func (facilitatorPassphrase) Run(ctx context.Context, a *app) error {
	j, err := a.openJournal(ctx)
	if err != nil {
		return err
	}
	defer closeJournal(j)
	passphrase, err := a.newSecret(ctx, "BOTTEGA_NEW_PASSPHRASE")
	if err != nil {
		return err
	}
	if err := j.ChangePassphrase(ctx, passphrase); err != nil {
		return err
	}
	who, _ := j.Who()
	return a.done("ctl.facilitator.passphrase", "Sigla", who.Sigla)
}

type facilitatorRecover struct {
	Sigla string `arg:""`
}

// Run gives a facilitator who lost the passphrase another one, with the recovery key, which is spent by it.
func (c facilitatorRecover) Run(ctx context.Context, a *app) error {
	j, err := journal.Open(a.data, journal.Options{})
	if err != nil {
		return err
	}
	defer closeJournal(j)
	typed, err := a.secret(ctx, "BOTTEGA_RECOVERY_KEY", "ctl.ask.recovery_key")
	if err != nil {
		return err
	}
	defer clear(typed)
	key, err := journal.ParseRecoveryKey(typed)
	if err != nil {
		return err
	}
	defer key.Wipe()
	passphrase, err := a.newSecret(ctx, "BOTTEGA_NEW_PASSPHRASE")
	if err != nil {
		return err
	}
	if err := j.Recover(ctx, key, c.Sigla, passphrase); err != nil {
		return err
	}
	return a.done("ctl.facilitator.recovered", "Sigla", c.Sigla)
}

// openJournal opens the desk's journal and unlocks it.
func (a *app) openJournal(ctx context.Context) (*journal.Journal, error) {
	j, err := journal.Open(a.data, journal.Options{})
	if err != nil {
		return nil, err
	}
	if err := a.unlock(ctx, j); err != nil {
		closeJournal(j)
		return nil, err
	}
	if err := a.warn(j); err != nil {
		closeJournal(j)
		return nil, err
	}
	return j, nil
}

// warn tells, beside the work, that what was recorded last may be missing, until somebody says to have seen it, and that traces are left
// of what was dropped.
func (a *app) warn(j *journal.Journal) error {
	s, err := j.State()
	if err != nil {
		return err
	}
	if s.HeadLost {
		a.tellAside(a.spoken(string(journal.ErrHeadLost), journal.ErrHeadLost), "warning")
	}
	if s.TracesLeft {
		a.tellAside(a.spoken(string(journal.ErrTracesLeft), journal.ErrTracesLeft), "warning")
	}
	return nil
}

// unlock asks for the passphrase of the facilitator who was named, or of the only one there is.
func (a *app) unlock(ctx context.Context, j *journal.Journal) error {
	who := a.facilitator
	if who == "" {
		list, err := j.Facilitators()
		if err != nil {
			return err
		}
		if len(list) != 1 {
			return wrongUse("facilitator_needed")
		}
		who = list[0].ID
	}
	passphrase, err := a.secret(ctx, "BOTTEGA_PASSPHRASE", "ctl.ask.passphrase")
	if err != nil {
		return err
	}
	return j.Unlock(who, passphrase)
}

// closeJournal lets go of the file. Every append that returned is on the disk already, so a fault here loses nothing.
func closeJournal(j *journal.Journal) { _ = j.Close() }
