package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"bottega/assets"
	"bottega/sync/wire"
)

// knock asks a server of the right certificate for replies and returns what the door makes of its answer.
func knock(t *testing.T, handler http.HandlerFunc) (wire.Replies, error) {
	t.Helper()
	server := httptest.NewTLSServer(handler)
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	d := doorTo(t, server.Listener.Addr().String(), &tls.Config{RootCAs: roots, ServerName: "example.com"}, time.Now)
	return d.replies(t.Context(), 0)
}

// doorTo is a door that closes with the test.
func doorTo(t *testing.T, address string, config *tls.Config, now func() time.Time) *httpDoor {
	t.Helper()
	d, err := newDoor(address, config, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.close)
	return d
}

func answer(status int, media, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", media)
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body) // a client that reads no further is part of the test
	}
}

func problemBody(kind string) string {
	data, err := json.Marshal(wire.NewProblem(kind, "x"))
	if err != nil {
		panic(err) // a mistake of the test
	}
	return string(data)
}

func TestNothingButAHubsAnswerIsTakenForOne(t *testing.T) {
	const problemJSON = wire.MediaProblem
	in := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(http.TimeFormat) }
	for name, tc := range map[string]struct {
		handler     http.HandlerFunc
		word        string
		least, most time.Duration
	}{
		"captive portal":              {answer(200, "text/html", "<html>Accetta le condizioni</html>"), NotTheHub, 0, 0},
		"portal that forbids":         {answer(403, "text/html", "<html>Accedi</html>"), NotTheHub, 0, 0},
		"portal that sends away":      {answer(302, "text/html", "", "Location", "http://portal.example/login"), NotTheHub, 0, 0},
		"portal that sends to JSON":   {answer(307, "application/json", `{"replies":[]}`, "Location", "/v1/other"), NotTheHub, 0, 0},
		"HTML that calls itself JSON": {answer(200, "application/json", "<html></html>"), NotTheHub, 0, 0},
		"JSON with HTML after it":     {answer(200, "application/json", `{"replies":[],"last":0}<html>`), NotTheHub, 0, 0},
		"no content type":             {answer(200, "", `{"replies":[],"last":0}`), NotTheHub, 0, 0},
		"nothing at all":              {answer(204, "application/json", ""), NotTheHub, 0, 0},
		"a page that is not there":    {answer(404, "text/plain", "404 page not found"), NotTheHub, 0, 0},
		"a problem with status 200":   {answer(200, problemJSON, problemBody(wire.ProblemReEnrol)), NotTheHub, 0, 0},
		"a problem that is HTML":      {answer(403, problemJSON, "<html>"), NotTheHub, 0, 0},
		"an answer without end":       {answer(200, "application/json", `{"replies":[],"x":"`+strings.Repeat("x", wire.MaxAnswer)+`"}`), NotTheHub, 0, 0},
		"a proxy that is overloaded":  {answer(503, "text/html", "<html>busy</html>", "Retry-After", "120"), HubBusy, 2 * time.Minute, 2 * time.Minute},
		"a gateway that times out":    {answer(504, "text/html", ""), HubBusy, 0, 0},
		"too many requests":           {answer(429, "text/plain", "", "Retry-After", in(10*time.Minute)), HubBusy, 9 * time.Minute, 10 * time.Minute},
		"wait for a year":             {answer(429, "text/plain", "", "Retry-After", "31536000"), HubBusy, time.Hour, time.Hour},
		"wait until yesterday":        {answer(503, "text/plain", "", "Retry-After", in(-24*time.Hour)), HubBusy, 0, 0},
		"wait until whenever":         {answer(503, "text/plain", "", "Retry-After", "soon"), HubBusy, 0, 0},
		"slow down":                   {answer(429, problemJSON, problemBody(wire.ProblemSlowDown), "Retry-After", "90"), HubBusy, 90 * time.Second, 90 * time.Second},
		"retry later":                 {answer(503, problemJSON, problemBody(wire.ProblemRetryLater), "Retry-After", "30"), HubBusy, 30 * time.Second, 30 * time.Second},
		"a body that took too long":   {answer(408, problemJSON, problemBody(wire.ProblemRetryLater)), LineSlow, 0, 0},
		"re-enrol":                    {answer(403, problemJSON, problemBody(wire.ProblemReEnrol)), ReEnrol, 0, 0},
		"upgrade":                     {answer(400, problemJSON, problemBody(wire.ProblemUpgrade)), Upgrade, 0, 0},
		"fix the record":              {answer(422, problemJSON, problemBody(wire.ProblemFixRecord)), FixRecord, 0, 0},
		"too large":                   {answer(413, problemJSON, problemBody(wire.ProblemTooLarge)), TooLarge, 0, 0},
		"enrolment code":              {answer(403, problemJSON, problemBody(wire.ProblemEnrolCode)), CodeRefused, 0, 0},
		"newer problem, 401":          {answer(401, problemJSON, `{"type":"urn:bottega:problem:new"}`), ReEnrol, 0, 0},
		"newer problem, 409":          {answer(409, problemJSON, `{"type":"urn:bottega:problem:new"}`), FixRecord, 0, 0},
		"newer problem, 500":          {answer(500, problemJSON, `{}`), HubBusy, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			page, err := knock(t, tc.handler)
			var trouble *Trouble
			if !errors.As(err, &trouble) || trouble.Word != tc.word || trouble.After < tc.least || trouble.After > tc.most {
				t.Fatalf("replies = %+v, %v, want %s after %s", page, err, tc.word, tc.least)
			}
		})
	}
}

