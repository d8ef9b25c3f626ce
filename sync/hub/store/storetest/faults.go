package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"bottega/sync/hub/store"
	"bottega/sync/wire"
)

// patience is a safety net: no test waits for it unless something is broken.
const patience = 30 * time.Second

func wantsFault(t *testing.T, err error) {
	t.Helper()
	var fault *store.FaultError
	if !errors.As(err, &fault) || fault.Type == "" || len(fault.Stack) == 0 {
		t.Errorf("error is %v, want a fault", err)
	}
}

// faultLetsGo makes the program fail within transactions, while others write: all of them end, and the store goes on.
func faultLetsGo(t *testing.T, s store.Store) {
	const desks, pushes = 6, 4
	for i := range desks {
		enrol(t, s, fmt.Sprint("d", i))
	}
	enrol(t, s, "faulty")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	broken := push("faulty", first("e"), Chain(t, 1, wire.Digest{}, 3, 99))
	broken.Raw = nil // nobody makes such a push: it breaks in the midst of the transaction
	var wg sync.WaitGroup
	for i := range desks {
		wg.Go(func() {
			all := Chain(t, 1, wire.Digest{}, pushes, byte(i+1))
			for n := range pushes {
				_, err := s.Append(ctx, broken)
				wantsFault(t, err)
				if _, err := s.Append(ctx, push(fmt.Sprint("d", i), first("e"), all[:n+1])); err != nil {
					t.Errorf("desk %d: %v", i, err)
				}
			}
		})
	}
	wg.Wait()
	broken.Raw = push("faulty", first("e"), broken.Entries).Raw
	appended(t, s, broken, 3)
}

// endedWaitsForNobody holds the store with a judge that does not come back until the test says so.
func endedWaitsForNobody(t *testing.T, s store.Store) {
	enrol(t, s, "a")
	appended(t, s, push("a", first("e"), Chain(t, 1, wire.Digest{}, 1, 1)), 1)
	holds, letGo := make(chan struct{}), make(chan struct{})
	answered := make(chan error, 1)
	go func() {
		_, err := s.Answer(t.Context(), "", 1, func(store.Record, store.Register) (store.Decision, error) {
			close(holds)
			<-letGo
			return store.Decision{State: store.StateKept}, nil
		})
		answered <- err
	}()
	<-holds
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, write := range map[string]func() error{
		"a push": func() error {
			_, err := s.Append(ended, push("a", first("e"), Chain(t, 1, wire.Digest{}, 2, 1)))
			return err
		},
		"a code":     func() error { return s.AddCode(ended, store.Code{SecretHash: "h", Expires: noon()}) },
		"a registry": func() error { return s.Load(ended, store.Registry{Cards: []store.Card{{Number: "1"}}, At: noon()}) },
	} {
		done := make(chan error, 1)
		go func() { done <- write() }()
		select {
		case err := <-done:
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", name, err)
			}
		case <-time.After(patience):
			t.Errorf("%s waits though its context ended", name)
		}
	}
	close(letGo)
	check(t, <-answered)
	appended(t, s, push("a", first("e"), Chain(t, 1, wire.Digest{}, 2, 1)), 2)
}
