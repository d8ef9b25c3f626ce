package dispatch_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"bottega/ui/dispatch"
)

func TestAPumpRunsNothingUntilItIsDrained(t *testing.T) {
	p := dispatch.NewPump()
	var order []int
	p.Dispatch(func() {
		order = append(order, 1)
		p.Dispatch(func() { order = append(order, 3) })
	})
	p.Dispatch(func() { order = append(order, 2) })
	if len(order) != 0 {
		t.Fatalf("ran before the drain: %v", order)
	}
	if ran := p.Drain(); ran != 3 {
		t.Errorf("ran %d functions, want 3", ran)
	}
	for i, n := range order {
		if n != i+1 {
			t.Fatalf("order %v, want 1 2 3", order)
		}
	}
}

func TestUntilWaitsForWorkFromAnotherGoroutine(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	p := dispatch.NewPump()
	done := false
	go p.Dispatch(func() { done = true })
	if err := p.Until(ctx, func() bool { return done }); err != nil {
		t.Fatal(err)
	}
}

func TestUntilGivesUpWhenTheContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := dispatch.NewPump().Until(ctx, func() bool { return false })
	if !errors.Is(err, dispatch.ErrNotReached) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