func TestForkAndGapKeepTheSequenceTheyWant(t *testing.T) {
	_, err := knock(t, answer(409, wire.MediaProblem+"; charset=utf-8", `{"type":"`+wire.ProblemGap+`","want":17}`))
	var p *wire.Problem
	if !errors.As(err, &p) || p.Want != 17 || p.Type != wire.ProblemGap {
		t.Errorf("replies = %v", err)
	}
}

func TestAnAnswerThatBreaksOffIsNoAnswer(t *testing.T) {
	_, err := knock(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", wire.MediaJSON)
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, `{"replies":[`)
	})
	var trouble *Trouble
	if !errors.As(err, &trouble) || trouble.Word != HubUnreachable {
		t.Errorf("replies = %v", err)
	}
}

func TestAHostThatNobodyKnowsIsNoNetwork(t *testing.T) {
	d := doorTo(t, "hub.invalid:8443", &tls.Config{}, time.Now)
	_, err := d.replies(t.Context(), 0)
	var trouble *Trouble
	if !errors.As(err, &trouble) || trouble.Word != NoNetwork {
		t.Errorf("replies = %v", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.replies(cancelled, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestEveryWordHasItsSentenceInBothLanguages(t *testing.T) {
	var keys []string
	for _, w := range Words() {
		keys = append(keys, "line.problem."+w)
	}
	for _, r := range append(wire.Reasons(), "other") {
		keys = append(keys, "line.reason."+r)
	}
	keys = append(keys, "line.skew.ahead", "line.skew.behind")
	for _, lang := range []string{"it", "en"} {
		data, err := assets.I18n.ReadFile(fmt.Sprintf("i18n/line.%s.json", lang))
		if err != nil {
			t.Fatal(err)
		}
		var texts map[string]string
		if err := json.Unmarshal(data, &texts); err != nil {
			t.Fatal(err)
		}
		for _, key := range keys {
			if len(texts[key]) < 20 {
				t.Errorf("%s: %s is %q", lang, key, texts[key])
			}
		}
		if len(texts) != len(keys) {
			t.Errorf("%s has %d texts for %d words", lang, len(texts), len(keys))
		}
	}
}

func FuzzAnswerOfAStranger(f *testing.F) {
	f.Add(200, "application/json", []byte(`{"replies":[],"last":0}`), "1")
	f.Add(409, "application/problem+json", []byte(`{"type":"urn:bottega:problem:fork","want":3}`), "")
	f.Add(503, "text/html", []byte("<html>"), "Sat, 21 Nov 2026 09:00:00 GMT")
	d := &httpDoor{now: time.Now}
	f.Fuzz(func(t *testing.T, status int, media string, body []byte, after string) {
		resp := &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {media}, "Retry-After": {after}}}
		var page wire.Replies
		err := d.read(resp, body, &page)
		var trouble *Trouble
		var p *wire.Problem
		switch {
		case err == nil:
			if status != http.StatusOK {
				t.Fatalf("status %d taken for an answer", status)
			}
		case errors.As(err, &trouble):
			if trouble.After < 0 || trouble.After > maxRetryAfter || trouble.Word == "" {
				t.Fatalf("trouble %+v", trouble)
			}
		case !errors.As(err, &p):
			t.Fatalf("an error of no kind: %v", err)
		}
	})
}

func TestAConnectionThatTheHubClosedMeanwhileIsNotNoticed(t *testing.T) {
	var first string // the connection of the first request
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch first {
		case "":
			first = r.RemoteAddr
		case r.RemoteAddr:
			panic(http.ErrAbortHandler) // as if it had been closed while the batch was on its way
		}
		answer(200, wire.MediaJSON, `{"epoch":"e","durable":0}`)(w, r)
	}))
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	d := doorTo(t, server.Listener.Addr().String(), &tls.Config{RootCAs: roots, ServerName: "example.com"}, time.Now)
	for n := range 2 {
		if _, err := d.push(t.Context(), wire.Batch{Version: 1, Epoch: wire.Epoch{ID: "e", From: 1}}, &text{}); err != nil {
			t.Errorf("push %d: %v", n+1, err)
		}
	}
}
