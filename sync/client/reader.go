package client

import (
	"context"
	"time"

	"bottega/sync/wire"
)

// How many entries go into a batch depends on the line: few at first, more while they pass quickly, fewer where they take long. A line
// of two kilobytes a second is common in a piazza, and what breaks off on the way has to be sent again.
const (
	firstBatch = 64
	quickBatch = 5 * time.Second
	slowBatch  = 20 * time.Second
)

// pace finds the size of the next batch, at most the limit.
type pace struct{ size, limit int }

// newPace begins with the size that the last batch of a round before was of; zero for none.
func newPace(size, limit int) pace {
	if size == 0 {
		size = firstBatch
	}
	return pace{size: min(size, firstBatch, limit), limit: limit}
}

// after learns from a batch that went, or did not, and returns the size of the next.
func (p *pace) after(sent int, took time.Duration, err error) int {
	switch {
	case wordOf(err) == TooLarge:
		p.limit = max(1, sent/2)
	case wordOf(err) == HubUnreachable, err == nil && took > slowBatch:
		p.size = max(1, min(p.size, sent)/2)
	case err == nil && took < quickBatch:
		p.size *= 2
	}
	p.size = min(p.size, p.limit)
	return p.size
}

// load is entries on their way into a batch, and their JSON.
type load struct {
	entries []wire.Entry
	json    []byte
}

// reader makes loads from the journal, each while the one before it is on the line.
type reader struct {
	c    *Client
	pace pace
	// next is the load that was begun ahead; nil when there is none.
	next *readAhead
	// room is where JSON is written: that of a load and that of the one after it, in turns.
	room [2][]byte
	turn int
}

type readAhead struct {
	from uint64
	size int
	done chan struct{}
	load load
	err  error
}

// load returns entries from one on, and begins to read those after them if there are any up to last.
func (r *reader) load(ctx context.Context, from, last uint64) (load, error) {
	l, err := r.take(ctx, from)
	if err != nil {
		return load{}, err
	}
	if after := l.entries[len(l.entries)-1].Seq + 1; after <= last {
		r.next = r.begin(ctx, after)
	}
	return l, nil
}

func (r *reader) take(ctx context.Context, from uint64) (load, error) {
	r.stop()
	if a := r.next; a != nil && a.from == from && a.size <= r.pace.size {
		return a.load, a.err
	}
	return r.read(ctx, r.swap(), from, r.pace.size)
}

// swap returns the room in which no load lies that may be on the line.
func (r *reader) swap() *[]byte {
	r.turn = 1 - r.turn
	return &r.room[r.turn]
}

func (r *reader) read(ctx context.Context, room *[]byte, from uint64, most int) (l load, err error) {
	if l.entries, err = r.c.batch(ctx, from, most); err != nil {
		return l, err
	}
	if l.json, err = wire.AppendEntries((*room)[:0], l.entries); err == nil {
		*room = l.json
	}
	return l, err
}

// begin supposes that the load before passes quickly.
func (r *reader) begin(ctx context.Context, from uint64) *readAhead {
	a := &readAhead{from: from, size: min(2*r.pace.size, r.pace.limit), done: make(chan struct{})}
	room := r.swap()
	go func() {
		defer close(a.done)
		a.err = r.c.guarded(ctx, func(ctx context.Context) (err error) {
			a.load, err = r.read(ctx, room, from, a.size)
			return err
		})
	}()
	return a
}

// stop waits for what was begun.
func (r *reader) stop() {
	if r.next != nil {
		<-r.next.done
	}
}
