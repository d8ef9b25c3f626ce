package soak

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"bottega/desk"
	"bottega/sync/client"
	"bottega/sync/client/clienttest"
	"bottega/sync/hub"
	"bottega/sync/wire"
)

func TestHubUnderDesksThatAllReturnAtOnceLosesAndRefusesNothing(t *testing.T) {
	for name, newHub := range stores() {
		t.Run(name, func(t *testing.T) { allReturn(t, "a hub over "+name, newHub(t)) })
	}
}

func TestHubPairOnOneDatabaseUnderDesksThatAllReturnAtOnce(t *testing.T) {
	one := stores()["PostgreSQL"](t)
	two := one
	two.Listen = freeAddress(t)
	allReturn(t, "two hubs on one PostgreSQL", one, two)
}

// allReturn lets desks come back to hubs over one database.
func allReturn(t *testing.T, who string, hubs ...hubPart) {
	s := sizes()
	r := row{Tried: fmt.Sprintf("%s, to which desks return within %s after a day off, %d entries of %d bytes each", who, s.comeback, s.entriesEach, s.entryBytes)}
	evidence(t, &r)
	var serving []*child[hubSaid]
	for _, h := range hubs {
		serving = append(serving, h.serving(t))
	}
	desks := manyDesks(t, hubs, s)
	working := func() (all time.Duration) {
		for _, c := range serving {
			all += worked(t, c.cmd.Process.Pid)
		}
		return all
	}
	began, before := time.Now(), working()
	returnAtOnce(t, desks, s.comeback)
	took, work := time.Since(began), working()-before
	heard := outcomeOf(desks)
	if heard.unreached > 0 {
		t.Errorf("%d times no answer came, as in %v", heard.unreached, heard.why)
	}
	if heard.refused != heard.slowDown {
		t.Errorf("%d refusals, %d of them with 429", heard.refused, heard.slowDown)
	}
	if least := 2 * len(desks); len(heard.batch) < least { // the day, and then the reply that came for it
		t.Errorf("%d batches were timed, and %d at least were accepted", len(heard.batch), least)
	}
	if os.Getenv(fullSize) != "" && !heard.quick() {
		t.Error("accepted batches took too long")
	}
	var memory []string
	for _, c := range serving {
		memory = append(memory, peakMemory(t, c.cmd.Process.Pid))
	}
	r.Times = fmt.Sprintf("%d desks, %d batches", len(desks), len(heard.batch))
	r.Found = fmt.Sprintf("%d entries, each once; %s; all safe after %s, for which a hub worked %s in all; memory at most %s",
		allArrived(t, hubs[0], desks), heard, took.Round(time.Second), work.Round(100*time.Millisecond), strings.Join(memory, " and "))
}

// simulated is a desk in memory with a real line.
type simulated struct {
	name    string
	journal *clienttest.Journal
	line    *client.Client
	outcome outcome
}

// manyDesks enrols desks, shared among hubs over one database, and gives each a day of entries.
func manyDesks(t testing.TB, hubs []hubPart, s size) []*simulated {
	t.Helper()
	desks := make([]*simulated, s.desks)
	for i, h := range hubs {
		h.open(t, func(keeper *hub.Hub) {
			var wg sync.WaitGroup
			defer wg.Wait()
			for worker := range 8 {
				wg.Go(func() {
					for n := worker*len(hubs) + i; n < s.desks; n += 8 * len(hubs) {
						desks[n] = newSimulated(t, keeper, s)
					}
				})
			}
		})
	}
	if slices.Contains(desks, nil) {
		t.Fatal("not every desk was enrolled")
	}
	return desks
}

func newSimulated(t testing.TB, keeper *hub.Hub, s size) *simulated {
	d := &simulated{journal: clienttest.New()}
	code, err := keeper.NewCode(t.Context(), hub.NewCodeParams{Site: "LU-PIAZZA", Valid: time.Hour})
	if err != nil {
		t.Error(err)
		return nil
	}
	if d.line, err = client.New(t.Context(), client.Params{Journal: d.journal, Identity: d.journal, Program: "bottega soak"}); err != nil {
		t.Error(err)
		return nil
	}
	known, err := d.line.Enrol(t.Context(), code.String())
	if err != nil {
		t.Errorf("enrolling: %v", err)
		return nil
	}
	d.name = known.Desk
	for range s.entriesEach - 1 {
		d.journal.Add(desk.NoteAdded{Text: prose(s.entryBytes)})
	}
	d.journal.Add(desk.ExemptionRequested{Person: nella(), Code: "E01"})
	return d
}

