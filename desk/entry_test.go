package desk_test

import (
	"encoding/json"
	"errors"
	"testing"

	"bottega/desk"
)

func TestDecodeKeepsUnknownKindsAndErasedEntriesApart(t *testing.T) {
	note, err := json.Marshal(desk.NoteAdded{Text: "torna con il figlio"})
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		entry desk.Entry
		want  error
	}{
		"known kind":   {desk.Entry{Kind: "visit.note", Payload: note}, nil},
		"newer kind":   {desk.Entry{Kind: "visit.hologram", Payload: note}, desk.ErrUnknownKind},
		"erased visit": {desk.Entry{Kind: "visit.note"}, desk.ErrErased},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := desk.Decode(tc.entry)
			if !errors.Is(err, tc.want) {
				t.Fatalf("Decode = %v, want %v", err, tc.want)
			}
			if err == nil && p.Kind() != tc.entry.Kind {
				t.Errorf("decoded kind %s, want %s", p.Kind(), tc.entry.Kind)
			}
		})
	}
}
