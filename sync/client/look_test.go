package client

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"bottega/sync/wire"
)

// peep looks at a server of the right certificate, with our clock so much ahead of the real one.
func peep(t *testing.T, ahead time.Duration, handler http.HandlerFunc) (hub, here time.Time, err error) {
	t.Helper()
	server := httptest.NewTLSServer(handler)
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	now := func() time.Time { return time.Now().Add(ahead) }
	d := doorTo(t, server.Listener.Addr().String(), &tls.Config{RootCAs: roots, ServerName: "example.com"}, now)
	return d.look(t.Context())
}

func TestALookAtTheHubComparesTheClocksAndAsksForNothing(t *testing.T) {
	asked := ""
	hub, here, err := peep(t, time.Hour, func(w http.ResponseWriter, r *http.Request) {
		asked = r.Method + " " + r.URL.RequestURI()
		answer(200, wire.MediaJSON, `{"replies":[],"last":7}`)(w, r)
	})
	if err != nil || asked != "GET /v1/replies?after=2147483647" {
		t.Fatalf("asked %q, %v", asked, err)
	}
	if ahead := here.Sub(hub).Round(time.Minute); ahead != time.Hour {
		t.Errorf("our clock is %v ahead", ahead)
	}
}

func TestALookIsNoAnswerOfTheHubsUnlessTheHubGaveIt(t *testing.T) {
	for name, tc := range map[string]struct {
		handler http.HandlerFunc
		word    string
	}{
		"captive portal":          {answer(200, "text/html", "<html>Accetta le condizioni</html>"), NotTheHub},
		"a desk that was removed": {answer(403, wire.MediaProblem, problemBody(wire.ProblemReEnrol)), ReEnrol},
		"a proxy":                 {answer(503, "text/html", ""), HubBusy},
	} {
		t.Run(name, func(t *testing.T) {
			hub, _, err := peep(t, 0, tc.handler)
			var trouble *Trouble
			if !errors.As(err, &trouble) || trouble.Word != tc.word || !hub.IsZero() {
				t.Errorf("got %v, %v", hub, err)
			}
		})
	}
}

func TestAHubThatTellsNoTimeIsStillTheHub(t *testing.T) {
	hub, here, err := peep(t, 0, func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Date"] = nil // keeps the server from adding it
		answer(200, wire.MediaJSON, `{"replies":[],"last":0}`)(w, r)
	})
	if err != nil || !hub.IsZero() || !here.IsZero() {
		t.Errorf("got %v, %v, %v", hub, here, err)
	}
}

func TestADeskWithoutAHubHasNothingToLookAt(t *testing.T) {
	c := &Client{}
	sight, err := c.Look(t.Context())
	var trouble *Trouble
	if !errors.As(err, &trouble) || trouble.Word != NotEnrolled || !sight.DeskUntil.IsZero() {
		t.Errorf("got %+v, %v", sight, err)
	}
}