// prose is about as long as asked, and packs about as well as what people write.
func prose(bytes int) string {
	words := strings.Fields("la signora chiede una mano per lo SPID non ricorda la password del telefono e torna domani con la tessera " +
		"il lettore è consegnato al figlio che abita a Viareggio pagata la visita prenotata al CUP richiamare lunedì mattina")
	var b strings.Builder
	for b.Len() < bytes {
		fmt.Fprintf(&b, "%s %x ", words[rand.IntN(len(words))], rand.Uint32()>>12)
	}
	return b.String()
}

// returnAtOnce lets every desk send until all it has is safe, or the time is up.
func returnAtOnce(t testing.TB, desks []*simulated, within time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
	defer cancel()
	var wg sync.WaitGroup
	for _, d := range desks {
		wg.Go(func() {
			if err := d.returns(ctx, rand.N(within)); err != nil {
				t.Errorf("desk %s: %v", d.name, err)
			}
		})
	}
	wg.Wait()
}

// returns sends as the client's own loop does: after a refusal not before the hub said, and not all at the same instant.
func (d *simulated) returns(ctx context.Context, wait time.Duration) error {
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("after %d refusals: %w", d.outcome.refused, ctx.Err())
		case <-time.After(wait):
		}
		err := d.send(ctx)
		if err == nil {
			d.line = nil // three thousand of them hold gigabytes, with which the hub shares this computer
			return nil
		}
		var trouble *client.Trouble
		switch {
		case errors.As(err, &trouble) && trouble.Word == client.HubBusy && trouble.After > 0:
			wait = trouble.After + rand.N(trouble.After/10+1)
		case errors.As(err, &trouble) && trouble.Word == client.HubUnreachable:
			d.outcome.unreached++
			d.outcome.why = err
			wait = 5*time.Second + rand.N(5*time.Second)
		default:
			return err
		}
	}
}

// send sends once and notes how long each batch took that was accepted.
func (d *simulated) send(ctx context.Context) error {
	w := &watch{}
	err := d.line.Send(httptrace.WithClientTrace(ctx, w.trace()))
	batch, whole := w.accepted(err)
	if err != nil {
		var problem *wire.Problem
		if errors.As(err, &problem) {
			d.outcome.refused++
			if problem.Status == http.StatusTooManyRequests {
				d.outcome.slowDown++
			}
		}
	}
	d.outcome.batch, d.outcome.whole = append(d.outcome.batch, batch...), append(d.outcome.whole, whole...)
	return err
}

// watch tells the requests of one sending apart; they follow one another.
type watch struct {
	mu                 sync.Mutex
	asked, connected   time.Time
	isBatch, answered  bool // the last request
	batchTook, allTook []time.Duration
}

func (w *watch) trace() *httptrace.ClientTrace {
	locked := func(f func()) {
		w.mu.Lock()
		defer w.mu.Unlock()
		f()
	}
	return &httptrace.ClientTrace{
		GetConn: func(string) { locked(func() { w.asked, w.isBatch, w.answered = time.Now(), false, false }) },
		GotConn: func(httptrace.GotConnInfo) { locked(func() { w.connected = time.Now() }) },
		WroteHeaderField: func(key string, _ []string) {
			locked(func() { w.isBatch = w.isBatch || key == "Content-Type" }) // of what these desks ask, only batches have a body
		},
		GotFirstResponseByte: func() {
			locked(func() {
				if w.answered = w.isBatch; w.answered {
					w.batchTook, w.allTook = append(w.batchTook, time.Since(w.connected)), append(w.allTook, time.Since(w.asked))
				}
			})
		},
	}
}

// accepted returns how long the batches took. The last thing that was asked is what a sending fails of.
func (w *watch) accepted(failed error) (batch, whole []time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := len(w.batchTook)
	if failed != nil && w.answered {
		n--
	}
	return w.batchTook[:n], w.allTook[:n]
}

// outcome is how it went for one desk, or for all of them.
type outcome struct {
	// batch is how long accepted batches took over a connection that stood, whole with the time it took to connect.
	batch, whole []time.Duration
	// refused counts what was sent away with a time after which to come back, slowDown those of them with status 429, unreached what
	// found no connection or lost it.
	refused, slowDown, unreached int
	why                          error // of one of those
}

func outcomeOf(desks []*simulated) (all outcome) {
	for _, d := range desks {
		all.batch, all.whole = append(all.batch, d.outcome.batch...), append(all.whole, d.outcome.whole...)
		all.refused, all.slowDown = all.refused+d.outcome.refused, all.slowDown+d.outcome.slowDown
		all.unreached += d.outcome.unreached
		if d.outcome.why != nil {
			all.why = d.outcome.why
		}
	}
	slices.Sort(all.batch)
	slices.Sort(all.whole)
	return all
}

