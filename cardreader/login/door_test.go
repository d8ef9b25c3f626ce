package login_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bottega/cardreader"
	"bottega/cardreader/login"
	"bottega/desk"
)

// visitor is somebody with a certificate whose key is not on a card: doors do not see the difference.
var visitor = sync.OnceValues(func() (*tls.Certificate, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(0x0A1B2C), Subject: pkix.Name{CommonName: "SMPPRV88B69D612T/6090012345678000.x"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, err
})

func show(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return visitor() }

// open serves a page over TLS, asking for a certificate as config says.
func open(t *testing.T, config *tls.Config, page http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(page)
	s.TLS = config
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func trusting(s *httptest.Server) login.Door {
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return login.Door{Roots: roots}
}

// says answers with a body of a type.
func says(status int, media, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", media)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

var asking = tls.Config{ClientAuth: tls.RequireAnyClientCert}

const accepted = `{"accepted":true,"serial":"0A1B2C","fiscal_code":"SMPPRV88B69D612T","card_number":"6090012345678000","protocol":"TLS 9","at":"2026-11-21T10:00:00Z","later":1}`

func TestADoorSaysWhoseCertificateItSaw(t *testing.T) {
	at := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		body string
		want desk.DoorAnswer
	}{
		"and lets it in": {accepted,
			desk.DoorAnswer{Accepted: true, Serial: "0A1B2C", FiscalCode: "SMPPRV88B69D612T", CardNumber: "6090012345678000", Protocol: "TLS 1.3", At: at}},
		"and says why not": {`{"accepted":false,"reason":"revoked","serial":"a1b2c"}`,
			desk.DoorAnswer{Reason: desk.ReasonRevoked, Serial: "a1b2c", Protocol: "TLS 1.3", At: now}},
		"and gives a reason that nobody knows here": {`{"accepted":false,"reason":"moon","serial":"a:1b:2c"}`,
			desk.DoorAnswer{Reason: desk.ReasonRefused, Serial: "a:1b:2c", Protocol: "TLS 1.3", At: now}},
		"and contradicts itself": {`{"accepted":true,"reason":"revoked","serial":"a1b2c","portal":{"host":"x"}}`,
			desk.DoorAnswer{Accepted: true, Serial: "a1b2c", Protocol: "TLS 1.3", At: now}},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, asking.Clone(), says(200, "application/json; charset=utf-8", tc.body))
			door := trusting(s)
			door.Now = func() time.Time { return now }
			got, err := door.Knock(t.Context(), s.URL, tls.VersionTLS13, show)
			if err != nil || got != tc.want {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestWhateverIsNoTestDoorCountsAsClosed(t *testing.T) {
	long := `{"serial":"a1b2c","fiscal_code":"` + strings.Repeat("x", 1<<20) + `"}`
	endless := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for err := error(nil); err == nil; { // until who reads has had enough
			_, err = io.WriteString(w, strings.Repeat(" ", 1<<10))
		}
	}
	for name, page := range map[string]http.HandlerFunc{
		"a page that wants to be logged in to": says(200, "text/html", "<html>Benvenuti</html>"),
		"a page that says it is JSON":          says(200, "application/json", "<html>"),
		"JSON of somebody else":                says(200, "application/json", `{"status":"ok"}`),
		"another certificate":                  says(200, "application/json", `{"accepted":true,"serial":"FFFF"}`),
		"an answer far too long":               says(200, "application/json", long),
		"an answer without end":                endless,
		"a door that is overloaded":            says(503, "application/json", accepted),
		"one that has had enough":              says(429, "application/json", accepted),
		"no type at all":                       says(200, "", accepted),
		"a way to somewhere else":              says(302, "text/html", ""),
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, asking.Clone(), page)
			if got, err := trusting(s).Knock(t.Context(), s.URL, tls.VersionTLS13, show); !errors.Is(err, cardreader.DoorClosed) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestAPortalIsReportedByWhatItDid(t *testing.T) {
	for name, tc := range map[string]struct {
		status   int
		accepted bool
		reason   string
	}{
		"its page":          {200, true, ""},
		"its next page":     {302, true, ""},
		"it wants more":     {401, false, desk.ReasonRefused},
		"it lets nobody in": {403, false, desk.ReasonRefused},
	} {
		t.Run(name, func(t *testing.T) {
			var elsewhere atomic.Int32
			other := open(t, asking.Clone(), func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) })
			s := open(t, asking.Clone(), func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", other.URL)
				w.WriteHeader(tc.status)
			})
			door := trusting(s)
			door.Portals = true
			got, err := door.Knock(t.Context(), s.URL, tls.VersionTLS12, show)
			host := strings.TrimPrefix(s.URL, "https://")
			if err != nil || got.Accepted != tc.accepted || got.Reason != tc.reason || got.Protocol != "TLS 1.2" || got.Portal == nil || *got.Portal != (desk.PortalAnswer{Host: host, Status: tc.status}) {
				t.Errorf("got %+v, %v", got, err)
			}
			if elsewhere.Load() != 0 {
				t.Error("the certificate was carried to another host")
			}
		})
	}
}

func TestAServerThatTurnsTheCertificateAwayIsAnAnswer(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			s := open(t, &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: x509.NewCertPool()}, says(200, "text/html", ""))
			got, err := trusting(s).Knock(t.Context(), s.URL, version, show)
			if err != nil || got.Accepted || got.Reason != desk.ReasonUntrusted || got.Portal == nil || got.Portal.Status != 0 {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestWhoAsksForNoCertificateIsShownNone(t *testing.T) {
	s := open(t, &tls.Config{}, says(200, "application/json", accepted))
	door := trusting(s)
	door.Portals = true
	got, err := door.Knock(t.Context(), s.URL, tls.VersionTLS13, func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		return nil, errors.New("nobody should ask")
	})
	if !errors.Is(err, cardreader.DoorClosed) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestAPortalThatAsksInTheMiddleOfAConnectionIsMetInTheOlderWay(t *testing.T) {
	// The server of the standard library cannot ask later; this one asks whoever does not speak TLS 1.3.
	var s *httptest.Server
	s = open(t, &tls.Config{GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		config := s.TLS.Clone()
		if !slices.Contains(hello.SupportedVersions, tls.VersionTLS13) {
			config.ClientAuth = tls.RequireAnyClientCert
		}
		return config, nil
	}}, says(200, "text/html", "<html>"))
	door := trusting(s)
	if _, err := door.Knock(t.Context(), s.URL, tls.VersionTLS13, show); !errors.Is(err, login.ErrNotAsked) {
		t.Errorf("as a test door: %v", err)
	}
	door.Portals = true
	got, err := door.Knock(t.Context(), s.URL, tls.VersionTLS13, show)
	if err != nil || !got.Accepted || got.Protocol != "TLS 1.2" {
		t.Errorf("got %+v, %v", got, err)
	}
	why := &cardreader.CodeError{Trouble: cardreader.WrongPIN, Left: 2}
	_, err = door.Knock(t.Context(), s.URL, tls.VersionTLS13, func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return nil, why })
	if !errors.Is(err, cardreader.WrongPIN) {
		t.Errorf("with a wrong PIN: %v", err)
	}
}

