// Package storetest is what every store.Store must pass. Tests of implementations import it.
package storetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"bottega/desk"
	"bottega/sync/hub/store"
	"bottega/sync/wire"
)

// Run holds a store against its contract. open returns an empty one; Run closes it.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for name, test := range cases() {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Errorf("Close = %v", err)
				}
			})
			test(t, s)
		})
	}
}

func cases() map[string]func(*testing.T, store.Store) {
	return map[string]func(*testing.T, store.Store){
		"a code is good once, for one of many who try at the same time": codeIsGoodOnce,
		"a code that expired or never was is refused":                   codeIsRefused,
		"a code is good again for the key that spent it":                codeForTheSameKey,
		"a desk that enrols again stays itself":                         enrolsAgain,
		"a code for a desk that is not there is refused":                codeForNobody,
		"a desk is found by its certificate and was seen":               deskIsSeen,
		"what was sent twice is kept once":                              twiceIsOnce,
		"overlapping pushes are joined":                                 overlapIsJoined,
		"another entry under a sequence is a fork":                      forkIsTold,
		"another entry before the push is a fork":                       forkBefore,
		"entries missing in between are asked for":                      gapIsTold,
		"an epoch begins after an entry that is known":                  epochGoesOn,
		"an epoch that begins after an unknown entry starts at one":     epochWithoutBase,
		"an epoch belongs to the desk that began it":                    epochOfAnother,
		"the same entry in two epochs is one record":                    oneRecordPerEntry,
		"an empty push asks how far the store is":                       emptyPush,
		"a record waits for its registry and is answered when it comes": waitsForRegistry,
		"replies are numbered per desk and read in pages":               repliesInPages,
		"a record that cannot be judged is set apart from the others":   setsApart,
		"a record on which the judge breaks is set apart":               setsApartFaults,
		"a text that the database does not take is set apart":           setsApartOddTexts,
		"a fault of the program lets go of everything":                  faultLetsGo,
		"a writer whose context ended waits for nobody":                 endedWaitsForNobody,
		"an activated card is active for the next":                      activates,
		"a registry is replaced whole or not at all":                    replacedWhole,
		"exemptions come with the longest first":                        longestFirst,
		"an answer of a desk is not seen by another":                    repliesApart,
		"a count of replies keeps its name until another is begun":      namesSeries,
		"many desks push at the same time":                              manyDesks,
		"a renewed certificate takes the place of the old once shown":   renews,
		"a desk that gives up a renewal asks with another key":          renewsAgain,
		"a revoked desk is shut out until a new code lets it in":        revokes,
		"a record may come already judged":                              comesJudged,
		"unknown kinds are counted and looked at by who knows more":     reopens,
		"only the desk that is asked about is answered":                 answersOneDesk,
		"an erased visit loses its content and stays without":           erases,
		"what comes erased stays erased in every epoch":                 comesErased,
		"a reply to an erased visit keeps its number":                   erasesReplies,
		"a corrected record is not judged, whichever comes first":       corrects,
		"a correction may activate the card that was activated":         correctsActivation,
		"everything is counted":                                         counts,
		"content packs are kept in order of version":                    packsInOrder,
		"of many packs of one version one is kept":                      packsAtOnce,
	}
}

// noon is when everything in these tests happens.
func noon() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wants(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error is %v, want %v", err, want)
	}
}

// enrol puts a desk into the store.
func enrol(t *testing.T, s store.Store, id string) {
	t.Helper()
	check(t, s.AddCode(t.Context(), store.Code{SecretHash: "hash-" + id, Site: "LU-PIAZZA", Expires: noon().Add(time.Hour)}))
	_, err := s.Enrol(t.Context(), "hash-"+id, store.Desk{ID: id, Program: "bottega 1", Certificate: "cert-" + id, Key: "key-" + id, Enrolled: noon()})
	check(t, err)
}

