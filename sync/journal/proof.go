package journal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"time"

	"go.etcd.io/bbolt"

	"bottega/desk"
	"bottega/sync/wire"
)

// remains are the headers that an erased visit leaves, as a desk.VisitErased tells them.
type remains struct {
	entries     int
	first, last uint64
	digests     hash.Hash
}

func newRemains() *remains { return &remains{digests: sha256.New()} }

func (r *remains) add(e wire.Entry) {
	if r.entries == 0 {
		r.first = e.Seq
	}
	r.entries++
	r.last = e.Seq
	r.digests.Write(e.Digest[:])
}

func (r *remains) headers() string { return hex.EncodeToString(r.digests.Sum(nil)) }

// describe fills in what was erased.
func (r *remains) describe(p *desk.VisitErased) {
	p.Entries, p.First, p.Last, p.Headers = r.entries, r.first, r.last, r.headers()
}

// fits reports whether an erasure says what really remains. Older programs did not say it.
func (r *remains) fits(p desk.VisitErased) bool {
	if p.Headers == "" {
		return true
	}
	return r != nil && p.Entries == r.entries && p.First == r.first && p.Last == r.last && p.Headers == r.headers()
}

// Proof is what can be shown of an erasure: what was erased, the entry that says so, and where the chain stands that it is part of.
// Whoever has the headers of the journal (the hub has them) can compute every digest again.
type Proof struct {
	desk.VisitErased
	// Seq, ID, At, Facilitator and Digest are those of the entry that recorded the erasure.
	Seq         uint64      `json:"seq"`
	ID          string      `json:"id"`
	At          time.Time   `json:"at"`
	Facilitator string      `json:"facilitator,omitempty"`
	Digest      wire.Digest `json:"digest"`
	// Head and HeadDigest are the newest entry of the chain when the proof was made.
	Head       uint64      `json:"head"`
	HeadDigest wire.Digest `json:"head_digest"`
}

// ErasureProof returns the proof for a visit. It is no copy of what was said at the time: the headers are added up again, none of them
// has a content, and an overwriting that was left undone is done first. Errors: ErrUnknownVisit, ErrNotErased, ErrLocked, a *Fault where
// the journal and the erasure say different things, and what the disk says.
func (j *Journal) ErasureProof(ctx context.Context, visit string) (Proof, error) {
	if err := ctx.Err(); err != nil {
		return Proof{}, err
	}
	var proof Proof
	err := j.unlocked(func(keys *keyring, _ string) error {
		return j.view(func(tx *bbolt.Tx) error {
			switch sealed := storedSubkey(tx, visit); {
			case visit == "" || sealed == nil:
				return ErrUnknownVisit
			case !isTombstone(sealed):
				return ErrNotErased
			}
			var err error
			if proof, err = findProof(tx, keys, visit); err != nil {
				return err
			}
			return proof.check(tx)
		})
	})
	if err == nil {
		err = j.overwritten(ctx)
	}
	if err != nil {
		return Proof{}, fmt.Errorf("looking for the proof of an erasure: %w", err)
	}
	return proof, nil
}

// check holds a proof against what is left of the visit now. What came to it after the erasure never had a content.
func (p *Proof) check(tx *bbolt.Tx) error {
	left := newRemains()
	c := tx.Bucket([]byte(bucketEntries)).Cursor()
	for k, b := c.First(); k != nil; k, b = c.Next() {
		r, err := decodeRecord(k, b)
		switch {
		case err != nil:
			return &Fault{Seq: r.e.Seq, Kind: FaultRecord}
		case r.e.Visit != p.Visit:
		case r.sealed != nil:
			return &Fault{Seq: r.e.Seq, Kind: FaultNotErased}
		case r.e.Seq < p.Seq:
			left.add(r.e)
		}
	}
	if !left.fits(p.VisitErased) {
		return &Fault{Seq: p.Seq, Kind: FaultErasureFacts}
	}
	left.describe(&p.VisitErased) // an older program did not
	return nil
}

// overwritten sees that nothing of what was dropped stands in free pages.
func (j *Journal) overwritten(ctx context.Context) error {
	due := false
	err := j.view(func(tx *bbolt.Tx) error { return getJSON(tx, bucketMeta, metaScrub, &due) })
	if err != nil || !due {
		return err
	}
	return j.stilled(ctx, func() error {
		j.mu.Lock()
		defer j.mu.Unlock()
		return j.scrub()
	})
}

// findProof looks for the entry from the end: a proof is mostly printed soon after.
func findProof(tx *bbolt.Tx, keys *keyring, visit string) (Proof, error) {
	head, err := lastRecord(tx)
	if err != nil {
		return Proof{}, err
	}
	o := opener{keys: keys}
	defer o.subkey.wipe()
	c := tx.Bucket([]byte(bucketEntries)).Cursor()
	for k, b := c.Last(); k != nil; k, b = c.Prev() {
		r, err := decodeRecord(k, b)
		if err != nil {
			return Proof{}, &Fault{Seq: r.e.Seq, Kind: FaultRecord}
		}
		if r.e.Kind != (desk.VisitErased{}).Kind() {
			continue
		}
		e := r.e
		if err := o.open(&e, lock{r.sealed, storedSubkey(tx, e.Visit)}, nil); err != nil {
			return Proof{}, err
		}
		proof := Proof{
			Seq: e.Seq, ID: e.ID, At: e.At, Facilitator: e.Facilitator, Digest: e.Digest, Head: head.e.Seq, HeadDigest: head.e.Digest,
		}
		if json.Unmarshal(e.Payload, &proof.VisitErased) == nil && proof.Visit == visit {
			return proof, nil
		}
	}
	return Proof{}, &Fault{Seq: firstOf(tx, visit), Kind: FaultErasure}
}
