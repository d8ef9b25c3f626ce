package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"bottega/desk"
)

// These tests reach under the surface: they spoil the file as a disk or a hand would, and look for traces in its bytes.

func cheap() Options {
	return Options{Params: Params{Time: 1, MemoryKiB: 64, Threads: 1}, LockWait: 60 * time.Millisecond}
}

func secret() []byte { return []byte("tre parole a caso") }

func newJournal(t testing.TB) *Journal {
	t.Helper()
	j, err := Create(filepath.Join(t.TempDir(), "dati"), NewFacilitator{Sigla: "MR", Name: "Mariangela"}, secret(), cheap())
	check(t, err)
	t.Cleanup(func() { check(t, j.Close()) })
	return j
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// drop takes the contents of a visit away and records nothing.
func drop(tx *bbolt.Tx, visit string) error {
	_, err := dropContents(tx, []desk.VisitErased{{Visit: visit}})
	return err
}

func erase(t testing.TB, j *Journal, visits ...string) []desk.Entry {
	t.Helper()
	orders := make([]desk.VisitErased, len(visits))
	for i, v := range visits {
		orders[i] = desk.VisitErased{Visit: v}
	}
	entries, err := j.Erase(context.Background(), orders...)
	check(t, err)
	return entries
}

// fill appends n notes over five visits, ten to a commit.
func fill(t testing.TB, j *Journal, n int) {
	t.Helper()
	var drafts []desk.Draft
	for i := range n {
		drafts = append(drafts, desk.Draft{
			Visit: fmt.Sprintf("v%d", i%5), Payload: desk.NoteAdded{Text: fmt.Sprintf("nota numero %d", i)},
		})
		if len(drafts) == 10 || i == n-1 {
			_, err := j.Append(context.Background(), drafts...)
			check(t, err)
			drafts = nil
		}
	}
}

func TestVerifyNamesTheFirstEntryAtFaultAndWhatIsWrong(t *testing.T) {
	edit := func(seq uint64, change func(*record)) func(*bbolt.Tx, *Journal) error {
		return func(tx *bbolt.Tx, _ *Journal) error {
			b := tx.Bucket([]byte(bucketEntries))
			r, err := decodeRecord(seqKey(seq), b.Get(seqKey(seq)))
			if err != nil {
				return err
			}
			r.sealed = bytes.Clone(r.sealed) // what stands in the file cannot be written to
			change(&r)
			return b.Put(seqKey(seq), r.encode())
		}
	}
	inKeys := func(change func(*bbolt.Bucket) error) func(*bbolt.Tx, *Journal) error {
		return func(tx *bbolt.Tx, _ *Journal) error { return change(tx.Bucket([]byte(bucketKeys))) }
	}
	for name, tc := range map[string]struct {
		spoil func(*bbolt.Tx, *Journal) error
		want  Fault
	}{
		"a kind changed":         {edit(4, func(r *record) { r.e.Kind = "visit.closed" }), Fault{4, FaultHeader}},
		"a time changed":         {edit(4, func(r *record) { r.e.At = r.e.At.Add(time.Hour) }), Fault{4, FaultHeader}},
		"a digest changed":       {edit(4, func(r *record) { r.e.Digest[0] ^= 1 }), Fault{4, FaultHeader}},
		"the link changed":       {edit(4, func(r *record) { r.e.Prev[0] ^= 1 }), Fault{4, FaultChain}},
		"a bit of a content":     {edit(7, func(r *record) { r.sealed[40] ^= 1 }), Fault{7, FaultContentSeal}},
		"a content cut short":    {edit(7, func(r *record) { r.sealed = r.sealed[:12] }), Fault{7, FaultContentSeal}},
		"a content taken away":   {edit(7, func(r *record) { r.sealed = nil }), Fault{7, FaultContentMissing}},
		"moved to another visit": {edit(7, func(r *record) { r.e.Visit = "v0" }), Fault{7, FaultContentSeal}},
		"a record spoilt": {func(tx *bbolt.Tx, _ *Journal) error {
			return tx.Bucket([]byte(bucketEntries)).Put(seqKey(5), []byte{recordFormat, 200, 1})
		}, Fault{5, FaultRecord}},
		"a record taken away": {func(tx *bbolt.Tx, _ *Journal) error {
			return tx.Bucket([]byte(bucketEntries)).Delete(seqKey(5))
		}, Fault{5, FaultGap}},
		"the end cut off after the hub had it": {func(tx *bbolt.Tx, _ *Journal) error {
			for seq := uint64(20); seq >= 18; seq-- {
				if err := tx.Bucket([]byte(bucketEntries)).Delete(seqKey(seq)); err != nil {
					return err
				}
			}
			return nil
		}, Fault{18, FaultEnd}},
		"two entries swapped": {func(tx *bbolt.Tx, _ *Journal) error {
			b := tx.Bucket([]byte(bucketEntries))
			three, eight := bytes.Clone(b.Get(seqKey(3))), bytes.Clone(b.Get(seqKey(8)))
			return errors.Join(b.Put(seqKey(3), eight), b.Put(seqKey(8), three))
		}, Fault{3, FaultContentSeal}},
		"a key taken away":  {inKeys(func(b *bbolt.Bucket) error { return b.Delete(subkeyPlace("v2")) }), Fault{3, FaultKey}},
		"a key spoilt":      {inKeys(func(b *bbolt.Bucket) error { return b.Put(subkeyPlace("v2"), make([]byte, 72)) }), Fault{3, FaultKey}},
		"an erasure forged": {inKeys(func(b *bbolt.Bucket) error { return b.Put(subkeyPlace("v2"), tombstone()) }), Fault{3, FaultNotErased}},
		"an erasure forged with its contents": {func(tx *bbolt.Tx, _ *Journal) error {
			return errors.Join(tx.Bucket([]byte(bucketKeys)).Put(subkeyPlace("v2"), tombstone()), drop(tx, "v2"))
		}, Fault{3, FaultErasure}},
		"an erasure that says too little": {func(tx *bbolt.Tx, j *Journal) error {
			err := errors.Join(tx.Bucket([]byte(bucketKeys)).Put(subkeyPlace("v2"), tombstone()), drop(tx, "v2"))
			check(t, err)
			w, err := newWriter(tx, j.keys, "", j.opts.Clock)
			check(t, err)
			p, err := prepare([]desk.Draft{{Payload: desk.VisitErased{Visit: "v2", Entries: 3, First: 3, Last: 13, Headers: strings.Repeat("0", 64)}}})
			check(t, err)
			_, err = w.append(p[0])
			return err
		}, Fault{21, FaultErasureFacts}},
		"a facilitator lost": {func(tx *bbolt.Tx, _ *Journal) error {
			k, _ := tx.Bucket([]byte(bucketSlots)).Cursor().First()
			return tx.Bucket([]byte(bucketSlots)).Delete(k)
		}, Fault{0, FaultState}},
		"a setting under another name": {func(tx *bbolt.Tx, _ *Journal) error {
			return tx.Bucket([]byte(bucketSettings)).Put([]byte("identity"), make([]byte, 60))
		}, Fault{0, FaultState}},
		"an acknowledgement changed": {func(tx *bbolt.Tx, _ *Journal) error {
			return changeSync(tx, func(s *syncRecord) error { s.Acked = 7; return nil })
		}, Fault{0, FaultState}},
		"how far the hub is, by hand": {func(tx *bbolt.Tx, _ *Journal) error {
			return tx.Bucket([]byte(bucketMeta)).Put([]byte(metaSync), []byte(`{"acked":3}`))
		}, Fault{0, FaultState}},
		"a person under another visit": {func(tx *bbolt.Tx, j *Journal) error {
			return tx.Bucket([]byte(bucketPeople)).Put(append(j.keys.personHash("X"), "v1"...), []byte{})
		}, Fault{0, FaultIndex}},
		"a bucket that is none": {func(tx *bbolt.Tx, _ *Journal) error {
			_, err := tx.CreateBucket([]byte("altro"))
			return err
		}, Fault{0, FaultState}},
		"a content rewritten by who has the keys": {func(tx *bbolt.Tx, j *Journal) error {
			b := tx.Bucket([]byte(bucketEntries))
			r, err := decodeRecord(seqKey(9), b.Get(seqKey(9)))
			check(t, err)
			subkey, err := readSubkey(tx, j.keys, r.e.Visit)
			check(t, err)
			e := r.e
			check(t, openContent(&e, r.sealed, &subkey, nil))
			e.Payload = []byte(`{"text":"mai detto"}`)
			r.sealed, err = sealPayload(&subkey, e)
			check(t, err)
			return b.Put(seqKey(9), r.encode())
		}, Fault{9, FaultContent}},
	} {
		t.Run(name, func(t *testing.T) {
			j := newJournal(t)
			fill(t, j, 20)
			s, err := j.State()
			check(t, err)
			check(t, j.Acknowledge(context.Background(), s.Epoch.ID, 20))
			check(t, j.update(func(tx *bbolt.Tx) error { return tc.spoil(tx, j) }))
			r, err := j.Verify(context.Background())
			check(t, err)
			if r.Fault == nil || *r.Fault != tc.want {
				t.Fatalf("found %v, want %v", r.Fault, &tc.want)
			}
			if !r.Fault.Text().Complete() || !errors.Is(r.Fault, ErrDamaged) {
				t.Errorf("said as %+v", r.Fault.Text())
			}
			wantReadingToTell(t, j, tc.want)
		})
	}
}

// wantReadingToTell sees that whoever only reads is told of a fault too, if it is one of an entry and does not take the whole journal to
// be seen; and that nothing from there on was passed on.
func wantReadingToTell(t *testing.T, j *Journal, want Fault) {
	t.Helper()
	if want.Seq == 0 || slices.Contains([]FaultKind{FaultEnd, FaultErasure, FaultErasureFacts}, want.Kind) {
		return
	}
	for _, from := range []uint64{1, want.Seq} {
		err := j.Read(context.Background(), from, func(e desk.Entry) error {
			if e.Seq >= want.Seq {
				t.Errorf("entry %d was passed on", e.Seq)
			}
			return nil
		})
		var told *Fault
		if !errors.As(err, &told) || *told != want {
			t.Errorf("reading from %d told %v", from, err)
		}
	}
	if err := j.Read(context.Background(), want.Seq+1, func(desk.Entry) error { return nil }); want.Kind == FaultGap && !errors.Is(err, ErrDamaged) {
		t.Errorf("reading what follows told %v", err)
	}
}

func line(e desk.Entry) string {
	return fmt.Sprintf("%d %s %s %s %s %s\n", e.Seq, e.ID, e.Kind, e.At.UTC(), e.Visit, e.Payload)
}

func contents(t *testing.T, j *Journal) string {
	t.Helper()
	var all string
	check(t, j.Read(context.Background(), 1, func(e desk.Entry) error { all += line(e); return nil }))
	return all
}

func raw(t *testing.T, j *Journal) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(j.Dir(), FileName))
	check(t, err)
	return b
}

