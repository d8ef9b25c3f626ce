package hub_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"bottega/desk"
	"bottega/sync/hub"
	"bottega/sync/wire"
)

func TestAClonedDeskLosesNothing(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	r.load(t)
	one := r.enrolled(t)
	one.journal.Add(desk.NoteAdded{Text: "prima"}, desk.NoteAdded{Text: "seconda"})
	one.send(t)
	two := newDesk(t, one.journal.Clone())
	one.journal.Add(activation(cardOfNella, nella()))
	two.journal.Add(activation(cardOfAgim, agim()))
	for range 3 {
		one.send(t)
		two.send(t)
		one.journal.Add(desk.NoteAdded{Text: "ancora"})
		two.journal.Add(desk.NoteAdded{Text: "ancora"})
	}
	one.send(t)
	two.send(t)
	want := map[string]bool{}
	for _, e := range append(one.journal.Entries(), two.journal.Entries()...) {
		want[e.ID] = true
	}
	if desks, err := r.Desks(t.Context()); err != nil || desks[0].Entries != len(want) {
		t.Errorf("the hub has %+v, %v; %d facts were written", desks, err, len(want))
	}
	if a, b := one.journal.Position, two.journal.Position; mustEpoch(t, a) == mustEpoch(t, b) {
		t.Error("both still write into one epoch")
	}
}

func TestADeskPutBackFromABackupLosesNothing(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	d := r.enrolled(t)
	d.journal.Add(desk.NoteAdded{Text: "prima"})
	d.send(t)
	backup := d.journal.Clone()
	d.journal.Add(desk.NoteAdded{Text: "dopo la copia"}, desk.NoteAdded{Text: "anche questa"})
	d.send(t)
	restored := newDesk(t, backup)
	restored.send(t) // nothing new yet: the hub having more is what tells
	if p, err := backup.Position(t.Context()); err != nil || p.Epoch.From != 2 {
		t.Fatalf("position %+v, %v", p, err)
	}
	backup.Add(desk.NoteAdded{Text: "dopo il ripristino"})
	restored.send(t)
	if desks, err := r.Desks(t.Context()); err != nil || desks[0].Entries != 4 {
		t.Errorf("desks %+v, %v", desks, err)
	}
}

func TestADeskPutBackWithEntriesItNeverHeardAboutLosesNothing(t *testing.T) {
	for name, tail := range map[string]int{"in one batch": 2, "in more than one batch": wire.MaxBatchEntries + 2} {
		t.Run(name, func(t *testing.T) {
			r := start(t, t.TempDir(), "127.0.0.1:0")
			d := r.enrolled(t)
			d.journal.Add(desk.NoteAdded{Text: "prima"})
			d.send(t)
			for range tail {
				d.journal.Add(desk.NoteAdded{Text: "scritta, e non ancora spedita quando si fa la copia"})
			}
			backup := d.journal.Clone()
			d.journal.Add(desk.NoteAdded{Text: "dopo la copia"})
			d.send(t)
			restored := newDesk(t, backup)
			restored.send(t)
			backup.Add(desk.NoteAdded{Text: "dopo il ripristino"})
			restored.send(t)
			if desks, err := r.Desks(t.Context()); err != nil || desks[0].Entries != tail+3 {
				t.Errorf("desks %+v, %v; %d facts were written", desks, err, tail+3)
			}
			if p, err := backup.Position(t.Context()); err != nil || p.Acknowledged != p.Last {
				t.Errorf("position %+v, %v", p, err)
			}
		})
	}
}

func TestAHubPutBackFromABackupIsFilledUpAgain(t *testing.T) {
	state, copied := t.TempDir(), t.TempDir()
	r := start(t, state, "127.0.0.1:0")
	d := r.enrolled(t)
	d.journal.Add(desk.NoteAdded{Text: "prima"})
	d.send(t)
	address := r.address
	r.stop()
	if err := os.CopyFS(copied, os.DirFS(state)); err != nil {
		t.Fatal(err)
	}
	r = start(t, state, address)
	d.journal.Add(desk.NoteAdded{Text: "dopo la copia"}, desk.NoteAdded{Text: "anche questa"})
	d.send(t)
	r.stop()
	r = start(t, copied, address)
	d.journal.Add(desk.NoteAdded{Text: "dopo il ripristino"})
	d.send(t)
	if desks, err := r.Desks(t.Context()); err != nil || desks[0].Entries != 4 {
		t.Errorf("desks %+v, %v", desks, err)
	}
}

