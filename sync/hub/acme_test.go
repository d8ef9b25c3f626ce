package hub_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/acme"

	"bottega/sync/hub"
)

// acmeAuthority is an ACME authority (RFC 8555) for one host, as far as one order needs it. It comes to see by TLS-ALPN (RFC 8737), at
// the address of the hub; signatures of requests are not its concern.
type acmeAuthority struct {
	*httptest.Server
	key *ecdsa.PrivateKey

	mu          sync.Mutex
	hub         string // address of the hub; guarded by mu, as all below
	thumbprint  string
	state       string // of order, authorization and challenge
	certificate []byte
	seen        int // challenges that held
}

const (
	acmeHost  = "hub.example.it"
	acmeToken = "a-token-of-the-authority"
)

func newACMEAuthority(t *testing.T) *acmeAuthority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &acmeAuthority{key: key, state: "pending"}
	a.Server = httptest.NewServer(a)
	t.Cleanup(a.Close)
	return a
}

// ServeHTTP implements http.Handler.
func (a *acmeAuthority) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	w.Header().Set("Replay-Nonce", rand.Text())
	var jws struct{ Protected, Payload string }
	_ = json.NewDecoder(r.Body).Decode(&jws) // there is none in a GET
	payload, _ := base64.RawURLEncoding.DecodeString(jws.Payload)
	answer := func(status int, v any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(v)
	}
	switch r.URL.Path {
	case "/directory":
		answer(200, map[string]string{"newNonce": a.URL + "/nonce", "newAccount": a.URL + "/account", "newOrder": a.URL + "/order"})
	case "/nonce":
	case "/account":
		a.thumbprint = thumbprint(jws.Protected)
		w.Header().Set("Location", a.URL+"/account/1")
		answer(201, map[string]string{"status": "valid"})
	case "/order", "/order/1":
		w.Header().Set("Location", a.URL+"/order/1")
		answer(map[string]int{"/order": 201, "/order/1": 200}[r.URL.Path], a.order())
	case "/authz":
		answer(200, a.authorization())
	case "/challenge":
		if err := a.visit(); err != nil {
			a.state = "invalid"
		} else {
			a.state, a.seen = "ready", a.seen+1
		}
		answer(200, a.challenge())
	case "/finalize":
		var request struct{ CSR string }
		_ = json.Unmarshal(payload, &request)
		if err := a.issue(request.CSR); err != nil {
			answer(400, map[string]string{"type": "urn:ietf:params:acme:error:badCSR", "detail": err.Error()})
			return
		}
		a.state = "valid"
		w.Header().Set("Location", a.URL+"/order/1")
		answer(200, a.order())
	case "/certificate":
		w.Header().Set("Content-Type", "application/pem-certificate-chain")
		_, _ = w.Write(a.certificate)
	default:
		http.NotFound(w, r)
	}
}

func (a *acmeAuthority) order() map[string]any {
	o := map[string]any{
		"status": a.state, "authorizations": []string{a.URL + "/authz"}, "finalize": a.URL + "/finalize",
		"identifiers": []map[string]string{{"type": "dns", "value": acmeHost}}, "expires": time.Now().Add(time.Hour).Format(time.RFC3339),
	}
	if a.certificate != nil {
		o["certificate"] = a.URL + "/certificate"
	}
	return o
}

func (a *acmeAuthority) authorization() map[string]any {
	return map[string]any{
		"status": a.challenge()["status"], "identifier": map[string]string{"type": "dns", "value": acmeHost}, "challenges": []any{a.challenge()},
	}
}

func (a *acmeAuthority) challenge() map[string]string {
	status := a.state
	if status == "ready" {
		status = "valid"
	}
	return map[string]string{"type": "tls-alpn-01", "url": a.URL + "/challenge", "token": acmeToken, "status": status}
}

// visit shakes hands with the hub as the challenge says, and looks for the proof in the certificate.
func (a *acmeAuthority) visit() error {
	conn, err := tls.Dial("tcp", a.hub, &tls.Config{ServerName: acmeHost, NextProtos: []string{acme.ALPNProto}, InsecureSkipVerify: true}) // RFC 8737, 3
	if err != nil {
		return err
	}
	defer conn.Close()
	proof := sha256.Sum256([]byte(acmeToken + "." + a.thumbprint))
	for _, ext := range conn.ConnectionState().PeerCertificates[0].Extensions {
		var got []byte
		if !ext.Id.Equal(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 31}) {
			continue
		}
		if _, err := asn1.Unmarshal(ext.Value, &got); err == nil && bytes.Equal(got, proof[:]) {
			return nil
		}
	}
	return errors.New("no proof in the certificate")
}

func (a *acmeAuthority) issue(request string) error {
	der, err := base64.RawURLEncoding.DecodeString(request)
	if err != nil {
		return err
	}
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return err
	}
	issuer := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "an authority of the world"}, IsCA: true}
	leaf, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(42), DNSNames: csr.DNSNames, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(90 * 24 * time.Hour),
	}, issuer, csr.PublicKey, a.key)
	a.certificate = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf})
	return err
}

// thumbprint returns that of the account's key (RFC 7638), which stands in the header of the request that makes the account.
func thumbprint(protected string) string {
	header, _ := base64.RawURLEncoding.DecodeString(protected)
	var h struct {
		JWK struct{ Crv, Kty, X, Y string }
	}
	_ = json.Unmarshal(header, &h) // of the library's making
	sum := sha256.Sum256(fmt.Appendf(nil, `{"crv":"%s","kty":"%s","x":"%s","y":"%s"}`, h.JWK.Crv, h.JWK.Kty, h.JWK.X, h.JWK.Y))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func TestACertificateForBrowsersIsGotFromAnACMEAuthority(t *testing.T) {
	authority, state := newACMEAuthority(t), t.TempDir()
	with := func(p *hub.Params) {
		p.TLS = hub.PublicTLS{Hosts: []string{acmeHost}, Directory: authority.URL + "/directory"}
	}
	r := start(t, state, "127.0.0.1:0", with)
	authority.mu.Lock()
	authority.hub = r.address
	authority.mu.Unlock()
	c := r.shown(t, acmeHost, "h2", "http/1.1")
	if c.SerialNumber.Int64() != 42 || !strings.Contains(fmt.Sprint(c.DNSNames), acmeHost) {
		t.Errorf("shown %v, %v", c.SerialNumber, c.DNSNames)
	}
	r.enrolled(t).send(t) // desks go on with the hub's own
	r.stop()
	authority.Close() // after a start it is not needed
	authority.mu.Lock()
	defer authority.mu.Unlock()
	again := start(t, state, "127.0.0.1:0", with)
	if c := again.shown(t, acmeHost, "h2", "http/1.1"); c.SerialNumber.Int64() != 42 || authority.seen != 1 {
		t.Errorf("shown %v after %d challenges", c.SerialNumber, authority.seen)
	}
}
