package journal

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"bottega/desk"
	"bottega/desk/fiscalcode"
	"bottega/sync/wire"
)

// Append implements desk.Journal: the drafts become consecutive entries, all of them or none, and are on the disk when it returns.
// A context that ends before the drafts' turn comes leaves nothing written. Errors: ErrLocked, ErrDiskFull, ErrReadOnly,
// ErrVisitErased, wire.ErrMalformed.
//
// The clock is taken at its word: after it jumped back entries have earlier times, and their order stays that of the sequence.
func (j *Journal) Append(ctx context.Context, drafts ...desk.Draft) ([]desk.Entry, error) {
	entries, err := j.submit(ctx, &request{}, drafts)
	if err != nil {
		return nil, fmt.Errorf("recording in the journal: %w", err)
	}
	return entries, nil
}

// prepared is a draft with all that can be done before its place is known.
type prepared struct {
	kind                      desk.Kind
	visit, supersedes, person string
	payload                   json.RawMessage
}

func prepare(drafts []desk.Draft) ([]prepared, error) {
	list := make([]prepared, len(drafts))
	for i, d := range drafts {
		if d.Payload == nil {
			return nil, fmt.Errorf("a draft without content: %w", wire.ErrMalformed)
		}
		payload, err := json.Marshal(d.Payload)
		if err != nil {
			return nil, fmt.Errorf("encoding %s: %w", d.Payload.Kind(), err)
		}
		p := prepared{kind: d.Payload.Kind(), visit: d.Visit, supersedes: d.Supersedes, payload: payload, person: personOf(d.Payload)}
		if err := p.check(); err != nil {
			return nil, err
		}
		list[i] = p
	}
	return list, nil
}

// check finds what would make the entry malformed, and keeps a fiscal code from standing in a header, which is in clear.
func (p prepared) check() error {
	for _, w := range []string{string(p.kind), p.visit, p.supersedes} {
		if w != "" && !wire.Word(w) {
			return fmt.Errorf("%s: an identifier that will not do: %w", p.kind, wire.ErrMalformed)
		}
		if fiscalcode.Check(fiscalcode.Normalise(w)) == nil {
			return fmt.Errorf("%s: a fiscal code used as an identifier: %w", p.kind, wire.ErrMalformed)
		}
	}
	if p.kind == "" {
		return fmt.Errorf("a draft without a kind: %w", wire.ErrMalformed)
	}
	return wire.CheckPayload(p.payload)
}

func personOf(p desk.Payload) string {
	switch p := p.(type) {
	case desk.VisitNamed:
		return p.Person.FiscalCode
	case *desk.VisitNamed:
		return p.Person.FiscalCode
	}
	return ""
}

// request is one caller's drafts on their way into a commit.
type request struct {
	drafts []prepared
	// replies are the numbers of the hub's replies that the drafts keep, one each; nil when they are no replies.
	replies []uint64
	entries []desk.Entry
	err     error
	done    chan struct{}
}

// queue holds the requests that wait for the next commit.
type queue struct {
	mu      sync.Mutex
	waiting []*request
}

func (q *queue) add(r *request) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, r)
}

func (q *queue) take() []*request {
	q.mu.Lock()
	defer q.mu.Unlock()
	all := q.waiting
	q.waiting = nil
	return all
}

func (q *queue) withdraw(r *request) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.waiting, r)
	if i < 0 {
		return false
	}
	q.waiting = slices.Delete(q.waiting, i, i+1)
	return true
}

// submit queues a request. Whoever gets the turn commits for all that wait at that moment, so that writers who meet share one sync
// of the disk; the others find their request done.
func (j *Journal) submit(ctx context.Context, r *request, drafts []desk.Draft) ([]desk.Entry, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(drafts) == 0 {
		return nil, nil
	}
	var err error
	if r.drafts, err = prepare(drafts); err != nil {
		return nil, err
	}
	r.done = make(chan struct{})
	j.queue.add(r)
	select {
	case <-r.done:
		return r.entries, r.err
	case <-ctx.Done():
		if j.queue.withdraw(r) {
			return nil, ctx.Err()
		}
		<-r.done // its commit is under way, and ends by itself
		return r.entries, r.err
	case j.turn <- struct{}{}:
	}
	defer func() { <-j.turn }()
	select {
	case <-r.done:
	default:
		j.commit(j.queue.take())
	}
	return r.entries, r.err
}

// commit writes requests in one transaction and tells each how it went.
func (j *Journal) commit(batch []*request) {
	err := j.unlocked(func(keys *keyring, who string) error {
		return j.update(func(tx *bbolt.Tx) error {
			w, err := newWriter(tx, keys, who, j.opts.Clock)
			if err != nil {
				return err
			}
			return w.writeAll(batch)
		})
	})
	for _, r := range batch {
		if err != nil && r.err == nil {
			r.entries, r.err = nil, err
		}
		close(r.done)
	}
}

// writer appends entries within one transaction.
type writer struct {
	tx    *bbolt.Tx
	keys  *keyring
	who   string
	clock desk.Clock
	last  wire.Entry
}

