package soak

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"bottega/desk"
	"bottega/sync/client"
	"bottega/sync/journal"
)

// line is what lies between a desk and its hub, and goes wrong.
type line struct {
	t     testing.TB
	proxy *toxiproxy.Proxy
	hub   string
}

func newLine(t testing.TB, hub string) *line {
	t.Helper()
	zerolog.SetGlobalLevel(zerolog.Disabled) // some troubles have a logger of their own
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	l := &line{t: t, hub: hub, proxy: toxiproxy.NewProxy(server, t.Name(), freeAddress(t), hub)}
	must(t, l.proxy.Start())
	t.Cleanup(l.proxy.Stop)
	return l
}

// spoil adds a trouble to what flows up (to the hub) or down, on the connections that there are too.
func (l *line) spoil(stream, kind, attributes string) {
	l.t.Helper()
	_, err := l.proxy.Toxics.AddToxicJson(strings.NewReader(fmt.Sprintf(`{"type":%q,"stream":%q,"attributes":{%s}}`, kind, stream, attributes)))
	must(l.t, err)
}

// leadsTo makes the line end somewhere else; every connection is lost.
func (l *line) leadsTo(address string) {
	l.t.Helper()
	must(l.t, l.proxy.Update(&toxiproxy.Proxy{Listen: l.proxy.Listen, Upstream: address}))
	must(l.t, l.proxy.Update(&toxiproxy.Proxy{Listen: l.proxy.Listen, Upstream: address, Enabled: true}))
}

// heal makes it a good line again.
func (l *line) heal() {
	l.t.Helper()
	l.proxy.Toxics.ResetToxics(l.t.Context())
	if l.proxy.Upstream != l.hub {
		l.leadsTo(l.hub)
	}
}

// trouble is one kind of broken line.
type trouble struct {
	name string
	// begin spoils a good line.
	begin func(l *line, r *rand.Rand)
	// passes says that entries arrive all the same, slowly, and in fewer rounds. Otherwise sending fails with one of the words, the first of them at
	// least once, or now and then succeeds.
	passes bool
	words  []string
	// afterCommit says that it is the hub's answer that is lost, and has to be found so.
	afterCommit bool
}

func troubles(portal, stranger string) []trouble {
	broken := []string{client.HubUnreachable}
	return []trouble{
		{name: "latency", passes: true, begin: func(l *line, r *rand.Rand) {
			l.spoil("upstream", "latency", fmt.Sprintf(`"latency":%d,"jitter":30`, 30+r.IntN(100)))
			l.spoil("downstream", "latency", fmt.Sprintf(`"latency":%d,"jitter":30`, 30+r.IntN(100)))
		}},
		{name: "2 kB each second", passes: true, begin: func(l *line, _ *rand.Rand) {
			l.spoil("upstream", "bandwidth", `"rate":2`)
			l.spoil("downstream", "bandwidth", `"rate":2`)
		}},
		{name: "in pieces of a few bytes", passes: true, begin: func(l *line, r *rand.Rand) {
			l.spoil("upstream", "slicer", fmt.Sprintf(`"average_size":%d,"size_variation":30,"delay":50`, 40+r.IntN(200)))
			l.spoil("downstream", "slicer", `"average_size":60,"size_variation":30,"delay":50`)
		}},
		{name: "cut in the middle of a batch", words: broken, begin: func(l *line, r *rand.Rand) {
			l.spoil("upstream", "limit_data", fmt.Sprintf(`"bytes":%d`, r.IntN(1<<(6+r.IntN(9)))))
		}},
		{name: "cut in the middle of an answer", words: broken, begin: func(l *line, r *rand.Rand) {
			l.spoil("downstream", "limit_data", fmt.Sprintf(`"bytes":%d`, r.IntN(400)))
		}},
		{name: "reset while a batch goes up", words: broken, begin: func(l *line, r *rand.Rand) {
			l.spoil("upstream", "reset_peer", fmt.Sprintf(`"timeout":%d`, r.IntN(20)))
		}},
		{name: "reset after the hub's commit, before its answer", words: broken, afterCommit: true, begin: func(l *line, _ *rand.Rand) {
			l.spoil("downstream", "reset_peer", `"timeout":0`)
		}},
		{name: "captive portal", words: []string{client.NotTheHub, client.HubUnreachable}, begin: func(l *line, _ *rand.Rand) { l.leadsTo(portal) }},
		{name: "wrong certificate", words: []string{client.WrongCertificate, client.HubUnreachable}, begin: func(l *line, _ *rand.Rand) { l.leadsTo(stranger) }},
	}
}

