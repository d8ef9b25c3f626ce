package soak

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"bottega/desk"
	"bottega/sync/journal"
	"bottega/sync/wire"
)

// An oracle that never finds anything proves nothing: each of these is wrong in one thing, and has to be found.
func TestKillOracleFindsWhatIsLostChangedOrTwice(t *testing.T) {
	h := newHub(t)
	h.serving(t)
	db := h.database(t)
	p := newPair(t, h, db)
	p.hears(t, begin[deskSaid](t, "desk", deskPart{Dir: p.dir, Writers: 2, Appends: 10}))
	p.sendTheRest(t)
	k := p.judge(t, (*ledger).settled)
	a, err := readDatabase(t.Context(), db, p.desk)
	must(t, err)
	if k.requests() == 0 || p.ledger.acknowledgements == 0 {
		t.Fatalf("%d requests, %d acknowledgements: too little to spoil", k.requests(), p.ledger.acknowledgements)
	}
	victim := k.entries[len(k.entries)/2]
	for name, spoil := range map[string]func(*ledger, *kept, *arrived){
		"an entry that was written is gone": func(l *ledger, _ *kept, _ *arrived) {
			l.wrote["another"] = desk.Entry{Seq: 3, ID: "another"}
		},
		"an entry has another content": func(_ *ledger, k *kept, _ *arrived) {
			k.entries[slices.IndexFunc(k.entries, wroteBy(p.ledger))].Payload = json.RawMessage(`{"text":"altro"}`)
		},
		"an entry stands in another place": func(_ *ledger, k *kept, _ *arrived) {
			i := slices.IndexFunc(k.entries, wroteBy(p.ledger))
			k.entries[i].Seq = k.position.Last + 1
		},
		"more is called safe than there is": func(l *ledger, k *kept, _ *arrived) { l.safe = k.position.Last + 1 },
		"a safe entry is not at the hub":    func(_ *ledger, _ *kept, a *arrived) { delete(a.records, victim.ID) },
		"an entry is two records": func(_ *ledger, _ *kept, a *arrived) {
			a.records[victim.ID] = append(a.records[victim.ID], a.records[victim.ID][0])
		},
		"a record is of no entry": func(_ *ledger, _ *kept, a *arrived) { a.records["another"] = a.records[victim.ID] },
		"the hub has another entry": func(_ *ledger, _ *kept, a *arrived) {
			a.entries[a.records[victim.ID][0]] = wire.Digest{1}.String()
		},
		"a reply is missing": func(_ *ledger, k *kept, _ *arrived) {
			k.entries = slices.DeleteFunc(k.entries, func(e wire.Entry) bool { return e.Kind == (desk.ReplyReceived{}).Kind() })
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := &ledger{wrote: maps.Clone(p.ledger.wrote), safe: p.ledger.safe}
			spoiltKept := kept{entries: slices.Clone(k.entries), position: k.position}
			spoiltArrived := arrived{entries: maps.Clone(a.entries), records: maps.Clone(a.records), epochs: a.epochs, replies: a.replies}
			spoil(l, &spoiltKept, &spoiltArrived)
			if len(l.compare(spoiltKept, spoiltArrived)) == 0 {
				t.Error("the oracle found nothing")
			}
		})
	}
	t.Run("a bit of the journal is another one", func(t *testing.T) {
		dir := t.TempDir()
		must(t, os.CopyFS(dir, os.DirFS(p.dir)))
		path := filepath.Join(dir, journal.FileName)
		file, err := os.ReadFile(path)
		must(t, err)
		flipped := 0
		for at := 0; ; flipped++ { // a page that was freed may hold the entry too
			i := bytes.Index(file[at:], []byte(victim.ID))
			if i < 0 {
				break
			}
			file[at+i] ^= 1
			at += i + len(victim.ID)
		}
		must(t, os.WriteFile(path, file, 0o600))
		if _, err := readFolder(t.Context(), dir); flipped == 0 || err == nil {
			t.Errorf("%d bits were flipped, and the oracle found nothing", flipped)
		}
	})
}

// wroteBy finds an entry that the desk said it wrote: replies are entries too, and it says nothing of them.
func wroteBy(l *ledger) func(wire.Entry) bool {
	return func(e wire.Entry) bool {
		_, said := l.wrote[e.ID]
		return said
	}
}
