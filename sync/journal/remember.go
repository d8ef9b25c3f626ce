package journal

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"
)

// Keyring is the part of the computer's keyring that the journal uses; sync/journal/oskeyring is the real one. What it keeps is read
// by whoever is logged in to the computer as the same user: it is for desks whose accounts are personal, and everybody chooses for
// themselves.
type Keyring interface {
	// Get returns the secret; an error that is ErrNotRemembered when there is none.
	Get(ctx context.Context, journal, facilitator string) ([]byte, error)
	Set(ctx context.Context, journal, facilitator string, secret []byte) error
	// Delete is no error when there is none.
	Delete(ctx context.Context, journal, facilitator string) error
}

// keyringPatient is how long a keyring may take; it may have to ask the person at the computer first.
const keyringPatient = 60 * time.Second

// RememberOn lets the facilitator who unlocked do so from now on without a passphrase, with a random secret that the computer's keyring
// keeps. Changing the passphrase, recovering, and ForgetOn end it. Errors: ErrLocked, ErrKeyring.
func (j *Journal) RememberOn(ctx context.Context, ring Keyring) error {
	id, who, err := j.idAndWho()
	if err != nil {
		return fmt.Errorf("remembering a facilitator: %w", err)
	}
	var secret key
	rand.Read(secret[:]) //nolint:errcheck // never fails
	defer secret.wipe()
	asking, cancel := context.WithTimeout(ctx, keyringPatient)
	defer cancel()
	if err := ring.Set(asking, id, who, secret[:]); err != nil {
		return fmt.Errorf("remembering a facilitator: %w", keyringProblem(err))
	}
	err = j.scrubbing(ctx, func(tx *bbolt.Tx, keys *keyring, now string) error {
		if now != who {
			return ErrLocked // somebody else unlocked while the keyring was asked
		}
		s, err := newSecretSlot(secret[:], keys, bucketRemembered, who, rememberedInfo, j.opts.Clock.Now())
		if err != nil {
			return err
		}
		return putJSON(tx, bucketRemembered, who, s)
	})
	if err != nil {
		return fmt.Errorf("remembering a facilitator: %w", errors.Join(err, ring.Delete(asking, id, who)))
	}
	return nil
}

// ForgetOn ends what RememberOn began, for the facilitator who unlocked. A keyring that does not answer keeps a secret that opens
// nothing any more: that is told as ErrKeyring, and is done all the same.
func (j *Journal) ForgetOn(ctx context.Context, ring Keyring) error {
	id, who, err := j.idAndWho()
	if err != nil {
		return fmt.Errorf("forgetting a facilitator: %w", err)
	}
	err = j.scrubbing(ctx, func(tx *bbolt.Tx, _ *keyring, _ string) error {
		return tx.Bucket([]byte(bucketRemembered)).Delete([]byte(who))
	})
	if err != nil {
		return fmt.Errorf("forgetting a facilitator: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, keyringPatient)
	defer cancel()
	if err := ring.Delete(ctx, id, who); err != nil {
		return fmt.Errorf("forgetting a facilitator: %w", keyringProblem(err))
	}
	return nil
}

// Remembered reports whether this facilitator, by identifier or sigla, can unlock with the keyring. It can be asked while locked.
func (j *Journal) Remembered(who string) bool {
	id, _, err := j.findSlot(who)
	if err != nil {
		return false
	}
	_, ok, err := j.secretSlot(bucketRemembered, id)
	return ok && err == nil
}

// UnlockWith opens the journal for a facilitator, by identifier or sigla, with the secret in the computer's keyring. Errors:
// ErrUnknownFacilitator; ErrNotRemembered when there is no secret, or another one; ErrKeyring. A passphrase still works.
func (j *Journal) UnlockWith(ctx context.Context, who string, ring Keyring) error {
	id, _, err := j.findSlot(who)
	if err != nil {
		return fmt.Errorf("unlocking with the keyring: %w", err)
	}
	s, ok, err := j.secretSlot(bucketRemembered, id)
	if err == nil && !ok {
		err = ErrNotRemembered
	}
	if err != nil {
		return fmt.Errorf("unlocking with the keyring: %w", err)
	}
	journal, err := j.id()
	if err != nil {
		return fmt.Errorf("unlocking with the keyring: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, keyringPatient)
	defer cancel()
	secret, err := ring.Get(ctx, journal, id)
	if err != nil {
		return fmt.Errorf("unlocking with the keyring: %w", keyringProblem(err))
	}
	defer clear(secret)
	j.unlocking.Lock()
	defer j.unlocking.Unlock()
	keys, err := s.open(secret, bucketRemembered, id, rememberedInfo)
	if errors.Is(err, errUnsealed) {
		err = ErrNotRemembered
	}
	if err != nil {
		return fmt.Errorf("unlocking with the keyring: %w", err)
	}
	j.hold(keys, id)
	j.retryScrub()
	return nil
}

// keyringProblem names what a keyring did, keeping the cause.
func keyringProblem(err error) error {
	if err == nil || errors.Is(err, ErrNotRemembered) || errors.Is(err, ErrKeyring) || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrKeyring, err)
}

// id is the random identifier of this journal.
func (j *Journal) id() (string, error) {
	var a about
	err := j.view(func(tx *bbolt.Tx) error {
		var err error
		a, err = getAbout(tx)
		return err
	})
	return a.ID, err
}

func (j *Journal) idAndWho() (id, who string, err error) {
	id, err = j.id()
	if err != nil {
		return "", "", err
	}
	err = j.unlocked(func(_ *keyring, me string) error {
		who = me
		return nil
	})
	return id, who, err
}
