// Package clienttest has a journal in memory for tests of whatever talks to a hub. Only tests import it.
package clienttest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"bottega/desk"
	"bottega/sync/wire"
)

// Journal is a client.Journal and a client.Identity in memory, with what a disk can do to one: be copied, and be put back.
type Journal struct {
	mu       sync.Mutex
	entries  []wire.Entry
	position wire.Position
	identity []byte
	broken   error
	hubAt    time.Time
}

// New returns an empty journal.
func New() *Journal {
	return &Journal{position: wire.Position{Epoch: wire.Epoch{ID: uuid.NewString(), From: 1}}}
}

// Of returns a journal of entries that were kept, none of which the hub has acknowledged.
func Of(epoch wire.Epoch, entries []wire.Entry) *Journal {
	return &Journal{entries: slices.Clone(entries), position: wire.Position{Epoch: epoch, Last: epoch.From - 1 + uint64(len(entries))}}
}

// Clone returns what a copy of the disk would hold.
func (j *Journal) Clone() *Journal {
	j.mu.Lock()
	defer j.mu.Unlock()
	return &Journal{entries: slices.Clone(j.entries), position: j.position, identity: j.identity, hubAt: j.hubAt}
}

// Break makes every call fail with err, until it is nil.
func (j *Journal) Break(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.broken = err
}

// Add appends facts and returns their entries.
func (j *Journal) Add(payloads ...desk.Payload) []wire.Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	var added []wire.Entry
	for _, p := range payloads {
		data, err := json.Marshal(p)
		if err != nil {
			panic(fmt.Sprintf("a payload that cannot be encoded: %v", err)) // a mistake of the test
		}
		added = append(added, j.add(p.Kind(), data))
	}
	return added
}

// AddRaw appends an entry of any kind with any JSON object.
func (j *Journal) AddRaw(kind desk.Kind, payload string) wire.Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.add(kind, json.RawMessage(payload))
}

func (j *Journal) add(kind desk.Kind, payload json.RawMessage) wire.Entry {
	var prev wire.Digest
	if n := len(j.entries); n > 0 {
		prev = j.entries[n-1].Digest
	}
	e := wire.Entry{
		Seq: j.position.Last + 1, ID: uuid.NewString(), Kind: kind, Version: 1, At: wire.Moment(time.Now()),
		Facilitator: "somebody", Payload: payload, Salt: bytes.Repeat([]byte{byte(j.position.Last)}, wire.SaltSize),
	}
	if err := e.Seal(prev); err != nil {
		panic(fmt.Sprintf("an entry that cannot be sealed: %v", err)) // a mistake of the test
	}
	j.entries = append(j.entries, e)
	j.position.Last = e.Seq
	return e
}

// Entries returns what is in the journal.
func (j *Journal) Entries() []wire.Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.entries)
}

// Replies returns the replies that were kept.
func (j *Journal) Replies() []desk.Reply {
	j.mu.Lock()
	defer j.mu.Unlock()
	var replies []desk.Reply
	for _, e := range j.entries {
		var r desk.ReplyReceived
		if e.Kind == r.Kind() && json.Unmarshal(e.Payload, &r) == nil {
			replies = append(replies, r.Reply)
		}
	}
	return replies
}

// Position implements client.Journal.
func (j *Journal) Position(context.Context) (wire.Position, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.position, j.broken
}

// Batch implements client.Journal.
func (j *Journal) Batch(_ context.Context, _ *wire.Room, from uint64, maxEntries, maxBytes int) ([]wire.Entry, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	batch := make([]wire.Entry, 0, max(0, min(maxEntries, len(j.entries)+1-int(from))))
	size := 0
	for seq := from; seq <= j.position.Last && len(batch) < maxEntries; seq++ {
		e := j.entries[seq-1]
		if size += len(e.Payload); size > maxBytes && len(batch) > 0 {
			break
		}
		batch = append(batch, e)
	}
	return batch, j.broken
}

// Acknowledge implements client.Journal.
func (j *Journal) Acknowledge(_ context.Context, epoch string, seq uint64) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if epoch != j.position.Epoch.ID || seq > j.position.Last {
		return errors.New("acknowledged what this journal has not")
	}
	if j.broken == nil {
		j.position.Acknowledged = seq
	}
	return j.broken
}

// HubTime implements client.Journal.
func (j *Journal) HubTime(_ context.Context, at time.Time) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken == nil && at.After(j.hubAt) {
		j.hubAt = at
	}
	return j.broken
}

// HubAt is the newest time that the hub told; zero when it told none.
func (j *Journal) HubAt() time.Time {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.hubAt
}

// NewEpoch implements client.Journal.
func (j *Journal) NewEpoch(_ context.Context, from uint64) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if from == 0 || from > j.position.Last+1 {
		return fmt.Errorf("an epoch from %d in a journal that ends at %d", from, j.position.Last)
	}
	if j.broken != nil {
		return j.broken
	}
	j.position.Epoch = wire.Epoch{ID: uuid.NewString(), From: from}
	if from > 1 {
		j.position.Epoch.Prev = j.entries[from-2].Digest
	}
	j.position.Acknowledged = from - 1
	return nil
}

// Keep implements client.Journal.
func (j *Journal) Keep(_ context.Context, replies []desk.Reply) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken != nil {
		return j.broken
	}
	for _, r := range replies {
		if r.Number <= j.position.Replies {
			continue
		}
		data, err := json.Marshal(desk.ReplyReceived{Reply: r})
		if err != nil {
			return err
		}
		j.add(desk.ReplyReceived{}.Kind(), data)
		j.position.Replies = r.Number
	}
	return nil
}

// LoadIdentity implements client.Identity.
func (j *Journal) LoadIdentity(context.Context) ([]byte, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.identity, j.broken
}

// SaveIdentity implements client.Identity.
func (j *Journal) SaveIdentity(_ context.Context, identity []byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken == nil {
		j.identity = bytes.Clone(identity)
	}
	return j.broken
}
