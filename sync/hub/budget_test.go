package hub

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"bottega/desk"
	"bottega/sync/client/clienttest"
	"bottega/sync/hub/store"
	"bottega/sync/wire"
)

// deskListens is how long a desk waits for an answer once it has sent everything (answerTimeout in sync/client).
const deskListens = time.Minute

// stalling is a store that can do nothing but wait, where it is told to.
type stalling struct {
	store.Store
	desk, append, answer func(context.Context) error
}

func works(context.Context) error { return nil }

// stands is what a database does that does not answer: the wait ends with the context of whoever asked.
func stands(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func (s *stalling) Desk(ctx context.Context, certificate string, _ time.Time) (store.Desk, error) {
	return store.Desk{ID: "a", Certificate: certificate}, s.desk(ctx)
}

func (s *stalling) Append(ctx context.Context, p store.Push) (uint64, error) {
	return uint64(len(p.Entries)), s.append(ctx)
}

func (s *stalling) Answer(ctx context.Context, _ string, _ int, _ store.Judge) (int, error) {
	return 0, s.answer(ctx)
}

func (s *stalling) Replies(ctx context.Context, _ string, _ uint64, _ int) ([]desk.Reply, uint64, error) {
	return nil, 0, s.append(ctx)
}

func (s *stalling) Series(context.Context, bool) (string, error) { return "s", nil }

func (s *stalling) NewestPack(ctx context.Context) (store.Pack, error) {
	return store.Pack{}, s.append(ctx)
}

func (s *stalling) AddPack(ctx context.Context, _ store.Pack, _ []byte) error { return s.answer(ctx) }

func (s *stalling) Ping(ctx context.Context) error { return s.append(ctx) }

// noon is what the hub takes for now: the time of a bubble begins long before any certificate.
func noon() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

// over returns a hub over a store, what it logs, and the connection of a desk of its.
func over(t *testing.T, s store.Store, change ...func(*Params)) (*Hub, *bytes.Buffer, *tls.ConnectionState) {
	t.Helper()
	var log bytes.Buffer
	p := Params{Log: slog.New(slog.NewTextHandler(&log, nil)), Clock: noon, BodyTime: bodyTime}
	for _, f := range change {
		f(&p)
	}
	p.Limits = p.Limits.orDefaults()
	k, err := openKeys(t.TempDir(), p.Clock())
	if err != nil {
		t.Fatal(err)
	}
	h := &Hub{
		params: p, keys: k, store: s, perDesk: newBuckets(p.Limits.PerDesk), bytes: newBuckets(p.Limits.Bytes), strangers: newBuckets(p.Limits.Strangers),
	}
	h.metrics = newMetrics(h)
	if h.handle, err = h.handler(); err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := k.certifyDesk(key.Public(), p.Clock())
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return h, &log, &tls.ConnectionState{PeerCertificates: []*x509.Certificate{certificate}}
}

// aBatch is a batch with a record that wants an answer.
func aBatch(t *testing.T) []byte {
	t.Helper()
	j := clienttest.New()
	j.Add(desk.NoteAdded{Text: "uno"}, desk.VisitErased{Visit: "v"})
	at, err := j.Position(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(wire.Batch{Version: wire.Version, Program: "by hand", SentAt: time.Now(), Epoch: at.Epoch, Entries: j.Entries()})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func sent(h *Hub, line *tls.ConnectionState, method, path string, body []byte) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, bytes.NewReader(body))
	r.TLS = line
	r.Header.Set("Content-Type", wire.MediaJSON)
	w := httptest.NewRecorder()
	h.Handler().ServeHTTP(w, r)
	return w
}

func TestADeskHearsThatTheHubStandsStillBeforeItHangsUp(t *testing.T) {
	for name, tc := range map[string]struct {
		store        *stalling
		method, path string
	}{
		"where it finds out who calls":           {&stalling{desk: stands, append: works, answer: works}, http.MethodPost, wire.PathJournal},
		"where it keeps a batch":                 {&stalling{desk: works, append: stands, answer: works}, http.MethodPost, wire.PathJournal},
		"where it finds out who asks":            {&stalling{desk: stands, append: works, answer: works}, http.MethodGet, wire.PathReplies},
		"where it reads replies":                 {&stalling{desk: works, append: stands, answer: works}, http.MethodGet, wire.PathReplies},
		"where it finds out who fetches content": {&stalling{desk: stands, append: works, answer: works}, http.MethodGet, wire.PathPack},
		"where it reads content":                 {&stalling{desk: works, append: stands, answer: works}, http.MethodGet, wire.PathPack},
	} {
		t.Run(name, func(t *testing.T) {
			h, _, line := over(t, tc.store)
			var body []byte
			if tc.method == http.MethodPost {
				body = aBatch(t)
			}
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				w := sent(h, line, tc.method, tc.path, body)
				wantsComeBack(t, w, http.StatusServiceUnavailable, wire.ProblemRetryLater)
				if took := time.Since(begin); took > deskListens-5*time.Second {
					t.Errorf("heard after %v", took)
				}
			})
		})
	}
}

