package hub

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// acmeFolder is the folder of the state folder that keeps what an ACME authority gave.
const acmeFolder = "acme"

// publicSource gives the certificate that browsers are shown, or nil when there is none but the hub's own.
type publicSource interface {
	certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error)
}

// tlsConfig asks for a client's certificate without insisting: enrolment and the public page need none, and a desk that is not
// known deserves an answer it can read rather than a broken handshake. The request names the authority, so that a browser has
// nothing to offer and asks its user nothing. A card at the test door is shown all the same: the list is a hint (RFC 8446, 4.2.4),
// the authorities of cards may not all be known here, and one port is one less to open in a firewall.
//
// A desk trusts the hub's own authority and nothing else, a browser trusts the world's. They are told apart by what they offer to
// speak: browsers and curl offer HTTP/2 (ALPN "h2"), which no desk ever does. Whatever else calls is taken for a desk.
func (h *Hub) tlsConfig() *tls.Config {
	authorities := x509.NewCertPool()
	authorities.AddCert(h.keys.authority)
	c := &tls.Config{
		MinVersion: tls.VersionTLS12,
		ClientAuth: tls.RequestClientCert,
		ClientCAs:  authorities,
		// It changes nothing and is only asked when a handshake begins.
		GetConfigForClient: pace(handshakesPerCore*runtime.GOMAXPROCS(0), handshakePatience),
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			if h.public509 != nil && (slices.Contains(hello.SupportedProtos, "h2") || isChallenge(hello)) {
				return h.public509.certificate(hello)
			}
			u, err := h.Public()
			if err != nil {
				return nil, err
			}
			return h.keys.serverCertificate(u.Hostname(), h.params.Clock())
		},
	}
	if _, ok := h.public509.(*acmeSource); ok {
		c.NextProtos = []string{"http/1.1", acme.ALPNProto}
	}
	return c
}

// How many handshakes are worked on at a time, and how long one more waits before it goes on all the same: a stranger who begins many and
// ends none costs others that much and no more.
const (
	handshakesPerCore = 4
	handshakePatience = 4 * time.Second
)

// pace lets handshakes begin a few at a time. Each takes a millisecond or two of a processor, and when a region's desks come back at
// once the batches that were accepted would wait behind thousands of them.
func pace(atOnce int, patience time.Duration) func(*tls.ClientHelloInfo) (*tls.Config, error) {
	slots := make(chan struct{}, atOnce)
	return func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		waited := time.NewTimer(patience)
		defer waited.Stop()
		select {
		case slots <- struct{}{}:
			context.AfterFunc(hello.Context(), func() { <-slots }) // it ends with the handshake
		case <-waited.C:
		case <-hello.Context().Done():
			return nil, hello.Context().Err()
		}
		return nil, nil
	}
}

// isChallenge reports an ACME authority that comes to see whether the hub answers for its name (RFC 8737).
func isChallenge(hello *tls.ClientHelloInfo) bool {
	return slices.Equal(hello.SupportedProtos, []string{acme.ALPNProto})
}

// PublicTLS says where the certificate for browsers comes from: two files, or an ACME authority for some hosts. The zero value is
// neither: browsers are shown the hub's own certificate, and warn.
type PublicTLS struct {
	// CertFile and KeyFile are PEM; they are read again when they change.
	CertFile, KeyFile string
	// Hosts are the names for which certificates are asked.
	Hosts []string
	// Directory is the ACME authority, Let's Encrypt when empty. Its challenge comes over TLS to port 443 of the hosts (RFC 8737).
	Directory string
}

// ErrPublicTLS says that the certificate for browsers cannot be used.
var ErrPublicTLS = errors.New("the certificate for browsers cannot be used")

func (p PublicTLS) open(state string) (publicSource, error) {
	switch {
	case p.CertFile != "" || p.KeyFile != "":
		f := &fileSource{cert: p.CertFile, key: p.KeyFile}
		if _, err := f.certificate(nil); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrPublicTLS, err)
		}
		return f, nil
	case len(p.Hosts) > 0:
		m := &autocert.Manager{
			Prompt: autocert.AcceptTOS, HostPolicy: autocert.HostWhitelist(p.Hosts...), Cache: autocert.DirCache(filepath.Join(state, acmeFolder)),
		}
		if p.Directory != "" {
			m.Client = &acme.Client{DirectoryURL: p.Directory}
		}
		return &acmeSource{m}, nil
	}
	return nil, nil
}

// acmeSource asks an ACME authority.
type acmeSource struct{ manager *autocert.Manager }

func (a *acmeSource) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	return a.manager.GetCertificate(hello)
}

// fileSource reads two files, again whenever one of them changed. While a new pair does not fit together, as between the writing of
// the one and the other, the last good one is shown.
type fileSource struct {
	cert, key string

	mu     sync.Mutex
	loaded *tls.Certificate // guarded by mu, as all below
	stamps [2]stamp
}

// stamp tells a file that changed from one that did not.
type stamp struct {
	size    int64
	changed time.Time
}

func (f *fileSource) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var now [2]stamp
	var err error
	for i, path := range []string{f.cert, f.key} {
		info, statErr := os.Stat(path)
		if statErr != nil {
			err = errors.Join(err, statErr)
			continue
		}
		now[i] = stamp{info.Size(), info.ModTime()}
	}
	if err == nil && (f.loaded == nil || now != f.stamps) {
		var c tls.Certificate
		if c, err = tls.LoadX509KeyPair(f.cert, f.key); err == nil {
			f.loaded, f.stamps = &c, now
		}
	}
	if f.loaded == nil {
		return nil, err
	}
	return f.loaded, nil
}
