package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"

	"bottega/desk"
	"bottega/sync/journal"
	"bottega/ui/facilitator"
)

// keyholders are who can unlock a journal, and the key on paper that does so when they forgot how.
type keyholders struct {
	journal *journal.Journal
	// ring is the computer's own keyring.
	ring journal.Keyring
}

var (
	_ facilitator.People   = keyholders{}
	_ facilitator.Recovery = keyholders{}
)

// List implements facilitator.People. Before anybody has unlocked there are only siglas.
func (k keyholders) List(context.Context) ([]facilitator.Keyholder, error) {
	people, err := k.journal.Facilitators()
	if err != nil {
		return nil, fmt.Errorf("asking who can unlock: %w", err)
	}
	list := make([]facilitator.Keyholder, len(people))
	for i, f := range people {
		list[i].FacilitatorInfo = desk.FacilitatorInfo{ID: f.ID, Name: cmp.Or(f.Name, f.Sigla)}
		list[i].Remembered = k.journal.Remembered(f.ID)
	}
	return list, nil
}

// Add implements facilitator.People.
func (k keyholders) Add(ctx context.Context, name string, passphrase []byte) error {
	others, err := k.journal.Facilitators()
	if err != nil {
		return fmt.Errorf("asking who can unlock: %w", err)
	}
	_, err = k.journal.AddFacilitator(ctx, journal.NewFacilitator{Sigla: journal.ProposeSigla(name, others), Name: name}, passphrase)
	return err
}

// Remove implements facilitator.People.
func (k keyholders) Remove(ctx context.Context, id string) error {
	return k.journal.RemoveFacilitator(ctx, id)
}

// ChangePassphrase implements facilitator.People. The old phrase is tried as at an unlocking, wait included: nobody guesses it at a
// desk that was left open.
func (k keyholders) ChangePassphrase(ctx context.Context, old, fresh []byte) error {
	who, _ := k.journal.Who()
	if err := k.journal.Unlock(who.ID, old); err != nil {
		return refusedPhrase(err)
	}
	return k.journal.ChangePassphrase(ctx, fresh)
}

// Remember implements facilitator.People.
func (k keyholders) Remember(ctx context.Context) error { return k.journal.RememberOn(ctx, k.ring) }

// Forget implements facilitator.People.
func (k keyholders) Forget(ctx context.Context) error { return k.journal.ForgetOn(ctx, k.ring) }

// New implements facilitator.Recovery.
func (k keyholders) New(ctx context.Context) ([][]byte, error) {
	key, err := k.journal.NewRecoveryKey(ctx)
	if err != nil {
		return nil, err
	}
	defer key.Wipe()
	return bytes.Split(key.Groups(), []byte("-")), nil
}

// recover gives a facilitator a new passphrase by a key as it was typed.
func (k keyholders) recover(ctx context.Context, who string, typed, passphrase []byte) error {
	defer clear(passphrase)
	defer clear(typed)
	key, err := journal.ParseRecoveryKey(typed)
	var mistyped *journal.MistypedKey
	if errors.As(err, &mistyped) {
		return &facilitator.KeyError{Mistyped: true, Group: mistyped.Group}
	}
	if err != nil {
		return err
	}
	defer key.Wipe()
	err = k.journal.Recover(ctx, key, who, passphrase)
	if errors.Is(err, journal.ErrRecoveryWrong) || errors.Is(err, journal.ErrNoRecovery) {
		return &facilitator.KeyError{}
	}
	return err
}

// refusedPhrase gives a passphrase that was not taken the words of the window.
func refusedPhrase(err error) error {
	var refused *journal.Refused
	if errors.As(err, &refused) {
		return facilitator.WrongPassphrase{Wait: refused.Wait}
	}
	return fmt.Errorf("unlocking: %w", err)
}