// quick is what is promised of a hub on a computer of this size.
func (o outcome) quick() bool { return quantile(o.batch, 0.99) < time.Second }

func (o outcome) String() string {
	verdict := "p99 < 1 s held"
	if !o.quick() {
		verdict = "p99 < 1 s **not held**"
	}
	return fmt.Sprintf("an accepted batch took %s (p50), %s (p99), with connecting %s and %s: %s; %d told to come back, %d of them with 429; %d not answered at once",
		quantile(o.batch, 0.5), quantile(o.batch, 0.99), quantile(o.whole, 0.5), quantile(o.whole, 0.99), verdict, o.refused, o.slowDown, o.unreached)
}

func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))].Round(100 * time.Microsecond)
}

// allArrived checks that the hub has each entry of each desk, once, and nothing else. It returns how many there are.
func allArrived(t testing.TB, h hubPart, desks []*simulated) (entries int) {
	t.Helper()
	db := h.database(t)
	for _, d := range desks {
		a, err := readDatabase(t.Context(), db, d.name)
		must(t, err)
		position, err := d.journal.Position(t.Context())
		must(t, err)
		k := kept{entries: d.journal.Entries(), position: position}
		findings := newLedger().compare(k, a)
		if len(a.records) != len(k.entries) || position.Acknowledged != position.Last {
			findings = append(findings, fmt.Sprintf("%d entries, %d safe, %d records at the hub", len(k.entries), position.Acknowledged, len(a.records)))
		}
		if len(findings) > 0 {
			t.Fatalf("desk %s: %s", d.name, findings[0])
		}
		entries += len(k.entries)
	}
	return entries
}

// worked is how long a process has kept a processor busy: Linux counts it in hundredths of a second (proc(5), stat, fields 14 and 15).
func worked(t testing.TB, pid int) time.Duration {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	must(t, err)
	_, after, _ := strings.Cut(string(stat), ") ") // the name before may hold anything
	fields := strings.Fields(after)
	var ticks time.Duration
	for _, field := range fields[11:13] {
		n, err := strconv.Atoi(field)
		must(t, err)
		ticks += time.Duration(n)
	}
	return ticks * 10 * time.Millisecond
}

// peakMemory is the most memory that a process had at a time.
func peakMemory(t testing.TB, pid int) string {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	must(t, err)
	for line := range strings.Lines(string(status)) {
		if kB, found := strings.CutPrefix(line, "VmHWM:"); found {
			var n int
			if _, err := fmt.Sscanf(kB, "%d", &n); err != nil {
				t.Fatal(err)
			}
			return fmt.Sprintf("%d MB", n/1024)
		}
	}
	t.Fatal("the system does not say")
	return ""
}

// A batch on a slow line is on its way for up to a minute. However many there are, whoever has a good line is served meanwhile.
func TestHubServesGoodLinesWhileSlowOnesBringTheirBatches(t *testing.T) {
	const slow = 60
	r := row{Tried: fmt.Sprintf("%d lines of 4 kB each second bring a batch at the same time", slow)}
	evidence(t, &r)
	h := newHub(t)
	h.serving(t)
	l := newLine(t, h.Listen)
	throughLine := h
	throughLine.Public = l.proxy.Listen
	s := size{desks: slow, entriesEach: 1}
	desks := manyDesks(t, []hubPart{throughLine}, s)
	s.desks = 1
	good := manyDesks(t, []hubPart{h}, s)[0]
	for _, d := range append(desks, good) {
		must(t, d.line.Send(t.Context())) // and the connection stands
		for range 150 {
			d.journal.Add(desk.NoteAdded{Text: prose(2000)})
		}
	}
	l.spoil("upstream", "bandwidth", `"rate":4`)
	ctx, cancel := context.WithCancel(t.Context())
	var begun, rest sync.WaitGroup
	for _, d := range desks {
		begun.Add(1)
		once := sync.OnceFunc(begun.Done)
		rest.Go(func() {
			defer once()
			err := d.line.Send(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: once}))
			if ctx.Err() == nil {
				t.Errorf("a batch that was to be on its way ended: %v", err)
			}
		})
	}
	begun.Wait()
	time.Sleep(3 * time.Second) // in which the lines bring the heads of the requests, and the first of the bodies
	const sendings = 10
	for range sendings {
		good.journal.Add(desk.NoteAdded{Text: prose(2000)})
		if err := good.send(t.Context()); err != nil {
			t.Errorf("a desk with a good line: %v", err)
		}
	}
	cancel()
	rest.Wait()
	r.Times = fmt.Sprintf("%d sendings over a good line", sendings)
	r.Found = "each served at once"
}
