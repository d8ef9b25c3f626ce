package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"bottega/desk"
	"bottega/sync/client/clienttest"
	"bottega/sync/wire"
)

// idle is a server that does nothing: it reads what it gets and says that it has everything.
type idle struct{ ack atomic.Value }

func (s *idle) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		panic(err) // the connection ends, and with it the benchmark
	}
	w.Header().Set("Content-Type", wire.MediaJSON)
	if r.Method == http.MethodGet {
		_, _ = io.WriteString(w, `{"replies":[],"last":0}`)
		return
	}
	a, _ := s.ack.Load().(string)
	_, _ = io.WriteString(w, a)
}

// idleServer starts one, and returns the way to it.
func idleServer(t testing.TB) (*idle, *httptest.Server, *tls.Config) {
	t.Helper()
	s := &idle{}
	server := httptest.NewUnstartedServer(s)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return s, server, &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: roots, ServerName: "example.com"}
}

// backlog is a journal of n entries such as a desk writes: about a kilobyte each, with what people say and what repeats.
func backlog(n int) *clienttest.Journal {
	chance := rand.New(rand.NewPCG(1, 2))
	words := []string{"documento", "tessera", "attivazione", "esenzione", "reddito", "figlio", "delega", "lettore", "codice", "sportello"}
	j := clienttest.New()
	for i := range n {
		answers := map[string]string{}
		for k := range 12 {
			answers[fmt.Sprintf("%s_%d", words[chance.IntN(len(words))], k)] = fmt.Sprintf("%s %d %s %x", words[chance.IntN(len(words))],
				chance.IntN(100_000), words[chance.IntN(len(words))], chance.Uint64())
		}
		j.Add(desk.WalkAnswered{Walk: "walk-" + strconv.Itoa(i/7), Step: words[chance.IntN(len(words))], Answers: answers})
	}
	return j
}

// drain sends everything over a new line, and returns how long that took.
func drain(t testing.TB, j *clienttest.Journal, n int, s *idle, address string, config *tls.Config) time.Duration {
	t.Helper()
	pos, err := j.Position(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	s.ack.Store(fmt.Sprintf(`{"epoch":%q,"durable":%d}`, pos.Epoch.ID, n))
	d, err := newDoor(address, config, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	c, err := line(context.Background(), j, d)
	if err != nil {
		t.Fatal(err)
	}
	c.most = wire.MaxBatchEntries
	begin := time.Now()
	if err := c.Send(context.Background()); err != nil {
		t.Fatal(err)
	}
	took := time.Since(begin)
	if safe := c.Status().Safe; safe != uint64(n) {
		t.Fatalf("%d of %d are safe", safe, n)
	}
	return took
}

// bodies are the batches of a journal as JSON, and as they travel.
func bodies(t testing.TB, j *clienttest.Journal) (plain, packed [][]byte) {
	t.Helper()
	pos, err := j.Position(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for from := uint64(1); from <= pos.Last; from += wire.MaxBatchEntries {
		entries, err := j.Batch(context.Background(), nil, from, wire.MaxBatchEntries, batchBytes)
		if err != nil {
			t.Fatal(err)
		}
		b := wire.Batch{Version: wire.Version, Program: "test", SentAt: time.Now(), Epoch: pos.Epoch, Entries: entries}
		text, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		body, err := wire.EncodeBatch(b)
		if err != nil {
			t.Fatal(err)
		}
		plain, packed = append(plain, text), append(packed, body)
	}
	return plain, packed
}

// post sends bodies with nothing around them, and returns how long that took.
func post(t testing.TB, bodies [][]byte, address string, config *tls.Config) time.Duration {
	t.Helper()
	bare := &http.Client{Transport: &http.Transport{TLSClientConfig: config, DisableCompression: true}}
	defer bare.CloseIdleConnections()
	begin := time.Now()
	for _, body := range bodies {
		resp, err := bare.Post("https://"+address+wire.PathJournal, wire.MediaJSON, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.Copy(io.Discard, resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
	}
	return time.Since(begin)
}

// best is the least of several times: what something costs where nothing else is done on the computer.
type best struct{ least time.Duration }

func (b *best) of(took time.Duration) {
	if b.least == 0 || took < b.least {
		b.least = took
	}
}

func (b *best) over(other best) float64 { return float64(b.least) / float64(other.least) }

// ours/bare is the speed of a drain against that of a bare POST of the same JSON over TLS. ours/packed is against a bare POST of what it is
// when compressed, which was done beforehand and costs nothing here.
func BenchmarkDrainOfTenThousandBesideABarePost(b *testing.B) {
	const n = 10_000
	s, server, config := idleServer(b)
	address := server.Listener.Addr().String()
	full := backlog(n)
	plain, packed := bodies(b, full)
	var ours, bare, small best
	for b.Loop() {
		ours.of(drain(b, full.Clone(), n, s, address, config))
		bare.of(post(b, plain, address, config))
		small.of(post(b, packed, address, config))
	}
	b.ReportMetric(bare.over(ours), "ours/bare")
	b.ReportMetric(small.over(ours), "ours/packed")
	b.ReportMetric(ours.least.Seconds()*1000, "ms/drain")
}

// 100k/10k is how much more a long backlog costs than one of a tenth: 10 is what it has to be, 11 what it may be.
func BenchmarkDrainOfAHundredThousandBesideTenThousand(b *testing.B) {
	s, server, config := idleServer(b)
	address := server.Listener.Addr().String()
	short, long := backlog(10_000), backlog(100_000)
	var little, much best
	for b.Loop() {
		little.of(drain(b, short.Clone(), 10_000, s, address, config))
		much.of(drain(b, long.Clone(), 100_000, s, address, config))
	}
	b.ReportMetric(much.over(little), "100k/10k")
}
