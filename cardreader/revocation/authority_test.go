package revocation

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"
)

// today is when every test asks.
var today = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

// The serial number of the card that is asked about, and of another one.
const (
	mine   = 0x6090C0DE
	others = 0x6090BEEF
)

// testAuthority is an authority with everything that a real one has.
type testAuthority struct {
	testing.TB
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t testing.TB, change ...func(*x509.Certificate)) testAuthority {
	t.Helper()
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Regione di Fantasia - CA Cittadini"}, BasicConstraintsValid: true, IsCA: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, NotBefore: today.AddDate(-5, 0, 0), NotAfter: today.AddDate(5, 0, 0),
	}
	for _, f := range change {
		f(c)
	}
	a := testAuthority{TB: t, key: newKey(t)}
	a.certificate = parse(t, c, c, a.key, a.key)
	return a
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func parse(t testing.TB, template, parent *x509.Certificate, key, signer *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// card issues the certificate of a card with the addresses to ask at.
func (a testAuthority) card(ocspAt, listAt []string, change ...func(*x509.Certificate)) *x509.Certificate {
	a.Helper()
	c := &x509.Certificate{
		SerialNumber: big.NewInt(mine), Subject: pkix.Name{CommonName: "carta"}, NotBefore: today.AddDate(-1, 0, 0), NotAfter: today.AddDate(5, 0, 0),
		OCSPServer: ocspAt, CRLDistributionPoints: listAt,
	}
	for _, f := range change {
		f(c)
	}
	return parse(a, c, a.certificate, newKey(a), a.key)
}

// list makes a list with some serial numbers, good for a day from an hour ago.
func (a testAuthority) list(change func(*x509.RevocationList), serials ...int64) []byte {
	a.Helper()
	l := &x509.RevocationList{Number: big.NewInt(7), ThisUpdate: today.Add(-time.Hour), NextUpdate: today.Add(23 * time.Hour)}
	for _, s := range serials {
		l.RevokedCertificateEntries = append(l.RevokedCertificateEntries, x509.RevocationListEntry{
			SerialNumber: big.NewInt(s), RevocationTime: today.AddDate(0, -1, 0),
		})
	}
	if change != nil {
		change(l)
	}
	der, err := x509.CreateRevocationList(rand.Reader, l, a.certificate, a.key)
	if err != nil {
		a.Fatal(err)
	}
	return der
}

// says makes an answer by OCSP, good for a day from an hour ago.
func (a testAuthority) says(status int, change ...func(*ocsp.Response)) []byte {
	a.Helper()
	r := ocsp.Response{
		Status: status, SerialNumber: big.NewInt(mine), ThisUpdate: today.Add(-time.Hour), NextUpdate: today.Add(23 * time.Hour),
		RevokedAt: today.AddDate(0, -1, 0),
	}
	for _, f := range change {
		f(&r)
	}
	responder, key := a.certificate, a.key
	if r.Certificate != nil { // somebody else answers, with the key that signedBy put there
		responder = r.Certificate
		key = r.Certificate.PublicKey.(*signingKey).private
	}
	der, err := ocsp.CreateResponse(a.certificate, responder, r, key)
	if err != nil {
		a.Fatal(err)
	}
	return der
}

// signingKey carries a private key to says, inside the certificate that goes along.
type signingKey struct{ private *ecdsa.PrivateKey }

// signedBy makes somebody else sign an answer: a certificate of the authority's with the key that belongs to it.
func (a testAuthority) signedBy(change func(*x509.Certificate)) func(*ocsp.Response) {
	a.Helper()
	key := newKey(a)
	c := &x509.Certificate{
		SerialNumber: big.NewInt(9), Subject: pkix.Name{CommonName: "chi risponde"}, NotBefore: today.AddDate(0, 0, -1), NotAfter: today.AddDate(0, 1, 0),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning},
	}
	if change != nil {
		change(c)
	}
	responder := parse(a, c, a.certificate, key, a.key)
	responder.PublicKey = &signingKey{private: key}
	return func(r *ocsp.Response) { r.Certificate = responder }
}

// served counts what an authority was asked.
type served struct {
	*httptest.Server
	asked atomic.Int32
}

func serve(t testing.TB, handler http.HandlerFunc) *served {
	t.Helper()
	s := &served{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked.Add(1)
		handler(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// gives answers everything with the same bytes.
func gives(media string, body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", media)
		_, _ = w.Write(body)
	}
}

const mediaList = "application/pkix-crl"

// noLine is a transport that reaches nobody.
type noLine struct{ asked atomic.Int32 }

// RoundTrip implements http.RoundTripper.
func (n *noLine) RoundTrip(*http.Request) (*http.Response, error) {
	n.asked.Add(1)
	return nil, io.ErrUnexpectedEOF
}