// traces are the sealed bytes of a visit: its subkey, its contents, and the hash that leads to it.
func traces(t *testing.T, j *Journal, visit string) [][]byte {
	t.Helper()
	var found [][]byte
	check(t, j.view(func(tx *bbolt.Tx) error {
		found = append(found, bytes.Clone(tx.Bucket([]byte(bucketKeys)).Get(subkeyPlace(visit))))
		found = append(found, bytes.Clone(tx.Bucket([]byte(bucketNamed)).Get([]byte(visit))))
		return tx.Bucket([]byte(bucketEntries)).ForEach(func(k, b []byte) error {
			r, err := decodeRecord(k, b)
			if r.e.Visit == visit {
				found = append(found, bytes.Clone(r.sealed))
			}
			return err
		})
	}))
	return found
}

func wantGone(t *testing.T, j *Journal, traces [][]byte) {
	t.Helper()
	file := raw(t, j)
	for i, trace := range traces {
		if bytes.Contains(file, trace) {
			t.Errorf("trace %d can still be read from the file", i)
		}
	}
}

func TestErasingLeavesNoTraceInTheFile(t *testing.T) {
	j := newJournal(t)
	_, err := j.Append(context.Background(), desk.Draft{Visit: "v3", Payload: desk.VisitNamed{Person: desk.Person{FiscalCode: "X"}}})
	check(t, err)
	fill(t, j, 200) // pages of several ages, some of them free already
	left := traces(t, j, "v3")
	for i, trace := range left {
		if len(trace) < 32 || !bytes.Contains(raw(t, j), trace) {
			t.Fatalf("trace %d is not even there before", i)
		}
	}
	erase(t, j, "v3")
	wantGone(t, j, left)
	fill(t, j, 3)
	if r, err := j.Verify(context.Background()); err == nil || r.Fault == nil {
		t.Logf("verified %d entries", r.Entries)
	} else {
		t.Error(err, r.Fault)
	}
}

