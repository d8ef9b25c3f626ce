package journal

import (
	"bytes"
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

func TestTheSecretPhraseHasOneName(t *testing.T) {
	for _, other := range []string{"frase di accesso", "the passphrase", "your passphrase", "their passphrase"} {
		if bytes.Contains(wordsFile, []byte(other)) {
			t.Errorf("words.json says %q", other)
		}
	}
}
