package journal

import (
	"context"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"bottega/desk"
	"bottega/sync/wire"
)

// syncRecord is how far the hub has the journal; in bucket "meta".
type syncRecord struct {
	Epoch       wire.Epoch `json:"epoch"`
	Acked       uint64     `json:"acked"`
	AckedAt     time.Time  `json:"acked_at,omitzero"`
	ReplyCursor uint64     `json:"reply_cursor"`
	// HubAt is the newest time that the hub told.
	HubAt time.Time `json:"hub_at,omitzero"`
}

// State is where the journal stands. It can be read while locked.
type State struct {
	// Last is the newest sequence, zero in an empty journal; LastAt its time.
	Last   uint64
	LastAt time.Time
	// Acked is the highest sequence that the hub said is durable there; AckedAt when it last said so, zero if never.
	Acked   uint64
	AckedAt time.Time
	// Epoch is the stream in which entries travel now.
	Epoch wire.Epoch
	// ReplyCursor is the number of the last reply that was recorded.
	ReplyCursor uint64
	// ClockBehind says that the computer's clock is earlier than the newest entry: it jumped back, and should be set right.
	ClockBehind bool
	// HeadLost says that the file was spoilt where its newest commit is named, so that what was recorded last may be missing: a person
	// has to look, and goes on with HeadTold.
	HeadLost bool
	// TracesLeft says that something was dropped, and that the disk did not let where it stood be overwritten yet.
	TracesLeft bool
}

// State returns where the journal stands.
func (j *Journal) State() (State, error) {
	var s State
	err := j.view(func(tx *bbolt.Tx) error {
		var r syncRecord
		if err := getJSON(tx, bucketMeta, metaSync, &r); err != nil {
			return err
		}
		last, err := lastRecord(tx)
		if err != nil {
			return err
		}
		_, noted, err := readHeadNote(tx)
		if err != nil {
			return err
		}
		traces, err := scrubDue(tx)
		if err != nil {
			return err
		}
		s = State{
			Last: last.e.Seq, LastAt: last.e.At, Acked: r.Acked, AckedAt: r.AckedAt, Epoch: r.Epoch, ReplyCursor: r.ReplyCursor,
			ClockBehind: last.e.Seq > 0 && wire.Moment(j.opts.Clock.Now()).Before(last.e.At),
			HeadLost:    noted || j.headLost.Load(), TracesLeft: traces || j.leftOver.Load(),
		}
		return nil
	})
	if err != nil {
		return State{}, fmt.Errorf("reading where the journal stands: %w", err)
	}
	return s, nil
}

// Position says where the journal stands towards the hub.
func (j *Journal) Position(ctx context.Context) (wire.Position, error) {
	if err := ctx.Err(); err != nil {
		return wire.Position{}, err
	}
	s, err := j.State()
	return wire.Position{Epoch: s.Epoch, Last: s.Last, Acknowledged: s.Acked, Replies: s.ReplyCursor}, err
}

// Acknowledge records that the hub now has every entry of the epoch up to seq. It may go back: a hub that was itself put back from a
// backup says honestly that it has less.
func (j *Journal) Acknowledge(ctx context.Context, epoch string, seq uint64) error {
	err := j.changeSync(ctx, func(tx *bbolt.Tx, s *syncRecord) error {
		last, err := lastRecord(tx)
		if err != nil {
			return err
		}
		if seq > last.e.Seq {
			return fmt.Errorf("the hub acknowledged entry %d and the journal ends at %d: %w", seq, last.e.Seq, wire.ErrBrokenChain)
		}
		if epoch != s.Epoch.ID {
			return fmt.Errorf("the hub acknowledged epoch %s and the journal is in %s: %w", epoch, s.Epoch.ID, wire.ErrBrokenChain)
		}
		s.Acked, s.AckedAt = seq, wire.Moment(j.opts.Clock.Now())
		return noteAck(tx, j.ackedAt(s), seq)
	})
	if err != nil {
		return fmt.Errorf("recording an acknowledgement: %w", err)
	}
	return nil
}

// NewEpoch starts another stream at sequence from, before which the hub has everything. It is what a desk does when the hub knows
// the entries from there on with other digests, because the desk was cloned or put back from a backup.
func (j *Journal) NewEpoch(ctx context.Context, from uint64) error {
	err := j.changeSync(ctx, func(tx *bbolt.Tx, s *syncRecord) error {
		last, err := lastRecord(tx)
		if err != nil {
			return err
		}
		if from == 0 || from > last.e.Seq+1 {
			return fmt.Errorf("an epoch cannot start at %d in a journal that ends at %d: %w", from, last.e.Seq, wire.ErrMalformed)
		}
		epoch := wire.Epoch{ID: randomID(), From: from}
		if from > 1 {
			k := seqKey(from - 1)
			r, err := decodeRecord(k, tx.Bucket([]byte(bucketEntries)).Get(k))
			if err != nil {
				return &Fault{Seq: from - 1, Kind: FaultRecord}
			}
			epoch.Prev = r.e.Digest
		}
		s.Epoch, s.Acked = epoch, from-1
		return noteAck(tx, j.ackedAt(s), s.Acked)
	})
	if err != nil {
		return fmt.Errorf("starting an epoch: %w", err)
	}
	return nil
}

