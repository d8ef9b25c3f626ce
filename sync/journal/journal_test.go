package journal_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bottega/desk"
	"bottega/sync/journal"
	"bottega/sync/wire"
)

func TestWhatWasAppendedIsReadBackAfterReopening(t *testing.T) {
	c := newClock()
	j := create(t, c)
	person := citizen(t, 1)
	written, err := j.Append(context.Background(),
		desk.Draft{Visit: "v1", Payload: desk.VisitOpened{Naming: desk.NamedByCard}},
		desk.Draft{Visit: "v1", Payload: named(person)},
		desk.Draft{Payload: desk.SiteSet{Site: desk.Site{ID: "LU-PIAZZA", Name: "Piazza"}, Desk: "1"}})
	must(t, err)
	c.add(time.Minute)
	fix, err := j.Append(context.Background(), desk.Draft{Visit: "v1", Supersedes: written[1].ID, Payload: named(citizen(t, 2))})
	must(t, err)
	written = append(written, fix...)

	read := readAll(t, reopen(t, j, c))
	if len(read) != 4 {
		t.Fatalf("%d entries read", len(read))
	}
	me := read[0].Facilitator
	for i, e := range read {
		w := written[i]
		if e.Seq != uint64(i+1) || e.ID != w.ID || e.Kind != w.Kind || !e.At.Equal(w.At) || string(e.Payload) != string(w.Payload) ||
			e.Visit != w.Visit || e.Supersedes != w.Supersedes || e.Facilitator != me || me == "" || e.Version != desk.PayloadVersion {
			t.Errorf("read %+v, written %+v", e, w)
		}
		if got := e.At.Format("15:04 -07:00"); got != c.Now().Add(time.Duration(i/3-1)*time.Minute).Format("15:04 -07:00") {
			t.Errorf("entry %d is of %s", e.Seq, got)
		}
		if e.ID[14] != '7' || strings.Count(e.ID, "-") != 4 {
			t.Errorf("%s is no UUIDv7", e.ID)
		}
	}
	if fix[0].Supersedes != written[1].ID {
		t.Errorf("the correction does not say what it corrects")
	}
	p, err := desk.Decode(read[1])
	must(t, err)
	if got, ok := p.(*desk.VisitNamed); !ok || got.Person != person {
		t.Errorf("decoded %+v", p)
	}
}

