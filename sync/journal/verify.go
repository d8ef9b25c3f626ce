package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"bottega/desk"
	"bottega/sync/wire"
)

// Report is what Verify found.
type Report struct {
	// Entries counts the entries whose chain holds, Opened those whose content was opened and matched, Erased those without content.
	Entries, Opened, Erased uint64
	// Sealed says that the journal was locked: the chain was followed, contents stayed closed.
	Sealed bool
	// ClockJumps are the sequences of entries that bear an earlier time than the one before; no fault.
	ClockJumps []uint64
	// Fault is the first thing wrong; nil when all is well.
	Fault *Fault
}

// Verify follows the whole chain and, in an unlocked journal, opens every content. The error says that it could not be done; what
// is wrong with the journal is in the report.
func (j *Journal) Verify(ctx context.Context) (Report, error) {
	return j.verify(ctx, func(v *verifier) error {
		return j.maybeUnlocked(func(keys *keyring) error {
			return j.view(func(tx *bbolt.Tx) error { return v.some(j, tx, keys) })
		})
	})
}

// verifyHeld follows the chain without opening contents, for who holds mu already.
func (j *Journal) verifyHeld(ctx context.Context) (Report, error) {
	return j.verify(ctx, func(v *verifier) error {
		return j.viewHeld(func(tx *bbolt.Tx) error { return v.some(j, tx, nil) })
	})
}

func (j *Journal) verify(ctx context.Context, some func(*verifier) error) (Report, error) {
	v := verifier{next: 1, recorded: make(map[string]bool), left: make(map[string]*remains), named: make(map[string][]byte)}
	for !v.done {
		if err := ctx.Err(); err != nil {
			return v.report, err
		}
		err := some(&v)
		var fault *Fault
		switch {
		case errors.As(err, &fault):
			v.report.Fault = fault
			return v.report, nil
		case errors.Is(err, ErrDamaged):
			v.report.Fault = &Fault{Seq: v.next, Kind: FaultFile}
			return v.report, nil
		case err != nil:
			return v.report, fmt.Errorf("verifying the journal: %w", err)
		}
	}
	if j.headLost {
		v.report.Fault = &Fault{Seq: v.next, Kind: FaultHead}
	}
	return v.report, nil
}

// maybeUnlocked runs fn with the keys, or with nil while locked.
func (j *Journal) maybeUnlocked(fn func(*keyring) error) error {
	j.keysMu.RLock()
	defer j.keysMu.RUnlock()
	return fn(j.keys)
}

// verifier walks the journal a chunk at a time.
type verifier struct {
	report   Report
	next     uint64
	prev     wire.Digest
	at       time.Time
	recorded map[string]bool     // visits that an entry says were erased
	left     map[string]*remains // of visits without contents so far
	named    map[string][]byte   // visits, and the keyed hash of whom they name
	done     bool
}

func (v *verifier) some(j *Journal, tx *bbolt.Tx, keys *keyring) error {
	o := opener{keys: keys}
	defer o.subkey.wipe()
	c := tx.Bucket([]byte(bucketEntries)).Cursor()
	k, b := c.Seek(seqKey(v.next))
	for n := 0; k != nil && n < chunk; n++ {
		r, err := decodeRecord(k, b)
		switch {
		case len(k) != 8 || r.e.Seq != v.next:
			return &Fault{Seq: v.next, Kind: FaultGap}
		case err != nil:
			return &Fault{Seq: v.next, Kind: FaultRecord}
		}
		if err := v.entry(tx, &o, r); err != nil {
			return err
		}
		k, b = c.Next()
	}
	if v.done = k == nil; v.done {
		return v.audit(j, tx, keys)
	}
	return nil
}

func (v *verifier) entry(tx *bbolt.Tx, o *opener, r record) error {
	e := r.e
	if o.keys == nil {
		v.report.Sealed = true
	} else {
		var err error
		if e, err = o.open(r, storedSubkey(tx, r.e.Visit)); err != nil {
			return err
		}
		v.name(e, o.keys)
	}
	if err := e.Verify(v.prev); err != nil {
		return &Fault{Seq: e.Seq, Kind: wireFault(err)}
	}
	if err := v.count(e, r); err != nil {
		return err
	}
	if e.At.Before(v.at) {
		v.report.ClockJumps = append(v.report.ClockJumps, e.Seq)
	}
	v.next, v.prev, v.at = e.Seq+1, e.Digest, e.At
	return nil
}

func (v *verifier) count(e wire.Entry, r record) error {
	v.report.Entries++
	switch {
	case r.sealed == nil:
		v.report.Erased++
		if v.left[e.Visit] == nil {
			v.left[e.Visit] = newRemains()
		}
		v.left[e.Visit].add(e)
	case e.Payload != nil:
		v.report.Opened++
	}
	if e.Kind != (desk.VisitErased{}).Kind() || e.Payload == nil {
		return nil
	}
	var p desk.VisitErased
	if json.Unmarshal(e.Payload, &p) != nil {
		return nil
	}
	v.recorded[p.Visit] = true
	if !v.left[p.Visit].fits(p) { // what comes later to the visit never had a content, and comes after this entry
		return &Fault{Seq: e.Seq, Kind: FaultErasureFacts}
	}
	return nil
}

func wireFault(err error) FaultKind {
	for _, f := range []struct {
		err  error
		kind FaultKind
	}{
		{wire.ErrBrokenChain, FaultChain}, {wire.ErrPayloadFault, FaultContent}, {wire.ErrHeaderFault, FaultHeader},
	} {
		if errors.Is(err, f.err) {
			return f.kind
		}
	}
	return FaultRecord
}

// firstOf is the sequence of the first entry of a visit.
func firstOf(tx *bbolt.Tx, visit string) uint64 {
	c := tx.Bucket([]byte(bucketEntries)).Cursor()
	for k, b := c.First(); k != nil; k, b = c.Next() {
		if r, err := decodeRecord(k, b); err == nil && r.e.Visit == visit {
			return r.e.Seq
		}
	}
	return 0
}
