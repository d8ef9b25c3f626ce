package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"bottega/desk"
	"bottega/sync/hub/store"
	"bottega/sync/wire"
)

// RunTogether holds several stores on the same data against the contract, as several processes have them. open returns that many on
// data of their own, which are empty; RunTogether closes them.
func RunTogether(t *testing.T, open func(t *testing.T, n int) []store.Store) {
	for name, test := range map[string]func(*testing.T, []store.Store){
		"a code is good in one of them":                       oneCode,
		"the same push in all of them is kept once":           samePush,
		"every record is judged once, in replies without gap": judgedOnce,
		"a card is activated once":                            oneActivation,
		"a registry that is loaded again lacks nothing":       loadedBesideAnswers,
		"a registry that is loaded keeps no writer out":       loadedBesideWriters,
		"a revoked desk is shut out of all of them at once":   revokedEverywhere,
	} {
		t.Run(name, func(t *testing.T) {
			stores := open(t, 3)
			t.Cleanup(func() {
				for _, s := range stores {
					if err := s.Close(); err != nil {
						t.Errorf("Close = %v", err)
					}
				}
			})
			test(t, stores)
		})
	}
}

// everywhere runs f at the same time in every store.
func everywhere(stores []store.Store, f func(i int, s store.Store)) {
	var wg sync.WaitGroup
	for i, s := range stores {
		wg.Go(func() { f(i, s) })
	}
	wg.Wait()
}

func oneCode(t *testing.T, stores []store.Store) {
	check(t, stores[0].AddCode(t.Context(), store.Code{SecretHash: "h", Expires: noon().Add(time.Hour)}))
	errs := make([]error, len(stores))
	everywhere(stores, func(i int, s store.Store) {
		id := fmt.Sprint("d", i)
		_, errs[i] = s.Enrol(t.Context(), "h", store.Desk{ID: id, Certificate: "c" + id, Key: "k" + id, Enrolled: noon()})
	})
	good := 0
	for _, err := range errs {
		if err == nil {
			good++
			continue
		}
		wants(t, err, store.ErrNoCode)
	}
	if desks := must(stores[1].Desks(t.Context()))(t); good != 1 || len(desks) != 1 {
		t.Errorf("%d enrolled; desks: %+v", good, desks)
	}
}

func samePush(t *testing.T, stores []store.Store) {
	enrol(t, stores[0], "a")
	all := Chain(t, 1, wire.Digest{}, 60, 1)
	everywhere(stores, func(i int, s store.Store) {
		for n := 10; n <= len(all); n += 10 {
			if _, err := s.Append(t.Context(), push("a", first("e"), all[:n])); err != nil {
				t.Errorf("store %d, %d entries: %v", i, n, err)
			}
		}
	})
	appended(t, stores[0], push("a", first("e"), nil), 60)
	if desks := must(stores[1].Desks(t.Context()))(t); desks[0].Entries != 60 {
		t.Errorf("desks: %+v", desks)
	}
}

func judgedOnce(t *testing.T, stores []store.Store) {
	const desks, each = 4, 25
	for i := range desks {
		id := fmt.Sprint("d", i)
		enrol(t, stores[0], id)
		appended(t, stores[0], push(id, first("e"), Chain(t, 1, wire.Digest{}, each, byte(i+1))), each)
	}
	judged := map[string]int{}
	everywhere(stores, func(i int, s store.Store) {
		for {
			n, err := s.Answer(t.Context(), "", 7, func(store.Record, store.Register) (store.Decision, error) {
				return store.Decision{State: store.StateAnswered, Reply: &desk.Reply{Kind: desk.RecordRefused, Reason: fmt.Sprint("by", i)}}, nil
			})
			if err != nil {
				t.Errorf("Answer = %v", err)
				return
			}
			if stats, err := s.Stats(t.Context()); n == 0 && (err != nil || stats.Open == 0) {
				return
			}
		}
	})
	for i := range desks {
		replies, last, err := stores[0].Replies(t.Context(), fmt.Sprint("d", i), 0, 100)
		check(t, err)
		for j, r := range replies {
			judged[fmt.Sprint(i, r.About)]++
			if r.Number != uint64(j+1) {
				t.Errorf("reply %d has number %d", j+1, r.Number)
			}
		}
		if last != each || len(replies) != each {
			t.Errorf("desk %d: %d replies up to %d", i, len(replies), last)
		}
	}
	if len(judged) != desks*each {
		t.Errorf("%d records were judged", len(judged))
	}
}

