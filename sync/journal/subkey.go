package journal

import (
	"fmt"

	"go.etcd.io/bbolt"
)

// subkeyPlace is where the subkey of a visit stands; entries of no visit share one.
func subkeyPlace(visit string) []byte {
	if visit == "" {
		return []byte("desk")
	}
	return []byte("visit/" + visit)
}

// tombstone stands where the subkey of an erased visit was.
func tombstone() []byte { return []byte{0} }

func isTombstone(b []byte) bool { return len(b) == 1 && b[0] == 0 }

// readSubkey returns the subkey of a visit. Errors: ErrVisitErased, ErrUnknownVisit, ErrDamaged.
func readSubkey(tx *bbolt.Tx, keys *keyring, visit string) (key, error) {
	return openSubkey(keys, visit, storedSubkey(tx, visit))
}

// storedSubkey is what stands in the place of a visit's subkey; it is valid within the transaction.
func storedSubkey(tx *bbolt.Tx, visit string) []byte {
	return tx.Bucket([]byte(bucketKeys)).Get(subkeyPlace(visit))
}

func openSubkey(keys *keyring, visit string, stored []byte) (key, error) {
	switch {
	case stored == nil:
		return key{}, ErrUnknownVisit
	case isTombstone(stored):
		return key{}, ErrVisitErased
	}
	plain, err := unseal(&keys.wrap, bucketKeys, subkeyPlace(visit), stored)
	if err != nil || len(plain) != keySize {
		return key{}, fmt.Errorf("the key of visit %q does not open: %w", visit, ErrDamaged)
	}
	defer clear(plain)
	return key(plain), nil
}

// makeSubkey returns the subkey of a visit, which its first entry creates.
func makeSubkey(tx *bbolt.Tx, keys *keyring, visit string) (key, error) {
	place := subkeyPlace(visit)
	b := tx.Bucket([]byte(bucketKeys))
	if b.Get(place) != nil {
		return readSubkey(tx, keys, visit)
	}
	k := newKey()
	sealed, err := seal(&keys.wrap, bucketKeys, place, k[:])
	if err != nil {
		return key{}, err
	}
	return k, b.Put(place, sealed)
}
