package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	// Bare says that a restored backup bore no digest, as those of older programs: its chain holds, and only opening every content
	// shows that none of them was spoilt.
	Bare bool
	// Fault is the first thing wrong; nil when all is well.
	Fault *Fault
}

// Verify follows the whole chain and, in an unlocked journal, opens every content; then it looks at all that stands beside the entries.
// The error says that it could not be done; what is wrong with the journal is in the report. Work may go on meanwhile.
//
// A head that was once found spoilt is a fault until HeadTold.
func (j *Journal) Verify(ctx context.Context) (Report, error) {
	r, err := j.follow(ctx)
	if err != nil || r.Fault != nil {
		return r, err
	}
	err = j.view(func(tx *bbolt.Tx) error {
		note, noted, err := readHeadNote(tx)
		if noted {
			r.Fault = &Fault{Seq: note.From, Kind: FaultHead}
		}
		return err
	})
	return r, err
}

// follow is Verify without what was only found before.
func (j *Journal) follow(ctx context.Context) (Report, error) {
	return j.verify(ctx, func(look func(*bbolt.Tx, *keyring) error) error {
		return j.maybeUnlocked(func(keys *keyring) error {
			return j.view(func(tx *bbolt.Tx) error { return look(tx, keys) })
		})
	})
}

// verifyHeld follows the chain without opening contents, for who holds mu already.
func (j *Journal) verifyHeld(ctx context.Context) (Report, error) {
	return j.verify(ctx, func(look func(*bbolt.Tx, *keyring) error) error {
		return j.viewHeld(func(tx *bbolt.Tx) error { return look(tx, nil) })
	})
}

// verify looks at the file a chunk at a time, then at its pages.
func (j *Journal) verify(ctx context.Context, looking func(look func(*bbolt.Tx, *keyring) error) error) (Report, error) {
	v := verifier{next: 1, recorded: make(map[string]bool), left: make(map[string]*remains), named: make(map[string][]byte)}
	for look := v.some; look != nil; {
		if err := ctx.Err(); err != nil {
			return v.report, err
		}
		err := looking(look)
		var fault *Fault
		switch {
		case errors.Is(err, errHeadGone) && v.lookAgain():
		case errors.As(err, &fault):
			v.report.Fault = fault
			return v.report, nil
		case errors.Is(err, ErrDamaged):
			v.report.Fault = &Fault{Seq: v.next, Kind: FaultFile}
			return v.report, nil
		case err != nil:
			return v.report, fmt.Errorf("verifying the journal: %w", err)
		case v.paged:
			look = nil
		case v.done:
			look = func(tx *bbolt.Tx, _ *keyring) error { return v.pages(tx, j.file) }
		}
	}
	if j.headLost.Load() {
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
	left     map[string]*remains // what would remain of a visit that is erased now
	named    map[string][]byte   // visits, and the keyed hash of whom they name
	done     bool                // with the chain
	paged    bool                // and with the pages
	again    int                 // how often the pages had to be looked at again
}

// lookAgain allows for writers who come in between, and ends all the same.
func (v *verifier) lookAgain() bool {
	v.again++
	return v.again < 1000
}

// pages looks at the pages of the file.
func (v *verifier) pages(tx *bbolt.Tx, file io.ReaderAt) error {
	_, err := pagesOf(tx, file)
	v.paged = err == nil
	return err
}

func (v *verifier) some(tx *bbolt.Tx, keys *keyring) error {
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
		return v.audit(tx, keys)
	}
	return nil
}

func (v *verifier) entry(tx *bbolt.Tx, o *opener, r record) error {
	e := r.e
	if o.keys == nil {
		v.report.Sealed = true
	} else {
		if err := o.open(&e, lock{r.sealed, storedSubkey(tx, e.Visit)}, nil); err != nil {
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
	if e.Visit != "" {
		if v.left[e.Visit] == nil {
			v.left[e.Visit] = newRemains()
		}
		v.left[e.Visit].add(e)
	}
	switch {
	case r.sealed == nil:
		v.report.Erased++
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
	delete(v.named, p.Visit)      // it may have been erased since its entries were looked at
	if !v.left[p.Visit].fits(p) { // what comes to the visit after this entry never had a content
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
