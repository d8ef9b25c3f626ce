package journal_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"bottega/desk"
	"bottega/desk/civil"
	"bottega/sync/journal"
)

func TestErasingManyVisitsIsOneStepAndEachHasItsProof(t *testing.T) {
	c := newClock()
	j := create(t, c)
	ctx := context.Background()
	for n := range 12 {
		note(t, j, fmt.Sprintf("v%d", n%4), "una nota")
	}
	tally := &desk.Tally{Day: civil.Date{Year: 2026, Month: 11, Day: 21}, Services: map[string]int{"spid": 1}, Papers: 2}
	before, err := j.Batch(ctx, nil, 1, 100, 1<<20)
	must(t, err)
	c.add(time.Hour)
	_, err = j.Erase(ctx, desk.VisitErased{Visit: "v1"}, desk.VisitErased{Visit: "unheard-of"})
	wantErr(t, err, journal.ErrUnknownVisit)
	entries, err := j.Erase(ctx, desk.VisitErased{Visit: "v1", Reason: desk.ErasedWhenDue, Tally: tally},
		desk.VisitErased{Visit: "v3", Headers: "made up", Entries: 99}, desk.VisitErased{Visit: "v1"})
	must(t, err)
	if len(entries) != 2 || entries[0].Seq != 13 || entries[1].Seq != 14 {
		t.Fatalf("recorded %+v", entries)
	}
	again, err := j.Erase(ctx, desk.VisitErased{Visit: "v3"})
	if err != nil || again != nil {
		t.Errorf("once more: %+v, %v", again, err)
	}
	sum := sha256.New()
	for _, seq := range []int{2, 6, 10} {
		sum.Write(before[seq-1].Digest[:])
	}
	want := desk.VisitErased{Visit: "v1", Reason: desk.ErasedWhenDue, Entries: 3, First: 2, Last: 10, Headers: hex.EncodeToString(sum.Sum(nil)), Tally: tally}
	note(t, j, "v0", "dopo")
	j = reopen(t, j, c)
	proof, err := j.ErasureProof(ctx, "v1")
	must(t, err)
	got, err := json.Marshal(proof.VisitErased)
	must(t, err)
	if should, err := json.Marshal(want); err != nil || string(got) != string(should) || string(entries[0].Payload) != string(should) {
		t.Errorf("proved %s, recorded %s", got, entries[0].Payload)
	}
	after, err := j.Batch(ctx, nil, 1, 100, 1<<20)
	must(t, err)
	if proof.Seq != 13 || proof.Digest != after[12].Digest || proof.Head != 15 || proof.HeadDigest != after[14].Digest || !proof.At.Equal(c.Now()) {
		t.Errorf("proof %+v", proof)
	}
	if other, err := j.ErasureProof(ctx, "v3"); err != nil || other.Reason != desk.ErasedOnRequest || other.Entries != 3 {
		t.Errorf("the other proof %+v, %v", other, err)
	}
	for visit, want := range map[string]error{"v0": journal.ErrNotErased, "unheard-of": journal.ErrUnknownVisit, "": journal.ErrUnknownVisit} {
		_, err := j.ErasureProof(ctx, visit)
		wantErr(t, err, want)
	}
	if r := verified(t, j); r.Erased != 6 {
		t.Errorf("report %+v", r)
	}
}
