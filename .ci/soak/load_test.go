package soak

import (
	"cmp"
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
	apart := startApart(t, hubs, s)
	s.desks -= s.apart
	desks := manyDesks(t, hubs, s)
	working := func() (all time.Duration) {
		for _, c := range serving {
			all += worked(t, c.cmd.Process.Pid)
		}
		return all
	}
	began, before := time.Now(), working()
	apart.start(t)
	returnAtOnce(t, desks, s.comeback)
	sampled, claims := apart.ended(t)
	took, work := time.Since(began), working()-before
	heard := outcomeOf(desks)
	claims = append(claims, claimsOf(t, desks)...)
	judgeReturn(t, len(claims), heard, sampled)
	var memory []string
	for _, c := range serving {
		memory = append(memory, peakMemory(t, c.cmd.Process.Pid))
	}
	r.Times = fmt.Sprintf("%d desks, %d batches", len(claims), len(heard.Batch)+len(sampled.Batch))
	r.Found = fmt.Sprintf("%d entries, each once; %s; all safe after %s, for which a hub worked %s in all; memory at most %s",
		allArrived(t, hubs[0], claims), told(s.apart, sampled, heard), took.Round(time.Second), work.Round(100*time.Millisecond), strings.Join(memory, " and "))
}

// judgeReturn holds what desks heard against what is promised. The desks in a process of their own are waited for by nobody else: how
// long their batches took is what the hub and the line took. The others share one process, and each waits there for its turn at a
// processor, as no desk on a computer of its own does.
func judgeReturn(t *testing.T, desks int, heard, sampled outcome) {
	t.Helper()
	all := heard.and(sampled)
	if all.Unreached > 0 {
		t.Errorf("%d times no answer came, as in %v", all.Unreached, all.Why)
	}
	if all.Refused != all.SlowDown {
		t.Errorf("%d refusals, %d of them with 429", all.Refused, all.SlowDown)
	}
	if len(all.Batch) < desks { // the day of each; whether its reply came in time for a second batch is chance
		t.Errorf("%d batches of %d desks were timed", len(all.Batch), desks)
	}
	if os.Getenv(fullSize) != "" && !sampled.quick() {
		t.Error("accepted batches took too long")
	}
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
	code, err := keeper.NewCode(t.Context(), hub.NewCodeParams{Site: "LU-PIAZZA", Valid: time.Hour})
	if err != nil {
		t.Error(err)
		return nil
	}
	d, err := simulate(t.Context(), code.String(), s.entriesEach, s.entryBytes)
	if err != nil {
		t.Error(err)
		return nil
	}
	return d
}

// simulate enrols a desk and gives it a day of entries.
func simulate(ctx context.Context, code string, entries, bytes int) (*simulated, error) {
	d := &simulated{journal: clienttest.New()}
	var err error
	if d.line, err = client.New(ctx, client.Params{Journal: d.journal, Identity: d.journal, Program: "bottega soak"}); err != nil {
		return nil, err
	}
	known, err := d.line.Enrol(ctx, code)
	if err != nil {
		return nil, fmt.Errorf("enrolling: %w", err)
	}
	d.name = known.Desk
	for range entries - 1 {
		d.journal.Add(desk.NoteAdded{Text: prose(bytes)})
	}
	d.journal.Add(desk.ExemptionRequested{Person: nella(), Code: "E01"})
	return d, nil
}

// claim is what a desk says that the hub has of it.
type claim struct {
	Desk     string        `json:"desk"`
	Entries  []wire.Entry  `json:"entries"`
	Position wire.Position `json:"position"`
}

func claimsOf(t testing.TB, desks []*simulated) []claim {
	t.Helper()
	claims := make([]claim, len(desks))
	for i, d := range desks {
		var err error
		claims[i], err = d.claim(t.Context())
		must(t, err)
	}
	return claims
}

func (d *simulated) claim(ctx context.Context) (claim, error) {
	position, err := d.journal.Position(ctx)
	return claim{Desk: d.name, Entries: d.journal.Entries(), Position: position}, err
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
			return fmt.Errorf("after %d refusals: %w", d.outcome.Refused, ctx.Err())
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
			d.outcome.Unreached++
			d.outcome.Why = err.Error()
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
			d.outcome.Refused++
			if problem.Status == http.StatusTooManyRequests {
				d.outcome.SlowDown++
			}
		}
	}
	d.outcome.Batch, d.outcome.Whole = append(d.outcome.Batch, batch...), append(d.outcome.Whole, whole...)
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
	// Batch is how long accepted batches took over a connection that stood, Whole with the time it took to connect.
	Batch, Whole []time.Duration
	// Refused counts what was sent away with a time after which to come back, SlowDown those of them with status 429, Unreached what
	// found no connection or lost it.
	Refused, SlowDown, Unreached int
	Why                          string // of one of those
}

// and puts two outcomes together.
func (o outcome) and(other outcome) outcome {
	o.Batch, o.Whole = slices.Concat(o.Batch, other.Batch), slices.Concat(o.Whole, other.Whole)
	slices.Sort(o.Batch)
	slices.Sort(o.Whole)
	o.Refused, o.SlowDown, o.Unreached = o.Refused+other.Refused, o.SlowDown+other.SlowDown, o.Unreached+other.Unreached
	o.Why = cmp.Or(o.Why, other.Why)
	return o
}

func outcomeOf(desks []*simulated) (all outcome) {
	for _, d := range desks {
		all = all.and(d.outcome)
	}
	return all
}

// quick is what is promised of a hub on a computer of this size.
func (o outcome) quick() bool { return quantile(o.Batch, 0.99) < time.Second }

// told puts into words how long batches took, of the desks in a process of their own and of the others.
func told(apart int, sampled, others outcome) string {
	verdict := "p99 < 1 s held"
	if !sampled.quick() {
		verdict = "p99 < 1 s **not held**"
	}
	all := others.and(sampled)
	return fmt.Sprintf("an accepted batch of the %d desks that had a process of their own took %s (p50), %s (p99), with connecting %s and %s: %s; of the others, "+
		"which waited for each other in one process, %s and %s, with connecting %s and %s; %d told to come back, %d of them with 429; %d not answered at once",
		apart, quantile(sampled.Batch, 0.5), quantile(sampled.Batch, 0.99), quantile(sampled.Whole, 0.5), quantile(sampled.Whole, 0.99), verdict,
		quantile(others.Batch, 0.5), quantile(others.Batch, 0.99), quantile(others.Whole, 0.5), quantile(others.Whole, 0.99),
		all.Refused, all.SlowDown, all.Unreached)
}

func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))].Round(100 * time.Microsecond)
}

// allArrived checks that the hub has each entry of each desk, once, and nothing else. It returns how many there are.
func allArrived(t testing.TB, h hubPart, claims []claim) (entries int) {
	t.Helper()
	db := h.database(t)
	for _, d := range claims {
		a, err := readDatabase(t.Context(), db, d.Desk)
		must(t, err)
		k, position := kept{entries: d.Entries, position: d.Position}, d.Position
		findings := newLedger().compare(k, a)
		if len(a.records) != len(k.entries) || position.Acknowledged != position.Last {
			findings = append(findings, fmt.Sprintf("%d entries, %d safe, %d records at the hub", len(k.entries), position.Acknowledged, len(a.records)))
		}
		if len(findings) > 0 {
			t.Fatalf("desk %s: %s", d.Desk, findings[0])
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
