package journal_test

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"bottega/desk"
	"bottega/desk/civil"
	"bottega/sync/journal"
	"bottega/sync/wire"
)

// Before a release with a new format: go test ./sync/journal -run TestEveryFormat -freeze writes a journal of the format that the
// program writes now, with what it must contain. Those of earlier formats are never made again.
var freeze = flag.Bool("freeze", false, "write testdata/format-N.db.gz and .json for the format that is written now")

// currentFormat is the format that the program writes.
const currentFormat = 2

// frozen is what a journal must contain, whatever program reads it.
type frozen struct {
	Facilitators []journal.Facilitator `json:"facilitators"`
	State        journal.State         `json:"state"`
	Entries      []wire.Entry          `json:"entries"`
	Identity     string                `json:"identity"`
	Found        map[string][]string   `json:"found"`
	Erased       []string              `json:"erased"`
	// From format 2 on: the days of keeping, the recovery key as it was printed, and what a keyring was given to remember.
	Retention int               `json:"retention,omitempty"`
	Recovery  string            `json:"recovery,omitempty"`
	Secrets   map[string][]byte `json:"secrets,omitempty"`
}

// secondSigla is another facilitator of frozen journals.
const secondSigla = "GB"

func secondPassphrase() []byte { return []byte("quattro parole, altre") }

// makeFrozen plays a small life of a desk: two facilitators, visits with names, cards, walks and papers, one of them erased, answers
// of the hub, an acknowledgement, a correction and the desk's identity; a recovery key, a keyring that remembers, and days of keeping.
func makeFrozen(t testing.TB) (*journal.Journal, frozen) {
	t.Helper()
	c := newClock()
	j := create(t, c)
	ctx := context.Background()
	_, err := j.AddFacilitator(ctx, journal.NewFacilitator{Sigla: secondSigla, Name: "Gino Bartalucci"}, secondPassphrase())
	must(t, err)
	must(t, j.SaveIdentity(ctx, []byte(`{"desk":"FI-TASSO"}`)))
	_, err = j.Append(ctx, desk.Draft{Payload: desk.SiteSet{Site: desk.Site{ID: "FI-TASSO", Name: "Bottega di Piazza Tasso"}}})
	must(t, err)
	var asked []string
	for n := range 8 {
		c.add(13 * time.Minute)
		p := citizen(t, n%6) // two of them come twice
		visit := fmt.Sprintf("visit-%d", n)
		entries, err := j.Append(ctx,
			desk.Draft{Visit: visit, Payload: desk.VisitOpened{}},
			desk.Draft{Visit: visit, Payload: named(p)},
			desk.Draft{Visit: visit, Payload: desk.WalkAnswered{Walk: "w1", Step: "documento", Answers: map[string]string{"kind": "identity_card"}}},
			desk.Draft{Visit: visit, Payload: desk.ActivationRequested{Holder: p, Document: desk.Document{
				Number: fmt.Sprintf("CA%05dAA", n), Expires: civil.Date{Year: 2030, Month: 1, Day: 2}}}},
			desk.Draft{Visit: visit, Payload: desk.NoteAdded{Text: "torna <con> la figlia & il nipote, è già stata qui"}})
		must(t, err)
		asked = append(asked, entries[3].ID)
		_, err = j.Append(ctx, desk.Draft{Visit: visit, Supersedes: entries[4].ID, Payload: desk.NoteAdded{Text: "torna con la nuora"}})
		must(t, err)
		_, err = j.Append(ctx, desk.Draft{Visit: visit, Payload: desk.VisitClosed{}})
		must(t, err)
	}
	s, err := j.State()
	must(t, err)
	must(t, j.Acknowledge(ctx, s.Epoch.ID, 40))
	eraseOne(t, j, "visit-3")
	must(t, j.Keep(ctx, []desk.Reply{
		{Number: 1, About: asked[0], Kind: desk.ActivationConfirmed, At: c.Now()},
		{Number: 2, About: asked[3], Kind: desk.ActivationConfirmed, At: c.Now()}, // erased meanwhile
	}))
	must(t, j.Unlock(secondSigla, secondPassphrase()))
	note(t, j, "visit-7", "di un'altra mano")
	must(t, j.Unlock(sigla, passphrase()))
	must(t, j.SetRetentionDays(ctx, 90))
	ring := &memoryRing{secrets: make(map[string][]byte)}
	must(t, j.RememberOn(ctx, ring))
	paper := printed(t, j)
	want := describe(t, j)
	want.Retention, want.Recovery, want.Secrets = 90, paper, ring.secrets
	return j, want
}

func eraseOne(t testing.TB, j *journal.Journal, visit string) {
	t.Helper()
	must(t, eraseErr(j, visit))
}

func eraseErr(j *journal.Journal, visit string) error {
	_, err := j.Erase(context.Background(), desk.VisitErased{Visit: visit})
	return err
}

// describe says what an unlocked journal contains.
func describe(t testing.TB, j *journal.Journal) frozen {
	t.Helper()
	ctx := context.Background()
	var f frozen
	var err error
	f.Facilitators, err = j.Facilitators()
	must(t, err)
	f.State, err = j.State()
	must(t, err)
	f.Entries, err = j.Batch(ctx, nil, 1, 1<<20, 1<<30)
	must(t, err)
	identity, err := j.LoadIdentity(ctx)
	must(t, err)
	f.Identity = string(identity)
	f.Found = make(map[string][]string)
	for n := range 7 {
		code := citizen(t, n).FiscalCode
		f.Found[code], err = j.Visits(ctx, code)
		must(t, err)
	}
	for _, e := range f.Entries {
		var p desk.VisitErased
		if e.Kind == p.Kind() && json.Unmarshal(e.Payload, &p) == nil {
			f.Erased = append(f.Erased, p.Visit)
		}
	}
	return f
}