// Both waits of a push one after the other, each just short of its limit.
func TestADeskHearsTheHubAlsoWhenItIsSlowEverywhere(t *testing.T) {
	slow := func(d time.Duration) func(context.Context) error {
		return func(ctx context.Context) error {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(d):
				return nil
			}
		}
	}
	h, log, line := over(t, &stalling{desk: slow(doorTime - time.Second), append: slow(workTime - time.Second), answer: stands})
	body := aBatch(t)
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		if w := sent(h, line, http.MethodPost, wire.PathJournal, body); w.Code != http.StatusOK {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if took := time.Since(begin); took > deskListens-5*time.Second {
			t.Errorf("heard after %v", took)
		}
	})
	for _, want := range []string{"level=WARN", "door=/v1/journal", "spent.append=39s", "spent.answer=2s"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%s is missing in %s", want, log)
		}
	}
}

func TestWhatIsSafeIsAcknowledgedWhileJudgingStandsStill(t *testing.T) {
	h, _, line := over(t, &stalling{desk: works, append: works, answer: stands})
	body := aBatch(t)
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		w := sent(h, line, http.MethodPost, wire.PathJournal, body)
		var ack wire.Ack
		if err := json.Unmarshal(w.Body.Bytes(), &ack); err != nil || w.Code != http.StatusOK || ack.Durable != 2 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if took := time.Since(begin); took > answerInPush {
			t.Errorf("acknowledged after %v", took)
		}
	})
}

func TestTheAnsweringLoopGoesOnAfterADatabaseThatStoodStill(t *testing.T) {
	var calls []time.Duration
	s := &stalling{desk: works, append: works}
	s.answer = func(ctx context.Context) error {
		begin := time.Now()
		defer func() { calls = append(calls, time.Since(begin)) }()
		return stands(ctx)
	}
	h, _, _ := over(t, s)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			h.answerLoop(ctx)
		}()
		time.Sleep(2*answerTime + lookEvery/2)
		cancel()
		<-ended
	})
	if len(calls) < 2 || calls[0] != answerTime || calls[1] != answerTime {
		t.Errorf("calls of %v", calls)
	}
}

// The limit for the body is over long before a slow database has kept it; the server lifts it once the body is there.
func TestTheLimitForABodyIsNoneForTheWorkThatFollows(t *testing.T) {
	const limit = 100 * time.Millisecond
	h, _, line := over(t, &stalling{desk: works, answer: works, append: func(ctx context.Context) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * limit):
			return nil
		}
	}}, func(p *Params) { p.BodyTime = limit })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.TLS = line
		h.Handler().ServeHTTP(w, r)
	}))
	defer server.Close()
	resp, err := http.Post(server.URL+wire.PathJournal, wire.MediaJSON, bytes.NewReader(aBatch(t)))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("%d", resp.StatusCode)
	}
}

// Whoever finds the hub full is sent away before anything asks the database, whichever door they came to.
func TestNobodyIsLookedUpWithoutATurn(t *testing.T) {
	for _, path := range []string{wire.PathJournal, wire.PathReplies, wire.PathPack, wire.PathHub, wire.PathRenew} {
		t.Run(path, func(t *testing.T) {
			asked := false
			h, _, line := over(t, &stalling{append: works, answer: works, desk: func(context.Context) error {
				asked = true
				return nil
			}}, func(p *Params) { p.Limits = Limits{Running: 1, Patience: time.Millisecond} })
			if !h.turns.take(t.Context()) {
				t.Fatal("no turn")
			}
			method := http.MethodGet
			if path == wire.PathJournal || path == wire.PathRenew {
				method = http.MethodPost
			}
			wantsComeBack(t, sent(h, line, method, path, nil), http.StatusTooManyRequests, wire.ProblemSlowDown)
			if asked {
				t.Error("the database was asked")
			}
		})
	}
}

func TestManyWhoAskWhetherTheHubIsReadyAskTheDatabaseOnce(t *testing.T) {
	var pings atomic.Int64
	h, _, _ := over(t, &stalling{desk: works, answer: works, append: func(context.Context) error {
		pings.Add(1)
		return context.DeadlineExceeded
	}})
	synctest.Test(t, func(t *testing.T) {
		var asking sync.WaitGroup
		for range 100 {
			asking.Go(func() {
				if w := sent(h, nil, http.MethodGet, pathReady, nil); w.Code != http.StatusServiceUnavailable {
					t.Errorf("%d %s", w.Code, w.Body)
				}
			})
		}
		asking.Wait()
		if pings.Load() != 1 {
			t.Errorf("%d questions", pings.Load())
		}
		time.Sleep(pulseEvery)
		sent(h, nil, http.MethodGet, pathReady, nil)
		if pings.Load() != 2 {
			t.Errorf("%d questions", pings.Load())
		}
	})
}
