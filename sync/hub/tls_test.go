package hub_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bottega/desk"
	"bottega/sync/hub"
)

// worldly is a certificate that some authority of the world gave, in PEM, with its key.
func worldly(t *testing.T, host string, serial int64) (certificate, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(60 * 24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
}

// shown returns the certificate that a hub shows to whoever offers these protocols.
func (r *running) shown(t *testing.T, host string, protocols ...string) *x509.Certificate {
	t.Helper()
	conn, err := tls.Dial("tcp", r.address, &tls.Config{InsecureSkipVerify: true, ServerName: host, NextProtos: protocols}) // what is shown is looked at below
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0]
}

func write(t *testing.T, path string, data []byte, at time.Time) {
	t.Helper()
	if err := errors.Join(os.WriteFile(path, data, 0o600), os.Chtimes(path, at, at)); err != nil {
		t.Fatal(err)
	}
}

func TestBrowsersAreShownTheCertificateOfTheWorldAndDesksTheHubsOwn(t *testing.T) {
	dir, now := t.TempDir(), time.Now().Truncate(time.Second)
	files := hub.PublicTLS{CertFile: filepath.Join(dir, "cert.pem"), KeyFile: filepath.Join(dir, "key.pem")}
	certificate, key := worldly(t, "hub.example.it", 1)
	write(t, files.CertFile, certificate, now)
	write(t, files.KeyFile, key, now)
	r := start(t, t.TempDir(), "127.0.0.1:0", func(p *hub.Params) { p.TLS = files })
	for name, tc := range map[string]struct {
		protocols []string
		world     bool
	}{
		"a browser":      {[]string{"h2", "http/1.1"}, true},
		"a desk":         {nil, false},
		"a plain client": {[]string{"http/1.1"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if c := r.shown(t, "hub.example.it", tc.protocols...); (c.Subject.CommonName == "hub.example.it") != tc.world {
				t.Errorf("shown %s", c.Subject)
			}
		})
	}
	d := r.enrolled(t) // a real desk gets through
	d.journal.Add(desk.NoteAdded{Text: "prima"})
	d.send(t)

	// A new pair is shown as soon as it is whole; until then the old one.
	certificate, key = worldly(t, "hub.example.it", 2)
	write(t, files.CertFile, certificate, now.Add(time.Minute))
	if c := r.shown(t, "hub.example.it", "h2", "http/1.1"); c.SerialNumber.Int64() != 1 {
		t.Errorf("half a pair is shown: %v", c.SerialNumber)
	}
	write(t, files.KeyFile, key, now.Add(time.Minute))
	if c := r.shown(t, "hub.example.it", "h2", "http/1.1"); c.SerialNumber.Int64() != 2 {
		t.Errorf("the old one is shown: %v", c.SerialNumber)
	}
	if err := os.Remove(files.KeyFile); err != nil {
		t.Fatal(err)
	}
	if c := r.shown(t, "hub.example.it", "h2", "http/1.1"); c.SerialNumber.Int64() != 2 {
		t.Errorf("without its file: %v", c.SerialNumber)
	}
}

func TestACertificateThatCannotBeReadIsToldAtTheStart(t *testing.T) {
	dir := t.TempDir()
	certificate, _ := worldly(t, "hub.example.it", 1)
	_, key := worldly(t, "hub.example.it", 2)
	for name, files := range map[string][2][]byte{
		"not PEM":         {[]byte("hello"), key},
		"two that differ": {certificate, key},
	} {
		t.Run(name, func(t *testing.T) {
			p := hub.PublicTLS{CertFile: filepath.Join(dir, "cert.pem"), KeyFile: filepath.Join(dir, "key.pem")}
			write(t, p.CertFile, files[0], time.Now())
			write(t, p.KeyFile, files[1], time.Now())
			if _, err := hub.New(t.Context(), hub.Params{State: t.TempDir(), TLS: p}); !errors.Is(err, hub.ErrPublicTLS) {
				t.Errorf("New = %v", err)
			}
		})
	}
}

// What an ACME authority gave is kept in the state folder, and shown from there without asking again.
func TestACertificateOfAnACMEAuthorityIsKeptInTheStateFolder(t *testing.T) {
	state := t.TempDir()
	certificate, key := worldly(t, "hub.example.it", 7)
	if err := os.MkdirAll(filepath.Join(state, "acme"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(state, "acme", "hub.example.it"), append(bytes.Clone(key), certificate...), time.Now())
	r := start(t, state, "127.0.0.1:0", func(p *hub.Params) {
		// Nobody is there: whoever asks would fail.
		p.TLS = hub.PublicTLS{Hosts: []string{"hub.example.it"}, Directory: "https://127.0.0.1:1/directory"}
	})
	if c := r.shown(t, "hub.example.it", "h2", "http/1.1"); c.SerialNumber.Int64() != 7 {
		t.Errorf("shown %v", c.SerialNumber)
	}
	if c := r.shown(t, "hub.example.it"); c.SerialNumber.Int64() == 7 {
		t.Error("a desk is shown what it does not trust")
	}
	for name, protocols := range map[string][]string{"another name": {"h2", "http/1.1"}, "a challenge that nobody asked for": {"acme-tls/1"}} {
		conn, err := tls.Dial("tcp", r.address, &tls.Config{InsecureSkipVerify: true, ServerName: "evil.example.it", NextProtos: protocols}) // refused whoever it is
		if err == nil {
			conn.Close()
			t.Errorf("%s: a handshake was made", name)
		}
	}
}
