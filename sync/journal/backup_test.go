package journal_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bottega/desk"
	"bottega/sync/journal"
	"bottega/sync/wire"
)

func TestABackupIsHadFromTheProgramThatHasTheJournalOpen(t *testing.T) {
	c := newClock()
	j := create(t, c)
	ctx := context.Background()
	for range 30 {
		note(t, j, "v", strings.Repeat("lungo ", 3000))
	}
	must(t, j.Listen(func() { t.Error("asked to show itself") }))
	j.Lock() // nobody needs to be at the desk
	path := filepath.Join(t.TempDir(), "copia.bottega")
	n, err := journal.SaveBackup(ctx, j.Dir(), path, options(c))
	must(t, err)
	info, err := os.Stat(path)
	must(t, err)
	if info.Size() != n || n < 500_000 {
		t.Errorf("%d bytes told, %d there", n, info.Size())
	}
	restored := restore(t, path, c)
	if r := verified(t, restored); r.Opened != 30 {
		t.Errorf("restored %+v", r)
	}
	if _, err := journal.SaveBackup(ctx, j.Dir(), path, options(c)); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over another backup: %v", err)
	}
	must(t, j.Unlock(sigla, passphrase()))
	note(t, j, "v", "dopo")
	must(t, j.Close())
	other := filepath.Join(t.TempDir(), "seconda.bottega")
	_, err = journal.SaveBackup(ctx, j.Dir(), other, options(c)) // and with nobody there
	must(t, err)
	if r := verified(t, restore(t, other, c)); r.Opened != 31 {
		t.Errorf("restored %+v", r)
	}
}

// restore makes a journal from a file and opens it.
func restore(t testing.TB, path string, c desk.Clock) *journal.Journal {
	t.Helper()
	f, err := os.Open(path)
	must(t, err)
	defer f.Close()
	dir := filepath.Join(t.TempDir(), "nuova")
	_, err = journal.Restore(context.Background(), dir, f, options(c))
	must(t, err)
	return open(t, dir, c)
}

func TestAProgramThatDoesNotListenIsToldAsInUse(t *testing.T) {
	j := create(t, nil)
	dir := t.TempDir()
	_, err := journal.SaveBackup(context.Background(), j.Dir(), filepath.Join(dir, "copia"), options(nil))
	wantErr(t, err, journal.ErrInUse)
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// Whatever is missing of the stream, or was changed in it, no backup comes of it.
func TestACutOrChangedBackupStreamIsNeverTakenForABackup(t *testing.T) {
	j := create(t, nil)
	note(t, j, "v", strings.Repeat("lungo ", 3000))
	must(t, j.Listen(func() {}))
	stream := listenIn(t, j.Dir())
	for name, tc := range map[string][]byte{
		"nothing at all":        nil,
		"half a length":         stream[:2],
		"half of it":            stream[:len(stream)/2],
		"without the end":       stream[:len(stream)-36],
		"without the digest":    stream[:len(stream)-32],
		"without the last byte": stream[:len(stream)-1],
		"a bit flipped":         flipped(stream, 5000),
		"a digest flipped":      flipped(stream, len(stream)-1),
		"a length flipped":      flipped(stream, 0),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			impersonate(t, dir, tc)
			var got bytes.Buffer
			_, err := journal.BackupRunning(context.Background(), dir, &got)
			wantErr(t, err, journal.ErrBackupCut)
		})
	}
	dir := t.TempDir()
	impersonate(t, dir, stream)
	var got bytes.Buffer
	_, err := journal.BackupRunning(context.Background(), dir, &got)
	must(t, err)
}

func flipped(b []byte, at int) []byte {
	b = bytes.Clone(b)
	b[at] ^= 1
	return b
}

// address is what stands in raise.json.
type address struct {
	Address string `json:"address"`
	Token   string `json:"token"`
}

