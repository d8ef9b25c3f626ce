package hub_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"bottega/assets"
	"bottega/assets/cards"
	"bottega/desk"
	"bottega/sync/client/clienttest"
	"bottega/sync/hub"
	"bottega/sync/wire"
)

// cardCN is the common name on Nella's card. What the hash covers is nothing that a door can know.
func cardCN() string {
	return nella().FiscalCode + "/" + cardOfNella + ".HpFY+vAkKCMV7hVocq0K6wpGStk="
}

const serialOfNella = 0x6090C0DE

// practiceAuthority returns the authority of the practice cards with its key, which everybody has.
func practiceAuthority(t *testing.T) (*x509.Certificate, *rsa.PrivateKey) {
	t.Helper()
	anchors, err := assets.Anchors()
	if err != nil {
		t.Fatal(err)
	}
	data, err := cards.Files.ReadFile("practice_ca.key.pem")
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(data)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range anchors {
		if a.Practice {
			return a.Certificate, key.(*rsa.PrivateKey)
		}
	}
	t.Fatal("no practice authority")
	return nil, nil
}

// cardKeys are made once: a key of 2048 bits takes its time.
var cardKeys = sync.OnceValues(func() (map[int]*rsa.PrivateKey, error) {
	keys := map[int]*rsa.PrivateKey{}
	for _, bits := range []int{1024, 2048} {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			return nil, err
		}
		keys[bits] = key
	}
	return keys, nil
})

// cardMaker makes the certificate of a card and changes what a case wants different.
type cardMaker struct {
	bits   int
	change func(c *x509.Certificate)
	// selfSigned leaves out the authority; forged keeps its name and key identifier, and signs with another key.
	selfSigned, forged bool
}

func (m cardMaker) make(t *testing.T) tls.Certificate {
	t.Helper()
	keys, err := cardKeys()
	if err != nil {
		t.Fatal(err)
	}
	key := keys[m.bits]
	authority, signer := practiceAuthority(t)
	c := &x509.Certificate{
		SerialNumber: big.NewInt(serialOfNella), Subject: pkix.Name{Country: []string{"IT"}, CommonName: cardCN()},
		NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(5, 0, 0), SignatureAlgorithm: x509.SHA256WithRSA,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		Policies: []x509.OID{oid(t, 1, 3, 76, 16, 2, 1)},
	}
	if m.change != nil {
		m.change(c)
	}
	parent := authority
	switch {
	case m.selfSigned:
		parent, signer = c, key
	case m.forged:
		public := *authority
		public.PublicKey, signer = key.Public(), key // else CreateCertificate finds out
		parent = &public
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func oid(t *testing.T, parts ...uint64) x509.OID {
	t.Helper()
	o, err := x509.OIDFromInts(parts)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// knock makes a handshake with a card and asks whose it was.
func (r *running) knock(t *testing.T, version uint16, card tls.Certificate) desk.DoorAnswer {
	t.Helper()
	c := r.caller(t, card)
	config := c.Transport.(*http.Transport).TLSClientConfig
	config.MinVersion, config.MaxVersion = version, version
	resp, data := c.ask(t, http.MethodGet, wire.PathDoor, nil)
	var answer desk.DoorAnswer
	if err := json.Unmarshal(data, &answer); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %s: %v", resp.StatusCode, data, err)
	}
	if resp.Header.Get("Cache-Control") != "no-store" || resp.Header.Get("Content-Type") != wire.MediaJSON {
		t.Errorf("headers: %v", resp.Header)
	}
	return answer
}

func practiceHub(p *hub.Params) { p.Practice = true }

func TestTheTestDoorSaysWhoseCardItSaw(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0", practiceHub)
	for name, tc := range map[string]struct {
		bits     int
		version  uint16
		protocol string
	}{
		"1024 bits over TLS 1.2": {1024, tls.VersionTLS12, "TLS 1.2"},
		"1024 bits over TLS 1.3": {1024, tls.VersionTLS13, "TLS 1.3"},
		"2048 bits over TLS 1.2": {2048, tls.VersionTLS12, "TLS 1.2"},
		"2048 bits over TLS 1.3": {2048, tls.VersionTLS13, "TLS 1.3"},
	} {
		t.Run(name, func(t *testing.T) {
			before := time.Now().Add(-time.Second)
			got := r.knock(t, tc.version, cardMaker{bits: tc.bits}.make(t))
			if got.At.Before(before) || got.At.After(time.Now().Add(time.Second)) {
				t.Errorf("at %v", got.At)
			}
			got.At = time.Time{}
			want := desk.DoorAnswer{
				Accepted: true, Serial: "6090C0DE", FiscalCode: nella().FiscalCode, CardNumber: cardOfNella, Protocol: tc.protocol, Practice: true,
			}
			if got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
		})
	}
	for _, personal := range []string{nella().FiscalCode, cardOfNella, "6090C0DE", "6090c0de"} {
		if strings.Contains(r.log.String(), personal) {
			t.Errorf("the log names the citizen: %s", personal)
		}
	}
}

func TestTheTestDoorSaysWhyItDoesNotLetACardIn(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0", practiceHub)
	for name, tc := range map[string]struct {
		card cardMaker
		want string
	}{
		"self-signed": {cardMaker{selfSigned: true}, desk.ReasonUntrusted},
		"forged":      {cardMaker{forged: true}, desk.ReasonForged},
		"expired":     {cardMaker{change: func(c *x509.Certificate) { c.NotAfter = time.Now().AddDate(0, 0, -1) }}, desk.ReasonCertificateExpired},
		"not yet":     {cardMaker{change: func(c *x509.Certificate) { c.NotBefore = time.Now().AddDate(0, 0, 1) }}, desk.ReasonCertificateExpired},
		"for signing papers": {cardMaker{change: func(c *x509.Certificate) {
			c.KeyUsage |= x509.KeyUsageContentCommitment
		}}, desk.ReasonUsage},
		"for servers": {cardMaker{change: func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		}}, desk.ReasonUsage},
		"an old algorithm":      {cardMaker{change: func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA1WithRSA }}, desk.ReasonOldAlgorithm},
		"no policy":             {cardMaker{change: func(c *x509.Certificate) { c.Policies = nil }}, desk.ReasonPolicy},
		"a name that is no CNS": {cardMaker{change: func(c *x509.Certificate) { c.Subject.CommonName = "Nella Bianchi" }}, desk.ReasonMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			tc.card.bits = 2048
			got := r.knock(t, tls.VersionTLS13, tc.card.make(t))
			if got.Accepted || got.Reason != tc.want || got.Serial != "6090C0DE" {
				t.Errorf("%+v, want %s", got, tc.want)
			}
		})
	}
}