// Chain returns n entries of an invented desk from sequence from on, after prev. The salt tells one history from another.
func Chain(t testing.TB, from uint64, prev wire.Digest, n int, salt byte) []wire.Entry {
	t.Helper()
	entries := make([]wire.Entry, n)
	for i := range entries {
		seq := from + uint64(i)
		entries[i] = wire.Entry{
			Seq: seq, ID: fmt.Sprintf("entry-%d-%d", salt, seq), Kind: "visit.note", Version: 1, At: noon(),
			Payload: json.RawMessage(`{"text":"torna lunedì"}`), Salt: bytes.Repeat([]byte{salt}, wire.SaltSize),
		}
		if err := entries[i].Seal(prev); err != nil {
			t.Fatal(err)
		}
		prev = entries[i].Digest
	}
	return entries
}

// push is what a desk sends: no two desks have an epoch in common.
func push(deskID string, epoch wire.Epoch, entries []wire.Entry) store.Push {
	epoch.ID = deskID + "-" + epoch.ID
	raw := make([]json.RawMessage, len(entries))
	for i, e := range entries {
		raw[i], _ = json.Marshal(e) // entries of Chain can be encoded
	}
	return store.Push{Desk: deskID, Program: "bottega 2", Epoch: epoch, Entries: entries, Raw: raw, Received: noon(), Skew: new(3 * time.Second)}
}

func first(id string) wire.Epoch { return wire.Epoch{ID: id, From: 1} }

func appended(t *testing.T, s store.Store, p store.Push, want uint64) {
	t.Helper()
	durable, err := s.Append(t.Context(), p)
	check(t, err)
	if durable != want {
		t.Fatalf("durable up to %d, want %d", durable, want)
	}
}

// answered collects the records a judge is handed, deciding the same about all.
func answered(t *testing.T, s store.Store, d store.Decision) []string {
	t.Helper()
	var ids []string
	for {
		n := must(s.Answer(t.Context(), "", 10, func(r store.Record, _ store.Register) (store.Decision, error) {
			ids = append(ids, r.Entry.ID)
			return d, nil
		}))(t)
		if n == 0 {
			return ids
		}
	}
}

func codeIsGoodOnce(t *testing.T, s store.Store) {
	check(t, s.AddCode(t.Context(), store.Code{SecretHash: "h", Site: "LU-PIAZZA", Expires: noon().Add(time.Minute)}))
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() {
			id := fmt.Sprint("desk-", i)
			_, errs[i] = s.Enrol(t.Context(), "h", store.Desk{ID: id, Certificate: "c" + id, Key: "k" + id, Enrolled: noon()})
		})
	}
	wg.Wait()
	good := 0
	for _, err := range errs {
		if err == nil {
			good++
			continue
		}
		wants(t, err, store.ErrNoCode)
	}
	if desks := must(s.Desks(t.Context()))(t); good != 1 || len(desks) != 1 || desks[0].Site != "LU-PIAZZA" {
		t.Fatalf("%d enrolled; desks: %+v", good, desks)
	}
}

func codeIsRefused(t *testing.T, s store.Store) {
	check(t, s.AddCode(t.Context(), store.Code{SecretHash: "old", Expires: noon()}))
	for _, hash := range []string{"old", "never"} {
		_, err := s.Enrol(t.Context(), hash, store.Desk{ID: "d", Certificate: "c", Enrolled: noon()})
		wants(t, err, store.ErrNoCode)
	}
	if desks := must(s.Desks(t.Context()))(t); len(desks) != 0 {
		t.Fatalf("desks: %+v", desks)
	}
}

func codeForTheSameKey(t *testing.T, s store.Store) {
	enrol(t, s, "a")
	d := must(s.Enrol(t.Context(), "hash-a", store.Desk{ID: "b", Certificate: "cert-2", Key: "key-a", Enrolled: noon()}))(t)
	if d.ID != "a" {
		t.Fatalf("enrolled as %+v", d)
	}
	_, err := s.Enrol(t.Context(), "hash-a", store.Desk{ID: "b", Certificate: "cert-3", Key: "key-b", Enrolled: noon()})
	wants(t, err, store.ErrNoCode)
}

