package desk_test

import (
	"encoding/json"
	"testing"

	"bottega/desk"
)

func TestWhatANewerProgramWroteIsKeptCountedAndShownAsNothingElse(t *testing.T) {
	for name, e := range map[string]desk.Entry{
		"an unknown kind":                    {Kind: "visit.hologram", Version: 1, Payload: json.RawMessage(`{"of":"nobody"}`)},
		"a newer version of a known kind":    {Kind: "visit.note", Version: 2, Payload: json.RawMessage(`{"text":"di domani"}`)},
		"a newer version of a request":       {Kind: "activation.request", Version: 2, Payload: json.RawMessage(`{"card_number":"1"}`)},
		"a newer name":                       {Kind: "visit.named", Version: 2, Payload: json.RawMessage(`{"person":{"surname":"DOMANI"}}`)},
		"a content of another form":          {Kind: "visit.note", Version: 1, Payload: json.RawMessage(`{"text":{"it":"due lingue"}}`)},
		"a request of another form":          {Kind: "exemption.requested", Version: 1, Payload: json.RawMessage(`["E01"]`)},
		"a content that is no JSON":          {Kind: "walk.answered", Version: 1, Payload: json.RawMessage(`{"walk":`)},
		"an erasure of another form":         {Kind: "visit.erased", Version: 1, Payload: json.RawMessage(`{"visit":["id-1"]}`)},
		"a site of a newer version":          {Kind: "site.set", Version: 7, Payload: json.RawMessage(`{"site":{"id":"FI"}}`)},
		"an entry of no visit, unknown kind": {Kind: "desk.dreamt", Version: 1, Payload: json.RawMessage(`{}`)},
	} {
		t.Run(name, func(t *testing.T) {
			r := open(t)
			visit := r.visit()
			before, site := r.everything(), r.Site()
			e.ID, e.Visit, e.At = "newer", visit, morning
			r.journal.Put(e)
			if err := r.CatchUp(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, when := range []string{"at once", "after a restart"} {
				if n := r.NotUnderstood(); n != 1 {
					t.Errorf("%s %d entries are not understood, want 1", when, n)
				}
				if after := r.everything(); after != before || r.Site() != site {
					t.Errorf("%s it changed what is shown:\n%s\n%s", when, before, after)
				}
				r.restart()
			}
			if err := r.AddNote(t.Context(), visit, "si lavora come prima"); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAnErasedEntryIsNotOneThatIsNotUnderstood(t *testing.T) {
	r := open(t)
	visit := r.visit()
	r.journal.Put(desk.Entry{ID: "newer", Kind: "visit.hologram", Visit: visit, At: morning, Version: 1, Payload: json.RawMessage(`{}`)})
	r.restart()
	if n := r.NotUnderstood(); n != 1 {
		t.Fatalf("%d before the erasure, want 1", n)
	}
	r.erase(desk.VisitErased{Visit: visit})
	for _, when := range []string{"at once", "after a restart"} {
		if n := r.NotUnderstood(); n != 0 {
			t.Errorf("%s %d entries are not understood, want none", when, n)
		}
		r.restart()
	}
}

// FuzzOpen opens a desk over an entry that anybody may have written, and lets it be read in every way.
func FuzzOpen(f *testing.F) {
	for _, kind := range []string{"visit.named", "visit.closed", "activation.request", "reply.received", "visit.erased", "followup.closed", "paper.made"} {
		f.Add(kind, 1, "id-1", "entry-2", []byte(`{"visit":"id-1","about":"entry-2","reply":{"about":"entry-3"},"id":"entry-2","person":{"surname":"X"}}`))
		f.Add(kind, 1, "", "", []byte(`null`))
	}
	f.Add("walk.back", 1, "id-1", "entry-3", []byte(`{"walk":"id-2"}`))
	f.Add("visit.opened", 1, "id-1", "", []byte(`{}`))
	f.Fuzz(func(t *testing.T, kind string, version int, visit, supersedes string, payload []byte) {
		r := open(t)
		known := r.visit()
		r.journal.Put(desk.Entry{
			ID: "foreign", Kind: desk.Kind(kind), Version: version, At: morning, Visit: visit, Supersedes: supersedes, Payload: payload,
		})
		if err := r.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		live := r.everything()
		r.restart()
		if again := r.everything(); again != live {
			t.Fatalf("a restart shows something else:\n%s\n%s", live, again)
		}
		r.DueForErasure(100)
		if _, err := r.TallyOf(known); err != nil && kind != "visit.erased" {
			t.Fatal(err)
		}
	})
}
