package soak

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"testing"
	"time"

	"bottega/desk"
	"bottega/sync/journal"
	"bottega/sync/wire"
)

// backlog is a journal of n entries such as a desk writes, thirty to a visit, each of about a kilobyte.
func backlog(t testing.TB, n int) *journal.Journal {
	t.Helper()
	j := newJournal(t)
	chance := rand.New(rand.NewPCG(1, 2))
	words := []string{"documento", "tessera", "attivazione", "esenzione", "reddito", "figlio", "delega", "lettore", "codice", "sportello"}
	for done := 0; done < n; {
		drafts := make([]desk.Draft, min(30, n-done))
		for i := range drafts {
			answers := map[string]string{}
			for k := range 12 {
				answers[fmt.Sprintf("%s_%d", words[chance.IntN(len(words))], k)] = fmt.Sprintf("%s %d %s %x",
					words[chance.IntN(len(words))], chance.IntN(100_000), words[chance.IntN(len(words))], chance.Uint64())
			}
			drafts[i] = desk.Draft{Visit: "v" + strconv.Itoa(done/30), Payload: desk.WalkAnswered{Walk: "w", Step: words[i%len(words)], Answers: answers}}
		}
		_, err := j.Append(t.Context(), drafts...)
		must(t, err)
		done += len(drafts)
	}
	return j
}

// drain sends a whole journal to a hub that does nothing, over a new connection, and returns how long that took.
func drain(t testing.TB, j *journal.Journal, h *idleHub, keep bool) time.Duration {
	t.Helper()
	p, err := j.Position(t.Context())
	must(t, err)
	must(t, j.Acknowledge(t.Context(), p.Epoch.ID, 0))
	h.expects(p, keep)
	c, err := lineOf(t.Context(), j)
	must(t, err)
	began := time.Now()
	must(t, c.Send(context.Background()))
	took := time.Since(began)
	if s := c.Status(); s.Safe != p.Last {
		t.Fatalf("%d of %d are safe", s.Safe, p.Last)
	}
	return took
}

// post posts bodies one after the other, with nothing around them.
func (h *idleHub) post(t testing.TB, p wire.Position, address string, bodies [][]byte) time.Duration {
	t.Helper()
	h.expects(p, false)
	roots := x509.NewCertPool()
	roots.AddCert(h.authority)
	bare := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: roots}, DisableCompression: true,
	}}
	defer bare.CloseIdleConnections()
	began := time.Now()
	for _, body := range bodies {
		resp, err := bare.Post("https://"+address+wire.PathJournal, wire.MediaJSON, bytes.NewReader(body))
		must(t, err)
		_, err = io.Copy(io.Discard, resp.Body)
		must(t, err)
		must(t, resp.Body.Close())
	}
	return time.Since(began)
}

// calling enrols a journal at a hub that does nothing, through an address.
func calling(b *testing.B, j *journal.Journal, h *idleHub, address string) {
	b.Helper()
	c, err := lineOf(b.Context(), j)
	must(b, err)
	_, err = c.Enrol(b.Context(), h.code(b, address))
	must(b, err)
}

// BenchmarkDrainOfAJournalBesideABarePost sends ten thousand entries from a real journal, as a desk does after a week away, and posts
// the same bytes, as they travelled, with nothing around them. "ours/post" is how fast the desk is in parts of the bare post. It is over
// the loopback, where the line costs nothing: the desk reads, opens and writes out while its rival has everything ready.
func BenchmarkDrainOfAJournalBesideABarePost(b *testing.B) {
	j, h := backlog(b, sizes().drained), newIdleHub(b)
	address := h.server.Listener.Addr().String()
	position, err := j.Position(b.Context())
	must(b, err)
	calling(b, j, h, address)
	drain(b, j, h, true)
	bodies := h.bodies
	var ours, post least
	for b.Loop() {
		for range 20 {
			ours.of(drain(b, j, h, false))
			post.of(h.post(b, position, address, bodies))
		}
	}
	b.ReportMetric(post.over(ours), "ours/post")
	b.ReportMetric(ours.took.Seconds(), "s/drain")
}

// least is the shortest of several times: what it took when nothing else got in the way.
type least struct{ took time.Duration }

func (l *least) of(d time.Duration) {
	if l.took == 0 || d < l.took {
		l.took = d
	}
}

func (l least) over(other least) float64 { return l.took.Seconds() / other.took.Seconds() }

// BenchmarkDrainOfAJournalTenTimesAsLong sends ten times as many entries from a real journal; "long/short" is how many times as long
// that takes.
func BenchmarkDrainOfAJournalTenTimesAsLong(b *testing.B) {
	h := newIdleHub(b)
	address := h.server.Listener.Addr().String()
	short, long := backlog(b, sizes().drained), backlog(b, 10*sizes().drained)
	calling(b, short, h, address)
	calling(b, long, h, address)
	var little, much least
	for b.Loop() {
		for range 5 {
			little.of(drain(b, short, h, false))
			much.of(drain(b, long, h, false))
		}
	}
	b.ReportMetric(much.over(little), "long/short")
	b.ReportMetric(much.took.Seconds(), "s/drain")
}
