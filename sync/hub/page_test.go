package hub

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"bottega/sync/wire"
)

// Whoever opens a page is no program: what happened and what to do stands there in words, Italian first.
func TestPeopleAreToldInWordsWhyThereIsNoPage(t *testing.T) {
	h, _, _ := over(t, &stalling{desk: works, append: works, answer: works}, func(p *Params) {
		p.Limits = Limits{Running: 1, Patience: time.Millisecond, Strangers: Rate{PerSecond: 0.001, Burst: 2}}
	})
	shown := func(name string, w *httptest.ResponseRecorder, status int, words ...string) {
		t.Helper()
		page := w.Body.String()
		if w.Code != status || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") || strings.Contains(page, "urn:bottega") {
			t.Errorf("%s: %d %v %s", name, w.Code, w.Header(), page)
		}
		for _, word := range words {
			if !strings.Contains(page, word) {
				t.Errorf("%s: %q is missing in %s", name, word, page)
			}
		}
	}
	shown("a method that is none", sent(h, nil, http.MethodDelete, wire.PathVerify, nil), http.StatusMethodNotAllowed,
		"si usa con un browser", "used with a browser")
	if !h.turns.take(t.Context()) {
		t.Fatal("no turn")
	}
	full := sent(h, nil, http.MethodGet, wire.PathVerify, nil)
	shown("a hub that is full", full, http.StatusTooManyRequests, "Aspetta un minuto e riprova", "Wait a minute")
	if full.Header().Get("Retry-After") == "" {
		t.Error("not told when to come back")
	}
	h.turns.done()
	sent(h, nil, http.MethodGet, wire.PathVerify, nil)
	shown("an address that asks too much", sent(h, nil, http.MethodGet, pathImport, nil), http.StatusTooManyRequests, "Aspetta un minuto e riprova")
	for status, words := range map[int]string{
		http.StatusServiceUnavailable:    "riprova tra qualche minuto",
		http.StatusRequestEntityTooLarge: "copia soltanto il codice",
		http.StatusRequestTimeout:        "La linea è troppo lenta",
	} {
		w := httptest.NewRecorder()
		p := wire.NewProblem(wire.ProblemRetryLater, "x")
		p.Status = status
		h.refuse(w, wire.PathVerify, p)
		shown(words, w, status, words)
	}
	broken := httptest.NewRecorder()
	(&guard{hub: h, next: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("x") })}).
		ServeHTTP(broken, httptest.NewRequest(http.MethodGet, wire.PathVerify, nil))
	shown("a page that broke", broken, http.StatusServiceUnavailable, "avvisa chi gestisce il centro", "tell whoever keeps the hub")
}

func TestAPackThatWasNotKeptIsNotSaidToBePublished(t *testing.T) {
	full := errors.New("the disk is full")
	h, log, _ := over(t, &stalling{desk: works, append: works, answer: func(context.Context) error { return full }})
	key, err := openPackKey(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	h.packKey = key
	files := fstest.MapFS{"services/uno.yaml": {Data: []byte("id: uno\n")}}
	if pack, err := h.PublishPack(t.Context(), files, false); !errors.Is(err, full) || pack != nil {
		t.Errorf("PublishPack = %v, %v", pack, err)
	}
	if strings.Contains(log.String(), "published") {
		t.Errorf("logged: %s", log)
	}
}
