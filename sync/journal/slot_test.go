package journal

import (
	"testing"

	"go.etcd.io/bbolt"
)

// The least length was eight once.
func TestAPassphraseThatWasLongEnoughWhenItWasChosenGoesOnOpening(t *testing.T) {
	j := newJournal(t)
	check(t, j.unlockedUpdate(func(tx *bbolt.Tx, keys *keyring) error {
		slots, err := readSlots(tx)
		check(t, err)
		for id, s := range slots {
			check(t, s.wrapAny(id, []byte("ottocara"), keys, j.opts.Params))
			check(t, putSlot(tx, id, s))
		}
		return nil
	}))
	j.Lock()
	check(t, j.Unlock("MR", []byte("ottocara")))
}