func TestLineThatBreaksInEveryWayBringsEachEntryOnce(t *testing.T) {
	seed := seed(t)
	h := newHub(t)
	h.serving(t)
	portal, stranger := captivePortal(t), newHub(t)
	stranger.serving(t)
	kinds := troubles(portal, stranger.Listen)
	each := (sizes().lineEntries + len(kinds) - 1) / len(kinds)
	t.Run("kinds", func(t *testing.T) {
		for i, kind := range kinds {
			t.Run(kind.name, func(t *testing.T) {
				t.Parallel()
				r := row{Tried: "a line with trouble: " + kind.name}
				evidence(t, &r)
				b := &badLine{t: t, kind: kind, rand: rand.New(rand.NewPCG(seed, uint64(i))), met: make(map[string]bool)}
				b.play(h, each)
				if kind.afterCommit && b.unheard == 0 {
					t.Error("no answer was lost after the hub's commit: that proves nothing")
				}
				r.Times = fmt.Sprintf("%d entries, %d rounds", each, b.rounds)
				r.Found = fmt.Sprintf("each arrived once; sending failed %d times, in %d rounds after the hub's commit", b.failed, b.unheard)
			})
		}
	})
	var leaked int
	must(t, stranger.database(t).QueryRowContext(t.Context(), `SELECT COUNT(*) FROM entries`).Scan(&leaked))
	if leaked > 0 {
		t.Errorf("another hub was given %d entries", leaked)
	}
}

// seed of all that is by lot; BOTTEGA_SOAK_SEED repeats a run.
func seed(t testing.TB) uint64 {
	t.Helper()
	seed := rand.Uint64()
	if given := os.Getenv("BOTTEGA_SOAK_SEED"); given != "" {
		var err error
		seed, err = strconv.ParseUint(given, 10, 64)
		must(t, err)
	}
	t.Logf("BOTTEGA_SOAK_SEED=%d", seed)
	return seed
}

// captivePortal answers everybody in its own words, without TLS, and whoever insists on TLS with a certificate of its own.
func captivePortal(t testing.TB) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	portal := &http.Server{ReadHeaderTimeout: patience, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "<html>Benvenuti, accettate le condizioni</html>")
	})}
	go func() { _ = portal.Serve(ln) }() // ends with Close
	t.Cleanup(func() { must(t, portal.Close()) })
	return ln.Addr().String()
}

// badLine is a desk at the end of one kind of line.
type badLine struct {
	t    *testing.T
	kind trouble
	rand *rand.Rand
	line *line
	pair *pair
	j    *journal.Journal
	c    *client.Client
	// rounds were tried, failed are the sendings that failed, unheard the rounds after which the hub had more than the desk knew.
	rounds, failed, unheard int
	met                     map[string]bool
}