func TestARemovedFacilitatorsSlotLeavesNoTrace(t *testing.T) {
	j := newJournal(t)
	ctx := context.Background()
	_, err := j.AddFacilitator(ctx, NewFacilitator{Sigla: "GB"}, secret())
	check(t, err)
	_, s, err := j.findSlot("GB")
	check(t, err)
	trace := []byte(fmt.Sprintf("%q", s.Sigla))
	if !bytes.Contains(raw(t, j), trace) {
		t.Fatal("the slot is not even there before")
	}
	check(t, j.RemoveFacilitator(ctx, "GB"))
	wantGone(t, j, [][]byte{trace})
}

func TestAnErasureInterruptedBeforeOverwritingIsFinishedAtTheNextStart(t *testing.T) {
	j := newJournal(t)
	fill(t, j, 50)
	left := traces(t, j, "v3")[2:]
	check(t, j.update(func(tx *bbolt.Tx) error {
		return errors.Join(drop(tx, "v3"), putJSON(tx, bucketMeta, metaScrub, true))
	}))
	check(t, j.Close())
	if !bytes.Contains(raw(t, j), left[0]) {
		t.Fatal("nothing is left to be overwritten")
	}
	j, err := Open(j.Dir(), cheap())
	check(t, err)
	defer func() { check(t, j.Close()) }()
	wantGone(t, j, left)
	check(t, j.view(func(tx *bbolt.Tx) error {
		due := true
		if err := getJSON(tx, bucketMeta, metaScrub, &due); err != nil || due {
			t.Errorf("it would be done again at every start: %v", err)
		}
		return nil
	}))
}