func TestReadBeginsWhereAskedAndEndsWithTheReader(t *testing.T) {
	j := create(t, newClock())
	many := make([]desk.Draft, 600) // more than two looks at the file
	for i := range many {
		many[i] = desk.Draft{Visit: "v", Payload: desk.NoteAdded{Text: "x"}}
	}
	_, err := j.Append(context.Background(), many...)
	must(t, err)
	var seqs []uint64
	must(t, j.Read(context.Background(), 300, func(e desk.Entry) error { seqs = append(seqs, e.Seq); return nil }))
	if len(seqs) != 301 || seqs[0] != 300 || seqs[300] != 600 {
		t.Errorf("read %d entries from %d", len(seqs), seqs[0])
	}
	enough := errors.New("enough")
	n := 0
	err = j.Read(context.Background(), 1, func(desk.Entry) error {
		if n++; n == 3 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || n != 3 {
		t.Errorf("after %d entries: %v", n, err)
	}
}

func TestWhoReadsMayAppend(t *testing.T) {
	j := create(t, newClock())
	note(t, j, "v", "uno")
	n := 0
	must(t, j.Read(context.Background(), 1, func(desk.Entry) error {
		if n++; n < 50 {
			note(t, j, "v", strings.Repeat("grande ", 5000)) // the file must grow under the reader
		}
		return nil
	}))
	verified(t, j)
}

func TestAppendRefusesWhatCannotBeRecorded(t *testing.T) {
	j := create(t, newClock())
	code := citizen(t, 1).FiscalCode
	good := desk.Draft{Visit: "v", Payload: desk.NoteAdded{Text: "bene"}}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for name, tc := range map[string]struct {
		ctx   context.Context
		draft desk.Draft
		want  error
	}{
		"no payload":                  {context.Background(), desk.Draft{Visit: "v"}, wire.ErrMalformed},
		"visit with blanks":           {context.Background(), desk.Draft{Visit: "Maria Rossi", Payload: desk.NoteAdded{}}, wire.ErrMalformed},
		"fiscal code as visit":        {context.Background(), desk.Draft{Visit: code, Payload: desk.NoteAdded{}}, wire.ErrMalformed},
		"fiscal code, lower case":     {context.Background(), desk.Draft{Visit: strings.ToLower(code), Payload: desk.NoteAdded{}}, wire.ErrMalformed},
		"supersedes too long":         {context.Background(), desk.Draft{Supersedes: strings.Repeat("x", 65), Payload: desk.NoteAdded{}}, wire.ErrMalformed},
		"a payload that is no object": {context.Background(), desk.Draft{Payload: oddPayload(`[1]`)}, wire.ErrMalformed},
		"a payload longer than fits":  {context.Background(), desk.Draft{Payload: desk.NoteAdded{Text: strings.Repeat("x", wire.MaxPayload)}}, wire.ErrMalformed},
		"a caller who gave up":        {cancelled, good, context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := j.Append(tc.ctx, good, tc.draft)
			wantErr(t, err, tc.want)
			if strings.Contains(err.Error(), code) {
				t.Errorf("the error repeats a fiscal code: %v", err)
			}
			if n := len(readAll(t, j)); n != 0 {
				t.Errorf("%d of the drafts were recorded", n)
			}
		})
	}
}

type oddPayload string

func (oddPayload) Kind() desk.Kind                { return "odd" }
func (p oddPayload) MarshalJSON() ([]byte, error) { return []byte(p), nil }

func TestKindsOfANewerProgramAreKept(t *testing.T) {
	j := create(t, newClock())
	_, err := j.Append(context.Background(), desk.Draft{Visit: "v", Payload: oddPayload(`{"hologram":true}`)})
	must(t, err)
	e := readAll(t, j)[0]
	if e.Kind != "odd" || string(e.Payload) != `{"hologram":true}` {
		t.Errorf("read %+v", e)
	}
	verified(t, j)
}

func TestNothingCanBeDoneWhileLocked(t *testing.T) {
	j := create(t, newClock())
	note(t, j, "v", "prima")
	j.Lock()
	j.Lock() // once more is harmless
	if !j.Locked() {
		t.Error("Locked says no")
	}
	ctx := context.Background()
	for name, do := range map[string]func() error{
		"append": func() error {
			_, err := j.Append(ctx, desk.Draft{Payload: desk.NoteAdded{}})
			return err
		},
		"read": func() error { return j.Read(ctx, 1, func(desk.Entry) error { return nil }) },
		"batch": func() error {
			_, err := j.Batch(ctx, nil, 1, 10, 1000)
			return err
		},
		"look for a person": func() error {
			_, err := j.Visits(ctx, citizen(t, 1).FiscalCode)
			return err
		},
		"read a setting":  func() error { _, err := j.Setting(ctx, "x"); return err },
		"write a setting": func() error { return j.SetSetting(ctx, "x", nil) },
		"erase":           func() error { return eraseErr(j, "v") },
		"add a facilitator": func() error {
			_, err := j.AddFacilitator(ctx, journal.NewFacilitator{Sigla: "X"}, passphrase())
			return err
		},
		"remove a facilitator": func() error { return j.RemoveFacilitator(ctx, sigla) },
	} {
		t.Run(name, func(t *testing.T) { wantErr(t, do(), journal.ErrLocked) })
	}
	if r := verified(t, j); !r.Sealed || r.Entries != 1 || r.Opened != 0 {
		t.Errorf("the chain of a locked journal: %+v", r)
	}
	must(t, j.Unlock(sigla, passphrase()))
	note(t, j, "v", "dopo")
	if r := verified(t, j); r.Sealed || r.Opened != 2 {
		t.Errorf("unlocked again: %+v", r)
	}
}

func TestAClosedJournalSaysSo(t *testing.T) {
	j := create(t, newClock())
	must(t, j.Close())
	_, err := j.State()
	wantErr(t, err, journal.ErrClosed)
	wantErr(t, j.Unlock(sigla, passphrase()), journal.ErrClosed)
	must(t, j.Close())
}

func TestWritersWhoMeetEachGetTheirOwnEntries(t *testing.T) {
	j := create(t, newClock())
	const writers, each = 8, 40
	var wg sync.WaitGroup
	got := make([][]desk.Entry, writers)
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				visit := string(rune('a' + w))
				es, err := j.Append(context.Background(),
					desk.Draft{Visit: visit, Payload: desk.VisitRecorded{Minutes: i, Service: visit}},
					desk.Draft{Visit: visit, Payload: desk.NoteAdded{Text: visit}})
				if err != nil || len(es) != 2 || es[1].Seq != es[0].Seq+1 {
					t.Errorf("writer %s: %v, %v", visit, es, err)
					return
				}
				got[w] = append(got[w], es...)
			}
		})
	}
	wg.Wait()
	all := readAll(t, j)
	if len(all) != writers*each*2 {
		t.Fatalf("%d entries", len(all))
	}
	for w := range writers {
		for _, e := range got[w] {
			if stored := all[e.Seq-1]; stored.ID != e.ID || string(stored.Payload) != string(e.Payload) {
				t.Fatalf("entry %d is another's", e.Seq)
			}
		}
	}
	verified(t, j)
}

