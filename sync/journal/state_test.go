package journal_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bottega/desk"
	"bottega/sync/journal"
	"bottega/sync/wire"
)

func TestBatchesAreTheChainAsItTravels(t *testing.T) {
	j := create(t, newClock())
	ctx := context.Background()
	for range 30 {
		note(t, j, "v", strings.Repeat("x", 300))
	}
	var all []wire.Entry
	for from := uint64(1); ; from = all[len(all)-1].Seq + 1 {
		b, err := j.Batch(ctx, nil, from, 7, 1<<20)
		must(t, err)
		if len(b) == 0 {
			break
		}
		if len(b) > 7 {
			t.Fatalf("%d entries in a batch of 7", len(b))
		}
		all = append(all, b...)
	}
	if len(all) != 30 {
		t.Fatalf("%d entries travelled", len(all))
	}
	if _, err := wire.VerifyChain(1, wire.Digest{}, all); err != nil {
		t.Error(err)
	}
	for name, tc := range map[string]struct{ count, size, want int }{
		"room for three":                  {100, 3300, 3},
		"too little room still takes one": {100, 1, 1},
		"no room at all":                  {0, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := j.Batch(ctx, nil, 5, tc.count, tc.size)
			must(t, err)
			if len(b) != tc.want || b[0].Seq != 5 {
				t.Errorf("%d entries from %d", len(b), b[0].Seq)
			}
		})
	}
}

func TestAcknowledgementsEpochsAndRepliesSurviveRestarts(t *testing.T) {
	c := newClock()
	j := create(t, c)
	ctx := context.Background()
	for range 5 {
		note(t, j, "v", "x")
	}
	first, err := j.Position(ctx)
	must(t, err)
	if first.Last != 5 || first.Acknowledged != 0 || first.Epoch.From != 1 || !first.Epoch.Prev.IsZero() || !wire.Word(first.Epoch.ID) {
		t.Fatalf("at first %+v", first)
	}
	must(t, j.Acknowledge(ctx, first.Epoch.ID, 4))
	wantErr(t, j.Acknowledge(ctx, first.Epoch.ID, 6), wire.ErrBrokenChain)
	wantErr(t, j.Acknowledge(ctx, "another", 4), wire.ErrBrokenChain)
	j = reopen(t, j, c)
	s, err := j.State()
	must(t, err)
	if s.Acked != 4 || !s.AckedAt.Equal(c.Now()) || s.Last != 5 {
		t.Fatalf("after reopening %+v", s)
	}
	must(t, j.NewEpoch(ctx, 3))
	wantErr(t, j.NewEpoch(ctx, 7), wire.ErrMalformed)
	wantErr(t, j.NewEpoch(ctx, 0), wire.ErrMalformed)
	p, err := j.Position(ctx)
	must(t, err)
	b, err := j.Batch(ctx, nil, p.Epoch.From, 10, 1<<20)
	must(t, err)
	if _, err := wire.VerifyChain(3, p.Epoch.Prev, b); err != nil {
		t.Errorf("the new epoch does not begin at the chain: %v", err)
	}
	if p.Epoch.ID == first.Epoch.ID || p.Epoch.From != 3 || p.Acknowledged != 2 {
		t.Errorf("the new epoch is %+v", p)
	}
	must(t, j.Acknowledge(ctx, p.Epoch.ID, 5))
	must(t, j.Acknowledge(ctx, p.Epoch.ID, 2)) // the hub was put back from a backup
}

