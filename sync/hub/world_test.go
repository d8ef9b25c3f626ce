package hub_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"bottega/desk"
	"bottega/desk/civil"
	"bottega/desk/fiscalcode"
	"bottega/sync/client"
	"bottega/sync/client/clienttest"
	"bottega/sync/hub"
)

// patience is a safety net: no test waits for it unless something is broken.
const patience = 30 * time.Second

// logs collects what programs log, to be searched for what must not be there.
type logs struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func (l *logs) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// running is a hub that serves over real TLS.
type running struct {
	*hub.Hub
	address string
	log     *logs
	stop    func()
}

// start serves the hub of a state folder on an address, "127.0.0.1:0" for any.
func start(t *testing.T, state, address string, more ...func(*hub.Params)) *running {
	t.Helper()
	ln, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	r := &running{address: ln.Addr().String(), log: &logs{}}
	p := hub.Params{State: state, Log: r.log.logger()}
	for _, f := range more {
		f(&p)
	}
	if r.Hub, err = hub.New(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	ready := make(chan struct{})
	go func() {
		served <- r.Serve(ctx, ln, func(string) error {
			close(ready)
			return nil
		})
	}()
	select {
	case <-ready:
	case err := <-served:
		t.Fatalf("Serve = %v", err)
	}
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-served; err != nil {
			t.Errorf("Serve = %v", err)
		}
		if err := r.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	})
	t.Cleanup(r.stop)
	return r
}

// code makes an enrolment code.
func (r *running) code(t *testing.T, p hub.NewCodeParams) string {
	t.Helper()
	if p.Valid == 0 {
		p.Valid = time.Hour
	}
	c, err := r.NewCode(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return c.String()
}

// aDesk is a journal with its line.
type aDesk struct {
	*client.Client
	journal *clienttest.Journal
	log     *logs
}

func newDesk(t *testing.T, j *clienttest.Journal, more ...func(*client.Params)) *aDesk {
	t.Helper()
	d := &aDesk{journal: j, log: &logs{}}
	p := client.Params{Journal: j, Identity: j, Program: "bottega test", Log: d.log.logger()}
	for _, f := range more {
		f(&p)
	}
	var err error
	if d.Client, err = client.New(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	return d
}

// enrolled returns a desk that the hub knows.
func (r *running) enrolled(t *testing.T) *aDesk {
	t.Helper()
	d := newDesk(t, clienttest.New())
	if _, err := d.Enrol(t.Context(), r.code(t, hub.NewCodeParams{Site: "LU-PIAZZA"})); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *aDesk) send(t *testing.T) {
	t.Helper()
	if err := d.Send(t.Context()); err != nil {
		t.Fatalf("Send = %v", err)
	}
	if s := d.Status(); s.Safe != s.Total || s.Total != uint64(len(d.journal.Entries())) {
		t.Fatalf("not all safe: %+v, %d entries", s, len(d.journal.Entries()))
	}
}

// Invented people.
func nella() desk.Person    { return person("Bianchi", "Nella", "1948-03-05", "F", "E715") }
func agim() desk.Person     { return person("Hoxha", "Agim", "1957-11-30", "M", "Z100") }
func stefania() desk.Person { return person("Dell'Àcqua", "Ștefania", "1961-07-19", "F", "D612") }

func person(surname, name, born, sex, place string) desk.Person {
	d, err := civil.Parse(born)
	if err != nil {
		panic(err) // a mistake of the test
	}
	return desk.Person{
		Surname: surname, Name: name, BirthDate: d, Sex: sex, BirthPlace: place,
		FiscalCode: fiscalcode.Compose(surname, name, d, sex, place),
	}
}

const (
	cardOfNella    = "6090010000000018"
	cardOfAgim     = "6090010000000026"
	cardOfStefania = "6090010000000034"
	cardRevoked    = "6090010000000042"
	cardExpired    = "6090010000000059"
)

func cardsCSV() string {
	return strings.Join([]string{
		"card_number,fiscal_code,state,expires",
		cardOfNella + "," + nella().FiscalCode + ",issued,2099-12-31",
		cardOfAgim + "," + agim().FiscalCode + ",issued,",
		cardOfStefania + "," + stefania().FiscalCode + ",active,2099-12-31",
		cardRevoked + "," + nella().FiscalCode + ",revoked,2099-12-31",
		cardExpired + "," + nella().FiscalCode + ",issued,2020-12-31",
	}, "\n") + "\n"
}

func exemptionsCSV() string {
	return strings.Join([]string{
		"number,code,fiscal_code,surname,name,valid_from,valid_to,issuer",
		"E01-1,E01," + nella().FiscalCode + ",Bianchi,Nella,2020-04-01,,Azienda USL Toscana nord ovest",
		"E02-1,E02," + agim().FiscalCode + ",Hoxha,Agim,2020-04-01,2021-03-31,Azienda USL Toscana nord ovest",
		"E04-1,E04," + stefania().FiscalCode + ",Dell'Àcqua,Ștefania,2098-04-01,2099-03-31,Azienda USL Toscana nord ovest",
	}, "\n") + "\n"
}

func (r *running) load(t *testing.T) {
	t.Helper()
	if n, err := r.ImportCards(t.Context(), strings.NewReader(cardsCSV()), false); err != nil || n != 5 {
		t.Fatalf("ImportCards = %d, %v", n, err)
	}
	if n, err := r.ImportExemptions(t.Context(), strings.NewReader(exemptionsCSV()), false); err != nil || n != 3 {
		t.Fatalf("ImportExemptions = %d, %v", n, err)
	}
}

func activation(card string, holder desk.Person) desk.ActivationRequested {
	return desk.ActivationRequested{CardNumber: card, Holder: holder, Presence: desk.InPerson, Notice: "1"}
}

func exemption(code string, p desk.Person) desk.ExemptionRequested {
	return desk.ExemptionRequested{Person: p, Code: code}
}
