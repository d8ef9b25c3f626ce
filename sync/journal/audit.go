package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"go.etcd.io/bbolt"

	"bottega/desk"
	"bottega/sync/wire"
)

// The chain covers the entries. What stands beside them, the audit looks at: values with a check, values that are sealed, the index.

// audit follows what only the end of the chain can tell: that the hub has nothing more than we do, that every erasure was recorded,
// and that all that stands beside the entries is what was written. keys are nil while locked.
func (v *verifier) audit(tx *bbolt.Tx, keys *keyring) error {
	var s syncRecord
	if err := getJSON(tx, bucketMeta, metaSync, &s); err != nil {
		return &Fault{Kind: FaultState}
	}
	if s.Acked >= v.next {
		return &Fault{Seq: v.next, Kind: FaultEnd}
	}
	if auditBeside(tx) != nil || auditAcks(tx, s.Acked) != nil {
		return &Fault{Kind: FaultState}
	}
	if keys == nil || v.report.Sealed {
		return nil
	}
	if err := v.auditErasures(tx); err != nil {
		return err
	}
	if err := auditSealed(tx, keys); err != nil {
		return &Fault{Kind: FaultState}
	}
	return v.auditIndex(tx)
}

// auditBeside looks at what can be read while locked.
func auditBeside(tx *bbolt.Tx) error {
	about, err := getAbout(tx)
	if err != nil {
		return err
	}
	known := append(buckets(about.Format), bucketMeta)
	err = tx.ForEach(func(name []byte, _ *bbolt.Bucket) error {
		if !slices.Contains(known, string(name)) {
			return errUnexpected
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = tx.Bucket([]byte(bucketMeta)).ForEach(func(name, _ []byte) error {
		if !slices.Contains([]string{metaJournal, metaSync, metaScrub, metaManifest, metaHead}, string(name)) {
			return errUnexpected
		}
		return nil
	})
	if err != nil {
		return err
	}
	if _, _, err := readHeadNote(tx); err != nil {
		return err
	}
	for _, bucket := range listed() {
		if err := checkNames(tx, bucket); err != nil {
			return err
		}
	}
	if _, err := readSlots(tx); err != nil {
		return err
	}
	for _, bucket := range []string{bucketRecovery, bucketRemembered} {
		err := tx.Bucket([]byte(bucket)).ForEach(func(name, stored []byte) error {
			b, err := openChecked(bucket, name, stored)
			if err != nil {
				return err
			}
			_, err = decodeSecretSlot(b)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// auditAcks sees that every row can be read and that the newest says what was acknowledged last.
func auditAcks(tx *bbolt.Tx, acked uint64) error {
	newest := uint64(0)
	err := tx.Bucket([]byte(bucketAcks)).ForEach(func(k, v []byte) error {
		seq, err := ackedIn(k, v)
		if err == nil && seq < newest {
			err = ErrDamaged
		}
		newest = seq
		return err
	})
	if err == nil && newest != acked {
		err = ErrDamaged
	}
	return err
}

var errUnexpected = errors.New("nothing of this name is ever written")

// auditErasures sees that every visit without a subkey was erased by an entry.
func (v *verifier) auditErasures(tx *bbolt.Tx) error {
	return tx.Bucket([]byte(bucketKeys)).ForEach(func(place, b []byte) error {
		visit, of := strings.CutPrefix(string(place), "visit/")
		if !isTombstone(b) || of && v.recorded[visit] {
			return nil
		}
		return &Fault{Seq: firstOf(tx, visit), Kind: FaultErasure}
	})
}

// auditSealed opens the settings and the names of the facilitators.
func auditSealed(tx *bbolt.Tx, keys *keyring) error {
	err := tx.Bucket([]byte(bucketSettings)).ForEach(func(name, sealed []byte) error {
		plain, err := unseal(&keys.settings, bucketSettings, name, sealed)
		clear(plain)
		return err
	})
	if err != nil {
		return err
	}
	slots, err := readSlots(tx)
	if err != nil {
		return err
	}
	for id, s := range slots {
		if _, err := unseal(&keys.names, bucketSlots, []byte(id), s.Name); err != nil {
			return err
		}
	}
	return nil
}

// name takes note of whom a visit names, for the audit of the index.
func (v *verifier) name(e wire.Entry, keys *keyring) {
	if e.Kind != (desk.VisitNamed{}).Kind() || e.Payload == nil || e.Visit == "" {
		return
	}
	var p desk.VisitNamed
	if json.Unmarshal(e.Payload, &p) != nil {
		return
	}
	delete(v.named, e.Visit)
	if p.Person.FiscalCode != "" {
		v.named[e.Visit] = keys.personHash(p.Person.FiscalCode)
	}
}

// auditIndex sees that visits are found by the fiscal codes of whom they name, and by no other.
func (v *verifier) auditIndex(tx *bbolt.Tx) error {
	named, people := tx.Bucket([]byte(bucketNamed)), tx.Bucket([]byte(bucketPeople))
	for visit, hash := range v.named {
		if !bytes.Equal(named.Get([]byte(visit)), hash) || people.Get(slices.Concat(hash, []byte(visit))) == nil {
			return &Fault{Seq: firstOf(tx, visit), Kind: FaultIndex}
		}
	}
	if named.Stats().KeyN != len(v.named) || people.Stats().KeyN != len(v.named) {
		return &Fault{Kind: FaultIndex}
	}
	return nil
}
