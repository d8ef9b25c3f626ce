package soak

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"bottega/sync/wire"
)

// idleHub is a server that enrols a desk and then does nothing: it reads what it gets and calls it safe.
type idleHub struct {
	server    *httptest.Server
	authority *x509.Certificate
	key       *ecdsa.PrivateKey

	mu    sync.Mutex
	epoch string
	// durable is what the next push is answered with, and goes up by a whole batch each time until last.
	durable, last uint64
	// bodies are what came, while they are kept.
	keep   bool
	bodies [][]byte
}

func newIdleHub(t testing.TB) *idleHub {
	t.Helper()
	h := &idleHub{}
	var err error
	h.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	h.authority = h.sign(t, &h.key.PublicKey, &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	leaf := h.sign(t, &own.PublicKey, &x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}})
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+wire.PathEnrol, func(w http.ResponseWriter, r *http.Request) { h.enrol(t, w, r) })
	mux.HandleFunc("POST "+wire.PathJournal, h.push)
	mux.HandleFunc("GET "+wire.PathReplies, func(w http.ResponseWriter, _ *http.Request) { answer(w, `{"replies":[],"last":0}`) })
	h.server = httptest.NewUnstartedServer(mux)
	h.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	h.server.TLS = &tls.Config{
		MinVersion: tls.VersionTLS13, ClientAuth: tls.RequestClientCert,
		Certificates: []tls.Certificate{{Certificate: [][]byte{leaf.Raw, h.authority.Raw}, PrivateKey: own}},
	}
	h.server.StartTLS()
	t.Cleanup(h.server.Close)
	return h
}

// sign makes a certificate of the hub's authority, or the authority's own.
func (h *idleHub) sign(t testing.TB, key any, c *x509.Certificate) *x509.Certificate {
	t.Helper()
	c.SerialNumber, c.NotBefore, c.NotAfter = big.NewInt(time.Now().UnixNano()), time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent := h.authority
	if parent == nil {
		parent = c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key, h.key)
	must(t, err)
	made, err := x509.ParseCertificate(der)
	must(t, err)
	return made
}

// code is good for any desk that finds the hub at an address.
func (h *idleHub) code(t testing.TB, address string) string {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	must(t, err)
	number, err := strconv.ParseUint(port, 10, 16)
	must(t, err)
	return wire.EnrolCode{Host: host, Port: uint16(number), Fingerprint: wire.Fingerprint(h.authority.Raw)}.String()
}

func (h *idleHub) enrol(t testing.TB, w http.ResponseWriter, r *http.Request) {
	var asked wire.EnrolRequest
	must(t, json.NewDecoder(r.Body).Decode(&asked))
	block, _ := pem.Decode([]byte(asked.CSR))
	csr, err := x509.ParseCertificateRequest(block.Bytes)
	must(t, err)
	toPEM := func(c *x509.Certificate) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
	}
	w.Header().Set("Content-Type", wire.MediaJSON)
	must(t, json.NewEncoder(w).Encode(wire.Enrolment{
		Desk: "somebody", Certificate: toPEM(h.sign(t, csr.PublicKey, &x509.Certificate{})), Authority: toPEM(h.authority), Keys: []wire.TokenKey{},
	}))
}

func (h *idleHub) push(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.keep {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		h.bodies = append(h.bodies, body)
	} else if _, err := io.Copy(io.Discard, r.Body); err != nil {
		panic(http.ErrAbortHandler)
	}
	h.durable = min(h.durable+wire.MaxBatchEntries, h.last)
	answer(w, `{"epoch":"`+h.epoch+`","durable":`+strconv.FormatUint(h.durable, 10)+`}`)
}

func answer(w http.ResponseWriter, document string) {
	w.Header().Set("Content-Type", wire.MediaJSON)
	_, _ = io.WriteString(w, document) // who asked sees what is missing
}

// expects makes the hub one that has nothing yet of so many entries.
func (h *idleHub) expects(p wire.Position, keep bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.epoch, h.durable, h.last, h.keep, h.bodies = p.Epoch.ID, 0, p.Last, keep, nil
}
