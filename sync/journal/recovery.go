package journal

import (
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"bottega/sync/wire"
)

// secretSlot keeps the data key under a secret that cannot be tried through: the recovery key, or what lies in the computer's keyring.
type secretSlot struct {
	Made time.Time `json:"made"`
	Salt []byte    `json:"salt"`
	Key  []byte    `json:"key"`
}

const (
	recoverySlot    = "key"
	recoveryInfo    = "bottega/journal/1 recovery key"
	rememberedInfo  = "bottega/journal/1 keyring"
	secretSlotsSalt = 16
)

// newSecretSlot wraps the data key; bucket and place are where it will stand, info what it is for.
func newSecretSlot(secret []byte, keys *keyring, bucket, place, info string, now time.Time) (secretSlot, error) {
	s := secretSlot{Made: wire.Moment(now), Salt: make([]byte, secretSlotsSalt)}
	rand.Read(s.Salt) //nolint:errcheck // never fails
	k, err := s.wrapping(secret, info)
	if err != nil {
		return secretSlot{}, err
	}
	defer k.wipe()
	s.Key, err = seal(&k, bucket, []byte(place), keys.data[:])
	return s, err
}

// open returns the keys of the journal, or errUnsealed when the secret is another one.
func (s secretSlot) open(secret []byte, bucket, place, info string) (*keyring, error) {
	k, err := s.wrapping(secret, info)
	if err != nil {
		return nil, err
	}
	defer k.wipe()
	plain, err := unseal(&k, bucket, []byte(place), s.Key)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	if len(plain) != keySize {
		return nil, fmt.Errorf("the key in %s has %d bytes: %w", bucket, len(plain), ErrDamaged)
	}
	data := key(plain)
	defer data.wipe()
	return newKeyring(data)
}

func (s secretSlot) wrapping(secret []byte, info string) (key, error) {
	b, err := hkdf.Key(sha256.New, secret, s.Salt, info, keySize)
	if err != nil {
		return key{}, fmt.Errorf("deriving keys: %w", err)
	}
	defer clear(b)
	return key(b), nil
}

// decodeSecretSlot reads a stored slot; whatever the bytes, what it returns is safe to use.
func decodeSecretSlot(b []byte) (secretSlot, error) {
	var s secretSlot
	if err := json.Unmarshal(b, &s); err != nil || len(s.Salt) != secretSlotsSalt || len(s.Key) == 0 {
		return secretSlot{}, fmt.Errorf("the slot of a key cannot be read: %w", ErrDamaged)
	}
	return s, nil
}

// readSecretSlot finds a slot; ok is false when there is none.
func readSecretSlot(tx *bbolt.Tx, bucket, place string) (s secretSlot, ok bool, err error) {
	stored := tx.Bucket([]byte(bucket)).Get([]byte(place))
	if stored == nil {
		return secretSlot{}, false, checkNames(tx, bucket)
	}
	b, err := openChecked(bucket, []byte(place), stored)
	if err != nil {
		return secretSlot{}, false, err
	}
	s, err = decodeSecretSlot(b)
	return s, err == nil, err
}

func (j *Journal) secretSlot(bucket, place string) (s secretSlot, ok bool, err error) {
	err = j.view(func(tx *bbolt.Tx) error {
		s, ok, err = readSecretSlot(tx, bucket, place)
		return err
	})
	return s, ok, err
}

// NewRecoveryKey makes a recovery key, to be printed and wiped; the one before it is no longer good, and where its slot stood is
// overwritten. The journal must be unlocked.
func (j *Journal) NewRecoveryKey(ctx context.Context) (RecoveryKey, error) {
	if err := ctx.Err(); err != nil {
		return RecoveryKey{}, err
	}
	k := newRecoveryKey()
	err := j.scrubbing(ctx, func(tx *bbolt.Tx, keys *keyring, _ string) error {
		s, err := newSecretSlot(k.secret, keys, bucketRecovery, recoverySlot, recoveryInfo, j.opts.Clock.Now())
		if err != nil {
			return err
		}
		return putJSON(tx, bucketRecovery, recoverySlot, s)
	})
	if err != nil {
		k.Wipe()
		return RecoveryKey{}, fmt.Errorf("making a recovery key: %w", err)
	}
	return k, nil
}

// HasRecoveryKey reports whether there is a recovery key that still opens this journal, and when it was made. It can be asked while
// locked.
func (j *Journal) HasRecoveryKey() (has bool, made time.Time, err error) {
	s, has, err := j.secretSlot(bucketRecovery, recoverySlot)
	if err != nil {
		return false, time.Time{}, fmt.Errorf("looking for a recovery key: %w", err)
	}
	return has, s.Made, nil
}

// Recover gives the facilitator with this identifier or sigla another passphrase, which is wiped, and unlocks the journal for them.
// The key is spent by it: what is on paper is good once, and another one has to be made. Errors: ErrNoRecovery, ErrRecoveryWrong,
// ErrUnknownFacilitator, ErrShortPassphrase; with any of them nothing has changed.
func (j *Journal) Recover(ctx context.Context, k RecoveryKey, who string, passphrase []byte) error {
	defer clear(passphrase)
	if err := ctx.Err(); err != nil {
		return err
	}
	j.unlocking.Lock()
	defer j.unlocking.Unlock()
	id, _, err := j.findSlot(who)
	if err != nil {
		return fmt.Errorf("recovering: %w", err)
	}
	var keys *keyring
	err = j.stilled(ctx, func() error {
		return j.scrubAfter(func(tx *bbolt.Tx) error {
			if keys, err = openWithRecovery(tx, k); err != nil {
				return err
			}
			return errors.Join(
				renewSlot(tx, keys, id, passphrase, j.opts.Params),
				tx.Bucket([]byte(bucketRecovery)).Delete([]byte(recoverySlot)))
		})
	})
	if err != nil {
		if keys != nil {
			keys.wipe()
		}
		return fmt.Errorf("recovering: %w", err)
	}
	j.hold(keys, id)
	return nil
}

func openWithRecovery(tx *bbolt.Tx, k RecoveryKey) (*keyring, error) {
	s, has, err := readSecretSlot(tx, bucketRecovery, recoverySlot)
	switch {
	case err != nil:
		return nil, err
	case !has:
		return nil, ErrNoRecovery
	}
	keys, err := s.open(k.secret, bucketRecovery, recoverySlot, recoveryInfo)
	if errors.Is(err, errUnsealed) {
		return nil, ErrRecoveryWrong
	}
	return keys, err
}