func TestLockingWipesTheKeys(t *testing.T) {
	j := newJournal(t)
	keys := j.keys
	j.Lock()
	if *keys != (keyring{}) {
		t.Error("keys are still in memory")
	}
}

func TestASealHoldsOnlyInItsPlace(t *testing.T) {
	k, other := newKey(), newKey()
	sealed, err := seal(&k, "ab", []byte("c"), []byte("contenuto"))
	check(t, err)
	for name, try := range map[string]func() ([]byte, error){
		"another key":    func() ([]byte, error) { return unseal(&other, "ab", []byte("c"), sealed) },
		"another bucket": func() ([]byte, error) { return unseal(&k, "xy", []byte("c"), sealed) },
		"a letter moved": func() ([]byte, error) { return unseal(&k, "a", []byte("bc"), sealed) },
		"another place":  func() ([]byte, error) { return unseal(&k, "ab", []byte("d"), sealed) },
		"cut short":      func() ([]byte, error) { return unseal(&k, "ab", []byte("c"), sealed[:30]) },
	} {
		if _, err := try(); !errors.Is(err, errUnsealed) {
			t.Errorf("opened with %s: %v", name, err)
		}
	}
	if plain, err := unseal(&k, "ab", []byte("c"), sealed); err != nil || string(plain) != "contenuto" {
		t.Errorf("in its place: %q, %v", plain, err)
	}
}

func TestANewerFormatIsLeftAlone(t *testing.T) {
	j := newJournal(t)
	check(t, j.update(func(tx *bbolt.Tx) error {
		return putAbout(tx, about{Format: fileFormat + 1})
	}))
	check(t, j.Close())
	if _, err := Open(j.Dir(), cheap()); !errors.Is(err, ErrNewer) {
		t.Errorf("opened: %v", err)
	}
}

// A record that can be decoded is encoded to the same bytes again: nothing in it is ignored.
func FuzzStoredRecord(f *testing.F) {
	j := newJournal(f)
	fill(f, j, 3)
	check(f, j.view(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(bucketEntries)).ForEach(func(k, b []byte) error {
			f.Add(bytes.Clone(k), bytes.Clone(b))
			return nil
		})
	}))
	f.Add([]byte("12345678"), []byte{recordFormat})
	f.Add([]byte(nil), []byte(nil))
	f.Fuzz(func(t *testing.T, k, b []byte) {
		r, err := decodeRecord(k, b)
		if err != nil {
			if !errors.Is(err, errRecord) {
				t.Fatalf("an error of its own: %v", err)
			}
			return
		}
		if !bytes.Equal(r.encode(), b) || !bytes.Equal(seqKey(r.e.Seq), k) {
			t.Fatal("decoded and encoded it is another record")
		}
		subkey := key{}
		if openContent(&r.e, r.sealed, &subkey, nil) == nil {
			t.Fatal("opened with a key of zeros")
		}
	})
}

