package soak

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"bottega/desk"
	"bottega/desk/civil"
	"bottega/desk/fiscalcode"
	"bottega/sync/hub"
	"bottega/sync/hub/store/pgtest"
)

// hubPart is a hub of which the process is killed.
type hubPart struct {
	State  string `json:"state"`
	Listen string `json:"listen"`
	// Public is where desks find it, when that is not where it listens.
	Public string `json:"public,omitempty"`
	// Database is the address of a PostgreSQL database; empty is SQLite in the state folder.
	Database string `json:"database,omitempty"`
}

// stores are the databases that a hub may have, by name, each with what makes a hub over it.
func stores() map[string]func(testing.TB) hubPart {
	return map[string]func(testing.TB) hubPart{
		"SQLite": newHub,
		"PostgreSQL": func(t testing.TB) hubPart {
			p := emptyHub(t)
			p.Database = postgres.Database(t)
			return p.filled(t)
		},
	}
}

// postgres is a server that runs from the first test that wants it to the last.
var postgres pgtest.Server

// hubSaid is its one line.
type hubSaid struct {
	Serving string `json:"serving"`
}

func playHub(ctx context.Context, with []byte) error {
	p, err := parse[hubPart](with)
	if err != nil {
		return err
	}
	h, err := hub.New(ctx, p.params())
	if err != nil {
		return err
	}
	ln, err := listen(ctx, p.Listen)
	if err != nil {
		return errors.Join(err, h.Close())
	}
	out := newSpeaker()
	err = h.Serve(ctx, ln, func(public string) error {
		out.say(hubSaid{Serving: public})
		return nil
	})
	return errors.Join(err, h.Close())
}

func (p hubPart) params() hub.Params {
	public := p.Public
	if public == "" {
		public = p.Listen
	}
	return hub.Params{
		State: p.State, Database: p.Database, Public: "https://" + public,
		// Three thousand desks enrol from one address here, which in a region nobody does.
		Limits: hub.Limits{Strangers: hub.Rate{PerSecond: 10_000, Burst: 10_000}},
		Log:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
}

// listen waits for the address: the system takes a moment to let go of what a killed process held.
func listen(ctx context.Context, address string) (net.Listener, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
		if err == nil {
			return ln, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting for %s: %w", address, err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// serve starts the hub in a process of its own and waits until it serves; false when it ended before.
func (p hubPart) serve(t testing.TB, through ...string) (*child[hubSaid], bool) {
	t.Helper()
	c := begin[hubSaid](t, "hub", p, through...)
	_, ok := c.next(t)
	return c, ok
}

// serving is serve for a hub that nothing keeps from serving.
func (p hubPart) serving(t testing.TB) *child[hubSaid] {
	t.Helper()
	c, ok := p.serve(t)
	if !ok {
		t.Fatalf("the hub did not start: %s", c.complaint)
	}
	return c
}

// newHub makes a hub over SQLite in a folder of its own, with a registry in which Nella has an exemption.
func newHub(t testing.TB) hubPart {
	t.Helper()
	return emptyHub(t).filled(t)
}

func emptyHub(t testing.TB) hubPart {
	t.Helper()
	return hubPart{State: t.TempDir(), Listen: freeAddress(t)}
}

func (p hubPart) filled(t testing.TB) hubPart {
	t.Helper()
	p.open(t, func(h *hub.Hub) {
		n, err := h.ImportExemptions(t.Context(), strings.NewReader(exemptions()), false)
		if err != nil || n != 1 {
			t.Fatalf("%d exemptions, %v", n, err)
		}
	})
	return p
}

// open runs fn over the hub beside the process that serves, as the keeper's commands do.
func (p hubPart) open(t testing.TB, fn func(*hub.Hub)) {
	t.Helper()
	h, err := hub.New(t.Context(), p.params())
	must(t, err)
	fn(h)
	must(t, h.Close())
}

// code makes an enrolment code.
func (p hubPart) code(t testing.TB) (code string) {
	t.Helper()
	p.open(t, func(h *hub.Hub) {
		c, err := h.NewCode(t.Context(), hub.NewCodeParams{Site: "LU-PIAZZA", Valid: time.Hour})
		must(t, err)
		code = c.String()
	})
	return code
}

// nella is nobody.
func nella() desk.Person {
	born := civil.Date{Year: 1948, Month: 3, Day: 5}
	return desk.Person{
		Surname: "Bianchi", Name: "Nella", BirthDate: born, Sex: "F", BirthPlace: "E715",
		FiscalCode: fiscalcode.Compose("Bianchi", "Nella", born, "F", "E715"),
	}
}

func exemptions() string {
	return "number,code,fiscal_code,surname,name,valid_from,valid_to,issuer\n" +
		"E01-1,E01," + nella().FiscalCode + ",Bianchi,Nella,2020-04-01,,Azienda USL Toscana nord ovest\n"
}