// sameParts compares part by part, so that a difference can be found.
func sameParts(t *testing.T, got, want frozen) {
	t.Helper()
	is, should := inJSON(t, got).(map[string]any), inJSON(t, want).(map[string]any)
	for part, w := range should {
		if _, told := is[part]; told && part != "entries" && !reflect.DeepEqual(is[part], w) {
			t.Errorf("%s: %v, want %v", part, is[part], w)
		}
	}
	for i, w := range want.Entries {
		if i >= len(got.Entries) || !reflect.DeepEqual(inJSON(t, got.Entries[i]), inJSON(t, w)) {
			t.Fatalf("entry %d is not as it was written", w.Seq)
		}
	}
}

// inJSON makes descriptions comparable: times keep no location, nil is nothing.
func inJSON(t *testing.T, v any) any {
	t.Helper()
	b, err := json.Marshal(v)
	must(t, err)
	var out any
	must(t, json.Unmarshal(b, &out))
	return out
}

func frozenName(format int, ending string) string {
	return filepath.Join("testdata", fmt.Sprintf("format-%d.%s", format, ending))
}

func TestEveryFormatThatWasEverReleasedIsReadWholeAndGoesOn(t *testing.T) {
	if *freeze {
		freezeNow(t)
	}
	for format := 1; format <= currentFormat; format++ {
		t.Run(fmt.Sprint(format), func(t *testing.T) {
			want, dir := thaw(t, format)
			later := newClock()
			later.add(24 * time.Hour)
			j := open(t, dir, later)
			sameParts(t, describe(t, j), want)
			verified(t, j)
			sinceThen(t, j, want)
			goesOn(t, j, want)
		})
	}
}

// sinceThen asks what only later formats keep; of an older one it is what can be known of it.
func sinceThen(t *testing.T, j *journal.Journal, was frozen) {
	t.Helper()
	if acked, err := j.AckedBy(was.State.AckedAt.Add(24 * time.Hour)); err != nil || acked != was.State.Acked {
		t.Errorf("a day later the hub had %d, want %d (%v)", acked, was.State.Acked, err)
	}
	if acked, err := j.AckedBy(was.State.AckedAt); err != nil || acked != 0 {
		t.Errorf("before, the hub had %d (%v)", acked, err)
	}
	for _, visit := range was.Erased {
		if proof, err := j.ErasureProof(context.Background(), visit); err != nil || proof.Visit != visit {
			t.Errorf("the proof that %s was erased: %+v, %v", visit, proof, err)
		}
	}
	if days, err := j.RetentionDays(context.Background()); err != nil || days != cmp.Or(was.Retention, journal.DefaultRetention) {
		t.Errorf("%d days of keeping (%v)", days, err)
	}
	j.Lock()
	if err := j.UnlockWith(context.Background(), sigla, &memoryRing{secrets: was.Secrets}); (err == nil) != (was.Secrets != nil) {
		t.Errorf("with the keyring: %v", err)
	}
	must(t, j.Unlock(sigla, passphrase()))
	paper := was.Recovery
	if paper == "" {
		paper = printed(t, j)
	}
	if recoverWith(t, j, paper, sigla, passphrase()) != nil {
		t.Error("the recovery key does not open it")
	}
}

// goesOn uses a journal as the program of today does.
func goesOn(t *testing.T, j *journal.Journal, was frozen) {
	t.Helper()
	must(t, j.Unlock(secondSigla, secondPassphrase()))
	if e := note(t, j, "visit-new", "dopo"); e.Seq != was.State.Last+1 {
		t.Errorf("appended as %d", e.Seq)
	}
	eraseOne(t, j, "visit-5")
	_, _, err := j.Compact(context.Background())
	must(t, err)
	must(t, j.Close())
	j = open(t, j.Dir(), nil)
	now := verified(t, j)
	if now.Entries != was.State.Last+2 {
		t.Errorf("%d entries", now.Entries)
	}
	for _, e := range readAll(t, j) {
		if e.Visit == "visit-5" && e.Payload != nil {
			t.Errorf("entry %d was erased and can be read", e.Seq)
		}
	}
}

// thaw lays a frozen journal in a folder of its own. The format of today may not be frozen yet: then it is one made just now.
func thaw(t testing.TB, format int) (want frozen, dir string) {
	t.Helper()
	description, err := os.ReadFile(frozenName(format, "json"))
	if format == currentFormat && errors.Is(err, fs.ErrNotExist) {
		j, want := makeFrozen(t)
		must(t, j.Close())
		return want, j.Dir()
	}
	must(t, err)
	must(t, json.Unmarshal(description, &want))
	f, err := os.Open(frozenName(format, "db.gz"))
	must(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	must(t, err)
	var b bytes.Buffer
	_, err = b.ReadFrom(z)
	must(t, err)
	dir = t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, journal.FileName), b.Bytes(), 0o600))
	return want, dir
}

func freezeNow(t *testing.T) {
	t.Helper()
	j, want := makeFrozen(t)
	description, err := json.Marshal(want) // without indentation: contents are kept to the byte
	must(t, err)
	must(t, j.Close())
	file, err := os.ReadFile(filepath.Join(j.Dir(), journal.FileName))
	must(t, err)
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err = z.Write(file)
	must(t, err)
	must(t, z.Close())
	must(t, os.MkdirAll("testdata", 0o755))
	must(t, os.WriteFile(frozenName(currentFormat, "db.gz"), b.Bytes(), 0o644))
	must(t, os.WriteFile(frozenName(currentFormat, "json"), append(description, '\n'), 0o644))
}
