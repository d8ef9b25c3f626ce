package journal

import (
	"fmt"
	"slices"

	"go.etcd.io/bbolt"
)

// A check tells a value that was spoilt, and nothing of one that is no longer there. So the names in the small buckets stand once more
// in bucket "meta": a facilitator, a setting or a key that a disk lost is told as damage, and not as one that never was.
const metaManifest = "names"

// listed are the buckets of the manifest.
func listed() []string {
	return []string{bucketSlots, bucketSettings, bucketRecovery, bucketRemembered}
}

// namesIn reads the names in a bucket, in order.
func namesIn(tx *bbolt.Tx, bucket string) ([]string, error) {
	names := []string{}
	err := tx.Bucket([]byte(bucket)).ForEach(func(name, value []byte) error {
		if value == nil {
			return fmt.Errorf("%s/%s has no value: %w", bucket, name, ErrDamaged)
		}
		names = append(names, string(name))
		return nil
	})
	return names, err
}

// noteNames brings the manifest up to date at the end of a transaction that changed a small bucket.
func noteNames(tx *bbolt.Tx) error {
	manifest := make(map[string][]string)
	for _, bucket := range listed() {
		names, err := namesIn(tx, bucket)
		if err != nil {
			return err
		}
		manifest[bucket] = names
	}
	return putJSON(tx, bucketMeta, metaManifest, manifest)
}

// checkNames sees that a bucket has what the manifest says.
func checkNames(tx *bbolt.Tx, bucket string) error {
	var manifest map[string][]string
	if err := getJSON(tx, bucketMeta, metaManifest, &manifest); err != nil {
		return err
	}
	names, err := namesIn(tx, bucket)
	if err != nil {
		return err
	}
	if !slices.Equal(names, manifest[bucket]) {
		return fmt.Errorf("%s has not the names that were written: %w", bucket, ErrDamaged)
	}
	return nil
}
