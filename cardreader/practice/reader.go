package practice

import (
	"context"
	"fmt"
	"sync"
	"time"

	"bottega/cardreader"
)

// busyAfter is how long a conversation waits for another one to end before the card counts as busy.
const busyAfter = 1800 * time.Millisecond

// errClosed is what a closed reader answers.
var errClosed = fmt.Errorf("the practice reader is closed: %w", cardreader.ServiceDown)

// Reader is a card reader in software, for the practice desk: a cardreader.Port with one reader, and hands to put a card in
// and to pull it out.
type Reader struct {
	name string

	mu      sync.Mutex
	card    *Card         // nil when the reader is empty
	pulled  chan struct{} // closed when the card that is in is pulled out
	changed chan struct{} // closed when anything changed, and replaced
	changes uint32
	closed  bool

	busy chan struct{} // holds one value while a conversation goes on
}

var _ cardreader.Port = (*Reader)(nil)

// NewReader returns an empty reader with a name to show.
func NewReader(name string) *Reader {
	return &Reader{name: name, changed: make(chan struct{}), busy: make(chan struct{}, 1)}
}

// Insert puts a card in. A card that was in is pulled out first.
func (r *Reader) Insert(card *Card) {
	r.Remove()
	card.insert()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.card, r.pulled = card, make(chan struct{})
	r.happened()
}

// Remove pulls the card out, whatever goes on with it.
func (r *Reader) Remove() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.remove()
}

// eject pulls a card out, if it is still the one that is in.
func (r *Reader) eject(card *Card) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.card == card {
		r.remove()
	}
}

// remove empties the reader. The lock is held.
func (r *Reader) remove() {
	if r.card == nil {
		return
	}
	close(r.pulled)
	r.card, r.pulled = nil, nil
	r.happened()
}

// happened wakes those who watch. The lock is held.
func (r *Reader) happened() {
	r.changes++
	close(r.changed)
	r.changed = make(chan struct{})
}

// Watch is as cardreader.Port says.
func (r *Reader) Watch(ctx context.Context, known []cardreader.ReaderState, limit time.Duration) ([]cardreader.ReaderState, error) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		state, changed, err := r.look()
		if err != nil {
			return nil, err
		}
		if known == nil || len(known) != 1 || known[0].Changes != state.Changes || known[0].Card != state.Card {
			return []cardreader.ReaderState{state}, nil
		}
		select {
		case <-changed:
		case <-timer.C:
			return []cardreader.ReaderState{state}, nil
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

func (r *Reader) look() (cardreader.ReaderState, <-chan struct{}, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	state := cardreader.ReaderState{Name: r.name, Card: cardreader.Empty, Changes: r.changes}
	if r.closed {
		return state, nil, errClosed
	}
	switch {
	case r.card == nil:
	case r.card.mute():
		state.Card = cardreader.Mute
	default:
		state.Card, state.ATR = cardreader.Present, r.card.ATR()
	}
	return state, r.changed, nil
}

// Connect is as cardreader.Port says.
func (r *Reader) Connect(ctx context.Context, reader string) (cardreader.Link, error) {
	if reader != r.name {
		return nil, fmt.Errorf("reader %q: %w", reader, cardreader.NoReader)
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	timer := time.NewTimer(busyAfter)
	defer timer.Stop()
	select {
	case r.busy <- struct{}{}:
	case <-timer.C:
		return nil, cardreader.Busy
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.connectable(); err != nil {
		<-r.busy
		return nil, err
	}
	return &link{reader: r, card: r.card, pulled: r.pulled}, nil
}

// connectable reports why no conversation can begin. The lock is held.
func (r *Reader) connectable() error {
	switch {
	case r.closed:
		return errClosed
	case r.card == nil:
		return cardreader.NoCard
	case r.card.mute():
		return cardreader.MuteCard
	default:
		return nil
	}
}

// Close is as cardreader.Port says.
func (r *Reader) Close() error {
	r.Remove()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	r.happened()
	return nil
}

// link is a conversation with the card that was in the reader when it began.
type link struct {
	reader *Reader
	card   *Card
	pulled <-chan struct{}
	once   sync.Once
	reset  bool // at the end
}

var _ cardreader.Guarded = (*link)(nil)

func (l *link) Reader() string { return l.reader.name }

func (l *link) ATR() []byte { return l.card.ATR() }

// Transmit is as cardreader.Link says.
func (l *link) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if l.card.leaves() {
		l.reader.eject(l.card)
	}
	select {
	case <-l.pulled:
		return nil, cardreader.RemovedEarly
	default:
	}
	answer := l.card.Process(command)
	limit := wireTime(len(command)+len(answer), l.card.profile.Baud)
	if limit == 0 {
		return answer, nil
	}
	select {
	case <-time.After(limit):
		return answer, nil
	case <-l.pulled:
		return nil, cardreader.RemovedEarly
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Guard is as cardreader.Guarded says. Nobody else gets at a practice reader in any case.
func (l *link) Guard(context.Context) error {
	l.reset = true
	return nil
}

// Close is as cardreader.Link says.
func (l *link) Close() error {
	l.once.Do(func() {
		if l.reset {
			l.card.Reset()
		}
		<-l.reader.busy
	})
	return nil
}
