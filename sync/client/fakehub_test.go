package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"bottega/desk"
	"bottega/sync/wire"
)

// fakeHub is a hub in memory that keeps the promises of the design, over a line that can be made to break.
type fakeHub struct {
	old
	secrets
	mu      sync.Mutex
	epochs  map[string][]wire.Entry // by epoch id, from its first sequence on
	begins  map[string]wire.Epoch
	records map[string]bool // by entry id
	answers []desk.Reply
	series  string // of the numbers of the answers
	// certificates are those that are let in; false stands with one that was not shown yet.
	certificates map[string]bool
	version01    bool  // it knows nothing of what came after 0.1
	unwilling    error // to renew
	half         bool  // it takes less of the next batch than it was sent, as one that runs out of room
	// before and after are called around every request; an error of theirs is what the desk gets. After an error of after the hub
	// has done its work: the answer was lost.
	before, after func() error
	asked         int
}

func newFakeHub() *fakeHub {
	return &fakeHub{
		secrets: newSecrets(), epochs: map[string][]wire.Entry{}, begins: map[string]wire.Epoch{}, records: map[string]bool{},
		certificates: map[string]bool{}, series: "first",
	}
}

// clone is what a backup of the hub holds.
func (h *fakeHub) clone() *fakeHub {
	c := newFakeHub()
	for id, entries := range h.epochs {
		c.epochs[id] = entries[:len(entries):len(entries)]
	}
	for id, e := range h.begins {
		c.begins[id] = e
	}
	for id := range h.records {
		c.records[id] = true
	}
	for id, current := range h.certificates {
		c.certificates[id] = current
	}
	c.series = h.series
	c.answers = h.answers[:len(h.answers):len(h.answers)]
	return c
}

func (h *fakeHub) around(work func() error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked++
	if h.before != nil {
		if err := h.before(); err != nil {
			return err
		}
	}
	if err := work(); err != nil {
		return err
	}
	if h.after != nil {
		return h.after()
	}
	return nil
}

// requests counts what the hub was asked.
func (h *fakeHub) requests() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.asked
}

func (h *fakeHub) push(_ context.Context, b wire.Batch, _ *text) (ack wire.Ack, err error) {
	err = h.around(func() error {
		durable, err := h.keep(b)
		ack = wire.Ack{Epoch: b.Epoch.ID, Durable: durable}
		return err
	})
	if err != nil {
		return wire.Ack{}, err
	}
	return ack, nil
}

func problem(kind string, want uint64) error {
	p := wire.NewProblem(kind, "%d", want)
	p.Want = want
	return p
}

func (h *fakeHub) keep(b wire.Batch) (uint64, error) {
	if err := b.Check(); err != nil {
		return 0, &Trouble{Word: FixRecord, Err: err}
	}
	begin, known := h.begins[b.Epoch.ID]
	if !known {
		if b.Epoch.From > 1 && !h.has(b.Epoch.From-1, b.Epoch.Prev) {
			return 0, problem(wire.ProblemGap, 1)
		}
		begin = b.Epoch
		h.begins[b.Epoch.ID] = begin
	}
	if begin != b.Epoch {
		return 0, problem(wire.ProblemFork, begin.From)
	}
	have := h.epochs[begin.ID]
	durable := begin.From - 1 + uint64(len(have))
	if len(b.Entries) > 0 && b.Entries[0].Seq > durable+1 {
		return 0, problem(wire.ProblemGap, durable+1)
	}
	for _, e := range b.Entries {
		if e.Seq <= durable {
			if have[e.Seq-begin.From].Digest != e.Digest {
				return 0, problem(wire.ProblemFork, e.Seq)
			}
			continue
		}
		last := begin.Prev
		if len(have) > 0 {
			last = have[len(have)-1].Digest
		}
		if e.Prev != last {
			return 0, problem(wire.ProblemFork, max(begin.From, durable))
		}
		if h.half && e.Seq == b.Entries[len(b.Entries)-1].Seq {
			break
		}
		have, durable = append(have, e), e.Seq
	}
	h.half = false
	h.epochs[begin.ID] = have
	for _, e := range b.Entries {
		if e.Seq <= durable {
			h.record(e)
		}
	}
	return durable, nil
}

func (h *fakeHub) has(seq uint64, digest wire.Digest) bool {
	for id, entries := range h.epochs {
		if i := seq - h.begins[id].From; seq >= h.begins[id].From && i < uint64(len(entries)) && entries[i].Digest == digest {
			return true
		}
	}
	return false
}

// record answers notes that ask for it, once per entry.
func (h *fakeHub) record(e wire.Entry) {
	if h.records[e.ID] {
		return
	}
	h.records[e.ID] = true
	if strings.Contains(string(e.Payload), "answer me") {
		h.answers = append(h.answers, desk.Reply{Number: uint64(len(h.answers)) + 1, About: e.ID, Kind: desk.ActivationConfirmed})
	}
}

func (h *fakeHub) replies(_ context.Context, after uint64) (page wire.Replies, err error) {
	err = h.around(func() error {
		page.Last, page.Series = uint64(len(h.answers)), h.series
		for _, r := range h.answers[min(after, page.Last):] {
			if len(page.Replies) == 3 {
				break
			}
			page.Replies = append(page.Replies, r)
		}
		return nil
	})
	if err != nil {
		return wire.Replies{}, err
	}
	return page, nil
}

// offline is what a line that is cut gives.
func offline() error { return &Trouble{Word: HubUnreachable, Err: errors.New("cut")} }

// line makes a client of a journal that talks to a fake hub.
func line(ctx context.Context, j interface {
	Journal
	Identity
}, h door) (*Client, error) {
	c, err := New(ctx, Params{Journal: j, Identity: j, Program: "test"})
	if err != nil {
		return nil, err
	}
	c.door, c.most = h, 2
	c.addresses = func() string { return "192.0.2.1/24" }
	c.status.State, c.status.Problem = desk.LineIdle, ""
	return c, nil
}

// missing returns an entry that the hub has not, or an empty text.
func (h *fakeHub) missing(entries []wire.Entry) string {
	for _, e := range entries {
		if !h.records[e.ID] {
			return fmt.Sprintf("entry %d (%s)", e.Seq, e.ID)
		}
	}
	return ""
}