func TestAClockThatJumpedBackIsRecordedAsItIs(t *testing.T) {
	c := newClock()
	j := create(t, c)
	note(t, j, "v", "uno")
	c.add(-48 * time.Hour)
	s, err := j.State()
	must(t, err)
	if !s.ClockBehind {
		t.Error("nobody noticed that the clock is behind")
	}
	e := note(t, j, "v", "due")
	if !e.At.Equal(c.Now()) || e.Seq != 2 {
		t.Errorf("entry %d at %s", e.Seq, e.At)
	}
	c.add(time.Hour)
	note(t, j, "v", "tre")
	if r := verified(t, j); !slices.Equal(r.ClockJumps, []uint64{2}) {
		t.Errorf("jumps at %v", r.ClockJumps)
	}
	if s, err := j.State(); err != nil || s.ClockBehind {
		t.Errorf("the clock goes on, state %+v, %v", s, err)
	}
}

func TestAPersonIsFoundAgainByFiscalCode(t *testing.T) {
	j := create(t, newClock())
	ctx := context.Background()
	ada, bea := citizen(t, 1), citizen(t, 2)
	for visit, p := range map[string]desk.Payload{"v1": named(ada), "v2": named(bea), "v3": &desk.VisitNamed{Person: ada}, "v4": named(desk.Person{})} {
		_, err := j.Append(ctx, desk.Draft{Visit: visit, Payload: p})
		must(t, err)
	}
	expect := func(code string, want ...string) {
		t.Helper()
		got, err := j.Visits(ctx, code)
		must(t, err)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("visits %v, want %v", got, want)
		}
	}
	expect(ada.FiscalCode, "v1", "v3")
	expect(" "+strings.ToLower(bea.FiscalCode)+" ", "v2")
	expect(citizen(t, 3).FiscalCode)
	_, err := j.Append(ctx, desk.Draft{Visit: "v3", Payload: named(bea)}) // it was somebody else after all
	must(t, err)
	expect(ada.FiscalCode, "v1")
	expect(bea.FiscalCode, "v2", "v3")
	j = reopen(t, j, newClock())
	expect(bea.FiscalCode, "v2", "v3")
}

func TestASecondOpenIsRefusedAndRaisesTheFirst(t *testing.T) {
	j := create(t, newClock())
	_, err := journal.Open(j.Dir(), options(nil))
	wantErr(t, err, journal.ErrInUse)
	if err := journal.RaiseRunning(context.Background(), j.Dir()); err == nil {
		t.Error("raised, and nobody listens")
	}
	raised := make(chan struct{}, 4)
	must(t, j.Listen(func() { raised <- struct{}{} }))
	for range 2 {
		must(t, journal.RaiseRunning(context.Background(), j.Dir()))
		select {
		case <-raised:
		case <-time.After(10 * time.Second):
			t.Fatal("the first window was not raised")
		}
	}
	dir := j.Dir()
	must(t, j.Close())
	if err := journal.RaiseRunning(context.Background(), dir); err == nil {
		t.Error("raised a window that is closed")
	}
	open(t, dir, nil)
}

func TestCreateNeverOverwrites(t *testing.T) {
	j := create(t, newClock())
	note(t, j, "v", "preziosa")
	must(t, j.Close())
	_, err := journal.Create(j.Dir(), journal.NewFacilitator{Sigla: "X"}, passphrase(), options(nil))
	wantErr(t, err, journal.ErrExists)
	if n := len(readAll(t, open(t, j.Dir(), nil))); n != 1 {
		t.Errorf("%d entries left", n)
	}
}

func TestOpenSaysWhenThereIsNoJournal(t *testing.T) {
	_, err := journal.Open(filepath.Join(t.TempDir(), "altrove"), options(nil))
	wantErr(t, err, journal.ErrNone)
}