func enrolsAgain(t *testing.T, s store.Store) {
	enrol(t, s, "a")
	appended(t, s, push("a", first("e"), Chain(t, 1, wire.Digest{}, 2, 1)), 2)
	check(t, s.AddCode(t.Context(), store.Code{SecretHash: "again", Desk: "a", Expires: noon().Add(time.Hour)}))
	d := must(s.Enrol(t.Context(), "again", store.Desk{ID: "fresh", Certificate: "cert-new", Enrolled: noon()}))(t)
	if d.ID != "a" || d.Site != "LU-PIAZZA" {
		t.Fatalf("enrolled as %+v", d)
	}
	_, err := s.Desk(t.Context(), "cert-a", noon())
	wants(t, err, store.ErrNotFound)
	appended(t, s, push("a", first("e"), nil), 2)
}

func codeForNobody(t *testing.T, s store.Store) {
	wants(t, s.AddCode(t.Context(), store.Code{SecretHash: "h", Desk: "nobody", Expires: noon().Add(time.Hour)}), store.ErrNotFound)
}

func deskIsSeen(t *testing.T, s store.Store) {
	enrol(t, s, "a")
	_, err := s.Desk(t.Context(), "cert-b", noon())
	wants(t, err, store.ErrNotFound)
	if d := must(s.Desks(t.Context()))(t)[0]; !d.Seen.IsZero() {
		t.Fatalf("seen before it called: %+v", d)
	}
	for _, now := range []time.Time{{}, noon()} {
		if d := must(s.Desk(t.Context(), "cert-a", now))(t); d.ID != "a" {
			t.Fatalf("found %+v", d)
		}
		if d := must(s.Desks(t.Context()))(t)[0]; !d.Seen.Equal(now) {
			t.Fatalf("at %v seen %v", now, d.Seen)
		}
	}
	appended(t, s, push("a", first("e"), Chain(t, 1, wire.Digest{}, 3, 1)), 3)
	d := must(s.Desks(t.Context()))(t)[0]
	if !d.Seen.Equal(noon()) || d.Entries != 3 || d.Skew != 3*time.Second || d.Program != "bottega 2" || !d.Enrolled.Equal(noon()) {
		t.Fatalf("listed as %+v", d)
	}
}

func twiceIsOnce(t *testing.T, s store.Store) {
	enrol(t, s, "a")
	p := push("a", first("e"), Chain(t, 1, wire.Digest{}, 5, 1))
	appended(t, s, p, 5)
	appended(t, s, p, 5)
	if ids := answered(t, s, store.Decision{State: store.StateKept}); len(ids) != 5 {
		t.Fatalf("records: %v", ids)
	}
}

func overlapIsJoined(t *testing.T, s store.Store) {
	enrol(t, s, "a")
	all := Chain(t, 1, wire.Digest{}, 9, 1)
	appended(t, s, push("a", first("e"), all[:4]), 4)
	appended(t, s, push("a", first("e"), all[1:3]), 4)
	appended(t, s, push("a", first("e"), all[2:]), 9)
}

func forkIsTold(t *testing.T, s store.Store) {
	enrol(t, s, "a")
	all := Chain(t, 1, wire.Digest{}, 6, 1)
	appended(t, s, push("a", first("e"), all), 6)
	other := append(append([]wire.Entry{}, all[:3]...), Chain(t, 4, all[2].Digest, 5, 2)...)
	_, err := s.Append(t.Context(), push("a", first("e"), other))
	var fork *store.ForkError
	if !errors.As(err, &fork) || fork.At != 4 {
		t.Fatalf("Append = %v, want a fork at 4", err)
	}
	appended(t, s, push("a", first("e"), nil), 6)
}

