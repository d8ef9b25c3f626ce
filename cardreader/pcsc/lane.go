package pcsc

import (
	"context"
	"time"
)

// lane lets a few workers at a time into a place that may block for ever. Whoever gives up waiting leaves its worker there; when
// the lane is full the next one does not start another, but waits, with its own limit, for one to come out.
type lane chan struct{}

func newLane(workers int) lane { return make(lane, workers) }

// enter waits for the lane until the context or the limit ends, and reports context.Cause or errSlow.
func (l lane) enter(ctx context.Context, limit <-chan time.Time) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	select {
	case l <- struct{}{}:
		return nil
	case <-limit:
		return errSlow
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (l lane) leave() { <-l }