// listenIn asks a running program for a backup and returns what it says.
func listenIn(t *testing.T, dir string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "raise.json"))
	must(t, err)
	var a address
	must(t, json.Unmarshal(b, &a))
	conn, err := net.Dial("tcp", a.Address)
	must(t, err)
	defer conn.Close()
	must(t, conn.SetDeadline(time.Now().Add(time.Minute)))
	_, err = io.WriteString(conn, a.Token+" backup\n")
	must(t, err)
	all, err := io.ReadAll(conn)
	must(t, err)
	return all
}

// impersonate answers the first who asks in dir with these bytes, and hangs up.
func impersonate(t *testing.T, dir string, says []byte) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	b, err := json.Marshal(address{Address: ln.Addr().String(), Token: "x"})
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "raise.json"), b, 0o600))
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = conn.Read(make([]byte, 100))
		_, _ = conn.Write(says)
	}()
	t.Cleanup(func() {
		_ = ln.Close()
		<-done
	})
}

func TestAStrangerIsGivenNoBackup(t *testing.T) {
	j := create(t, nil)
	must(t, j.Listen(func() { t.Error("asked to show itself") }))
	b, err := os.ReadFile(filepath.Join(j.Dir(), "raise.json"))
	must(t, err)
	var a address
	must(t, json.Unmarshal(b, &a))
	for _, line := range []string{"\n", "guess backup\n", a.Token[1:] + " backup\n", a.Token + " everything\n", " backup\n"} {
		conn, err := net.Dial("tcp", a.Address)
		must(t, err)
		must(t, conn.SetDeadline(time.Now().Add(time.Minute)))
		_, err = io.WriteString(conn, line)
		must(t, err)
		if got, _ := io.ReadAll(conn); len(got) != 0 {
			t.Errorf("%q was told %d bytes", line, len(got))
		}
		must(t, conn.Close())
	}
}

func TestClosingTheJournalEndsABackupThatNobodyReads(t *testing.T) {
	j := create(t, nil)
	for range 40 { // more than the buffers of a connection hold
		note(t, j, "v", strings.Repeat("x", 1<<19))
	}
	must(t, j.Listen(func() {}))
	b, err := os.ReadFile(filepath.Join(j.Dir(), "raise.json"))
	must(t, err)
	var a address
	must(t, json.Unmarshal(b, &a))
	conn, err := net.Dial("tcp", a.Address)
	must(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, a.Token+" backup\n")
	must(t, err)
	_, err = io.ReadFull(conn, make([]byte, 1000)) // it has begun
	must(t, err)
	must(t, j.Close())
}

// held is a stick that stops in the middle of a backup until it is let go.
type held struct {
	once         sync.Once
	reached, let chan struct{}
	file         bytes.Buffer
}

func newHeld() *held { return &held{reached: make(chan struct{}), let: make(chan struct{})} }

func (h *held) Write(p []byte) (int, error) {
	h.once.Do(func() {
		close(h.reached)
		<-h.let
	})
	return h.file.Write(p)
}

// backupInto begins a backup and returns, once it is under way, where its end is told.
func backupInto(ctx context.Context, j *journal.Journal, stick *held) <-chan error {
	done := make(chan error, 1)
	go func() {
		_, err := j.Backup(ctx, stick)
		done <- err
	}()
	<-stick.reached
	return done
}

// Only what would overwrite the pages of the picture waits for a stick; whoever waits for that waits no longer than it wants to.
func TestNobodyButAnErasureWaitsForASlowBackup(t *testing.T) {
	j := create(t, nil)
	ctx := context.Background()
	note(t, j, "v1", "prima")
	stick := newHeld()
	done := backupInto(ctx, j, stick)
	erased := make(chan error, 1)
	go func() {
		_, err := j.Erase(ctx, desk.VisitErased{Visit: "v1"})
		erased <- err
	}()
	impatient, stop := context.WithTimeout(ctx, 20*time.Millisecond)
	defer stop()
	_, err := j.Erase(impatient, desk.VisitErased{Visit: "v1"})
	wantErr(t, err, context.DeadlineExceeded)
	_, _, err = j.Compact(impatient)
	wantErr(t, err, context.DeadlineExceeded)
	note(t, j, "v2", "si lavora")
	if all := readAll(t, j); len(all) != 2 {
		t.Errorf("read %d entries", len(all))
	}
	j.Lock()
	must(t, j.Unlock(sigla, passphrase()))
	select {
	case err := <-erased:
		t.Errorf("erased under a backup, %v", err)
	default:
	}
	close(stick.let)
	must(t, <-done)
	must(t, <-erased)
	r, err := journal.Restore(ctx, filepath.Join(t.TempDir(), "altra"), &stick.file, options(nil))
	if err != nil || r.Entries != 1 {
		t.Errorf("restored %+v, %v", r, err)
	}
	if r := verified(t, j); r.Erased != 1 || r.Entries != 3 {
		t.Errorf("verified %+v", r)
	}
}

