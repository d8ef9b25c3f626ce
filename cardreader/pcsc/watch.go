//go:build cgo || windows

package pcsc

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/ebfe/scard"

	"bottega/cardreader"
)

// notification is the name of a reader that is none: its state changes when a reader comes or goes.
const notification = `\\?PnP?\Notification`

const (
	// longestWait bounds one wait inside the service, so that a reader which came between the look at the list and the wait
	// is seen soon all the same.
	longestWait = 2 * time.Second
	// pollPause is between two looks where we do not wait inside the service.
	pollPause = 250 * time.Millisecond
)

// waits reports whether we wait inside the service for something to happen. On Windows the library does not keep the readers'
// names in place during a wait, and may come back from the notification at once; macOS has no notification. There we look
// again every pollPause instead, with calls that return at once.
var waits = runtime.GOOS != "windows" && runtime.GOOS != "darwin"

// Watch is as cardreader.Port says.
func (p *Port) Watch(ctx context.Context, known []cardreader.ReaderState, limit time.Duration) ([]cardreader.ReaderState, error) {
	patience := time.NewTimer(limit + watchGrace)
	defer patience.Stop()
	if err := p.watching.enter(ctx, patience.C); err != nil {
		return nil, unanswered(err)
	}
	w := &watch{known: known, until: time.Now().Add(limit), stopped: make(chan struct{})}
	type result struct {
		states []cardreader.ReaderState
		err    error
	}
	results := make(chan result, 1)
	go func() {
		defer p.watching.leave()
		states, err := w.run()
		results <- result{states, err}
	}()
	select {
	case r := <-results:
		return r.states, r.err
	case <-patience.C:
		w.stop()
		return nil, unanswered(errSlow)
	case <-p.closed:
		w.stop()
		return nil, errClosed
	case <-ctx.Done():
		w.stop()
		return nil, context.Cause(ctx)
	}
}

// unanswered calls a service down that does not come back.
func unanswered(err error) error {
	if errors.Is(err, errSlow) {
		return fmt.Errorf("%w: %w", cardreader.ServiceDown, err)
	}
	return err
}

// watch is one call of Watch, on its worker.
type watch struct {
	known []cardreader.ReaderState
	until time.Time
	// seen is the raw state of each reader, as the service wants it back; nil before the first look. last is what it means.
	seen map[string]scard.StateFlag
	last []cardreader.ReaderState

	stopped chan struct{}
	mu      sync.Mutex
	service *scard.Context // nil while there is none to cancel
}

// stop makes the worker come back from its wait. Nobody listens to its result any more, nor to that of the cancelling, which a
// service that is stuck does not come back from either.
func (w *watch) stop() {
	close(w.stopped)
	go func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.service != nil {
			_ = w.service.Cancel() // at worst the wait goes on for longestWait
		}
	}()
}

// run watches over one context of the service after the other, where one falls asleep.
func (w *watch) run() ([]cardreader.ReaderState, error) {
	for {
		now, err := w.session()
		if !asleep(runtime.GOOS, err) {
			return now, err
		}
		if w.known == nil || len(w.known) > 0 || !time.Now().Before(w.until) {
			return []cardreader.ReaderState{}, nil
		}
		if w.rest(); w.over() {
			return nil, errClosed
		}
	}
}

// asleep reports a service that is down because there is nothing for it to do: Windows starts its service when a reader is
// attached and stops it when the last one leaves.
func asleep(system string, err error) bool {
	return system == "windows" && (errors.Is(err, scard.ErrNoService) || errors.Is(err, scard.ErrServiceStopped))
}

// session watches over one context until there is something to tell.
func (w *watch) session() ([]cardreader.ReaderState, error) {
	service, err := scard.EstablishContext()
	if err != nil {
		return nil, explain(err, cardreader.ServiceDown)
	}
	w.mu.Lock()
	w.service = service
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		w.service = nil
		w.mu.Unlock()
		_ = service.Release() // nothing is left to do about a service that does not let go
	}()
	for {
		now, err := w.look(service)
		switch {
		case errors.Is(err, errMoved) && time.Now().Before(w.until.Add(watchGrace)):
			w.seen = nil
		case err != nil:
			return nil, err
		case w.known == nil || !same(w.known, now) || !time.Now().Before(w.until):
			return now, nil
		}
		if w.over() {
			return nil, errClosed
		}
	}
}

