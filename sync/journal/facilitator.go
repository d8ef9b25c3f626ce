package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode"

	"go.etcd.io/bbolt"
)

// Facilitator is somebody who can unlock the journal.
type Facilitator struct {
	// ID is random; it is what entries carry.
	ID string `json:"id"`
	// Sigla is the handle to choose from before the desk is unlocked.
	Sigla string `json:"sigla"`
	// Name is empty while the journal is locked.
	Name  string    `json:"name,omitempty"`
	Added time.Time `json:"added"`
}

// ProposeSigla makes a sigla of a name's initials that none of the others has: "Maria Rossi" becomes MR, or MR2.
func ProposeSigla(name string, others []Facilitator) string {
	var initials []rune
	start := true
	for _, r := range name {
		letter := unicode.IsLetter(r) || unicode.IsDigit(r)
		if letter && start && len(initials) < 4 {
			initials = append(initials, unicode.ToUpper(r))
		}
		start = !letter
	}
	if len(initials) == 0 {
		initials = []rune("F")
	}
	sigla := string(initials)
	for n := 2; slices.ContainsFunc(others, func(f Facilitator) bool { return strings.EqualFold(f.Sigla, sigla) }); n++ {
		sigla = string(initials) + strconv.Itoa(n)
	}
	return sigla
}

// Facilitators lists who can unlock, by sigla; with their names when the journal is unlocked.
func (j *Journal) Facilitators() ([]Facilitator, error) {
	slots, err := j.slots()
	if err != nil {
		return nil, fmt.Errorf("listing facilitators: %w", err)
	}
	var list []Facilitator
	for id, s := range slots {
		list = append(list, Facilitator{ID: id, Sigla: s.Sigla, Added: s.Added})
	}
	sort.Slice(list, func(a, b int) bool { return strings.ToLower(list[a].Sigla) < strings.ToLower(list[b].Sigla) })
	err = j.unlocked(func(keys *keyring, _ string) error {
		for i, f := range list {
			name, err := unseal(&keys.names, bucketSlots, []byte(f.ID), slots[f.ID].Name)
			if err != nil {
				return fmt.Errorf("the name of %s: %w", f.Sigla, ErrDamaged)
			}
			list[i].Name = string(name)
		}
		return nil
	})
	if err != nil && !errors.Is(err, ErrLocked) {
		return nil, fmt.Errorf("listing facilitators: %w", err)
	}
	return list, nil
}

// Who is the facilitator who unlocked, with the name; ok is false while locked.
func (j *Journal) Who() (f Facilitator, ok bool) {
	j.keysMu.RLock()
	who := j.who
	j.keysMu.RUnlock()
	list, err := j.Facilitators()
	if err != nil || who == "" {
		return Facilitator{}, false
	}
	for _, f := range list {
		if f.ID == who {
			return f, true
		}
	}
	return Facilitator{}, false
}

// Unlock opens the journal for the facilitator with this identifier or sigla (capitals do not matter). The passphrase is wiped.
// Errors: ErrUnknownFacilitator; *Refused, with the wait until the next try.
//
// A try is counted on the disk before it is made, so that the wait cannot be dodged by ending the program.
func (j *Journal) Unlock(who string, passphrase []byte) error {
	defer clear(passphrase)
	j.unlocking.Lock()
	defer j.unlocking.Unlock()
	id, s, err := j.findSlot(who)
	if err != nil {
		return fmt.Errorf("unlocking: %w", err)
	}
	now := j.opts.Clock.Now()
	if left, again := s.wait(now); left > 0 {
		if again {
			s.LastTry = now
			j.countTry(id, s)
		}
		return &Refused{Reason: ErrTooSoon, Wait: left}
	}
	s.Wrong, s.LastTry = s.Wrong+1, now
	j.countTry(id, s)
	data, err := s.unwrap(id, passphrase)
	if err != nil {
		left, _ := s.wait(now)
		return &Refused{Reason: ErrWrongPassphrase, Wait: left}
	}
	defer data.wipe()
	keys, err := newKeyring(data)
	if err != nil {
		return fmt.Errorf("unlocking: %w", err)
	}
	s.Wrong, s.LastTry = 0, time.Time{}
	j.countTry(id, s)
	j.hold(keys, id)
	j.retryScrub()
	return nil
}

// countTry keeps the count of tries, and nothing else of the slot: the facilitator may have been removed, or have another passphrase,
// since it was read. A disk that cannot be written must not keep the right person out, and gains nothing for a wrong one: whoever can
// stop it from being written can copy the file as well.
func (j *Journal) countTry(id string, tried slot) {
	_ = j.update(func(tx *bbolt.Tx) error {
		slots, err := readSlots(tx)
		if err != nil {
			return err
		}
		s, ok := slots[id]
		if !ok {
			return nil
		}
		s.Wrong, s.LastTry = tried.Wrong, tried.LastTry
		return putSlot(tx, id, s)
	})
}

// Lock wipes the keys from memory, once work under way is done. Locking a locked journal is harmless.
func (j *Journal) Lock() { j.hold(nil, "") }

// hold puts keys in the place of those in memory, which are wiped.
func (j *Journal) hold(keys *keyring, who string) {
	j.keysMu.Lock()
	defer j.keysMu.Unlock()
	if j.keys != nil {
		j.keys.wipe()
	}
	j.keys, j.who = keys, who
}

