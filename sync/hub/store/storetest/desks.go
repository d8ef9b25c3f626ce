package storetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"bottega/desk"
	"bottega/sync/hub/store"
	"bottega/sync/wire"
)

// Sealer returns a Sealer that is the same each time.
func Sealer(t testing.TB) *store.Sealer {
	t.Helper()
	s, err := store.NewSealer(bytes.Repeat([]byte{7}, store.SealingKeySize))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func known(t *testing.T, s store.Store, want bool, certificates ...string) {
	t.Helper()
	for _, c := range certificates {
		_, err := s.Desk(t.Context(), c, noon())
		if want && err != nil || !want && !errors.Is(err, store.ErrNotFound) {
			t.Fatalf("%s: %v, want known %t", c, err, want)
		}
	}
}

func renews(t *testing.T, s store.Store) {
	enrol(t, s, "a")
	next := store.Desk{ID: "a", Certificate: "cert-2", Key: "key-2"}
	check(t, s.Renew(t.Context(), next))
	next.Certificate = "cert-2-again" // the answer was lost, and the desk asked again
	check(t, s.Renew(t.Context(), next))
	known(t, s, true, "cert-a", "cert-a", "cert-2-again", "cert-2")
	known(t, s, false, "cert-a")
	wants(t, s.Renew(t.Context(), store.Desk{ID: "nobody", Certificate: "c", Key: "k"}), store.ErrNotFound)
}

func renewsAgain(t *testing.T, s store.Store) {
	enrol(t, s, "a")
	check(t, s.Renew(t.Context(), store.Desk{ID: "a", Certificate: "cert-2", Key: "key-2"}))
	check(t, s.Renew(t.Context(), store.Desk{ID: "a", Certificate: "cert-3", Key: "key-3"}))
	known(t, s, false, "cert-2")
	known(t, s, true, "cert-a", "cert-3")
	known(t, s, false, "cert-a")
}

func revokes(t *testing.T, s store.Store) {
	enrol(t, s, "a")
	enrol(t, s, "b")
	appended(t, s, push("a", first("e"), Chain(t, 1, wire.Digest{}, 2, 1)), 2)
	check(t, s.AddCode(t.Context(), store.Code{SecretHash: "made before", Desk: "a", Expires: noon().Add(time.Hour)}))
	check(t, s.Renew(t.Context(), store.Desk{ID: "a", Certificate: "cert-2", Key: "key-2"}))
	wants(t, s.Revoke(t.Context(), "nobody", noon()), store.ErrNotFound)
	for range 2 {
		check(t, s.Revoke(t.Context(), "a", noon()))
	}
	known(t, s, false, "cert-a", "cert-2")
	known(t, s, true, "cert-b")
	_, err := s.Append(t.Context(), push("a", first("e"), Chain(t, 1, wire.Digest{}, 4, 1)))
	wants(t, err, store.ErrNotFound)
	wants(t, s.Renew(t.Context(), store.Desk{ID: "a", Certificate: "c", Key: "k"}), store.ErrNotFound)
	for _, code := range []string{"hash-a", "made before"} { // not even with the key that spent it
		_, err := s.Enrol(t.Context(), code, store.Desk{ID: "x", Certificate: "cx", Key: "key-a", Enrolled: noon()})
		wants(t, err, store.ErrNoCode)
	}
	if d := must(s.Desks(t.Context()))(t); !d[0].Revoked.Equal(noon()) || !d[1].Revoked.IsZero() || d[0].Entries != 2 {
		t.Fatalf("desks: %+v", d)
	}
	check(t, s.AddCode(t.Context(), store.Code{SecretHash: "again", Desk: "a", Expires: noon().Add(time.Hour)}))
	must(s.Enrol(t.Context(), "again", store.Desk{Certificate: "cert-new", Key: "key-new", Enrolled: noon()}))(t)
	known(t, s, true, "cert-new")
	appended(t, s, push("a", first("e"), Chain(t, 1, wire.Digest{}, 4, 1)), 4)
	if d := must(s.Desks(t.Context()))(t); !d[0].Revoked.IsZero() {
		t.Fatalf("desks: %+v", d)
	}
}

func comesJudged(t *testing.T, s store.Store) {
	enrol(t, s, "a")
	p := push("a", first("e"), Chain(t, 1, wire.Digest{}, 3, 1))
	p.States = []store.State{store.StateKept, store.StateNew, store.StateUnknown}
	appended(t, s, p, 3)
	if ids := answered(t, s, store.Decision{State: store.StateKept}); len(ids) != 1 || ids[0] != "entry-1-2" {
		t.Fatalf("records: %v", ids)
	}
}

func reopens(t *testing.T, s store.Store) {
	enrol(t, s, "a")
	appended(t, s, push("a", first("e"), Chain(t, 1, wire.Digest{}, 3, 1)), 3)
	check(t, s.Reopen(t.Context(), 1))
	if ids := answered(t, s, store.Decision{State: store.StateUnknown, Knows: 1}); len(ids) != 3 {
		t.Fatalf("records: %v", ids)
	}
	if d := must(s.Desks(t.Context()))(t); d[0].Unknown != 3 || d[0].Entries != 3 {
		t.Fatalf("desks: %+v", d)
	}
	check(t, s.Reopen(t.Context(), 1))
	if ids := answered(t, s, store.Decision{State: store.StateUnknown}); len(ids) != 0 {
		t.Fatalf("the same program looked twice: %v", ids)
	}
	check(t, s.Reopen(t.Context(), 2))
	// An older program runs beside the newer one, and finds unknown what comes to it and what it takes out of the newer one's hands.
	if ids := answered(t, s, store.Decision{State: store.StateUnknown, Knows: 1}); len(ids) != 3 {
		t.Fatalf("records: %v", ids)
	}
	p := push("a", first("e"), Chain(t, 1, wire.Digest{}, 4, 1))
	p.States, p.Knows = []store.State{store.StateNew, store.StateNew, store.StateNew, store.StateUnknown}, 1
	appended(t, s, p, 4)
	check(t, s.Reopen(t.Context(), 1))
	if ids := answered(t, s, store.Decision{State: store.StateUnknown}); len(ids) != 0 {
		t.Fatalf("the older program looked twice: %v", ids)
	}
	check(t, s.Reopen(t.Context(), 2))
	if ids := answered(t, s, store.Decision{State: store.StateKept}); len(ids) != 4 {
		t.Fatalf("records: %v", ids)
	}
}

func answersOneDesk(t *testing.T, s store.Store) {
	for _, id := range []string{"a", "b"} {
		enrol(t, s, id)
		appended(t, s, push(id, first("e"), Chain(t, 1, wire.Digest{}, 3, id[0])), 3)
	}
	n := must(s.Answer(t.Context(), "b", 10, func(r store.Record, _ store.Register) (store.Decision, error) {
		if r.Desk != "b" {
			t.Errorf("a record of %s", r.Desk)
		}
		return store.Decision{State: store.StateKept}, nil
	}))(t)
	if ids := answered(t, s, store.Decision{State: store.StateKept}); n != 3 || len(ids) != 3 {
		t.Fatalf("%d, then %v", n, ids)
	}
}

func counts(t *testing.T, s store.Store) {
	for _, id := range []string{"a", "b"} {
		enrol(t, s, id)
	}
	check(t, s.Revoke(t.Context(), "b", noon()))
	p := push("a", first("e"), Chain(t, 1, wire.Digest{}, 4, 1))
	p.States = []store.State{store.StateKept, store.StateNew, store.StateNew, store.StateUnknown}
	appended(t, s, p, 4)
	if got, want := must(s.Stats(t.Context()))(t), (store.Stats{Desks: 2, Revoked: 1, Open: 2, Unknown: 1}); got != want {
		t.Errorf("counted %+v, want %+v", got, want)
	}
	check(t, s.Ping(t.Context()))
}

// chainOf seals entries into a chain from sequence one on.
func chainOf(t *testing.T, entries ...wire.Entry) []wire.Entry {
	t.Helper()
	var prev wire.Digest
	for i := range entries {
		e := &entries[i]
		e.Seq, e.Version, e.At = uint64(i+1), 1, noon()
		if e.Kind == "" {
			e.Kind = "visit.note"
		}
		e.Payload, e.Salt = json.RawMessage(`{"text":"Nella torna"}`), bytes.Repeat([]byte{byte(i)}, wire.SaltSize)
		check(t, e.Seal(prev))
		prev = e.Digest
	}
	return entries
}

// without returns the entry as it travels once it was erased.
func without(e wire.Entry) wire.Entry {
	e.Payload, e.Salt = nil, nil
	return e
}

func erases(t *testing.T, s store.Store) {
	enrol(t, s, "a")
	enrol(t, s, "b")
	all := chainOf(t, wire.Entry{ID: "1", Visit: "v1"}, wire.Entry{ID: "2", Visit: "v2"}, wire.Entry{ID: "3", Visit: "v1"}, wire.Entry{ID: "4", Kind: "visit.erased"})
	appended(t, s, push("b", first("e"), all), 4) // another desk's visit of the same name stays
	appended(t, s, push("a", first("e"), all), 4)
	seen := map[string]int{}
	must(s.Answer(t.Context(), "a", 10, func(r store.Record, _ store.Register) (store.Decision, error) {
		if r.Entry.Kind == "visit.erased" {
			return store.Decision{State: store.StateKept, Erase: "v1"}, nil
		}
		return store.Decision{State: store.StateWaiting, Needs: store.Cards}, nil
	}))(t)
	check(t, s.Load(t.Context(), store.Registry{Cards: []store.Card{}, At: noon()}))
	// The same entries come again in another epoch, from a copy of the desk that knows of no erasure.
	appended(t, s, push("a", first("e2"), all[:3]), 3)
	more := chainOf(t, wire.Entry{ID: "5", Visit: "v1"}, wire.Entry{ID: "6", Visit: "v3"})
	appended(t, s, push("a", first("e3"), more), 2)
	count := func(r store.Record, _ store.Register) (store.Decision, error) {
		if r.Entry.Erased() {
			t.Errorf("%s of desk %s came without its content", r.Entry.ID, r.Desk)
		}
		seen[r.Desk+r.Entry.ID]++
		return store.Decision{State: store.StateKept}, nil
	}
	for must(s.Answer(t.Context(), "", 10, count))(t) > 0 {
	}
	want := map[string]int{"a2": 1, "a6": 1, "b1": 1, "b2": 1, "b3": 1, "b4": 1}
	if len(seen) != len(want) {
		t.Errorf("judged: %v, want %v", seen, want)
	}
	appended(t, s, push("a", first("e"), all), 4) // what is erased here is still the same entry
}

func comesErased(t *testing.T, s store.Store) {
	enrol(t, s, "a")
	all := chainOf(t, wire.Entry{ID: "1", Visit: "v1"}, wire.Entry{ID: "2", Visit: "v1"}, wire.Entry{ID: "3", Visit: "v2"})
	appended(t, s, push("a", first("e"), all[:1]), 1)
	appended(t, s, push("a", first("e2"), []wire.Entry{without(all[0]), without(all[1]), all[2]}), 3)
	appended(t, s, push("a", first("e"), all), 3)
	if ids := answered(t, s, store.Decision{State: store.StateKept}); len(ids) != 1 || ids[0] != "3" {
		t.Errorf("judged: %v", ids)
	}
}

func erasesReplies(t *testing.T, s store.Store) {
	enrol(t, s, "a")
	all := chainOf(t, wire.Entry{ID: "1", Visit: "v1"}, wire.Entry{ID: "2", Visit: "v2"}, wire.Entry{ID: "3"})
	appended(t, s, push("a", first("e"), all[:2]), 2)
	found := &desk.RegisteredExemption{Number: "E01-1", Holder: desk.Person{Surname: "Bianchi"}}
	answered(t, s, store.Decision{State: store.StateAnswered, Reply: &desk.Reply{Kind: desk.ExemptionFound, At: noon(), Exemption: found, More: json.RawMessage(`{"x":1}`)}})
	appended(t, s, push("a", first("e"), all), 3)
	answered(t, s, store.Decision{State: store.StateKept, Erase: "v1"})
	replies, last, err := s.Replies(t.Context(), "a", 0, 10)
	check(t, err)
	if last != 2 || len(replies) != 2 || replies[0].Exemption != nil || replies[0].More != nil || replies[0].About != "1" || replies[0].Number != 1 ||
		replies[0].Kind != desk.ExemptionFound || replies[1].Exemption == nil || replies[1].Exemption.Number != "E01-1" {
		t.Errorf("replies: %+v", replies)
	}
}

func corrects(t *testing.T, s store.Store) {
	for name, order := range map[string][][]int{"before": {{0, 1, 2}}, "apart": {{0}, {1}, {2}}} {
		enrol(t, s, name)
		all := chainOf(t, wire.Entry{ID: "1"}, wire.Entry{ID: "2", Supersedes: "1"}, wire.Entry{ID: "3", Supersedes: "2"})
		for _, group := range order {
			appended(t, s, push(name, first("e"), all[:group[len(group)-1]+1]), uint64(group[len(group)-1]+1))
		}
		if ids := answered(t, s, store.Decision{State: store.StateKept}); len(ids) != 1 || ids[0] != "3" {
			t.Errorf("%s: judged %v", name, ids)
		}
	}
	// In another epoch the correction may be there before what it corrects.
	enrol(t, s, "late")
	appended(t, s, push("late", first("e1"), chainOf(t, wire.Entry{ID: "2", Supersedes: "1"})), 1)
	appended(t, s, push("late", first("e2"), chainOf(t, wire.Entry{ID: "1"}, wire.Entry{ID: "9"})), 2)
	if ids := answered(t, s, store.Decision{State: store.StateKept}); len(ids) != 2 || ids[0] == "1" || ids[1] == "1" {
		t.Errorf("late: judged %v", ids)
	}
	// A desk corrects what is its own.
	enrol(t, s, "other")
	appended(t, s, push("other", first("e"), chainOf(t, wire.Entry{ID: "1"})), 1)
	if ids := answered(t, s, store.Decision{State: store.StateKept}); len(ids) != 1 {
		t.Errorf("other: judged %v", ids)
	}
}

func correctsActivation(t *testing.T, s store.Store) {
	enrol(t, s, "a")
	number := "6090010000000018"
	check(t, s.Load(t.Context(), store.Registry{Cards: []store.Card{{Number: number, FiscalCode: "x", State: store.CardIssued}}, At: noon()}))
	all := chainOf(t, wire.Entry{ID: "1"}, wire.Entry{ID: "2", Supersedes: "1"}, wire.Entry{ID: "3"})
	var states []store.CardState
	judge := func(_ store.Record, in store.Register) (store.Decision, error) {
		card, err := in.Card(number)
		states = append(states, card.State)
		return store.Decision{State: store.StateAnswered, Activate: number, Reply: &desk.Reply{Kind: desk.ActivationConfirmed}}, err
	}
	for i := range all {
		appended(t, s, push("a", first("e"), all[:i+1]), uint64(i+1))
		must(s.Answer(t.Context(), "a", 10, judge))(t)
	}
	if len(states) != 3 || states[0] != store.CardIssued || states[1] != store.CardIssued || states[2] != store.CardActive {
		t.Errorf("states: %v", states)
	}
}
