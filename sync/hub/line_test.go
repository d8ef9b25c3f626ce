package hub_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bottega/desk"
	"bottega/sync/client"
	"bottega/sync/client/clienttest"
	"bottega/sync/hub"
	"bottega/sync/wire"
)

func TestAManyDaysJournalArrivesWhole(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	d := r.enrolled(t)
	for i := range wire.MaxBatchEntries + 7 {
		d.journal.Add(desk.NoteAdded{Text: fmt.Sprint("nota ", i)})
	}
	for range 6 { // larger than a batch may be, all together
		d.journal.Add(desk.NoteAdded{Text: strings.Repeat("è", 400_000)})
	}
	d.send(t)
	if desks, err := r.Desks(t.Context()); err != nil || desks[0].Entries != len(d.journal.Entries()) {
		t.Errorf("desks %+v, %v", desks, err)
	}
}

func TestAHubThatWasAwayIsFoundAgain(t *testing.T) {
	state := t.TempDir()
	r := start(t, state, "127.0.0.1:0")
	d := r.enrolled(t)
	d.journal.Add(desk.NoteAdded{Text: "prima"})
	d.send(t)
	address := r.address
	r.stop()
	d.journal.Add(desk.NoteAdded{Text: "senza rete"})
	wants(t, d, d.Send(t.Context()), client.HubUnreachable, desk.LineOffline)
	if s := d.Status(); s.Safe != 1 || s.Total != 2 {
		t.Errorf("line: %+v", s)
	}
	start(t, state, address)
	d.send(t)
}

func TestADeskThatEnrolsWhileItsLineRunsIsInStepAtOnce(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	d := newDesk(t, clienttest.New())
	d.journal.Add(desk.NoteAdded{Text: "prima"})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	safe := make(chan struct{}, 1)
	d.Watch(func() {
		if s := d.Status(); s.State == desk.LineIdle && s.Safe == 1 {
			select {
			case safe <- struct{}{}:
			default:
			}
		}
	})
	go func() { ended <- d.Run(ctx) }()
	if _, err := d.Enrol(t.Context(), r.code(t, hub.NewCodeParams{})); err != nil {
		t.Fatal(err)
	}
	select {
	case <-safe:
	case <-time.After(patience):
		t.Errorf("line: %+v", d.Status())
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Run = %v", err)
	}
}

func TestTheAddressThatWasGivenIsRememberedAndALoopbackOneIsNot(t *testing.T) {
	state := t.TempDir()
	given := func(p *hub.Params) { p.Public = "https://localhost.example.it:8443" }
	for name, tc := range map[string]struct {
		state string
		first func(*hub.Params)
		same  bool
	}{"given": {state, given, true}, "of the listener": {t.TempDir(), func(*hub.Params) {}, false}} {
		t.Run(name, func(t *testing.T) {
			r := start(t, tc.state, "127.0.0.1:0", tc.first)
			before, err := r.Public()
			if err != nil {
				t.Fatal(err)
			}
			r.stop()
			again := start(t, tc.state, "127.0.0.1:0")
			after, err := again.Public()
			if err != nil || (before.String() == after.String()) != tc.same || !tc.same && after.Host != again.address {
				t.Errorf("%s, then %s, %v", before, after, err)
			}
		})
	}
}

func TestStrangersAreNotTakenForTheHub(t *testing.T) {
	state := t.TempDir()
	r := start(t, state, "127.0.0.1:0")
	d := r.enrolled(t)
	code := r.code(t, hub.NewCodeParams{})
	address := r.address
	r.stop()
	d.journal.Add(activation(cardOfNella, nella()))
	unenrolled := newDesk(t, clienttest.New())

	t.Run("a portal that speaks no TLS", func(t *testing.T) {
		ln, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		portal := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "<html>Benvenuti, accettate le condizioni</html>")
		})}
		go func() { _ = portal.Serve(ln) }() // ends with Close
		defer portal.Close()
		wants(t, d, d.Send(t.Context()), client.NotTheHub, desk.LineOffline)
		_, err = unenrolled.Enrol(t.Context(), code)
		wantsWord(t, "enrolment", err, client.NotTheHub)
	})
	t.Run("another hub under the same address", func(t *testing.T) {
		other := start(t, t.TempDir(), address)
		defer other.stop()
		wants(t, d, d.Send(t.Context()), client.WrongCertificate, desk.LineOffline)
		_, err := unenrolled.Enrol(t.Context(), code)
		wantsWord(t, "enrolment", err, client.WrongCertificate)
		if desks, err := other.Desks(t.Context()); err != nil || len(desks) != 0 {
			t.Errorf("the stranger has %+v, %v", desks, err)
		}
	})
	start(t, state, address)
	d.send(t)
	if _, err := unenrolled.Enrol(t.Context(), code); err != nil {
		t.Errorf("the code was spent on a stranger: %v", err)
	}
}

func TestARememberedAddressThatMakesNoSenseIsForgotten(t *testing.T) {
	state := t.TempDir()
	if err := os.WriteFile(filepath.Join(state, "public-address"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	h, err := hub.New(t.Context(), hub.Params{State: state})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if _, err := h.NewCode(t.Context(), hub.NewCodeParams{Valid: time.Hour}); !errors.Is(err, hub.ErrPublic) {
		t.Errorf("NewCode = %v", err)
	}
}