// Locked reports whether a passphrase is needed.
func (j *Journal) Locked() bool {
	j.keysMu.RLock()
	defer j.keysMu.RUnlock()
	return j.keys == nil
}

// AddFacilitator lets one more person unlock. The journal must be unlocked; the passphrase is wiped.
func (j *Journal) AddFacilitator(ctx context.Context, f NewFacilitator, passphrase []byte) (Facilitator, error) {
	defer clear(passphrase)
	if err := ctx.Err(); err != nil {
		return Facilitator{}, err
	}
	var added Facilitator
	err := j.unlockedUpdate(func(tx *bbolt.Tx, keys *keyring) error {
		slots, err := readSlots(tx)
		if err != nil {
			return err
		}
		for _, s := range slots {
			if strings.EqualFold(s.Sigla, f.Sigla) {
				return ErrSiglaTaken
			}
		}
		id, s, err := newSlot(f, passphrase, keys, j.opts)
		if err != nil {
			return err
		}
		added = Facilitator{ID: id, Sigla: s.Sigla, Name: f.Name, Added: s.Added}
		return putSlot(tx, id, s)
	})
	if err != nil {
		return Facilitator{}, fmt.Errorf("adding facilitator %s: %w", f.Sigla, err)
	}
	return added, nil
}

// RemoveFacilitator takes away a facilitator's slot, by identifier or sigla, and overwrites where it stood; the entries keep the
// identifier. Who removes himself is locked out at once. Errors: ErrLastFacilitator, ErrUnknownFacilitator.
func (j *Journal) RemoveFacilitator(ctx context.Context, who string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	id, _, err := j.findSlot(who)
	if err != nil {
		return fmt.Errorf("removing facilitator: %w", err)
	}
	current := false
	err = j.scrubbing(ctx, func(tx *bbolt.Tx, _ *keyring, me string) error {
		b := tx.Bucket([]byte(bucketSlots))
		if b.Stats().KeyN <= 1 {
			return ErrLastFacilitator
		}
		current = id == me
		return errors.Join(b.Delete([]byte(id)), tx.Bucket([]byte(bucketRemembered)).Delete([]byte(id)))
	})
	if err != nil {
		return fmt.Errorf("removing facilitator: %w", err)
	}
	if current {
		j.Lock()
	}
	return nil
}

// ChangePassphrase gives the facilitator who unlocked another passphrase, which is wiped; the computer's keyring no longer unlocks for
// them.
func (j *Journal) ChangePassphrase(ctx context.Context, passphrase []byte) error {
	defer clear(passphrase)
	if err := ctx.Err(); err != nil {
		return err
	}
	err := j.scrubbing(ctx, func(tx *bbolt.Tx, keys *keyring, me string) error {
		return renewSlot(tx, keys, me, passphrase, j.opts.Params)
	})
	if err != nil {
		return fmt.Errorf("changing the passphrase: %w", err)
	}
	return nil
}

// renewSlot gives a facilitator another passphrase; the wrong ones are forgotten, and what the computer's keyring keeps opens nothing any
// more.
func renewSlot(tx *bbolt.Tx, keys *keyring, id string, passphrase []byte, p Params) error {
	slots, err := readSlots(tx)
	if err != nil {
		return err
	}
	s, ok := slots[id]
	if !ok {
		return ErrUnknownFacilitator
	}
	if err := s.wrap(id, passphrase, keys, p); err != nil {
		return err
	}
	s.Wrong, s.LastTry = 0, time.Time{}
	return errors.Join(putSlot(tx, id, s), tx.Bucket([]byte(bucketRemembered)).Delete([]byte(id)))
}

// unlockedUpdate runs fn, which adds to the small buckets, and makes what it wrote durable.
func (j *Journal) unlockedUpdate(fn func(*bbolt.Tx, *keyring) error) error {
	return j.unlocked(func(keys *keyring, _ string) error {
		return j.update(func(tx *bbolt.Tx) error {
			if err := fn(tx, keys); err != nil {
				return err
			}
			return noteNames(tx)
		})
	})
}

func (j *Journal) slots() (map[string]slot, error) {
	var slots map[string]slot
	err := j.view(func(tx *bbolt.Tx) error {
		var err error
		slots, err = readSlots(tx)
		return err
	})
	return slots, err
}

func readSlots(tx *bbolt.Tx) (map[string]slot, error) {
	slots := make(map[string]slot)
	if err := checkNames(tx, bucketSlots); err != nil {
		return nil, err
	}
	err := tx.Bucket([]byte(bucketSlots)).ForEach(func(id, stored []byte) error {
		b, err := openChecked(bucketSlots, id, stored)
		if err != nil {
			return err
		}
		slots[string(id)], err = decodeSlot(b)
		return err
	})
	return slots, err
}

func (j *Journal) findSlot(who string) (string, slot, error) {
	slots, err := j.slots()
	if err != nil {
		return "", slot{}, err
	}
	if s, ok := slots[who]; ok {
		return who, s, nil
	}
	for id, s := range slots {
		if strings.EqualFold(s.Sigla, who) {
			return id, s, nil
		}
	}
	return "", slot{}, ErrUnknownFacilitator
}