func TestAPortalOfTLS13OnlyThatAsksForNothingIsSaidSo(t *testing.T) {
	s := open(t, &tls.Config{MinVersion: tls.VersionTLS13}, says(200, "text/html", "<html>"))
	door := trusting(s)
	door.Portals = true
	if _, err := door.Knock(t.Context(), s.URL, tls.VersionTLS13, show); !errors.Is(err, login.ErrNotAsked) {
		t.Errorf("got %v", err)
	}
}

func TestAServerThatNobodyVouchesForSeesNoCertificate(t *testing.T) {
	s := open(t, asking.Clone(), says(200, "application/json", accepted))
	for name, roots := range map[string]*x509.CertPool{"of this computer": nil, "of nobody": x509.NewCertPool()} {
		t.Run(name, func(t *testing.T) {
			got, err := login.Door{Roots: roots}.Knock(t.Context(), s.URL, tls.VersionTLS13, func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
				t.Error("it was shown one")
				return visitor()
			})
			if !errors.Is(err, cardreader.DoorClosed) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestTheErrorOfTheCardIsToldAsItIs(t *testing.T) {
	why := &cardreader.CodeError{Trouble: cardreader.WrongPIN, Left: 2}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		s := open(t, asking.Clone(), says(200, "application/json", accepted))
		_, err := trusting(s).Knock(t.Context(), s.URL, version, func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return nil, why })
		if left, told := cardreader.TriesLeft(err); !errors.Is(err, cardreader.WrongPIN) || !told || left != 2 {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
	}
}

func TestOnlyAnHTTPSAddressIsKnockedAt(t *testing.T) {
	for _, address := range []string{"", "http://porta.example/", "https://", "https://chi:cosa@porta.example", "ftp://porta.example", "porta.example", "https://[::1", "file:///etc/passwd"} {
		if err := login.Check(address); !errors.Is(err, login.ErrAddress) {
			t.Errorf("%q is accepted: %v", address, err)
		}
		if _, err := (login.Door{}).Knock(t.Context(), address, tls.VersionTLS13, show); !errors.Is(err, cardreader.DoorClosed) || !errors.Is(err, login.ErrAddress) {
			t.Errorf("%q: %v", address, err)
		}
	}
	if err := login.Check("https://porta.example:8443/v1/door?x=1"); err != nil {
		t.Error(err)
	}
}

func TestALineThatIsDownClosesTheDoor(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { // it takes the call and says nothing that is TLS
		defer close(ended)
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			_, _ = fmt.Fprint(c, "HTTP/1.0 302 Found\r\nLocation: http://portale.example/\r\n\r\n")
			_ = c.Close()
		}
	}()
	defer func() {
		_ = ln.Close()
		<-ended
	}()
	if _, err := (login.Door{}).Knock(t.Context(), "https://"+ln.Addr().String(), tls.VersionTLS13, show); !errors.Is(err, cardreader.DoorClosed) {
		t.Errorf("got %v", err)
	}
}

func TestAKnockEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	held := make(chan struct{})
	s := open(t, asking.Clone(), func(http.ResponseWriter, *http.Request) {
		cancel()
		<-held
	})
	defer close(held)
	if _, err := trusting(s).Knock(ctx, s.URL, tls.VersionTLS13, show); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
