package hub

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bottega/sync/wire"
)

func guarded(next http.HandlerFunc) http.Handler {
	h := &Hub{params: Params{Log: slog.New(slog.DiscardHandler)}}
	return h.guard(next, limits{running: 2, queued: 10 * time.Second})
}

func ask(handler http.Handler) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/v1/replies", nil))
	return w
}

func TestWhoFindsTheHubBusyWaitsForATurnAndIsThenToldToComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		handler := guarded(func(http.ResponseWriter, *http.Request) { time.Sleep(8 * time.Second) })
		answers := make([]*httptest.ResponseRecorder, 5)
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
		wantsRetryLater(t, answers[4])
	})
}

func TestARequestThatBreaksIsAnsweredAndHoldsNoTurn(t *testing.T) {
	handler := guarded(func(http.ResponseWriter, *http.Request) { panic("Bianchi Nella") })
	for range 5 {
		wantsRetryLater(t, ask(handler))
	}
}

func wantsRetryLater(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	var p wire.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	if w.Code != http.StatusServiceUnavailable || p.Type != wire.ProblemRetryLater || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}