// play writes and sends over a line that is good one moment and bad the next, until so many entries are written, and then over a good
// one until desk and hub agree.
func (b *badLine) play(h hubPart, entries int) {
	t := b.t
	b.line = newLine(t, h.Listen)
	h.Public = b.line.proxy.Listen
	b.pair = newPair(t, h, h.database(t))
	var err error
	b.j, err = unlockedJournal(b.pair.dir)
	must(t, err)
	defer func() { must(t, b.j.Close()) }()
	b.c, err = lineOf(t.Context(), b.j)
	must(t, err)
	for left := entries; left > 0; {
		b.rounds++
		some := min(left, 1+b.rand.IntN(entries/2))
		if !b.kind.passes { // mostly a few, sometimes many
			some = min(some, entries/6, 1+b.rand.IntN(1<<(1+b.rand.IntN(7))))
		}
		must(t, b.c.Send(t.Context())) // over a good line: the connection stands, and nothing waits
		b.write(some)
		left -= some
		b.kind.begin(b.line, b.rand)
		b.send()
		if !b.kind.passes {
			b.send() // the first may only have met the end of a connection
		}
		b.line.heal()
		b.judge()
	}
	if !b.kind.passes && !b.met[b.kind.words[0]] {
		t.Errorf("in %d rounds sending failed %d times, and never with %s", b.rounds, b.failed, b.kind.words[0])
	}
	must(t, b.j.Close())
	b.pair.sendTheRest(t)
	b.pair.judge(t, (*ledger).settled)
	b.j, err = unlockedJournal(b.pair.dir)
	must(t, err)
}

func (b *badLine) write(entries int) {
	for entries > 0 {
		drafts := someDrafts(b.rand)
		drafts = drafts[:min(entries, len(drafts))]
		wrote, err := b.j.Append(b.t.Context(), drafts...)
		must(b.t, err)
		b.pair.ledger.note(deskSaid{Wrote: wrote})
		entries -= len(drafts)
	}
}

// send sends once over the bad line.
func (b *badLine) send() {
	t := b.t
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	err := b.c.Send(ctx)
	b.pair.ledger.note(deskSaid{Safe: b.c.Status().Safe})
	if err == nil {
		return
	}
	b.failed++
	var trouble *client.Trouble
	if !errors.As(err, &trouble) || !slices.Contains(b.kind.words, trouble.Word) {
		t.Fatalf("sending over a line with %s: %v", b.kind.name, err)
	}
	b.met[trouble.Word] = true
}

// judge compares while the journal stays open.
func (b *badLine) judge() {
	t := b.t
	k, err := readJournal(t.Context(), b.j)
	must(t, err)
	a, err := readDatabase(t.Context(), b.pair.db, b.pair.desk)
	must(t, err)
	for _, f := range b.pair.ledger.compare(k, a) {
		t.Error(f)
	}
	if t.Failed() {
		t.FailNow()
	}
	if uint64(len(a.records)) > k.position.Acknowledged {
		b.unheard++
	}
}

// A hub waits a minute for a batch. What goes at a time at first takes longer on this line: less has to.
func TestLineOfTwoKilobytesASecondBringsADayOfLongNotes(t *testing.T) {
	t.Parallel()
	notes := sizes().slowNotes
	r := row{Tried: "2 kB each second, and a day of notes of 6 kB that were written with no line at all"}
	evidence(t, &r)
	h := newHub(t)
	h.serving(t)
	l := newLine(t, h.Listen)
	h.Public = l.proxy.Listen
	p := newPair(t, h, h.database(t))
	j, err := unlockedJournal(p.dir)
	must(t, err)
	for range notes {
		wrote, err := j.Append(t.Context(), desk.Draft{Visit: "v", Payload: desk.NoteAdded{Text: prose(6000)}})
		must(t, err)
		p.ledger.note(deskSaid{Wrote: wrote})
	}
	l.spoil("upstream", "bandwidth", `"rate":2`)
	l.spoil("downstream", "bandwidth", `"rate":2`)
	c, err := lineOf(t.Context(), j)
	must(t, err)
	began, failed := time.Now(), 0
	for err = c.Send(t.Context()); err != nil; err = c.Send(t.Context()) {
		if failed++; failed > 12 {
			t.Fatalf("%+v: %v", c.Status(), err)
		}
	}
	took := time.Since(began)
	must(t, j.Close())
	l.heal()
	p.judge(t, (*ledger).settled)
	r.Times = fmt.Sprintf("%d notes", notes)
	r.Found = fmt.Sprintf("all at the hub after %s, each once; %d batches were too long for the line", took.Round(time.Second), failed)
}
