package hub_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"bottega/desk"
	"bottega/desk/desktest"
	"bottega/sync/wire"
)

// byHand is the journal of a desk that a test writes entry by entry.
type byHand struct {
	t       *testing.T
	c       *caller
	entries []wire.Entry
}

// add writes a fact, in a visit and in place of another entry when they are named, and returns its id.
func (b *byHand) add(p desk.Payload, visit, supersedes string) string {
	b.t.Helper()
	payload, err := json.Marshal(p)
	if err != nil {
		b.t.Fatal(err)
	}
	var prev wire.Digest
	if n := len(b.entries); n > 0 {
		prev = b.entries[n-1].Digest
	}
	e := wire.Entry{
		Seq: uint64(len(b.entries) + 1), ID: uuid.NewString(), Kind: p.Kind(), Version: 1, At: wire.Moment(time.Now()),
		Visit: visit, Supersedes: supersedes, Payload: payload, Salt: bytes.Repeat([]byte{9}, wire.SaltSize),
	}
	if err := e.Seal(prev); err != nil {
		b.t.Fatal(err)
	}
	b.entries = append(b.entries, e)
	return e.ID
}

// send pushes what is new and returns every reply that the hub has for the desk.
func (b *byHand) send(epoch string, entries []wire.Entry) []desk.Reply {
	b.t.Helper()
	batch := wire.Batch{Version: wire.Version, Program: "by hand", SentAt: time.Now(), Epoch: wire.Epoch{ID: epoch, From: 1}, Entries: entries}
	resp, data := b.c.ask(b.t, http.MethodPost, wire.PathJournal, plain(b.t, batch), "Content-Type", wire.MediaJSON)
	if resp.StatusCode != http.StatusOK {
		b.t.Fatalf("%d %s", resp.StatusCode, data)
	}
	_, data = b.c.ask(b.t, http.MethodGet, wire.PathReplies, nil)
	var page wire.Replies
	if err := json.Unmarshal(data, &page); err != nil {
		b.t.Fatalf("%s: %v", data, err)
	}
	return page.Replies
}

func TestAnErasedVisitIsErasedAtTheHub(t *testing.T) {
	dir := t.TempDir()
	r := start(t, filepath.Join(dir, "state"), "127.0.0.1:0")
	r.load(t)
	c, _ := r.member(t)
	b := &byHand{t: t, c: c}
	b.add(exemption("E01", nella()), "visita-1", "")
	b.add(exemption("E02", agim()), "visita-2", "")
	whole := b.entries
	if got := b.send("e", b.entries); len(got) != 2 || got[0].Exemption == nil || got[1].Exemption == nil {
		t.Fatalf("replies: %+v", got)
	}
	b.add(desk.VisitErased{Visit: "visita-1", Reason: desk.ErasedOnRequest}, "", "")
	got := b.send("e", b.entries)
	if len(got) != 2 || got[0].Exemption != nil || got[0].Number != 1 || got[0].Kind != desk.ExemptionFound || got[1].Exemption == nil {
		t.Errorf("replies after the erasure: %+v", got)
	}
	// A copy of the desk that knows of no erasure brings nothing back, and gets no new answer.
	if again := b.send("e2", whole); len(again) != 2 || again[0].Exemption != nil {
		t.Errorf("replies after the copy came: %+v", again)
	}
	r.stop()
	if hits, err := desktest.Found(dir, []string{"Bianchi", nella().FiscalCode}); err != nil || len(hits) > 0 {
		t.Errorf("found %v, %v", hits, err)
	}
}

func TestACorrectionIsAnsweredInPlaceOfWhatItCorrects(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	c, _ := r.member(t)
	b := &byHand{t: t, c: c}
	wrong := b.add(activation(cardOfNella, agim()), "v", "")
	right := b.add(activation(cardOfNella, nella()), "v", wrong)
	if got := b.send("e", b.entries); len(got) != 0 {
		t.Fatalf("answered without a registry: %+v", got)
	}
	r.load(t)
	for deadline := time.Now().Add(patience); ; {
		got := b.send("e", b.entries)
		if len(got) == 1 && got[0].About == right && got[0].Kind == desk.ActivationConfirmed {
			break
		}
		if len(got) > 0 || time.Now().After(deadline) {
			t.Fatalf("replies: %+v", got)
		}
	}
	// What was confirmed is corrected once more: the card is not active on that account.
	last := b.add(activation(cardOfNella, nella()), "v", right)
	if got := b.send("e", b.entries); len(got) != 2 || got[1].About != last || got[1].Kind != desk.ActivationConfirmed {
		t.Errorf("replies: %+v", got)
	}
}