func TestARealHubLetsNoPracticeCardIn(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	if got := r.knock(t, tls.VersionTLS13, cardMaker{bits: 2048}.make(t)); got.Accepted || got.Practice || got.Reason != desk.ReasonUntrusted {
		t.Errorf("%+v", got)
	}
}

func TestTheTestDoorWantsACertificate(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0", practiceHub)
	resp, data := r.caller(t).ask(t, http.MethodGet, wire.PathDoor, nil)
	wantsProblem(t, resp, data, http.StatusUnauthorized, wire.ProblemShowCard)
}

func TestWhoShowsACertificateWithoutItsKeyDoesNotGetThrough(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0", practiceHub)
	card := cardMaker{bits: 2048}.make(t)
	keys, err := cardKeys()
	if err != nil {
		t.Fatal(err)
	}
	card.PrivateKey = keys[1024]
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+r.address+wire.PathDoor, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := r.caller(t, card).Do(req)
	if err == nil {
		_ = resp.Body.Close()
		t.Errorf("let in with %d", resp.StatusCode)
	}
}

func TestAnEnrolledDeskKnowsTheTestDoorOfItsHub(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	if door, ok := newDesk(t, clienttest.New()).TestDoor(); ok {
		t.Errorf("before enrolment: %+v", door)
	}
	door, ok := r.enrolled(t).TestDoor()
	if !ok || door.URL != "https://"+r.address+wire.PathDoor {
		t.Fatalf("%+v, %t", door, ok)
	}
	roots := x509.NewCertPool()
	roots.AddCert(door.Authority)
	card := cardMaker{bits: 2048}.make(t)
	transport := &http.Transport{TLSClientConfig: &tls.Config{
		RootCAs: roots, GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &card, nil },
	}}
	defer transport.CloseIdleConnections()
	c := &caller{Client: &http.Client{Transport: transport, Timeout: patience}, base: strings.TrimSuffix(door.URL, wire.PathDoor)}
	resp, data := c.ask(t, http.MethodGet, wire.PathDoor, nil)
	if resp.StatusCode != http.StatusOK || !bytes.Contains(data, []byte(nella().FiscalCode)) {
		t.Errorf("%d %s", resp.StatusCode, data)
	}
}
