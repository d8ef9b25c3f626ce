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

// ErasureProof returns the proof for a visit. Errors: ErrUnknownVisit, ErrNotErased, ErrLocked.
func (j *Journal) ErasureProof(ctx context.Context, visit string) (Proof, error) {
	if err := ctx.Err(); err != nil {
		return Proof{}, err
	}
	var proof Proof
	err := j.unlocked(func(keys *keyring, _ string) error {
		return j.view(func(tx *bbolt.Tx) error {
			place := subkeyPlace(visit)
			switch sealed := tx.Bucket([]byte(bucketKeys)).Get(place); {
			case visit == "" || sealed == nil:
				return ErrUnknownVisit
			case !isTombstone(sealed):
				return ErrNotErased
			}
			var err error
			proof, err = findProof(tx, keys, visit)
			return err
		})
	})
	if err != nil {
		return Proof{}, fmt.Errorf("looking for the proof of an erasure: %w", err)
	}
	return proof, nil
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
