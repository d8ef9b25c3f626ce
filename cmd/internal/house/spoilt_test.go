package house_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bottega/cmd/internal/house"
	"bottega/desk"
	"bottega/desk/desktest"
	"bottega/sync/journal"
)

// cheaply unlocks at no cost.
func cheaply() journal.Options {
	return journal.Options{Params: journal.Params{Time: 1, MemoryKiB: 64, Threads: 1}}
}

// aWorkedDesk is the folder of a desk with a few visits in its journal, closed.
func aWorkedDesk(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	j, err := journal.Create(dir, journal.NewFacilitator{Sigla: "MR", Name: "Marta Rinaldi"}, []byte(phrase), cheaply())
	wantNone(t, err)
	for n := range 3 {
		_, err := j.Append(t.Context(), desktest.Visit(n)...)
		wantNone(t, err)
	}
	wantNone(t, j.Close())
	return dir
}

func wantNone(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// spoil changes the file of a desk that nobody has open.
func spoil(t *testing.T, dir string, change func(file []byte)) {
	t.Helper()
	path := filepath.Join(dir, journal.FileName)
	file, err := os.ReadFile(path)
	wantNone(t, err)
	change(file)
	wantNone(t, os.WriteFile(path, file, 0o600))
}

// begin opens the desk of a folder as the window and the terminal do.
func begin(t *testing.T, dir string) (*journal.Journal, *desk.Desk, error) {
	t.Helper()
	j, err := journal.Open(dir, cheaply())
	wantNone(t, err)
	t.Cleanup(func() { wantNone(t, j.Close()) })
	wantNone(t, j.Unlock("MR", []byte(phrase)))
	content, err := house.LoadContent()
	wantNone(t, err)
	d, err := content.Open(t.Context(), j, desk.ClockFunc(time.Now), false)
	return j, d, err
}

func TestAFlippedBitInTheKindOfAnEntryIsSaidWhenTheDeskIsOpened(t *testing.T) {
	dir := aWorkedDesk(t)
	spoil(t, dir, func(file []byte) {
		at := bytes.LastIndex(file, []byte("visit.opened"))
		if at < 0 {
			t.Fatal("no kind stands in clear")
		}
		file[at] ^= 2 // "tisit.opened": a kind that nobody knows, and that would be passed over
	})
	_, _, err := begin(t, dir)
	var fault *journal.Fault
	if !errors.As(err, &fault) || fault.Kind != journal.FaultHeader || fault.Seq == 0 {
		t.Errorf("the desk opened with %v", err)
	}
}

// newestHead is where the newer of the two heads of the file stands.
func newestHead(file []byte) int {
	const commit = 16 + 48
	page := os.Getpagesize()
	if binary.LittleEndian.Uint64(file[page+commit:]) > binary.LittleEndian.Uint64(file[commit:]) {
		return page
	}
	return 0
}

func TestAFlippedBitInTheNewerHeadIsSaidUntilSomebodyWasTold(t *testing.T) {
	dir := aWorkedDesk(t)
	spoil(t, dir, func(file []byte) { file[newestHead(file)+60] ^= 1 })
	var from uint64
	for range 3 { // the first unlocking writes over the head
		j, _, err := begin(t, dir)
		wantNone(t, err)
		s, err := j.State()
		wantNone(t, err)
		from = s.Last + 1
		wantHeadLost(t, j, true, from)
		wantNone(t, j.Close())
	}
	j, d, err := begin(t, dir)
	wantNone(t, err)
	wantNone(t, d.SetSite(t.Context(), desk.SiteSet{Site: desk.Site{ID: "LU"}, Desk: "1"}))
	wantHeadLost(t, j, true, from) // and the place stays where it was
	_, _, err = j.Compact(t.Context())
	wantNone(t, err)
	copied := filepath.Join(t.TempDir(), "copia")
	_, err = j.SaveBackup(t.Context(), copied)
	wantNone(t, err)
	wantHeadLost(t, j, true, from)
	wantNone(t, j.HeadTold(t.Context()))
	wantHeadLost(t, j, false, 0)
	wantNone(t, j.Close())

	f, err := os.Open(copied)
	wantNone(t, err)
	defer f.Close()
	restored := t.TempDir()
	_, err = journal.Restore(t.Context(), restored, f, cheaply())
	wantNone(t, err)
	j, _, err = begin(t, restored)
	wantNone(t, err)
	wantHeadLost(t, j, false, 0)
}

// wantHeadLost sees that state and verification say alike whether something may be missing.
func wantHeadLost(t *testing.T, j *journal.Journal, lost bool, from uint64) {
	t.Helper()
	s, err := j.State()
	wantNone(t, err)
	r, err := j.Verify(context.Background())
	wantNone(t, err)
	said := r.Fault != nil && r.Fault.Kind == journal.FaultHead
	if s.HeadLost != lost || said != lost || lost && r.Fault.Seq != from {
		t.Fatalf("state says %t, verification %v; it is %t from entry %d on", s.HeadLost, r.Fault, lost, from)
	}
}
