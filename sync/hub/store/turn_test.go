package store

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestWritersBehindOneThatIsHeldUpGiveUpTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now() // of the bubble: no real time passes
		s := &sqlStore{writes: make(chan struct{}, 1)}
		done, err := s.turn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		refused := make(chan error)
		for range 16 {
			go func() {
				_, err := s.turn(t.Context())
				refused <- err
			}()
		}
		for range 16 {
			if err := <-refused; !errors.Is(err, errBusy) {
				t.Errorf("refused with %v", err)
			}
		}
		if took := time.Since(start); took != turnTime {
			t.Errorf("it took %v", took)
		}
		done()
		ended, cancel := context.WithCancel(t.Context())
		if done, err = s.turn(ended); err != nil {
			t.Errorf("the turn that is free is refused: %v", err)
		}
		cancel()
		if _, err := s.turn(ended); !errors.Is(err, context.Canceled) {
			t.Errorf("refused with %v", err)
		}
		done()
	})
}