// A slot that can be decoded never asks for more time or memory than a desk has, nor for a wait beyond the longest.
func FuzzStoredSlot(f *testing.F) {
	f.Add([]byte(`{"sigla":"MR","params":{"time":1,"memory_kib":64,"threads":1},"salt":"AAAAAAAAAAA=","wrong":3,"last_try":"2026-01-01T00:00:00Z"}`))
	f.Add([]byte(`{"sigla":"MR","params":{"time":4294967295,"memory_kib":4294967295,"threads":255}}`))
	f.Add([]byte(`{`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := decodeSlot(b)
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Fatalf("an error of its own: %v", err)
			}
			return
		}
		if !s.Params.valid() || !validSigla(s.Sigla) {
			t.Fatalf("taken: %+v", s)
		}
		for _, now := range []time.Time{{}, s.LastTry, s.LastTry.Add(1000 * time.Hour), time.Now()} {
			if left, _ := s.wait(now); left < 0 || left > longestWait {
				t.Fatalf("wait %s", left)
			}
		}
	})
}

// A slot of a secret that can be decoded opens with no secret but its own.
func FuzzStoredSecretSlot(f *testing.F) {
	k := newKey()
	keys, err := newKeyring(k)
	check(f, err)
	s, err := newSecretSlot([]byte("il segreto"), keys, bucketRecovery, recoverySlot, recoveryInfo, time.Now())
	check(f, err)
	b, err := json.Marshal(s)
	check(f, err)
	f.Add(b)
	f.Add([]byte(`{"made":"2026-01-01T00:00:00Z","salt":"AAAAAAAAAAAAAAAAAAAAAA==","key":"AAAA"}`))
	f.Add([]byte(`{`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := decodeSecretSlot(b)
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Fatalf("an error of its own: %v", err)
			}
			return
		}
		if _, err := s.open([]byte("un altro segreto"), bucketRecovery, recoverySlot, recoveryInfo); !errors.Is(err, errUnsealed) {
			t.Fatalf("opened: %v", err)
		}
	})
}

func TestEveryProblemAndFaultHasWordsInBothLanguages(t *testing.T) {
	problems := []Problem{
		ErrNone, ErrExists, ErrInUse, ErrNewer, ErrDamaged, ErrHeadLost, ErrClosed, ErrLocked, ErrWrongPassphrase, ErrTooSoon, ErrShortPassphrase, ErrUnknownFacilitator, ErrLastFacilitator, ErrSigla, ErrSiglaTaken, ErrDiskFull, ErrReadOnly, ErrDisk, ErrUnknownVisit, ErrVisitErased,
		ErrNotErased, ErrTracesLeft, ErrNoRecovery, ErrRecoveryMistyped, ErrRecoveryWrong, ErrKeyring, ErrNotRemembered, ErrCopyDiffers, ErrBackupCut, ErrBackupSpoilt, ErrPlaceFull, ErrPlaceReadOnly, ErrPlaceFailing, ErrRetention,
	}
	for _, p := range problems {
		if !p.Title().Complete() || !p.Advice().Complete() || p.Error() == "" {
			t.Errorf("%s lacks words", p)
		}
	}
	faults := []FaultKind{
		FaultFile, FaultGap, FaultRecord, FaultChain, FaultHeader, FaultContent, FaultContentSeal, FaultContentMissing, FaultKey, FaultNotErased, FaultErasure, FaultErasureFacts, FaultEnd, FaultHead, FaultState, FaultIndex,
	}
	for _, f := range faults {
		if !words().Faults[f].Complete() {
			t.Errorf("%s lacks words", f)
		}
	}
	if len(Problems()) != len(problems) || len(words().Faults) != len(faults) {
		t.Error("words.json speaks of problems or faults that do not exist")
	}
}