func forkBefore(t *testing.T, s store.Store) {
	enrol(t, s, "a")
	all := Chain(t, 1, wire.Digest{}, 3, 1)
	appended(t, s, push("a", first("e"), all), 3)
	other := Chain(t, 1, wire.Digest{}, 5, 2)
	_, err := s.Append(t.Context(), push("a", first("e"), other[3:]))
	var fork *store.ForkError
	if !errors.As(err, &fork) || fork.At != 3 {
		t.Fatalf("Append = %v, want a fork at 3", err)
	}
}

func gapIsTold(t *testing.T, s store.Store) {
	enrol(t, s, "a")
	all := Chain(t, 1, wire.Digest{}, 8, 1)
	appended(t, s, push("a", first("e"), all[:2]), 2)
	_, err := s.Append(t.Context(), push("a", first("e"), all[5:]))
	var gap *store.GapError
	if !errors.As(err, &gap) || gap.Want != 3 {
		t.Fatalf("Append = %v, want a gap at 3", err)
	}
	appended(t, s, push("a", first("e"), all[2:]), 8)
}

func epochGoesOn(t *testing.T, s store.Store) {
	enrol(t, s, "a")
	all := Chain(t, 1, wire.Digest{}, 4, 1)
	appended(t, s, push("a", first("e"), all), 4)
	epoch := wire.Epoch{ID: "e2", From: 3, Prev: all[1].Digest}
	appended(t, s, push("a", epoch, nil), 2)
	appended(t, s, push("a", epoch, Chain(t, 3, all[1].Digest, 6, 2)), 8)
	_, err := s.Append(t.Context(), push("a", wire.Epoch{ID: "e2", From: 5, Prev: all[3].Digest}, nil))
	var fork *store.ForkError
	if !errors.As(err, &fork) || fork.At != 3 {
		t.Fatalf("an epoch that changed its beginning: %v, want a fork at 3", err)
	}
}

func epochWithoutBase(t *testing.T, s store.Store) {
	enrol(t, s, "a")
	all := Chain(t, 1, wire.Digest{}, 4, 1)
	epoch := wire.Epoch{ID: "e2", From: 3, Prev: all[1].Digest}
	_, err := s.Append(t.Context(), push("a", epoch, all[2:]))
	var gap *store.GapError
	if !errors.As(err, &gap) || gap.Want != 1 {
		t.Fatalf("Append = %v, want a gap at 1", err)
	}
	appended(t, s, push("a", first("e3"), all), 4)
	appended(t, s, push("a", epoch, all[2:]), 4)
}

func epochOfAnother(t *testing.T, s store.Store) {
	enrol(t, s, "a")
	enrol(t, s, "b")
	all := Chain(t, 1, wire.Digest{}, 4, 1)
	own := push("a", first("e"), all)
	appended(t, s, own, 4)
	for _, entries := range [][]wire.Entry{all, all[:2], nil} {
		taken := push("b", first("e"), entries)
		taken.Epoch = own.Epoch
		_, err := s.Append(t.Context(), taken)
		var fork *store.ForkError
		if !errors.As(err, &fork) || fork.At != 1 {
			t.Fatalf("Append = %v, want a fork at 1", err)
		}
	}
	appended(t, s, push("b", first("e"), all), 4)
}

func oneRecordPerEntry(t *testing.T, s store.Store) {
	enrol(t, s, "a")
	all := Chain(t, 1, wire.Digest{}, 3, 1)
	appended(t, s, push("a", first("e"), all), 3)
	appended(t, s, push("a", first("e2"), all), 3)
	if ids := answered(t, s, store.Decision{State: store.StateKept}); len(ids) != 3 {
		t.Fatalf("records: %v", ids)
	}
	if ids := answered(t, s, store.Decision{State: store.StateKept}); len(ids) != 0 {
		t.Fatalf("records came again: %v", ids)
	}
}

func emptyPush(t *testing.T, s store.Store) {
	enrol(t, s, "a")
	appended(t, s, push("a", first("e"), nil), 0)
	appended(t, s, push("a", first("e"), Chain(t, 1, wire.Digest{}, 2, 1)), 2)
	appended(t, s, push("a", first("e"), nil), 2)
}

