package journal_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bottega/desk"
	"bottega/sync/journal"
	"bottega/sync/wire"
)

// oracle is a journal as a plain list: what the real one must be equal to, whatever happens to it.
type oracle struct {
	t       *rapid.T
	dir     string
	clock   *clock
	j       *journal.Journal
	entries []desk.Entry
	digests []wire.Digest // of what was seen to travel
	erased  map[string]bool
	replies uint64
}

// Random appends, erasures, replies, restarts, compactions, recoveries, restores and clock jumps leave exactly the entries that were acknowledged, each as
// it was or erased, in a chain that verifies and never changes.
func TestAJournalIsTheListOfWhatWasAppended(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "journal")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir) //nolint:errcheck // a folder of the test
		o := &oracle{t: t, dir: filepath.Join(dir, "dati"), clock: newClock(), erased: make(map[string]bool)}
		o.j, err = journal.Create(o.dir, journal.NewFacilitator{Sigla: sigla}, passphrase(), options(o.clock))
		o.ok(err)
		defer func() { o.ok(o.j.Close()) }()
		t.Repeat(map[string]func(*rapid.T){
			"append":      o.append,
			"append2":     o.append, // twice as often as the rest
			"erase":       o.erase,
			"reply":       o.reply,
			"reopen":      o.reopen,
			"recover":     o.recover,
			"keyring":     o.keyring,
			"restore":     o.restore,
			"acknowledge": o.acknowledge,
			"compact":     func(*rapid.T) { _, _, err := o.j.Compact(context.Background()); o.ok(err) },
			"clock": func(t *rapid.T) {
				o.clock.add(time.Duration(rapid.IntRange(-100, 1000).Draw(t, "minutes")) * time.Minute)
			},
			"": o.compare,
		})
	})
}

func (o *oracle) ok(err error) {
	if err != nil {
		o.t.Fatal(err)
	}
}

func visits() *rapid.Generator[string] { return rapid.SampledFrom([]string{"", "a", "b", "c", "d"}) }

func (o *oracle) append(t *rapid.T) {
	drafts := make([]desk.Draft, rapid.IntRange(1, 3).Draw(t, "drafts"))
	refused := false
	for i := range drafts {
		visit := visits().Draw(t, "visit")
		refused = refused || o.erased[visit]
		drafts[i] = desk.Draft{Visit: visit, Payload: desk.NoteAdded{Text: rapid.String().Draw(t, "text")}}
	}
	written, err := o.j.Append(context.Background(), drafts...)
	if refused {
		if !errors.Is(err, journal.ErrVisitErased) {
			t.Fatalf("appended to an erased visit: %v", err)
		}
		return
	}
	o.ok(err)
	o.entries = append(o.entries, written...)
}

func (o *oracle) erase(t *rapid.T) {
	visit := visits().Draw(t, "visit")
	known := false
	for i, e := range o.entries {
		if visit != "" && e.Visit == visit {
			known, o.entries[i].Payload = true, nil
		}
	}
	erasures, err := o.j.Erase(context.Background(), desk.VisitErased{Visit: visit})
	if !known {
		if !errors.Is(err, journal.ErrUnknownVisit) {
			t.Fatalf("erased %q, which has no entry: %v", visit, err)
		}
		return
	}
	o.ok(err)
	if len(erasures) > 1 || len(erasures) == 0 != o.erased[visit] {
		t.Fatalf("recorded %d erasures of %q", len(erasures), visit)
	}
	o.erased[visit] = true
	o.entries = append(o.entries, erasures...)
}

func (o *oracle) reply(t *rapid.T) {
	if len(o.entries) == 0 {
		return
	}
	about := o.entries[rapid.IntRange(0, len(o.entries)-1).Draw(t, "about")]
	number := uint64(rapid.IntRange(1, int(o.replies)+1).Draw(t, "number"))
	r := desk.Reply{Number: number, About: about.ID, Kind: desk.ActivationConfirmed, At: o.clock.Now()}
	o.ok(o.j.Keep(context.Background(), []desk.Reply{r}))
	if number > o.replies {
		o.replies = number
		o.expect("reply.received", about.Visit, desk.ReplyReceived{Reply: r}, o.erased[about.Visit])
	}
}

