package hub_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"bottega/desk"
	"bottega/desk/desktest"
	"bottega/sync/client"
	"bottega/sync/hub"
	"bottega/sync/hub/store"
	"bottega/sync/hub/store/pgtest"
)

// server is the PostgreSQL of this test binary.
var server pgtest.Server

func TestMain(m *testing.M) {
	code := m.Run()
	if err := server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stopping PostgreSQL:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// over puts a hub over a database.
func over(address string) func(*hub.Params) {
	return func(p *hub.Params) { p.Database = address }
}

func TestPostgresServesAWholeDay(t *testing.T) {
	state, address := t.TempDir(), server.Database(t)
	r := start(t, state, "127.0.0.1:0", over(address))
	d := r.enrolled(t)
	d.journal.Add(activation(cardOfNella, nella()), exemption("E01", nella()))
	d.send(t)
	r.load(t)
	d.journal.Add(exemption("E02", agim()), desk.NoteAdded{Text: "fatto"})
	d.send(t)
	if got := d.journal.Replies(); len(got) != 3 {
		t.Errorf("replies: %+v", got)
	}
	if _, err := os.Stat(filepath.Join(state, "hub.db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a database stands in the state folder: %v", err)
	}
	// The commands beside the hub find the same database without being told.
	h, err := hub.New(t.Context(), hub.Params{State: state})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if desks, err := h.Desks(t.Context()); err != nil || len(desks) != 1 || desks[0].Entries != len(d.journal.Entries()) {
		t.Errorf("desks %+v, %v; %d entries", desks, err, len(d.journal.Entries()))
	}
}

func TestTwoHubsOnOneDatabase(t *testing.T) {
	state, address := t.TempDir(), server.Database(t)
	one := start(t, state, "127.0.0.1:0", over(address))
	one.load(t)
	copied := t.TempDir() // another computer has the keys, and the address of its own
	if err := os.CopyFS(copied, os.DirFS(state)); err != nil {
		t.Fatal(err)
	}
	two := start(t, copied, "127.0.0.1:0", over(address))
	const desks, rounds = 4, 5
	var wg sync.WaitGroup
	for i := range desks {
		d := one.enrolled(t)
		wg.Go(func() {
			// A balancer sends each call to either of them.
			for range rounds {
				d.journal.Add(exemption("E01", nella()), desk.NoteAdded{Text: "fatto"})
				for _, r := range []*running{one, two} {
					answered := newDesk(t, d.journal, func(p *client.Params) { p.Identity = elsewhere{d.journal, one.address, r.address} })
					if err := answered.Send(t.Context()); err != nil {
						t.Errorf("desk %d: Send = %v", i, err)
					}
				}
			}
			for j, reply := range d.journal.Replies() {
				if reply.Number != uint64(j+1) {
					t.Errorf("desk %d: reply %d has number %d", i, j+1, reply.Number)
				}
			}
			if got := len(d.journal.Replies()); got != rounds {
				t.Errorf("desk %d has %d replies", i, got)
			}
		})
	}
	wg.Wait()
	list, err := two.Desks(t.Context())
	if err != nil || len(list) != desks {
		t.Fatalf("desks %+v, %v", list, err)
	}
	if err := two.Revoke(t.Context(), list[0].ID); err != nil {
		t.Fatal(err)
	}
	if _, err := one.NewCode(t.Context(), hub.NewCodeParams{Desk: list[0].ID, Valid: 1}); err != nil {
		t.Errorf("NewCode = %v", err)
	}
}

// elsewhere is the identity of a desk whose hub is reached at another address.
type elsewhere struct {
	client.Identity
	from, to string
}

// LoadIdentity implements client.Identity.
func (e elsewhere) LoadIdentity(ctx context.Context) ([]byte, error) {
	data, err := e.Identity.LoadIdentity(ctx)
	return bytes.ReplaceAll(data, []byte(e.from), []byte(e.to)), err
}

// SaveIdentity implements client.Identity.
func (e elsewhere) SaveIdentity(ctx context.Context, data []byte) error {
	return e.Identity.SaveIdentity(ctx, bytes.ReplaceAll(data, []byte(e.to), []byte(e.from)))
}

func TestPostgresRestartedUnderLoad(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0", over(server.Database(t)))
	r.load(t)
	const desks, facts = 4, 60
	var wg sync.WaitGroup
	begun := make(chan struct{}, desks*facts)
	all := make([]*aDesk, desks)
	for i := range all {
		d := r.enrolled(t)
		all[i] = d
		wg.Go(func() {
			for n := range facts {
				d.journal.Add(exemption("E01", nella()))
				var trouble *client.Trouble
				err := d.Send(t.Context())
				if err != nil && (!errors.As(err, &trouble) || trouble.Word != client.HubBusy) {
					t.Errorf("desk %d, fact %d: %v", i, n, err)
				}
				begun <- struct{}{}
			}
		})
	}
	for restart := range 2 {
		for range desks * facts / 4 { // some of the load, each time
			<-begun
		}
		if err := server.Restart(t.Context()); err != nil {
			t.Errorf("restart %d: %v", restart+1, err)
		}
	}
	wg.Wait()
	for i, d := range all {
		d.send(t)
		if got := len(d.journal.Replies()); got != facts {
			t.Errorf("desk %d has %d replies to %d facts", i, got, facts)
		}
	}
}

func TestABackupOfPostgresIsTheWholeHub(t *testing.T) {
	state, address := t.TempDir(), server.Database(t)
	r := start(t, state, "127.0.0.1:0", over(address))
	r.load(t)
	d := r.enrolled(t)
	d.journal.Add(exemption("E01", nella()))
	d.send(t)
	var backup bytes.Buffer
	if err := r.Backup(t.Context(), &backup, false); err != nil {
		t.Fatal(err)
	}
	d.journal.Add(exemption("E03", nella()))
	d.send(t)
	at := r.address
	r.stop()

	again, other := filepath.Join(t.TempDir(), "again"), server.Database(t)
	if whole, err := hub.Restore(t.Context(), hub.Params{State: again, Database: other}, bytes.NewReader(backup.Bytes())); err != nil || !whole {
		t.Fatalf("Restore = %t, %v", whole, err)
	}
	back := start(t, again, at)
	d.journal.Add(desk.NoteAdded{Text: "dopo"})
	d.send(t)
	d.send(t)
	desks, err := back.Desks(t.Context())
	if err != nil || len(desks) != 1 || desks[0].Entries < 3 || len(d.journal.Replies()) < 2 {
		t.Errorf("desks %+v, %v; replies %+v", desks, err, d.journal.Replies())
	}
	// A database that holds something is not written over.
	if _, err := hub.Restore(t.Context(), hub.Params{State: filepath.Join(t.TempDir(), "x"), Database: other}, bytes.NewReader(backup.Bytes())); err == nil {
		t.Error("restored over another hub")
	}
}

func TestWithoutTheToolsOfPostgresTheKeysAreBackedUpAlone(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0", over(server.Database(t)))
	t.Setenv("PATH", t.TempDir())
	var backup bytes.Buffer
	if err := r.Backup(t.Context(), &backup, false); !errors.Is(err, hub.ErrNoTool) || backup.Len() > 0 {
		t.Errorf("Backup = %v, %d bytes", err, backup.Len())
	}
	if err := r.Backup(t.Context(), &backup, true); err != nil {
		t.Fatal(err)
	}
	again := filepath.Join(t.TempDir(), "again")
	if whole, err := hub.Restore(t.Context(), hub.Params{State: again}, &backup); err != nil || whole {
		t.Fatalf("Restore = %t, %v", whole, err)
	}
	back := start(t, again, "127.0.0.1:0") // the same keys, and the database that it remembers
	if back.TokenKeys()[0].ID != r.TokenKeys()[0].ID {
		t.Error("another key signs")
	}
}

func TestABackupMadeUnderLoadIsOfOneMoment(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	r.load(t)
	d := r.enrolled(t)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
			}
			d.journal.Add(exemption("E01", nella()), desk.NoteAdded{Text: "fatto"})
			if err := d.Send(t.Context()); err != nil {
				t.Errorf("Send = %v", err)
			}
		}
	}()
	backups := make([]bytes.Buffer, 3)
	for i := range backups {
		if err := r.Backup(t.Context(), &backups[i], false); err != nil {
			t.Errorf("Backup = %v", err)
		}
	}
	close(stop)
	<-stopped
	at := r.address
	r.stop()
	for i := range backups {
		again := filepath.Join(t.TempDir(), "again")
		if _, err := hub.Restore(t.Context(), hub.Params{State: again}, &backups[i]); err != nil {
			t.Fatal(err)
		}
		back := start(t, again, at)
		copied := newDesk(t, d.journal.Clone())
		copied.journal.Add(desk.NoteAdded{Text: "dopo"})
		copied.send(t)
		copied.send(t)
		if desks, err := back.Desks(t.Context()); err != nil || desks[0].Entries != len(copied.journal.Entries()) {
			t.Errorf("backup %d: desks %+v, %v; %d entries", i+1, desks, err, len(copied.journal.Entries()))
		}
		back.stop()
	}
}