func TestABackupThatNobodyWantsAnyMoreEndsAtItsNextWrite(t *testing.T) {
	t.Run("stopped", func(t *testing.T) {
		j := create(t, nil)
		ctx, stop := context.WithCancel(context.Background())
		stick := newHeld()
		done := backupInto(ctx, j, stick)
		stop()
		close(stick.let)
		wantErr(t, <-done, context.Canceled)
		note(t, j, "v", "si lavora")
	})
	t.Run("closed", func(t *testing.T) {
		j := create(t, nil)
		stick := newHeld()
		done := backupInto(context.Background(), j, stick)
		closed := make(chan error, 1)
		go func() { closed <- j.Close() }()
		for !j.Locked() {
			runtime.Gosched()
		}
		close(stick.let)
		wantErr(t, <-done, journal.ErrClosed)
		must(t, <-closed)
	})
}

// A desk that was put back from a backup says what the hub may have already in a new epoch, never again under the old one.
func TestForkARestoredDeskNeverReusesNumbersOfTheOldEpoch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "journal")
		fatal(t, err)
		defer os.RemoveAll(dir) //nolint:errcheck // a folder of the test
		ctx := context.Background()
		j, err := journal.Create(filepath.Join(dir, "dati"), journal.NewFacilitator{Sigla: sigla}, passphrase(), options(nil))
		fatal(t, err)
		defer func() { fatal(t, j.Close()) }()
		write := func(j *journal.Journal, label string) {
			for range rapid.IntRange(0, 12).Draw(t, label) {
				_, err := j.Append(ctx, desk.Draft{Visit: "v", Payload: desk.NoteAdded{Text: label}})
				fatal(t, err)
			}
		}
		write(j, "before")
		p, err := j.Position(ctx)
		fatal(t, err)
		acked := uint64(rapid.IntRange(0, int(p.Last)).Draw(t, "acknowledged"))
		if acked > 0 {
			fatal(t, j.Acknowledge(ctx, p.Epoch.ID, acked))
		}
		var backup bytes.Buffer
		_, err = j.Backup(ctx, &backup)
		fatal(t, err)
		write(j, "after the backup")
		restored := filepath.Join(dir, "nuova")
		_, err = journal.Restore(ctx, restored, &backup, options(nil))
		fatal(t, err)
		back, err := journal.Open(restored, options(nil))
		fatal(t, err)
		defer func() { fatal(t, back.Close()) }()
		fatal(t, back.Unlock(sigla, passphrase()))
		write(back, "after the restore")
		now, err := back.Position(ctx)
		fatal(t, err)
		if now.Epoch.ID == p.Epoch.ID || now.Epoch.From != acked+1 || now.Acknowledged != acked || now.Replies != p.Replies {
			t.Fatalf("restored at %+v, the backup was made at %+v with %d acknowledged", now, p, acked)
		}
		travels, err := back.Batch(ctx, nil, now.Epoch.From, 100, 1<<20)
		fatal(t, err)
		if _, err := wire.VerifyChain(now.Epoch.From, now.Epoch.Prev, travels); err != nil || uint64(len(travels)) != now.Last-acked {
			t.Fatalf("%d entries travel in the new epoch: %v", len(travels), err)
		}
	})
}

func fatal(t *rapid.T, err error) {
	if err != nil {
		t.Fatal(err)
	}
}
