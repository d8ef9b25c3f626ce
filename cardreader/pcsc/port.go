//go:build cgo || windows

package pcsc

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ebfe/scard"

	"bottega/cardreader"
)

// The limits on what the service may take. They bound a stuck service; a healthy one is far from them.
const (
	connectLimit  = 1800 * time.Millisecond // then another program holds the card
	transmitLimit = 10 * time.Second        // the slowest command of a card, a signature, takes about two
	closeLimit    = time.Second
	watchGrace    = 3 * time.Second // beyond what a watch asked to wait
	watchWorkers  = 4
)

// errClosed is what a closed port answers.
var errClosed = fmt.Errorf("the port is closed: %w", cardreader.ServiceDown)

// Port is the computer's card service. Each watch and each conversation has a context of its own there, since the service
// runs the calls of one context one after the other.
type Port struct {
	watching lane

	mu      sync.Mutex
	readers map[string]lane
	closed  chan struct{}
	once    sync.Once
}

var _ cardreader.Port = (*Port)(nil)

// New returns a port. The service need not run yet: it is looked for anew at each call.
func New() *Port {
	return &Port{watching: newLane(watchWorkers), readers: map[string]lane{}, closed: make(chan struct{})}
}

// Close is as cardreader.Port says.
func (p *Port) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

// lane returns the way to one reader's card.
func (p *Port) lane(reader string) lane {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.readers[reader] == nil {
		p.readers[reader] = newLane(1)
	}
	return p.readers[reader]
}

// Connect is as cardreader.Port says: the conversation is shared with other programs and holds a transaction.
func (p *Port) Connect(ctx context.Context, reader string) (cardreader.Link, error) {
	select {
	case <-p.closed:
		return nil, errClosed
	default:
	}
	limit := time.NewTimer(connectLimit)
	defer limit.Stop()
	way := p.lane(reader)
	if err := way.enter(ctx, limit.C); err != nil {
		return nil, held(err)
	}
	l := newLink(reader)
	opened := make(chan error, 1)
	go func() {
		defer way.leave()
		l.serve(opened)
	}()
	select {
	case err := <-opened:
		if err != nil {
			return nil, err
		}
		return l, nil
	case <-limit.C:
		l.hangUp()
		return nil, held(errSlow)
	case <-ctx.Done():
		l.hangUp()
		return nil, context.Cause(ctx)
	}
}

// held calls a card busy that could not be had in time: only another program's transaction keeps one from Connect.
func held(err error) error {
	if errors.Is(err, errSlow) {
		return fmt.Errorf("%w: %w", cardreader.Busy, err)
	}
	return err
}

// handle is a card as the service gives it, *scard.Card everywhere but in tests.
type handle interface {
	ActiveProtocol() scard.Protocol
	Transmit(command []byte) ([]byte, error)
	Control(code uint32, in []byte) ([]byte, error)
	Status() (*scard.CardStatus, error)
}

// job is something to do with a card, and where its answer goes.
type job struct {
	do func(handle) ([]byte, error)
	// wipe is cleared once it is done: it may hold a code that somebody typed.
	wipe  []byte
	reply chan<- reply
}

type reply struct {
	answer []byte
	err    error
}

// link is a conversation. Its worker alone touches the service.
type link struct {
	reader string
	atr    []byte
	after  scard.Disposition // what the worker does with the card at the end: leaves it, or resets it
	pad    *features         // what the reader's keypad can do; nil before somebody asked

	jobs    chan job
	closing chan struct{} // closed when nobody wants the conversation any more
	once    sync.Once
	ended   chan struct{} // closed when the worker has let go of the card
}

func newLink(reader string) *link {
	return &link{reader: reader, jobs: make(chan job), closing: make(chan struct{}), ended: make(chan struct{}), after: scard.LeaveCard}
}

func (l *link) Reader() string { return l.reader }

func (l *link) ATR() []byte { return append([]byte{}, l.atr...) }

// serve opens the conversation, tells so, answers the jobs until it is hung up, and lets go of everything.
func (l *link) serve(opened chan<- error) {
	defer close(l.ended)
	service, err := scard.EstablishContext()
	if err != nil {
		opened <- explain(err, cardreader.ServiceDown)
		return
	}
	defer func() { _ = service.Release() }() // nothing is left to do about a service that does not let go
	card, err := service.Connect(l.reader, scard.ShareShared, scard.ProtocolAny)
	if err != nil {
		opened <- explain(err, cardreader.MuteCard)
		return
	}
	defer func() { _ = card.Disconnect(scard.LeaveCard) }() // the card may be gone
	if err := l.begin(card); err != nil {
		opened <- err
		return
	}
	defer func() { _ = card.EndTransaction(l.after) }() // ends with the conversation in any case
	opened <- nil
	l.work(card)
}