func TestNothingPersonalStandsInABackupOfTheDatabase(t *testing.T) {
	dir := t.TempDir()
	r := start(t, filepath.Join(dir, "state"), "127.0.0.1:0")
	r.load(t)
	d := r.enrolled(t)
	d.journal.Add(activation(cardOfNella, nella()), exemption("E01", nella()))
	d.send(t)
	r.stop()
	hits, err := desktest.Found(dir, []string{"Bianchi", "Nella", nella().FiscalCode, cardOfNella, "Hoxha", agim().FiscalCode, cardOfAgim})
	if err != nil || len(hits) > 0 {
		t.Errorf("found %v, %v", hits, err)
	}
}

func TestAPasswordInTheAddressIsWrittenNowhere(t *testing.T) {
	state := t.TempDir()
	address := server.Database(t)
	secret := strings.Replace(address, "postgres://postgres@", "postgres://postgres:segretissima@", 1)
	h, err := hub.New(t.Context(), hub.Params{State: state, Database: secret})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if hits, err := desktest.Found(state, []string{"segretissima"}); err != nil || len(hits) > 0 {
		t.Errorf("found %v, %v", hits, err)
	}
	for _, wrong := range []string{"mysql://hub:segretissima@localhost/x", "postgres://hub:segretissima@[::1/x", "postgres://hub:segretissima@127.0.0.1:1/x"} {
		_, err := hub.New(t.Context(), hub.Params{State: t.TempDir(), Database: wrong})
		if err == nil || strings.Contains(err.Error(), "segretissima") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
	_, err = hub.New(t.Context(), hub.Params{State: t.TempDir(), Database: address})
	if !errors.Is(err, store.ErrOtherKey) {
		t.Errorf("a hub with other keys on the same database: %v", err)
	}
}