// expect adds an entry that the journal made by itself; its identity is taken from there.
func (o *oracle) expect(kind desk.Kind, visit string, p desk.Payload, erased bool) {
	payload, err := json.Marshal(p)
	o.ok(err)
	if erased {
		payload = nil
	}
	e := desk.Entry{Seq: uint64(len(o.entries) + 1), Kind: kind, Visit: visit, Payload: payload}
	o.ok(o.j.Read(context.Background(), e.Seq, func(got desk.Entry) error {
		e.ID = got.ID
		return nil
	}))
	o.entries = append(o.entries, e)
}

func (o *oracle) reopen(t *rapid.T) {
	if rapid.Bool().Draw(t, "only lock") {
		o.j.Lock()
	} else {
		o.ok(o.j.Close())
		var err error
		o.j, err = journal.Open(o.dir, options(o.clock))
		o.ok(err)
	}
	o.ok(o.j.Unlock(sigla, passphrase()))
}

// recover loses the passphrase and gets the same one again.
func (o *oracle) recover(*rapid.T) {
	k, err := o.j.NewRecoveryKey(context.Background())
	o.ok(err)
	defer k.Wipe()
	if rapid.Bool().Draw(o.t, "while locked") {
		o.j.Lock()
	}
	o.ok(o.j.Recover(context.Background(), k, sigla, passphrase()))
	if err := o.j.Recover(context.Background(), k, sigla, passphrase()); !errors.Is(err, journal.ErrNoRecovery) {
		o.t.Fatalf("a key that was used: %v", err)
	}
}

func (o *oracle) keyring(*rapid.T) {
	ring := &memoryRing{secrets: make(map[string][]byte)}
	o.ok(o.j.RememberOn(context.Background(), ring))
	o.j.Lock()
	o.ok(o.j.UnlockWith(context.Background(), sigla, ring))
}

// restore goes on with a backup in another folder.
func (o *oracle) restore(*rapid.T) {
	var backup bytes.Buffer
	_, err := o.j.Backup(context.Background(), &backup)
	o.ok(err)
	before, err := o.j.State()
	o.ok(err)
	o.ok(o.j.Close())
	o.dir += "'"
	_, err = journal.Restore(context.Background(), o.dir, &backup, options(o.clock))
	o.ok(err)
	o.j, err = journal.Open(o.dir, options(o.clock))
	o.ok(err)
	o.ok(o.j.Unlock(sigla, passphrase()))
	after, err := o.j.State()
	o.ok(err)
	if after.Epoch.ID == before.Epoch.ID || after.Epoch.From != before.Acked+1 || after.Acked != before.Acked {
		o.t.Fatalf("restored at %+v, was at %+v", after, before)
	}
}

func (o *oracle) acknowledge(t *rapid.T) {
	s, err := o.j.State()
	o.ok(err)
	seq := uint64(rapid.IntRange(int(s.Epoch.From)-1, max(int(s.Epoch.From)-1, len(o.entries))).Draw(t, "sequence"))
	o.ok(o.j.Acknowledge(context.Background(), s.Epoch.ID, seq))
}

func (o *oracle) compare(t *rapid.T) {
	travelling, err := o.j.Batch(context.Background(), nil, 1, 1<<20, 1<<30)
	o.ok(err)
	if len(travelling) != len(o.entries) {
		t.Fatalf("%d entries, %d were appended", len(travelling), len(o.entries))
	}
	for i, e := range travelling {
		w := o.entries[i]
		if e.ID != w.ID || e.Kind != w.Kind || e.Visit != w.Visit || string(e.Payload) != string(w.Payload) {
			t.Fatalf("entry %d is %+v, was %+v", e.Seq, e, w)
		}
		if i < len(o.digests) && e.Digest != o.digests[i] {
			t.Fatalf("the digest of entry %d changed", e.Seq)
		}
	}
	for _, e := range travelling[len(o.digests):] {
		o.digests = append(o.digests, e.Digest)
	}
	if _, err := wire.VerifyChain(1, wire.Digest{}, travelling); err != nil {
		t.Fatal(err)
	}
	r, err := o.j.Verify(context.Background())
	o.ok(err)
	if r.Fault != nil || r.Entries != uint64(len(o.entries)) {
		t.Fatalf("verified %+v: %v", r, r.Fault)
	}
}
