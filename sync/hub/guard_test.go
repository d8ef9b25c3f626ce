package hub

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bottega/sync/wire"
)

func guarded(next http.HandlerFunc) http.Handler {
	h := &Hub{params: Params{Log: slog.New(slog.DiscardHandler)}}
	h.metrics = newMetrics(h)
	h.turns = newTurns(Limits{Running: 2, Waiting: 3, Patience: 10 * time.Second})
	return h.guard(next)
}

func ask(handler http.Handler) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/v1/replies", nil))
	return w
}

func TestWhoFindsTheHubBusyWaitsForATurnAndIsThenToldToComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now() // of the bubble: no real time passes
		handler := guarded(func(http.ResponseWriter, *http.Request) { time.Sleep(8 * time.Second) })
		answers := make([]*httptest.ResponseRecorder, 6)
		var asking sync.WaitGroup
		for i := range answers {
			asking.Go(func() { answers[i] = ask(handler) })
			time.Sleep(time.Millisecond)
		}
		asking.Wait()
		for i, w := range answers[:4] {
			if w.Code != http.StatusOK {
				t.Errorf("request %d: %d", i+1, w.Code)
			}
		}
		wantsComeBack(t, answers[4], http.StatusTooManyRequests, wire.ProblemSlowDown) // waited for its turn
		wantsComeBack(t, answers[5], http.StatusTooManyRequests, wire.ProblemSlowDown) // found the queue full
		if took := time.Since(start); took > 17*time.Second {
			t.Errorf("it all took %v", took)
		}
	})
}

func TestARequestThatBreaksIsAnsweredAndHoldsNoTurn(t *testing.T) {
	handler := guarded(func(http.ResponseWriter, *http.Request) { panic("Bianchi Nella") })
	for range 5 {
		wantsComeBack(t, ask(handler), http.StatusServiceUnavailable, wire.ProblemRetryLater)
	}
}

func wantsComeBack(t *testing.T, w *httptest.ResponseRecorder, status int, kind string) {
	t.Helper()
	var p wire.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	if w.Code != status || p.Type != kind || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}

func TestABucketGivesItsShareAndTellsHowLongToWait(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	b := newBuckets(Rate{PerSecond: 2, Burst: 10})
	for i := range 10 {
		if wait := b.take("a", 1, now); wait != 0 {
			t.Fatalf("request %d waits %v", i+1, wait)
		}
	}
	if wait := b.take("a", 1, now); wait != time.Second {
		t.Errorf("the eleventh waits %v", wait)
	}
	if wait := b.take("b", 1, now); wait != 0 {
		t.Errorf("another one waits %v", wait)
	}
	if wait := b.take("a", 50, now.Add(5*time.Second)); wait != 0 {
		t.Errorf("after five seconds it waits %v", wait)
	}
	if wait := b.take("a", 1, now.Add(5*time.Second)); wait != 21*time.Second {
		t.Errorf("overdrawn by 40 it waits %v", wait)
	}
	for i := range mostBuckets + 5 {
		b.take(strconv.Itoa(i), 1, now)
	}
	if len(b.all) > mostBuckets {
		t.Errorf("%d buckets are kept", len(b.all))
	}
}