// Keep appends what the hub answered and moves the reply cursor to the last of it, in one step; replies that were kept before are
// left out. A reply belongs to the visit of the entry it is about; if that visit was erased meanwhile, it is kept without content. One
// that belongs to no visit, as when the entry was lost with a disk, is kept without what it says of a person: no erasure reaches it.
func (j *Journal) Keep(ctx context.Context, replies []desk.Reply) error {
	visits, err := j.visitsOf(replies)
	if err != nil {
		return fmt.Errorf("keeping replies of the hub: %w", err)
	}
	r := &request{replies: make([]uint64, len(replies))}
	drafts := make([]desk.Draft, len(replies))
	for i, reply := range replies {
		r.replies[i] = reply.Number
		visit := visits[reply.About]
		if visit == "" {
			reply.Exemption, reply.More = nil, nil
		}
		drafts[i] = desk.Draft{Visit: visit, Payload: desk.ReplyReceived{Reply: reply}}
	}
	if _, err := j.submit(ctx, r, drafts); err != nil {
		return fmt.Errorf("keeping replies of the hub: %w", err)
	}
	return nil
}

// visitsOf finds the visits of the entries that replies are about. They are mostly recent, so the search begins at the end.
func (j *Journal) visitsOf(replies []desk.Reply) (map[string]string, error) {
	wanted := make(map[string]bool, len(replies))
	for _, r := range replies {
		wanted[r.About] = true
	}
	visits := make(map[string]string, len(wanted))
	err := j.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket([]byte(bucketEntries)).Cursor()
		for k, b := c.Last(); k != nil && len(visits) < len(wanted); k, b = c.Prev() {
			r, err := decodeRecord(k, b)
			if err != nil {
				return &Fault{Seq: r.e.Seq, Kind: FaultRecord}
			}
			if wanted[r.e.ID] {
				visits[r.e.ID] = r.e.Visit
			}
		}
		return nil
	})
	return visits, err
}

func (j *Journal) changeSync(ctx context.Context, change func(*bbolt.Tx, *syncRecord) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return j.update(func(tx *bbolt.Tx) error {
		return changeSync(tx, func(s *syncRecord) error { return change(tx, s) })
	})
}

func changeSync(tx *bbolt.Tx, change func(*syncRecord) error) error {
	var s syncRecord
	if err := getJSON(tx, bucketMeta, metaSync, &s); err != nil {
		return err
	}
	if err := change(&s); err != nil {
		return err
	}
	return putJSON(tx, bucketMeta, metaSync, s)
}

// SetSetting keeps a value sealed beside the journal: the desk's identity, its private key and certificate, the address of the hub.
// Names are not secret.
func (j *Journal) SetSetting(ctx context.Context, name string, value []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := j.unlockedUpdate(func(tx *bbolt.Tx, keys *keyring) error {
		sealed, err := seal(&keys.settings, bucketSettings, []byte(name), value)
		if err != nil {
			return err
		}
		return tx.Bucket([]byte(bucketSettings)).Put([]byte(name), sealed)
	})
	if err != nil {
		return fmt.Errorf("keeping setting %s: %w", name, err)
	}
	return nil
}

// Setting returns a value that SetSetting kept; nil when there is none.
func (j *Journal) Setting(ctx context.Context, name string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var value []byte
	err := j.unlocked(func(keys *keyring, _ string) error {
		return j.view(func(tx *bbolt.Tx) error {
			sealed := tx.Bucket([]byte(bucketSettings)).Get([]byte(name))
			if sealed == nil {
				return checkNames(tx, bucketSettings)
			}
			var err error
			if value, err = unseal(&keys.settings, bucketSettings, []byte(name), sealed); err != nil {
				return fmt.Errorf("%w: %w", ErrDamaged, err)
			}
			if value == nil {
				value = []byte{}
			}
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("reading setting %s: %w", name, err)
	}
	return value, nil
}

// DeleteSetting drops a value; one that is not there is no error.
func (j *Journal) DeleteSetting(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := j.scrubbing(ctx, func(tx *bbolt.Tx, _ *keyring, _ string) error {
		return tx.Bucket([]byte(bucketSettings)).Delete([]byte(name))
	})
	if err != nil {
		return fmt.Errorf("dropping setting %s: %w", name, err)
	}
	return nil
}

// settingIdentity is what makes this desk known to its hub.
const settingIdentity = "identity"

// LoadIdentity returns what SaveIdentity kept, nil when the desk was never enrolled.
func (j *Journal) LoadIdentity(ctx context.Context) ([]byte, error) {
	return j.Setting(ctx, settingIdentity)
}

// SaveIdentity keeps the desk's identity towards its hub, sealed.
func (j *Journal) SaveIdentity(ctx context.Context, identity []byte) error {
	return j.SetSetting(ctx, settingIdentity, identity)
}