func TestRepliesAreKeptOnceAndWithTheVisitTheyAreAbout(t *testing.T) {
	c := newClock()
	j := create(t, c)
	ctx := context.Background()
	asked := note(t, j, "v1", "richiesta")
	gone := note(t, j, "v2", "richiesta")
	eraseOne(t, j, "v2")
	reply := func(n uint64, about string) desk.Reply {
		return desk.Reply{Number: n, About: about, Kind: desk.ActivationConfirmed, At: c.Now()}
	}
	must(t, j.Keep(ctx, []desk.Reply{reply(1, asked.ID), reply(2, gone.ID)}))
	must(t, j.Keep(ctx, []desk.Reply{reply(2, gone.ID), reply(3, "unheard-of")}))
	must(t, j.Keep(ctx, nil))
	j = reopen(t, j, c)
	var kept []desk.Entry
	for _, e := range readAll(t, j) {
		if e.Kind == "reply.received" {
			kept = append(kept, e)
		}
	}
	if len(kept) != 3 || kept[0].Visit != "v1" || kept[1].Visit != "v2" || kept[2].Visit != "" {
		t.Fatalf("kept %+v", kept)
	}
	if kept[0].Payload == nil || kept[1].Payload != nil || kept[2].Payload == nil {
		t.Error("the reply about the erased visit, and only that, has no content")
	}
	if p, err := j.Position(ctx); err != nil || p.Replies != 3 {
		t.Errorf("cursor at %d, %v", p.Replies, err)
	}
	verified(t, j)
}

// What stands under no visit no erasure and no retention reaches.
func TestAReplyAboutAnEntryThatIsLostIsKeptWithoutThePerson(t *testing.T) {
	c := newClock()
	j := create(t, c)
	ctx := context.Background()
	ada := citizen(t, 1)
	asked := note(t, j, "v1", "richiesta")
	reply := func(n uint64, about string) desk.Reply {
		return desk.Reply{
			Number: n, About: about, Kind: desk.ExemptionFound, At: c.Now(), Exemption: &desk.RegisteredExemption{Number: "LU-1", Holder: ada},
			More: json.RawMessage(`{"nome":"` + ada.Surname + `"}`),
		}
	}
	must(t, j.Keep(ctx, []desk.Reply{reply(1, asked.ID), reply(2, "019a9b3c-7b3a-7c00-8000-0000000000aa")}))
	all := readAll(t, j)
	if whole := string(all[1].Payload); !strings.Contains(whole, ada.FiscalCode) {
		t.Errorf("the reply about an entry that is here: %s", whole)
	}
	bare := string(all[2].Payload)
	if strings.Contains(bare, ada.FiscalCode) || strings.Contains(bare, ada.Surname) || strings.Contains(bare, "LU-1") {
		t.Errorf("the reply about one that is not: %s", bare)
	}
	if !strings.Contains(bare, `"number":2`) || !strings.Contains(bare, string(desk.ExemptionFound)) {
		t.Errorf("it lacks number or kind: %s", bare)
	}
}

func TestErasingDropsContentsAndIndexAndKeepsTheChain(t *testing.T) {
	c := newClock()
	j := create(t, c)
	ctx := context.Background()
	ada := citizen(t, 1)
	for _, visit := range []string{"v1", "v2", "v1"} {
		_, err := j.Append(ctx, desk.Draft{Visit: visit, Payload: named(ada)})
		must(t, err)
	}
	before, err := j.Batch(ctx, nil, 1, 10, 1<<20)
	must(t, err)
	eraseOne(t, j, "v1")
	eraseOne(t, j, "v1") // once more is harmless
	wantErr(t, eraseErr(j, "v9"), journal.ErrUnknownVisit)
	wantErr(t, eraseErr(j, ""), journal.ErrUnknownVisit)
	_, err = j.Append(ctx, desk.Draft{Visit: "v2", Payload: desk.NoteAdded{}}, desk.Draft{Visit: "v1", Payload: desk.NoteAdded{}})
	wantErr(t, err, journal.ErrVisitErased)

	j = reopen(t, j, c)
	after, err := j.Batch(ctx, nil, 1, 10, 1<<20)
	must(t, err)
	if len(after) != 4 || after[3].Kind != "visit.erased" || !strings.Contains(string(after[3].Payload), `"v1"`) {
		t.Fatalf("after erasing: %+v", after)
	}
	for i, e := range after[:3] {
		if e.Erased() != (e.Visit == "v1") || e.Digest != before[i].Digest {
			t.Errorf("entry %d: erased %t", e.Seq, e.Erased())
		}
	}
	if _, err := wire.VerifyChain(1, wire.Digest{}, after); err != nil {
		t.Error(err)
	}
	if r := verified(t, j); r.Erased != 2 || r.Opened != 2 {
		t.Errorf("report %+v", r)
	}
	if visits, err := j.Visits(ctx, ada.FiscalCode); err != nil || len(visits) != 1 || visits[0] != "v2" {
		t.Errorf("found %v, %v", visits, err)
	}
}

