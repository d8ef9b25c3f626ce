package cns_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bottega/cardreader"
	"bottega/cardreader/cns"
	"bottega/cardreader/login"
	"bottega/cardreader/practice"
	"bottega/desk"
)

// house is a test door of a test's own.
type house struct {
	*httptest.Server
	knocks atomic.Int32
}

// openHouse serves a door that asks for a certificate as auth says, speaks at most the newest version of TLS, and answers as
// the hub's does.
func openHouse(t *testing.T, auth tls.ClientAuthType, newest uint16) *house {
	t.Helper()
	h := &house{}
	h.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.knocks.Add(1)
		if len(r.TLS.PeerCertificates) == 0 {
			http.Error(w, "nobody", http.StatusUnauthorized)
			return
		}
		shown := r.TLS.PeerCertificates[0]
		holder, _, _ := strings.Cut(shown.Subject.CommonName, "/")
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(desk.DoorAnswer{
			Accepted: true, Serial: strings.ToUpper(shown.SerialNumber.Text(16)), FiscalCode: holder, At: time.Now(),
		})
	}))
	h.TLS = &tls.Config{ClientAuth: auth, MaxVersion: newest}
	h.Config.ErrorLog = log.New(io.Discard, "", 0)
	h.StartTLS()
	t.Cleanup(h.Close)
	return h
}

// door returns a door that trusts the house.
func (h *house) door() login.Door {
	roots := x509.NewCertPool()
	roots.AddCert(h.Certificate())
	return login.Door{Roots: roots}
}

func TestACardProvesItsKeyToADoor(t *testing.T) {
	for name, newest := range map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13} {
		t.Run(name, func(t *testing.T) {
			reader, card := plugged(t, "bruna")
			h := openHouse(t, tls.RequireAnyClientCert, newest)
			codes := codesOver(reader)
			codes.Door = h.door()
			pin := []byte(practice.DefaultPIN)
			answer, err := codes.Login(t.Context(), seat, h.URL, pin)
			if err != nil {
				t.Fatal(err)
			}
			wiped(t, pin)
			if !answer.Accepted || answer.Protocol != name || answer.FiscalCode != card.Profile().Holder.FiscalCode {
				t.Errorf("the door answered %+v", answer)
			}
		})
	}
}

func TestTheOlderTLSIsNegotiatedForACardThatTakesItsOwnPaddingOnly(t *testing.T) {
	reader, _ := plugged(t, "bruna")
	h := openHouse(t, tls.RequireAnyClientCert, tls.VersionTLS13)
	layouts, err := cns.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range layouts {
		if l.Key != nil {
			l.Key.AnyBlock = false
		}
	}
	codes := &cns.Codes{Port: reader, Layouts: layouts, Door: h.door()}
	answer, err := codes.Login(t.Context(), seat, h.URL, []byte(practice.DefaultPIN))
	if err != nil || answer.Protocol != "TLS 1.2" || !answer.Accepted {
		t.Errorf("the door answered %+v, %v", answer, err)
	}
}

func TestThePINIsNotGivenBeforeTheDoorAsksForACertificate(t *testing.T) {
	reader, card := plugged(t, "bruna")
	wrong := func() []byte { return []byte("99999") }
	codes := codesOver(reader)

	deaf := openHouse(t, tls.NoClientCert, tls.VersionTLS13)
	codes.Door = deaf.door()
	pin := wrong()
	if _, err := codes.Login(t.Context(), seat, deaf.URL, pin); !errors.Is(err, cardreader.DoorClosed) {
		t.Errorf("a door that asks for nothing: %v", err)
	}
	wiped(t, pin)
	closed := openHouse(t, tls.RequireAnyClientCert, tls.VersionTLS13)
	codes.Door = closed.door()
	closed.Close()
	if _, err := codes.Login(t.Context(), seat, closed.URL, wrong()); !errors.Is(err, cardreader.DoorClosed) {
		t.Errorf("a door that is closed: %v", err)
	}
	strange := openHouse(t, tls.RequireAnyClientCert, tls.VersionTLS13)
	codes.Door = login.Door{Roots: x509.NewCertPool()}
	if _, err := codes.Login(t.Context(), seat, strange.URL, wrong()); !errors.Is(err, cardreader.DoorClosed) {
		t.Errorf("a door that nobody knows: %v", err)
	}
	if card.TriesLeft() != 3 {
		t.Fatalf("%d tries left", card.TriesLeft())
	}
	codes.Door = strange.door()
	if _, err := codes.Login(t.Context(), seat, strange.URL, wrong()); !errors.Is(err, cardreader.WrongPIN) {
		t.Errorf("with the wrong PIN: %v", err)
	}
	if left := card.TriesLeft(); left != 2 || strange.knocks.Load() != 0 {
		t.Errorf("%d tries left, %d knocks", left, strange.knocks.Load())
	}
}
