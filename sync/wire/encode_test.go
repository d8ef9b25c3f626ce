package wire_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bottega/desk"
	"bottega/sync/wire"
)

func TestABatchIsTheJSONThatTheLibraryMakesOfIt(t *testing.T) {
	text := rapid.StringMatching(`[A-Za-z0-9._-]{0,64}|[ -~àèì<>&"\\]{0,20}`)
	rapid.Check(t, func(t *rapid.T) {
		b := wire.Batch{
			Version: rapid.Int().Draw(t, "version"), Program: rapid.String().Draw(t, "program"), SentAt: time.Now(),
			Epoch: wire.Epoch{ID: text.Draw(t, "epoch"), From: rapid.Uint64().Draw(t, "from")}, Entries: []wire.Entry{},
		}
		for range rapid.IntRange(0, 4).Draw(t, "entries") {
			payload, err := json.Marshal(map[string]any{rapid.String().Draw(t, "field"): rapid.String().Draw(t, "value")})
			if err != nil {
				t.Fatal(err)
			}
			e := wire.Entry{
				Seq: rapid.Uint64().Draw(t, "seq"), ID: text.Draw(t, "id"), Kind: desk.Kind(text.Draw(t, "kind")),
				Version:     rapid.IntRange(-3, 1<<20).Draw(t, "version"),
				At:          wire.Moment(time.UnixMilli(rapid.Int64Range(-1<<44, 1<<46).Draw(t, "at")).In(time.FixedZone("", 60*rapid.IntRange(-720, 840).Draw(t, "zone")))),
				Facilitator: text.Draw(t, "facilitator"), Visit: text.Draw(t, "visit"), Supersedes: text.Draw(t, "supersedes"),
			}
			if rapid.Bool().Draw(t, "not erased") {
				e.Payload, e.Salt = payload, rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "salt")
			}
			copy(e.Digest[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "digest"))
			b.Entries = append(b.Entries, e)
		}
		want, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		got, err := wire.EncodeJSON(b)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("EncodeJSON = %s, %v\nwant %s", got, err, want)
		}
	})
}