func mustEpoch(t *testing.T, position func(context.Context) (wire.Position, error)) string {
	t.Helper()
	p, err := position(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p.Epoch.ID
}

// A hub that was put back numbers its replies from where the backup was: a desk that asked for those above the last it has would never
// hear what came in between.
func TestADeskHearsEachReplyOfAHubThatWasPutBack(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	r.load(t)
	d := r.enrolled(t)
	asked := d.journal.Add(exemption("E01", nella()))
	d.send(t)
	var backup bytes.Buffer
	if err := r.Backup(t.Context(), &backup, false); err != nil {
		t.Fatal(err)
	}
	asked = append(asked, d.journal.Add(exemption("E02", agim()), exemption("E04", stefania()))...)
	d.send(t)
	address, state := r.address, filepath.Join(t.TempDir(), "again")
	r.stop()
	if _, err := hub.Restore(t.Context(), hub.Params{State: state}, &backup); err != nil {
		t.Fatal(err)
	}
	start(t, state, address)
	asked = append(asked, d.journal.Add(exemption("E01", agim()))...)
	for range 2 { // replies are entries too
		d.send(t)
	}
	heard := map[string]bool{}
	for _, reply := range d.journal.Replies() {
		heard[reply.About] = true
	}
	for i, e := range asked {
		if !heard[e.ID] {
			t.Errorf("request %d has no reply", i+1)
		}
	}
}

// A hub that serves has to notice what a command, or another hub, did to the database.
func TestHubsOnOneDatabaseAgreeOnTheCountOfReplies(t *testing.T) {
	state := t.TempDir()
	one := start(t, state, "127.0.0.1:0")
	copied := filepath.Join(t.TempDir(), "copied")
	two, err := hub.New(t.Context(), hub.Params{State: state})
	if err != nil {
		t.Fatal(err)
	}
	defer two.Close()
	c, _ := one.member(t)
	before := seriesOf(t, c)
	if again := seriesOf(t, c); before == "" || again != before {
		t.Errorf("%q, then %q", before, again)
	}
	if err := two.RenumberReplies(t.Context()); err != nil {
		t.Fatal(err)
	}
	after := seriesOf(t, c)
	if after == before {
		t.Error("a hub that serves goes on with the count of before")
	}
	// Keys that are put back say nothing of the database.
	var keys, whole bytes.Buffer
	if err := errors.Join(two.Backup(t.Context(), &keys, true), two.Backup(t.Context(), &whole, false)); err != nil {
		t.Fatal(err)
	}
	if _, err := hub.Restore(t.Context(), hub.Params{State: copied}, &keys); err != nil {
		t.Fatal(err)
	}
	one.stop()
	for _, part := range []string{"hub.db", "hub.db-wal"} {
		database, err := os.ReadFile(filepath.Join(state, part))
		if err == nil {
			err = os.WriteFile(filepath.Join(copied, part), database, 0o600)
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
	back := start(t, copied, one.address)
	if got := seriesOf(t, c); got != after {
		t.Errorf("after the keys alone were put back: %q, want %q", got, after)
	}
	back.stop()
	again := filepath.Join(t.TempDir(), "again")
	if _, err := hub.Restore(t.Context(), hub.Params{State: again}, &whole); err != nil {
		t.Fatal(err)
	}
	start(t, again, one.address)
	if got := seriesOf(t, c); got == after {
		t.Error("a database that was put back goes on with the count of before")
	}
}

// seriesOf returns the count that a hub gives its replies numbers of.
func seriesOf(t *testing.T, c *caller) string {
	t.Helper()
	_, data := c.ask(t, http.MethodGet, wire.PathReplies, nil)
	var page wire.Replies
	if err := json.Unmarshal(data, &page); err != nil {
		t.Fatal(err)
	}
	return page.Series
}
