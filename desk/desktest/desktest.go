// Package desktest holds quick doubles of the desk's ports for tests that are about something else: a journal in memory, a clock
// that stands still until it is told to move, papers that render to their own JSON. The real parts have tests of their own.
//
// Only tests may import it.
package desktest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"bottega/desk"
)

// Journal is a desk.Journal in memory.
type Journal struct {
	Clock desk.Clock
	// Facilitator is written into every entry.
	Facilitator string
	// Fail, when set, is asked before every append; its error is returned and nothing is written.
	Fail func(drafts []desk.Draft) error

	mu      sync.Mutex
	entries []desk.Entry
}

// Append implements desk.Journal.
func (j *Journal) Append(_ context.Context, drafts ...desk.Draft) ([]desk.Entry, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.Fail != nil {
		if err := j.Fail(drafts); err != nil {
			return nil, err
		}
	}
	var out []desk.Entry
	for _, d := range drafts {
		payload, err := json.Marshal(d.Payload)
		if err != nil {
			return nil, err
		}
		seq := uint64(len(j.entries) + len(out) + 1)
		out = append(out, desk.Entry{
			Seq: seq, ID: fmt.Sprintf("entry-%d", seq), Kind: d.Payload.Kind(), Version: desk.PayloadVersion, At: j.Clock.Now(),
			Facilitator: j.Facilitator, Visit: d.Visit, Supersedes: d.Supersedes, Payload: payload,
		})
	}
	j.entries = append(j.entries, out...)
	return out, nil
}

// Read implements desk.Journal.
func (j *Journal) Read(_ context.Context, from uint64, each func(desk.Entry) error) error {
	for _, e := range j.Entries() {
		if e.Seq < from {
			continue
		}
		if err := each(e); err != nil {
			return err
		}
	}
	return nil
}

// Erase drops what visits say and records why, as the real journal does; an erased visit is not erased again.
func (j *Journal) Erase(ctx context.Context, orders ...desk.VisitErased) ([]desk.Entry, error) {
	var drafts []desk.Draft
	j.mu.Lock()
	for _, o := range orders {
		for i := range j.entries {
			if e := &j.entries[i]; e.Visit == o.Visit && e.Payload != nil {
				e.Payload = nil
				o.Entries++
				o.Last = e.Seq
				o.First = cmp.Or(o.First, e.Seq)
			}
		}
		if o.Entries > 0 {
			drafts = append(drafts, desk.Draft{Payload: o})
		}
	}
	j.mu.Unlock()
	return j.Append(ctx, drafts...)
}

// Put keeps an entry as another program may have written it; its sequence is set here.
func (j *Journal) Put(e desk.Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	e.Seq = uint64(len(j.entries) + 1)
	j.entries = append(j.entries, e)
}

// Entries returns a copy of what was appended.
func (j *Journal) Entries() []desk.Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]desk.Entry(nil), j.entries...)
}

// Clock is a clock that only moves when told.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock that stands at t.
func NewClock(t time.Time) *Clock { return &Clock{now: t} }

// Now implements desk.Clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock, backwards too.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Papers renders a paper to its own JSON, so that a test can read what it says.
type Papers struct{}

// Render implements desk.Papers.
func (Papers) Render(_ context.Context, p desk.Paper) ([]byte, error) { return json.Marshal(p) }

// IDs returns a source of identifiers that count from one.
func IDs() func() string {
	var mu sync.Mutex
	n := 0
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		n++
		return fmt.Sprintf("id-%d", n)
	}
}