func oneActivation(t *testing.T, stores []store.Store) {
	number := "6090010000000018"
	check(t, stores[0].Load(t.Context(), store.Registry{Cards: []store.Card{{Number: number, FiscalCode: "x", State: store.CardIssued}}, At: noon()}))
	for i := range stores {
		id := fmt.Sprint("d", i)
		enrol(t, stores[0], id)
		appended(t, stores[0], push(id, first("e"), Chain(t, 1, wire.Digest{}, 1, byte(i+1))), 1)
	}
	confirmed := make([]int, len(stores))
	everywhere(stores, func(i int, s store.Store) {
		_, err := s.Answer(t.Context(), fmt.Sprint("d", i), 5, func(_ store.Record, in store.Register) (store.Decision, error) {
			card, err := in.Card(number)
			confirmed[i] = 0
			if err != nil || card.State != store.CardIssued {
				return store.Decision{State: store.StateAnswered}, err
			}
			confirmed[i] = 1
			return store.Decision{State: store.StateAnswered, Activate: number}, nil
		})
		if err != nil {
			t.Errorf("Answer = %v", err)
		}
	})
	if n := confirmed[0] + confirmed[1] + confirmed[2]; n != 1 {
		t.Errorf("the card was activated %d times", n)
	}
}

// loadedBesideAnswers loads the same cards again and again, from two processes, while a third one answers: no card may seem to be
// missing, and none of another load.
func loadedBesideAnswers(t *testing.T, stores []store.Store) {
	const rows, records, perTurn = 3000, 80, 2
	cards := make([]store.Card, rows)
	for i := range cards {
		cards[i] = store.Card{Number: fmt.Sprint(i), FiscalCode: "x", State: store.CardIssued}
	}
	check(t, stores[0].Load(t.Context(), store.Registry{Cards: cards, At: noon()}))
	enrol(t, stores[0], "a")
	appended(t, stores[0], push("a", first("e"), Chain(t, 1, wire.Digest{}, records, 1)), records)
	done := make(chan struct{})
	everywhere(stores, func(i int, s store.Store) {
		if i > 0 {
			for {
				select {
				case <-done:
					return
				default:
				}
				if err := s.Load(t.Context(), store.Registry{Cards: cards, At: noon()}); err != nil {
					t.Errorf("Load = %v", err)
				}
			}
		}
		defer close(done)
		for n := 0; n < records; n += perTurn {
			if _, err := s.Answer(t.Context(), "", perTurn, func(r store.Record, in store.Register) (store.Decision, error) {
				_, err := in.Card(fmt.Sprint((r.Entry.Seq * 7919) % rows))
				if err != nil {
					t.Errorf("record %d: %v", r.Entry.Seq, err)
				}
				return store.Decision{State: store.StateAnswered}, nil
			}); err != nil {
				t.Errorf("Answer = %v", err)
			}
		}
	})
	if stats := must(stores[0].Stats(t.Context()))(t); stats.Open != 0 {
		t.Errorf("counted %+v", stats)
	}
}

// loadedBesideWriters loads a large registry in one process, and wants another one to get its writes in meanwhile.
func loadedBesideWriters(t *testing.T, stores []store.Store) {
	const rows, atLeast = 20_000, 4
	cards := make([]store.Card, rows)
	for i := range cards {
		cards[i] = store.Card{Number: fmt.Sprint(i), FiscalCode: "x", State: store.CardIssued}
	}
	loaded := make(chan error, 1)
	go func() { loaded <- stores[0].Load(t.Context(), store.Registry{Cards: cards, At: noon()}) }()
	written := 0
	for {
		select {
		case err := <-loaded:
			check(t, err)
			if written < atLeast {
				t.Errorf("%d writes while the registry was loaded", written)
			}
			return
		default:
		}
		check(t, stores[1].AddCode(t.Context(), store.Code{SecretHash: fmt.Sprint(written), Expires: noon()}))
		written++
	}
}

func revokedEverywhere(t *testing.T, stores []store.Store) {
	enrol(t, stores[0], "a")
	for _, s := range stores {
		known(t, s, true, "cert-a")
	}
	check(t, stores[1].Revoke(t.Context(), "a", noon()))
	for _, s := range stores {
		known(t, s, false, "cert-a")
		_, err := s.Append(t.Context(), push("a", first("e"), nil))
		wants(t, err, store.ErrNotFound)
	}
}
