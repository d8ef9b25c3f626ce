package hub_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"bottega/desk"
	"bottega/sync/hub"
)

// watched asks the address of whoever watches over a hub.
func (r *running) watched(t *testing.T, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	r.Admin().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w.Code, w.Body.String()
}

func TestMetricsCountAndNameNobody(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	r.load(t)
	d := r.enrolled(t)
	d.journal.Add(activation(cardOfNella, nella()), desk.NoteAdded{Text: "fatto"})
	d.journal.AddRaw("visit.hologram", `{"colour":"blue"}`)
	d.send(t)
	r.caller(t).ask(t, http.MethodGet, "/Bianchi/Nella", nil)
	status, text := r.watched(t, "/metrics")
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, text)
	}
	for _, line := range []string{
		`bottegahub_requests_total{door="/v1/journal",status="200"} `, `bottegahub_requests_total{door="other",status="404"} 1`,
		`bottegahub_desks{state="enrolled"} 1`, `bottegahub_records_unknown 1`, `bottegahub_records_open 0`, `bottegahub_store_up 1`,
		`bottegahub_records_judged_total 1`, `bottegahub_entries_total 4`, `bottegahub_request_seconds_bucket{door="/v1/enrol"`, `go_goroutines`,
	} {
		if !strings.Contains(text, line) {
			t.Errorf("%s is missing in\n%s", line, text)
		}
	}
	desks, err := r.Desks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"Bianchi", "Nella", nella().FiscalCode, cardOfNella, desks[0].ID, desks[0].Site} {
		if strings.Contains(text, secret) {
			t.Errorf("%s is in the metrics", secret)
		}
	}
}

func TestAHubSaysThatItIsNotReadyBeforeItStops(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0", func(p *hub.Params) { p.Notice = time.Second })
	c := r.caller(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		if resp, data := c.ask(t, http.MethodGet, path, nil); resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %s", path, resp.StatusCode, data)
		}
		if status, text := r.watched(t, path); status != http.StatusOK {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		r.stop()
	}()
	// While it gives notice it still answers, and says no.
	for deadline := time.Now().Add(patience); ; {
		resp, data := c.ask(t, http.MethodGet, "/readyz", nil)
		if resp.StatusCode == http.StatusServiceUnavailable {
			if !strings.Contains(string(data), "stopping") {
				t.Errorf("%s", data)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("it never said no")
		}
	}
	<-stopped
}

func TestADatabaseThatIsGoneMakesAHubNotReadyButAlive(t *testing.T) {
	h, err := hub.New(t.Context(), hub.Params{State: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	r := &running{Hub: h}
	if status, _ := r.watched(t, "/healthz"); status != http.StatusOK {
		t.Errorf("/healthz: %d", status)
	}
	if status, _ := r.watched(t, "/readyz"); status != http.StatusServiceUnavailable {
		t.Errorf("/readyz: %d", status)
	}
	if _, text := r.watched(t, "/metrics"); !strings.Contains(text, "bottegahub_store_up 0") {
		t.Errorf("/metrics: %s", text)
	}
}

func TestARequestThatRunsIsFinishedBeforeTheHubStops(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	c, _ := r.member(t)
	body := plain(t, batch(t))
	conn := c.dial(t)
	head := "POST /v1/journal HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: "
	if _, err := io.WriteString(conn, head+strconv.Itoa(len(body))+"\r\n\r\n"+string(body[:10])); err != nil {
		t.Fatal(err)
	}
	// The hub has the request once another one, sent later over its own connection, was answered.
	c.ask(t, http.MethodGet, "/v1/replies", nil)
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		r.stop()
	}()
	if _, err := conn.Write(body[10:]); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 200") {
		t.Errorf("%s, %v", answer, err)
	}
	<-stopped
}

// What a keeper feeds into a log server is one JSON object a line, with nothing personal in it.
func TestTheLogIsStructuredAndNamesNobody(t *testing.T) {
	log := &logs{}
	r := start(t, t.TempDir(), "127.0.0.1:0", func(p *hub.Params) {
		p.Log = slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	r.load(t)
	d := r.enrolled(t)
	d.journal.Add(activation(cardOfNella, nella()), exemption("E01", nella()))
	d.send(t)
	c := r.caller(t)
	c.ask(t, http.MethodGet, "/verify?t="+d.journal.Replies()[1].Exemption.Token, nil)
	c.ask(t, http.MethodGet, "/Nella/"+nella().FiscalCode, nil)
	c.handIn(t, "Nella Bianchi.plico", exported(t, d))
	if err := r.Backup(context.Background(), io.Discard, false); err != nil {
		t.Fatal(err)
	}
	text := log.String()
	for line := range strings.Lines(text) {
		var object map[string]any
		if err := json.Unmarshal([]byte(line), &object); err != nil || object["msg"] == "" || object["time"] == "" {
			t.Errorf("%q: %v", line, err)
		}
	}
	for _, secret := range []string{"Bianchi", "Nella", nella().FiscalCode, cardOfNella, "E01-1", "PRIVATE"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in the log:\n%s", secret, text)
		}
	}
}