func waitsForRegistry(t *testing.T, s store.Store) {
	enrol(t, s, "a")
	appended(t, s, push("a", first("e"), Chain(t, 1, wire.Digest{}, 1, 1)), 1)
	if ids := answered(t, s, store.Decision{State: store.StateWaiting, Needs: store.Exemptions}); len(ids) != 1 {
		t.Fatalf("records: %v", ids)
	}
	check(t, s.Load(t.Context(), store.Registry{Cards: []store.Card{}, At: noon()}))
	if ids := answered(t, s, store.Decision{State: store.StateKept}); len(ids) != 0 {
		t.Fatalf("handed over for the wrong registry: %v", ids)
	}
	check(t, s.Load(t.Context(), store.Registry{Exemptions: []store.Exemption{}, At: noon()}))
	reply := &desk.Reply{Kind: desk.ExemptionNotFound, At: noon()}
	if ids := answered(t, s, store.Decision{State: store.StateAnswered, Reply: reply}); len(ids) != 1 {
		t.Fatalf("records: %v", ids)
	}
	replies, last, err := s.Replies(t.Context(), "a", 0, 10)
	check(t, err)
	if len(replies) != 1 || last != 1 || replies[0].Number != 1 || replies[0].About != "entry-1-1" || !replies[0].At.Equal(noon()) {
		t.Fatalf("replies: %+v", replies)
	}
}

func repliesInPages(t *testing.T, s store.Store) {
	enrol(t, s, "a")
	appended(t, s, push("a", first("e"), Chain(t, 1, wire.Digest{}, 25, 1)), 25)
	answered(t, s, store.Decision{State: store.StateAnswered, Reply: &desk.Reply{Kind: desk.RecordRefused, At: noon(), Reason: "unreadable"}})
	var after uint64
	for _, want := range []int{10, 10, 5, 0} {
		replies, last, err := s.Replies(t.Context(), "a", after, 10)
		check(t, err)
		if len(replies) != want || last != 25 {
			t.Fatalf("after %d: %d replies, last %d", after, len(replies), last)
		}
		for _, r := range replies {
			after++
			if r.Number != after || r.About != fmt.Sprint("entry-1-", after) {
				t.Fatalf("reply %d is %+v", after, r)
			}
		}
	}
}

func repliesApart(t *testing.T, s store.Store) {
	enrol(t, s, "a")
	enrol(t, s, "b")
	appended(t, s, push("a", first("e"), Chain(t, 1, wire.Digest{}, 2, 1)), 2)
	appended(t, s, push("b", first("e"), Chain(t, 1, wire.Digest{}, 1, 1)), 1)
	answered(t, s, store.Decision{State: store.StateAnswered, Reply: &desk.Reply{Kind: desk.RecordRefused}})
	for id, want := range map[string]int{"a": 2, "b": 1, "c": 0} {
		replies, last, err := s.Replies(t.Context(), id, 0, 10)
		check(t, err)
		if len(replies) != want || last != uint64(want) {
			t.Errorf("desk %s: %d replies, last %d", id, len(replies), last)
		}
	}
}

func manyDesks(t *testing.T, s store.Store) {
	const desks, batches = 6, 5
	for i := range desks {
		enrol(t, s, fmt.Sprint("d", i))
	}
	var wg sync.WaitGroup
	for i := range desks {
		wg.Go(func() {
			all := Chain(t, 1, wire.Digest{}, batches*4, byte(i+1))
			for b := range batches {
				durable, err := s.Append(t.Context(), push(fmt.Sprint("d", i), first("e"), all[:(b+1)*4]))
				if err != nil || durable != uint64(b+1)*4 {
					t.Errorf("desk %d: %d, %v", i, durable, err)
				}
			}
		})
	}
	wg.Wait()
	for _, d := range must(s.Desks(t.Context()))(t) {
		if d.Entries != batches*4 {
			t.Errorf("desk %s has %d entries", d.ID, d.Entries)
		}
	}
}
