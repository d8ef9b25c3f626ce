package storetest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"bottega/desk"
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

// judgedApart answers the records of two desks with a judge that cannot do one of them, the way fail says, and wants all others
// answered at once, and that one when it is tried again.
func judgedApart(t *testing.T, s store.Store, fail func() (store.Decision, error)) *store.RecordError {
	t.Helper()
	for i, id := range []string{"a", "b"} {
		enrol(t, s, id)
		appended(t, s, push(id, first("e"), Chain(t, 1, wire.Digest{}, 3, byte(i+1))), 3)
	}
	reply := store.Decision{State: store.StateAnswered, Reply: &desk.Reply{Kind: desk.RecordRefused}}
	n, err := s.Answer(t.Context(), "", 10, func(r store.Record, _ store.Register) (store.Decision, error) {
		if r.Entry.ID == "entry-1-2" {
			return fail()
		}
		return reply, nil
	})
	var set *store.SetApartError
	if n != 6 || !errors.As(err, &set) || len(set.Records) != 1 || set.Records[0].Entry != "entry-1-2" || set.Records[0].Desk != "a" {
		t.Fatalf("Answer = %d, %v", n, err)
	}
	if ids := answered(t, s, reply); len(ids) != 0 {
		t.Errorf("handed over again: %v", ids)
	}
	for id, want := range map[string]uint64{"a": 2, "b": 3} {
		if _, last, err := s.Replies(t.Context(), id, 0, 10); err != nil || last != want {
			t.Errorf("desk %s has replies up to %d, %v", id, last, err)
		}
	}
	if stats := must(s.Stats(t.Context()))(t); stats.Open != 1 {
		t.Errorf("counted %+v", stats)
	}
	check(t, s.Reopen(t.Context(), 0))
	if ids := answered(t, s, reply); len(ids) != 1 || ids[0] != "entry-1-2" {
		t.Errorf("tried again: %v", ids)
	}
	return set.Records[0]
}

func setsApart(t *testing.T, s store.Store) {
	broken := errors.New("of Nella Bianchi nothing can be said")
	refused := judgedApart(t, s, func() (store.Decision, error) { return store.Decision{}, broken })
	if !errors.Is(refused, broken) || strings.Contains(refused.Error(), "Bianchi") {
		t.Errorf("refused with %v", refused)
	}
}

func setsApartFaults(t *testing.T, s store.Store) {
	refused := judgedApart(t, s, func() (store.Decision, error) { panic("Nella Bianchi") })
	wantsFault(t, refused)
	if strings.Contains(refused.Error(), "Bianchi") {
		t.Errorf("refused with %v", refused)
	}
}

// setsApartOddTexts has decisions that a database need not take. One that takes them answers the record.
func setsApartOddTexts(t *testing.T, s store.Store) {
	odd := map[string]string{"a": "\x00", "b": random(20_000)}
	for id := range odd {
		enrol(t, s, id)
		appended(t, s, push(id, first("e"), Chain(t, 1, wire.Digest{}, 3, id[0])), 3)
	}
	n, err := s.Answer(t.Context(), "", 10, func(r store.Record, _ store.Register) (store.Decision, error) {
		if r.Entry.Seq == 2 {
			return store.Decision{State: store.StateKept, Erase: odd[r.Desk]}, nil
		}
		return store.Decision{State: store.StateAnswered, Reply: &desk.Reply{Kind: desk.RecordRefused}}, nil
	})
	var set *store.SetApartError
	if err != nil && !errors.As(err, &set) || n != 6 {
		t.Fatalf("Answer = %d, %v", n, err)
	}
	for id, text := range odd {
		if _, last, err := s.Replies(t.Context(), id, 0, 10); err != nil || last != 2 {
			t.Errorf("desk %s has replies up to %d, %v", id, last, err)
		}
		if set != nil && strings.Contains(set.Error(), text) {
			t.Errorf("the text is repeated: %v", set)
		}
	}
}

// random returns a text that cannot be pressed together.
func random(n int) string {
	b := make([]byte, n/2)
	_, _ = rand.Read(b) // it never fails
	return hex.EncodeToString(b)
}