func newWriter(tx *bbolt.Tx, keys *keyring, who string, clock desk.Clock) (*writer, error) {
	last, err := lastRecord(tx)
	if err != nil {
		return nil, err
	}
	return &writer{tx: tx, keys: keys, who: who, clock: clock, last: last.e}, nil
}

// lastRecord is the newest entry; the zero record in an empty journal.
func lastRecord(tx *bbolt.Tx) (record, error) {
	k, b := tx.Bucket([]byte(bucketEntries)).Cursor().Last()
	if k == nil {
		return record{}, nil
	}
	r, err := decodeRecord(k, b)
	if err != nil {
		return record{}, fmt.Errorf("%w: the newest entry: %w", ErrDamaged, err)
	}
	return r, nil
}

// writeAll writes the requests that can be written and leaves its reason with each of the others.
func (w *writer) writeAll(batch []*request) error {
	for _, r := range batch {
		if r.err = w.refuses(r); r.err != nil {
			continue
		}
		if err := w.write(r); err != nil {
			return err
		}
	}
	return nil
}

// refuses says why a request cannot be written, before anything of it is: its visit was erased, or the key of the visit is spoilt.
func (w *writer) refuses(r *request) error {
	for _, d := range r.drafts {
		subkey, err := readSubkey(w.tx, w.keys, d.visit)
		subkey.wipe()
		switch {
		case err == nil, errors.Is(err, ErrUnknownVisit): // its first entry
		case errors.Is(err, ErrVisitErased) && r.replies != nil: // kept without content
		default:
			return err
		}
	}
	return nil
}

func (w *writer) write(r *request) error {
	r.entries = make([]desk.Entry, 0, len(r.drafts))
	if r.replies != nil {
		return w.writeReplies(r)
	}
	for _, d := range r.drafts {
		e, err := w.append(d)
		if err != nil {
			return err
		}
		r.entries = append(r.entries, e.Desk())
	}
	return nil
}

// writeReplies appends the replies that were not kept before and moves the cursor with them.
func (w *writer) writeReplies(r *request) error {
	return changeSync(w.tx, func(s *syncRecord) error {
		for i, d := range r.drafts {
			if r.replies[i] <= s.ReplyCursor {
				continue
			}
			e, err := w.append(d)
			if err != nil {
				return err
			}
			r.entries = append(r.entries, e.Desk())
			s.ReplyCursor = r.replies[i]
		}
		return nil
	})
}

func (w *writer) append(p prepared) (wire.Entry, error) {
	at := wire.Moment(w.clock.Now())
	e := wire.Entry{
		Seq: w.last.Seq + 1, ID: newUUIDv7(at), Kind: p.kind, Version: desk.PayloadVersion, At: at,
		Facilitator: w.who, Visit: p.visit, Supersedes: p.supersedes, Payload: p.payload, Salt: make([]byte, wire.SaltSize),
	}
	rand.Read(e.Salt) //nolint:errcheck // never fails
	if err := e.Seal(w.last.Digest); err != nil {
		return wire.Entry{}, err
	}
	rec := record{e: e}
	rec.e.Payload, rec.e.Salt = nil, nil
	subkey, err := makeSubkey(w.tx, w.keys, p.visit)
	switch {
	case errors.Is(err, ErrVisitErased):
		e = rec.e // recorded without its content
	case err != nil:
		return wire.Entry{}, err
	default:
		rec.sealed, err = sealPayload(&subkey, e)
		subkey.wipe()
		if err != nil {
			return wire.Entry{}, err
		}
		if err := w.index(p); err != nil {
			return wire.Entry{}, err
		}
	}
	b := w.tx.Bucket([]byte(bucketEntries))
	b.FillPercent = 0.95 // keys only ever grow: full pages are never split again
	if err := b.Put(seqKey(e.Seq), rec.encode()); err != nil {
		return wire.Entry{}, err
	}
	w.last = e
	return e, nil
}

// index makes the visit findable by the fiscal code of whom it names; a later name replaces it.
func (w *writer) index(p prepared) error {
	if p.kind != (desk.VisitNamed{}).Kind() || p.visit == "" {
		return nil
	}
	if err := unindex(w.tx, p.visit); err != nil || p.person == "" {
		return err
	}
	hash := w.keys.personHash(p.person)
	if err := w.tx.Bucket([]byte(bucketNamed)).Put([]byte(p.visit), hash); err != nil {
		return err
	}
	return w.tx.Bucket([]byte(bucketPeople)).Put(append(hash, p.visit...), []byte{})
}

func unindex(tx *bbolt.Tx, visit string) error {
	named := tx.Bucket([]byte(bucketNamed))
	hash := bytes.Clone(named.Get([]byte(visit)))
	if hash == nil {
		return nil
	}
	if err := tx.Bucket([]byte(bucketPeople)).Delete(append(hash, visit...)); err != nil {
		return err
	}
	return named.Delete([]byte(visit))
}

// newUUIDv7 makes the identifier from the time that the entry bears, so that a clock under test decides it (RFC 9562, 5.7).
func newUUIDv7(at time.Time) string {
	var b [16]byte
	rand.Read(b[:]) //nolint:errcheck // never fails
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(max(0, at.UnixMilli())))
	copy(b[:6], ms[2:])
	b[6] = b[6]&0x0f | 0x70
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
