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
func (h *idleHub) post(t testing.TB, p wire.Position, bodies [][]byte) time.Duration {
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
		resp, err := bare.Post(h.server.URL+wire.PathJournal, wire.MediaJSON, bytes.NewReader(body))
		must(t, err)
		_, err = io.Copy(io.Discard, resp.Body)
		must(t, err)
		must(t, resp.Body.Close())
	}
	return time.Since(began)
}

func BenchmarkProbeDrain(b *testing.B) {
	j := backlog(b, 10_000)
	h := newIdleHub(b)
	c, err := lineOf(b.Context(), j)
	must(b, err)
	_, err = c.Enrol(b.Context(), h.code(b))
	must(b, err)
	p, err := j.Position(b.Context())
	must(b, err)
	drain(b, j, h, true)
	packed := h.bodies
	var plain [][]byte
	var np, nz int
	for _, body := range packed {
		text, err := wire.Decompress(body, wire.MaxBatch)
		must(b, err)
		plain = append(plain, text)
		np += len(text)
		nz += len(body)
	}
	b.Logf("%d batches, %d plain, %d packed", len(packed), np, nz)
	for b.Loop() {
		ours := drain(b, j, h, false)
		b.Logf("ours %v, plain %v packed %v", ours, h.post(b, p, plain), h.post(b, p, packed))
	}
}
