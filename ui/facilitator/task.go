package facilitator

import (
	"context"
	"errors"
	"sync"
	"time"

	"bottega/ui/dispatch"
)

// patience is how long a task may take before the window says that it is working: below it, a sign would only flicker.
const patience = 250 * time.Millisecond

// task is the one piece of work that goes on: while it does, the page takes no other orders and Esc gives it up.
type task struct {
	label  string
	cancel context.CancelFunc
	// slow is set once it has taken longer than patience.
	slow bool
	// stopping is set once it was given up and has not ended yet.
	stopping bool
	// yields is set where it is given up for a lock that is due: it goes on by itself after the next unlocking.
	yields bool
}

// worker runs tasks off the goroutine of the windows and brings their results back. Its methods are called on that goroutine.
type worker struct {
	base     context.Context
	dispatch dispatch.Func
	// changed redraws the window.
	changed func()
	current *task
	running sync.WaitGroup
	next    []func()
}

// run does work and then, on the goroutine of the windows, done with its error. It reports false when another task goes on.
func (w *worker) run(label string, work func(context.Context) error, done func(error)) bool {
	if w.current != nil {
		return false
	}
	ctx, cancel := context.WithCancel(w.base)
	t := &task{label: label, cancel: cancel}
	w.current = t
	timer := time.AfterFunc(patience, func() {
		w.dispatch(func() {
			if w.current == t {
				t.slow = true
				w.changed()
			}
		})
	})
	w.running.Go(func() {
		err := work(ctx)
		w.dispatch(func() {
			timer.Stop()
			cancel()
			w.current = nil
			if t.stopping && errors.Is(err, context.Canceled) {
				err = errGivenUp
			}
			done(err)
			w.goOn()
			w.changed()
		})
	})
	return true
}

// runLong is run for what may take hours, and so must not keep a desk open that nobody uses.
func (w *worker) runLong(label string, work func(context.Context) error, done func(error)) {
	if w.run(label, work, done) {
		w.current.yields = true
	}
}

// beside does work that no page waits for, under a context of its own, and then done on the goroutine of the windows.
func (w *worker) beside(ctx context.Context, work func(context.Context) error, done func(error)) {
	w.running.Go(func() {
		err := work(ctx)
		w.dispatch(func() { done(err) })
	})
}

// stop gives the current task up.
func (w *worker) stop() {
	if w.current != nil {
		w.current.stopping = true
		w.current.cancel()
	}
}

// end gives the current task up and waits for it; its result is never heard of.
func (w *worker) end() {
	w.stop()
	w.running.Wait()
}

// errGivenUp is the result of a task that the facilitator gave up: nothing to explain.
var errGivenUp = errors.New("given up")

// after does f once the current task has ended, or at once.
func (w *worker) after(f func()) {
	if w.current == nil {
		f()
		return
	}
	w.next = append(w.next, f)
}

// goOn takes up what waited for the task to end.
func (w *worker) goOn() {
	for len(w.next) > 0 && w.current == nil {
		f := w.next[0]
		w.next = w.next[1:]
		f()
	}
}