// over reports that nobody waits for the result any more.
func (w *watch) over() bool {
	select {
	case <-w.stopped:
		return true
	default:
		return false
	}
}

// errMoved says that a reader left between the list and the look: the look is made again. On Linux the library may also lose
// a reader's name when two watches wait at once, which shows in the same way and is mended in the same way.
var errMoved = fmt.Errorf("a reader left while it was looked at: %w", cardreader.ServiceDown)

// look returns the readers as they are: at once at first, later after having waited for something to happen.
func (w *watch) look(service *scard.Context) ([]cardreader.ReaderState, error) {
	names, err := readers(service)
	if err != nil {
		return nil, err
	}
	states := make([]scard.ReaderState, 0, len(names)+1)
	fresh := w.seen == nil
	for _, name := range names {
		current, known := w.seen[name]
		fresh = fresh || !known
		states = append(states, scard.ReaderState{Reader: name, CurrentState: current})
	}
	wait := time.Duration(0)
	switch {
	case fresh:
	case waits:
		wait = min(longestWait, max(0, time.Until(w.until)))
		states = append(states, scard.ReaderState{Reader: notification})
	default:
		w.rest()
	}
	if len(states) > 0 {
		err = service.GetStatusChange(states, wait)
	}
	switch {
	case err == nil:
		w.keep(states[:len(names)])
		return w.last, nil
	case errors.Is(err, scard.ErrTimeout):
		return w.last, nil
	case errors.Is(err, scard.ErrUnknownReader), errors.Is(err, scard.ErrReaderUnavailable), errors.Is(err, scard.ErrNoReadersAvailable):
		w.rest()
		return nil, errMoved
	default:
		return nil, explain(err, cardreader.ServiceDown)
	}
}

// keep remembers the raw states and what they mean.
func (w *watch) keep(states []scard.ReaderState) {
	w.seen, w.last = map[string]scard.StateFlag{}, []cardreader.ReaderState{}
	for _, s := range states {
		w.seen[s.Reader] = s.EventState &^ scard.StateChanged
		if s.EventState&(scard.StateUnavailable|scard.StateUnknown) == 0 { // else it is on its way out
			w.last = append(w.last, meaning(s.Reader, s.EventState, s.Atr))
		}
	}
}

// counterShift is where the service counts what happened at a reader.
const counterShift = 16

func meaning(reader string, raw scard.StateFlag, atr []byte) cardreader.ReaderState {
	state := cardreader.ReaderState{Name: reader, Card: cardreader.Empty, Changes: uint32(raw) >> counterShift}
	switch {
	case raw&scard.StatePresent == 0:
	case raw&scard.StateMute != 0:
		state.Card = cardreader.Mute
	default:
		state.Card, state.ATR = cardreader.Present, atr
	}
	return state
}

// rest pauses, unless nobody waits for the result any more.
func (w *watch) rest() {
	select {
	case <-time.After(pollPause):
	case <-w.stopped:
	}
}

// readers lists the readers that a desk would use.
func readers(service *scard.Context) ([]string, error) {
	names, err := service.ListReaders()
	if errors.Is(err, scard.ErrNoReadersAvailable) {
		return nil, nil
	}
	if err != nil {
		return nil, explain(err, cardreader.ServiceDown)
	}
	return slices.DeleteFunc(names, func(name string) bool { return !shown(name) }), nil
}

// same reports whether two looks saw the same readers in the same state.
func same(a, b []cardreader.ReaderState) bool {
	return slices.EqualFunc(a, b, func(x, y cardreader.ReaderState) bool {
		return x.Name == y.Name && x.Card == y.Card && x.Changes == y.Changes
	})
}
