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

// pace finds the size of the next batch, at most the limit. While batches pass quickly each is twice as large as the one before.
type pace struct {
	size, limit int
	quick       bool
}

// newPace begins with the size that the last batch of a round before was of; zero for none.
func newPace(size, limit int) pace {
	if size == 0 {
		size = firstBatch
	}
	return pace{size: min(size, firstBatch, limit), limit: limit, quick: true}
}

// after learns from a batch that went, or did not, and returns the size of the next.
func (p *pace) after(sent int, took time.Duration, err error) int {
	p.quick = err == nil && took < quickBatch
	switch {
	case wordOf(err) == TooLarge:
		p.limit = max(1, sent/2)
	case wordOf(err) == HubUnreachable, wordOf(err) == LineSlow, err == nil && took > slowBatch:
		p.size = max(1, min(p.size, sent)/2)
	}
	p.size = p.following(p.size)
	return p.size
}

// following is the size of the batch after one of a size.
func (p *pace) following(size int) int {
	if p.quick {
		size *= 2
	}
	return min(size, p.limit)
}

// load is entries on their way into a batch, and their JSON. It lies in a room, until that is used for another.
type load struct {
	entries []wire.Entry
	text    *text
}

// room is memory for one load after another.
type room struct {
	entries wire.Room
	text    *text
}

// readAheads is how many loads are made while one is on the line: what takes one of them longer is made up for by the next.
const readAheads = 3

// reader makes loads from the journal while those before them are on the line.
type reader struct {
	c    *Client
	pace pace
	// ahead are the loads that were begun, in order; none but the first can be asked for next.
	ahead []*readAhead
	// rooms are that of the load that may be on the line and those of the ones after it, in turns.
	rooms [1 + readAheads]room
	turn  int
}

type readAhead struct {
	size int
	done chan struct{}
	// next is the sequence after those of the load; zero when nothing comes after it.
	next uint64
	load load
	err  error
}

// load returns entries from one on, and begins to read those after them if there are any up to last.
func (r *reader) load(ctx context.Context, from, last uint64) (load, error) {
	l, err := r.take(ctx, from)
	if err != nil {
		return load{}, err
	}
	before := &readAhead{load: l, next: nextAfter(l, last), size: r.pace.size}
	if n := len(r.ahead); n > 0 {
		before = r.ahead[n-1]
	}
	for len(r.ahead) < readAheads {
		before = r.begin(ctx, before, last)
		r.ahead = append(r.ahead, before)
	}
	return l, nil
}

// nextAfter is the sequence after a load; zero when the load has the last.
func nextAfter(l load, last uint64) uint64 {
	if after := l.entries[len(l.entries)-1].Seq + 1; after <= last {
		return after
	}
	return 0
}

// take returns the load that was begun, if it is the one that is wanted now.
func (r *reader) take(ctx context.Context, from uint64) (load, error) {
	if len(r.ahead) > 0 {
		first := r.ahead[0]
		<-first.done
		if first.size <= r.pace.size && (first.err != nil || len(first.load.entries) > 0 && first.load.entries[0].Seq == from) {
			r.ahead = r.ahead[1:]
			return first.load, first.err
		}
		r.stop()
	}
	return r.read(ctx, r.swap(), from, r.pace.size)
}

// swap returns the room in which no load lies that may be on the line or go there next.
func (r *reader) swap() *room {
	r.turn = (r.turn + 1) % len(r.rooms)
	room := &r.rooms[r.turn]
	if room.text == nil || room.text.read.Load() != 0 {
		room.text = &text{}
	}
	return room
}

func (r *reader) read(ctx context.Context, room *room, from uint64, most int) (l load, err error) {
	if l.entries, err = r.c.batch(ctx, &room.entries, from, most); err != nil {
		return l, err
	}
	l.text = room.text
	l.text.json, err = wire.AppendEntries(l.text.json[:0], l.entries)
	return l, err
}

// begin supposes that the loads before pass as quickly as the last one did.
func (r *reader) begin(ctx context.Context, before *readAhead, last uint64) *readAhead {
	a := &readAhead{size: r.pace.following(before.size), done: make(chan struct{})}
	room := r.swap()
	go func() {
		defer close(a.done)
		if before.done != nil {
			<-before.done
		}
		if before.next == 0 || before.err != nil {
			return
		}
		a.err = r.c.guarded(ctx, func(ctx context.Context) (err error) {
			if a.load, err = r.read(ctx, room, before.next, a.size); err == nil {
				a.next = nextAfter(a.load, last)
			}
			return err
		})
	}()
	return a
}

// stop waits for what was begun, and forgets it.
func (r *reader) stop() {
	for _, a := range r.ahead {
		<-a.done
	}
	r.ahead = nil
}
