package journal

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"bottega/desk"
	"bottega/sync/wire"
)

// Requests that share a commit stand or fall each by itself.
func TestARefusedRequestDoesNotTakeItsNeighboursWithIt(t *testing.T) {
	j := newJournal(t)
	fill(t, j, 5)
	erase(t, j, "v1")
	check(t, j.update(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(bucketKeys)).Put(subkeyPlace("v3"), make([]byte, 72))
	}))
	var batch []*request
	for _, visit := range []string{"v0", "v1", "v3", "v2"} {
		p, err := prepare([]desk.Draft{{Visit: visit, Payload: desk.NoteAdded{Text: visit}}})
		check(t, err)
		batch = append(batch, &request{drafts: p, done: make(chan struct{})})
	}
	j.commit(batch)
	if batch[0].err != nil || !errors.Is(batch[1].err, ErrVisitErased) || !errors.Is(batch[2].err, ErrDamaged) || batch[3].err != nil {
		t.Fatalf("told %v, %v, %v, %v", batch[0].err, batch[1].err, batch[2].err, batch[3].err)
	}
	if first, last := batch[0].entries[0].Seq, batch[3].entries[0].Seq; last != first+1 || batch[1].entries != nil {
		t.Errorf("entries %d and %d", first, last)
	}
}

func TestWhoGivesUpWhileWaitingLeavesNothingWritten(t *testing.T) {
	j := newJournal(t)
	j.turn <- struct{}{} // somebody commits, and takes long
	ctx, giveUp := context.WithCancel(context.Background())
	told := make(chan error)
	go func() {
		_, err := j.Append(ctx, desk.Draft{Visit: "v", Payload: desk.NoteAdded{Text: "no"}})
		told <- err
	}()
	for queued := 0; queued == 0; time.Sleep(time.Millisecond) {
		j.queue.mu.Lock()
		queued = len(j.queue.waiting)
		j.queue.mu.Unlock()
	}
	giveUp()
	if err := <-told; !errors.Is(err, context.Canceled) {
		t.Errorf("told %v", err)
	}
	<-j.turn
	fill(t, j, 1)
	if got, want := contents(t, j), "nota numero 0"; !strings.Contains(got, want) || strings.Count(got, "\n") != 1 {
		t.Errorf("the journal says %q", got)
	}
}

func TestWhoGivesUpDuringTheCommitIsToldHowItEnded(t *testing.T) {
	j := newJournal(t)
	j.turn <- struct{}{}
	ctx, giveUp := context.WithCancel(context.Background())
	told := make(chan error)
	go func() {
		_, err := j.Append(ctx, desk.Draft{Visit: "v", Payload: desk.NoteAdded{Text: "sì"}})
		told <- err
	}()
	var batch []*request
	for len(batch) == 0 {
		batch = j.queue.take()
	}
	giveUp()
	j.commit(batch)
	if err := <-told; err != nil {
		t.Errorf("told %v, and it was written", err)
	}
	<-j.turn
	if strings.Count(contents(t, j), "\n") != 1 {
		t.Error("it was not written")
	}
}

// When the disk took a commit without confirming it, nobody can tell what it holds.
func TestAfterAnUnconfirmedCommitNothingMoreIsWritten(t *testing.T) {
	j := newJournal(t)
	fill(t, j, 3)
	failing := errors.New("fdatasync: input/output error")
	commit := 0
	check(t, j.view(func(tx *bbolt.Tx) error { commit = tx.ID(); return nil }))
	for _, unseen := range []int{0, commit + 1} {
		if err := j.afterFailure(failing, unseen); errors.Is(err, ErrDisk) {
			t.Errorf("of a commit that cannot be seen is told %v", err)
		}
	}
	err := j.afterFailure(failing, commit)
	if !errors.Is(err, ErrDisk) {
		t.Errorf("told %v", err)
	}
	_, err = j.Append(context.Background(), desk.Draft{Payload: desk.NoteAdded{}})
	if !errors.Is(err, ErrDisk) {
		t.Errorf("the next is told %v", err)
	}
	check(t, j.Close())
	again, err := Open(j.Dir(), cheap())
	check(t, err)
	check(t, again.Unlock("MR", secret()))
	fill(t, again, 1)
	check(t, again.Close())
}

// What a newer program wrote before this one was put back stays, verifies, and travels as it is.
func TestAnEntryOfANewerProgramIsKeptAndTravels(t *testing.T) {
	j := newJournal(t)
	ctx := context.Background()
	fill(t, j, 3)
	check(t, j.update(func(tx *bbolt.Tx) error {
		w, err := newWriter(tx, j.keys, "", j.opts.Clock)
		check(t, err)
		e := wire.Entry{
			Seq: 4, ID: newUUIDv7(time.Now()), Kind: "visit.note", Version: desk.PayloadVersion + 1, At: wire.Moment(time.Now()), Visit: "v0",
			Payload: []byte(`{"text":"più di una nota","sound":"AAAA"}`), Salt: make([]byte, wire.SaltSize),
		}
		check(t, e.Seal(w.last.Digest))
		subkey, err := makeSubkey(tx, j.keys, "v0")
		check(t, err)
		sealed, err := sealPayload(&subkey, e)
		check(t, err)
		rec := record{e: e, sealed: sealed}
		rec.e.Payload, rec.e.Salt = nil, nil
		return tx.Bucket([]byte(bucketEntries)).Put(seqKey(4), rec.encode())
	}))
	fill(t, j, 1)
	travels, err := j.Batch(ctx, nil, 1, 10, 1<<20)
	check(t, err)
	if _, err := wire.VerifyChain(1, wire.Digest{}, travels); err != nil || travels[3].Version != desk.PayloadVersion+1 {
		t.Errorf("%d entries travel: %v", len(travels), err)
	}
	check(t, whole(ctx, j))
	check(t, j.Read(ctx, 4, func(e desk.Entry) error {
		if _, err := desk.Decode(e); e.Seq == 4 && !errors.Is(err, desk.ErrNewerPayload) {
			t.Errorf("shown as %v", err)
		}
		return nil
	}))
	if _, _, err := j.Compact(ctx); err != nil {
		t.Error(err)
	}
	erase(t, j, "v0")
	check(t, whole(ctx, j))
}