func TestCompactKeepsEverythingInLessRoom(t *testing.T) {
	c := newClock()
	j := create(t, c)
	ctx := context.Background()
	for i := range 60 {
		note(t, j, string(rune('a'+i%6)), strings.Repeat("lungo ", 2000))
	}
	for _, v := range []string{"a", "b", "c", "d", "e"} {
		eraseOne(t, j, v)
	}
	want := readAll(t, j)
	before, after, err := j.Compact(ctx)
	must(t, err)
	if after >= before/2 {
		t.Errorf("from %d to %d bytes", before, after)
	}
	same(t, readAll(t, j), want)
	note(t, j, "a2", "si va avanti")
	j = reopen(t, j, c)
	same(t, readAll(t, j)[:len(want)], want)
	verified(t, j)
	_, err = journal.Open(j.Dir(), options(nil))
	wantErr(t, err, journal.ErrInUse)
}

func same(t *testing.T, got, want []desk.Entry) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d entries, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i].ID != want[i].ID || string(got[i].Payload) != string(want[i].Payload) {
			t.Fatalf("entry %d differs", want[i].Seq)
		}
	}
}

func TestABackupMadeWhileWorkGoesOnIsRestoredWhole(t *testing.T) {
	c := newClock()
	j := create(t, c)
	ctx := context.Background()
	for range 40 {
		note(t, j, "v", "prima")
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				if _, err := j.Append(ctx, desk.Draft{Visit: "v", Payload: desk.NoteAdded{Text: "durante"}}); err != nil {
					t.Error(err)
					return
				}
			}
		}
	}()
	var backup bytes.Buffer
	_, err := j.Backup(ctx, &backup)
	close(stop)
	<-stopped
	must(t, err)

	dir := filepath.Join(t.TempDir(), "nuova")
	r, err := journal.Restore(ctx, dir, bytes.NewReader(backup.Bytes()), options(c))
	must(t, err)
	if r.Entries < 40 || !r.Sealed {
		t.Errorf("restored %+v", r)
	}
	restored := open(t, dir, c)
	if n := verified(t, restored).Opened; n != r.Entries {
		t.Errorf("%d of %d contents open", n, r.Entries)
	}
	note(t, restored, "v", "dopo")
	_, err = journal.Restore(ctx, dir, bytes.NewReader(backup.Bytes()), options(c))
	wantErr(t, err, journal.ErrExists)
}

func TestABackupThatIsNoJournalIsRefusedAndLeavesNothing(t *testing.T) {
	for name, content := range map[string]string{
		"empty": "", "something else": strings.Repeat("una lettera ", 5000), "short": "x",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			_, err := journal.Restore(context.Background(), dir, strings.NewReader(content), options(nil))
			wantErr(t, err, journal.ErrBackupSpoilt)
			if left, _ := os.ReadDir(dir); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestAnInterruptedCreateOrCompactLeavesTheFolderUsable(t *testing.T) {
	c := newClock()
	dir := filepath.Join(t.TempDir(), "dati")
	must(t, os.MkdirAll(dir, 0o700))
	for _, name := range []string{".new", ".compact"} {
		must(t, os.WriteFile(filepath.Join(dir, journal.FileName+name), []byte("half"), 0o600))
	}
	j, err := journal.Create(dir, journal.NewFacilitator{Sigla: sigla}, passphrase(), options(c))
	must(t, err)
	defer func() { must(t, j.Close()) }()
	note(t, j, "v", "x")
	_, _, err = j.Compact(context.Background())
	must(t, err)
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
	c.add(time.Second)
	verified(t, j)
}