// work does the jobs until the conversation is hung up.
func (l *link) work(card handle) {
	for {
		select {
		case j := <-l.jobs:
			answer, err := j.do(card)
			clear(j.wipe)
			j.reply <- reply{answer, err}
		case <-l.closing:
			return
		}
	}
}

// resetTries bounds how often another program's reset is accepted while a conversation opens.
const resetTries = 3

// begin starts the transaction and learns the card's answer to reset.
func (l *link) begin(card *scard.Card) error {
	err := card.BeginTransaction()
	for try := 0; errors.Is(err, scard.ErrResetCard) && try < resetTries; try++ {
		if err = card.Reconnect(scard.ShareShared, scard.ProtocolAny, scard.LeaveCard); err == nil {
			err = card.BeginTransaction()
		}
	}
	if err != nil {
		return explain(err, cardreader.MuteCard)
	}
	status, err := card.Status()
	if err != nil {
		return explain(err, cardreader.MuteCard)
	}
	if p := card.ActiveProtocol(); p != scard.ProtocolT0 && p != scard.ProtocolT1 {
		return fmt.Errorf("%w: it speaks no protocol we know", cardreader.MuteCard)
	}
	l.atr = status.Atr
	return nil
}

// statusLength is what every answer has at least.
const statusLength = 2

// transmit sends one command.
func transmit(card handle, command []byte) ([]byte, error) {
	if card.ActiveProtocol() == scard.ProtocolT0 {
		command = withoutLe(command)
	}
	answer, err := card.Transmit(command)
	if err == nil && len(answer) < statusLength {
		err = scard.ErrCommDataLost // some drivers hand on nothing when the card leaves in mid-command
	}
	if err == nil {
		return answer, nil
	}
	return nil, failed(card, err)
}

// failed says why a card did not answer.
func failed(card handle, err error) error {
	if !errors.Is(err, scard.ErrResetCard) && gone(card) {
		return cardreader.RemovedEarly
	}
	return explain(err, cardreader.MuteCard)
}

// The service looks at its readers about every 400 milliseconds.
const (
	removalLimit = time.Second
	removalPause = 50 * time.Millisecond
)

// gone reports whether the card left. A card pulled out in the middle of a command shows as a failed transmission at first,
// as a dirty one does: the service tells which only when it has looked again.
func gone(card handle) bool {
	for until := time.Now().Add(removalLimit); time.Now().Before(until); time.Sleep(removalPause) {
		if _, err := card.Status(); err != nil {
			meaning := explain(err, cardreader.MuteCard)
			return !errors.Is(meaning, cardreader.ErrReset) && !errors.Is(meaning, cardreader.ServiceDown)
		}
	}
	return false
}

// errEnded is what a conversation answers after its end.
var errEnded = errors.New("the conversation with the card has ended")

// Transmit is as cardreader.Link says.
func (l *link) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if len(command) < 4 {
		return nil, fmt.Errorf("a command of %d bytes is none", len(command))
	}
	own := append([]byte{}, command...)
	return l.ask(ctx, transmitLimit, own, func(card handle) ([]byte, error) { return transmit(card, own) })
}

// ask hands a job to the worker and waits for its answer. What is to be wiped is cleared also when the job is never done.
func (l *link) ask(ctx context.Context, patience time.Duration, wipe []byte, do func(handle) ([]byte, error)) ([]byte, error) {
	if ctx.Err() != nil {
		clear(wipe)
		return nil, context.Cause(ctx)
	}
	limit := time.NewTimer(patience)
	defer limit.Stop()
	replies := make(chan reply, 1)
	if err := l.hand(ctx, limit.C, job{do, wipe, replies}); err != nil {
		clear(wipe)
		return nil, err
	}
	select {
	case r := <-replies:
		return r.answer, r.err
	case <-limit.C:
		return nil, fmt.Errorf("%w: %w", cardreader.MuteCard, errSlow)
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// hand gives a job to the worker, which may still be at the last one.
func (l *link) hand(ctx context.Context, limit <-chan time.Time, j job) error {
	select {
	case l.jobs <- j:
		return nil
	case <-l.closing:
		return errEnded
	case <-limit:
		return fmt.Errorf("%w: %w", cardreader.MuteCard, errSlow)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (l *link) hangUp() { l.once.Do(func() { close(l.closing) }) }

// Close is as cardreader.Link says. It waits a little for the card to be free again.
func (l *link) Close() error {
	l.hangUp()
	select {
	case <-l.ended:
		return nil
	case <-time.After(closeLimit):
		return errSlow
	}
}
