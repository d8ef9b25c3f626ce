// Package dispatch carries work to the one goroutine that may touch the windows.
//
// Presenters get a Func and know nothing of the toolkit behind it: live it is fyne.Do, in tests it is a Pump, which the test
// drains itself so that nothing happens behind its back. Every package under ui may import it; it imports the standard library.
package dispatch

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// Func runs a function on the goroutine of the windows, soon, and returns without waiting for it.
type Func func(func())

// Pump is the goroutine of the windows in a test: functions wait in it until the test runs them.
type Pump struct {
	mu      sync.Mutex
	waiting []func()
	arrived chan struct{}
}

// NewPump returns an empty pump.
func NewPump() *Pump { return &Pump{arrived: make(chan struct{}, 1)} }

// Dispatch queues f; it is a Func.
func (p *Pump) Dispatch(f func()) {
	p.mu.Lock()
	p.waiting = append(p.waiting, f)
	p.mu.Unlock()
	select {
	case p.arrived <- struct{}{}:
	default:
	}
}

// Drain runs what waits, and what that queues in turn, on the calling goroutine, and returns how many functions ran.
func (p *Pump) Drain() int {
	ran := 0
	for {
		p.mu.Lock()
		batch := p.waiting
		p.waiting = nil
		p.mu.Unlock()
		if len(batch) == 0 {
			return ran
		}
		for _, f := range batch {
			f()
			ran++
		}
	}
}

// Arrived waits until something waits in the pump, and leaves it there.
func (p *Pump) Arrived(ctx context.Context) error {
	for {
		p.mu.Lock()
		waiting := len(p.waiting)
		p.mu.Unlock()
		if waiting > 0 {
			return nil
		}
		select {
		case <-p.arrived:
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ErrNotReached, ctx.Err())
		}
	}
}

// ErrNotReached says that the context ended before the condition held.
var ErrNotReached = errors.New("the condition was not reached")

// Until drains, waiting for more work as long as done says no. The context is the safety net for a test that would hang.
func (p *Pump) Until(ctx context.Context, done func() bool) error {
	for {
		p.Drain()
		if done() {
			return nil
		}
		select {
		case <-p.arrived:
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ErrNotReached, ctx.Err())
		}
	}
}
