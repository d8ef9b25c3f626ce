package transcript

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"bottega/cardreader"
)

// ErrUnexpected says that a program sent something else than the transcript holds at that point.
var ErrUnexpected = errors.New("the transcript goes on otherwise")

// ErrUnplayed says that a program stopped before the transcript ended.
var ErrUnplayed = errors.New("the transcript was not played to its end")

// errClosed is what a closed replay answers.
var errClosed = fmt.Errorf("the replay is closed: %w", cardreader.ServiceDown)

// Replay is a strict test double: a cardreader.Port with one reader and the card of a transcript in it, which answers exactly
// the recorded commands in the recorded order. The first other command fails, and so does everything after it.
type Replay struct {
	reader string
	t      *Transcript

	mu     sync.Mutex
	next   int // the conversation to come
	at     int // the exchange to come in the one before
	number int // exchanges played
	open   bool
	failed error
	closed chan struct{}
}

var _ cardreader.Port = (*Replay)(nil)

// NewReplay puts the card of a transcript into a reader with a name to show.
func NewReplay(t *Transcript, reader string) *Replay {
	return &Replay{reader: reader, t: t, closed: make(chan struct{})}
}

// Watch is as cardreader.Port says: the card is in and stays in.
func (r *Replay) Watch(ctx context.Context, known []cardreader.ReaderState, limit time.Duration) ([]cardreader.ReaderState, error) {
	state := cardreader.ReaderState{Name: r.reader, Card: cardreader.Present, ATR: slices.Clone(r.t.ATR), Changes: 1}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	if len(known) == 1 && known[0].Card == state.Card && known[0].Changes == state.Changes {
		select {
		case <-timer.C:
		case <-r.closed:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	select {
	case <-r.closed:
		return nil, errClosed
	default:
		return []cardreader.ReaderState{state}, nil
	}
}

// Connect begins the next recorded conversation. One more than there are is ErrUnexpected.
func (r *Replay) Connect(ctx context.Context, reader string) (cardreader.Link, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.closed:
		return nil, errClosed
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	default:
	}
	switch {
	case reader != r.reader:
		return nil, fmt.Errorf("reader %q: %w", reader, cardreader.NoReader)
	case r.open:
		return nil, cardreader.Busy
	case r.failed != nil:
		return nil, r.failed
	case r.next == len(r.t.Conversations):
		return nil, r.fail(fmt.Errorf("conversation %d of %d: %w", r.next+1, len(r.t.Conversations), ErrUnexpected))
	}
	if err := r.unplayed(); err != nil {
		return nil, r.fail(err)
	}
	r.next, r.at, r.open = r.next+1, 0, true
	return &replayLink{replay: r}, nil
}

// Close is as cardreader.Port says.
func (r *Replay) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.closed:
	default:
		close(r.closed)
	}
	return nil
}

// Done reports the first thing that was not as recorded: ErrUnexpected, or ErrUnplayed when something was left.
func (r *Replay) Done() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch err := r.unplayed(); {
	case r.failed != nil:
		return r.failed
	case err != nil:
		return err
	case r.next < len(r.t.Conversations):
		return fmt.Errorf("conversation %d of %d was never held: %w", r.next+1, len(r.t.Conversations), ErrUnplayed)
	}
	return nil
}

// unplayed reports what is left of the conversation that is on, or was last. The lock is held.
func (r *Replay) unplayed() error {
	if r.next == 0 {
		return nil
	}
	if rest := r.t.Conversations[r.next-1][r.at:]; len(rest) > 0 {
		return fmt.Errorf("exchange %d, %s: %w", r.number+1, Words(rest[0].Command), ErrUnplayed)
	}
	return nil
}

// fail keeps the first failure. The lock is held.
func (r *Replay) fail(err error) error {
	if r.failed == nil {
		r.failed = err
	}
	return r.failed
}

// replayLink is one conversation with the card of a transcript.
type replayLink struct {
	replay *Replay
	once   sync.Once
}

// Reader is as cardreader.Link says.
func (l *replayLink) Reader() string { return l.replay.reader }

// ATR is as cardreader.Link says.
func (l *replayLink) ATR() []byte { return slices.Clone(l.replay.t.ATR) }

// Transmit answers as recorded, or fails with ErrUnexpected.
func (l *replayLink) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	r := l.replay
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed != nil {
		return nil, r.failed
	}
	conversation := r.t.Conversations[r.next-1]
	sent := Words(Unit{Head: command})
	if r.at == len(conversation) {
		return nil, r.fail(fmt.Errorf("after the last exchange (%d) the program sent %s: %w", r.number, sent, ErrUnexpected))
	}
	e := conversation[r.at]
	if !e.Command.Fits(command) {
		return nil, r.fail(fmt.Errorf("exchange %d is %s (%s), and the program sent %s: %w",
			r.number+1, Words(e.Command), unitText(e.Command), sent, ErrUnexpected))
	}
	r.at++
	r.number++
	switch e.Fault {
	case "":
	case FaultMalformed:
		return []byte{}, nil
	default:
		return nil, e.Fault.err()
	}
	return append(e.Answer.Bytes(), byte(e.Status>>8), byte(e.Status)), nil
}

// Close is as cardreader.Link says.
func (l *replayLink) Close() error {
	l.once.Do(func() {
		l.replay.mu.Lock()
		defer l.replay.mu.Unlock()
		l.replay.open = false
	})
	return nil
}
