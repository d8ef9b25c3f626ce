package login

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"bottega/cardreader"
	"bottega/desk"
)

// The limits on what a door may take. The handshake waits for the card too: its certificate was read before, but PIN and
// signature may take it some seconds.
const (
	dialLimit      = 10 * time.Second
	handshakeLimit = 30 * time.Second
	answerLimit    = 15 * time.Second
	maxHeader      = 64 << 10
	maxBody        = 64 << 10
)

// Errors inside a DoorClosed.
var (
	// ErrAddress says that an address is none to log in at: only https names a host that proves who it is.
	ErrAddress = errors.New("not an https address")
	// ErrNotAsked says that whoever answered asked for no certificate, so that nothing was proved and no PIN was given.
	ErrNotAsked = errors.New("nobody asked for a certificate")
)

// Door knocks at test doors, and where Portals is set at any portal. The zero value knocks at a test door whose certificate
// this computer trusts.
type Door struct {
	// Roots are the authorities that may have issued the door's certificate; nil are those of the computer.
	Roots *x509.CertPool
	// Portals says that an address may be that of an ordinary portal. Otherwise an answer that is not a test door's is that of
	// somebody in between, and the door counts as closed.
	Portals bool
	// Now is the clock for answers that carry no time; nil is time.Now.
	Now func() time.Time
}

// Check reports with ErrAddress whether an address is one to log in at.
func Check(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return ErrAddress
	}
	return nil
}

// Knock opens a TLS connection to an address, of at most the newest version, and asks for the page there. Show is called if the
// other side asks for a certificate; its error is returned as it is. Where a certificate was shown, the answer says what became
// of it. Errors wrap DoorClosed, with ErrAddress or ErrNotAsked inside where that is why.
func (d Door) Knock(ctx context.Context, address string, newest uint16, show func(*tls.CertificateRequestInfo) (*tls.Certificate, error)) (desk.DoorAnswer, error) {
	if err := Check(address); err != nil {
		return desk.DoorAnswer{}, fmt.Errorf("%w: %w", cardreader.DoorClosed, err)
	}
	answer, err := d.knock(ctx, address, newest, show)
	if d.Portals && newest > tls.VersionTLS12 && errors.Is(err, ErrNotAsked) {
		// Portals that ask for the certificate with one page only do so in the middle of a connection. Over TLS 1.3 that is
		// RFC 8446's post-handshake authentication, which crypto/tls does not have; over TLS 1.2 it is a renegotiation.
		if older, olderErr := d.knock(ctx, address, tls.VersionTLS12, show); !errors.Is(olderErr, cardreader.DoorClosed) {
			return older, olderErr
		}
	}
	return answer, err
}

// knock is one connection of a Knock.
func (d Door) knock(ctx context.Context, address string, newest uint16, show func(*tls.CertificateRequestInfo) (*tls.Certificate, error)) (desk.DoorAnswer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return desk.DoorAnswer{}, fmt.Errorf("%w: %w", cardreader.DoorClosed, ErrAddress)
	}
	request.Header.Set("Accept", "application/json, */*;q=0.5")
	request.Header.Set("User-Agent", "Bottega")
	c := &connection{show: show, host: request.URL.Host}
	transport := c.transport(d.Roots, newest)
	defer transport.CloseIdleConnections()
	response, err := transport.RoundTrip(request) // by itself: it follows no redirect and keeps no cookie
	if err != nil {
		return d.refused(c, err)
	}
	defer func() { _ = response.Body.Close() }() // read as far as it matters
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if err != nil {
		return d.refused(c, err)
	}
	c.saw(*response.TLS)
	return d.judge(c, response, body)
}

// connection is one connection, and what it showed of itself.
type connection struct {
	show func(*tls.CertificateRequestInfo) (*tls.Certificate, error)
	host string

	mu      sync.Mutex // the handshake runs on a goroutine of the transport
	shown   *x509.Certificate
	failure error // of show
	version uint16
}

func (c *connection) transport(roots *x509.CertPool, newest uint16) *http.Transport {
	return &http.Transport{
		Proxy:       http.ProxyFromEnvironment,
		DialContext: (&net.Dialer{Timeout: dialLimit}).DialContext,
		TLSClientConfig: &tls.Config{
			RootCAs: roots, MinVersion: tls.VersionTLS12, MaxVersion: newest, GetClientCertificate: c.asked,
			Renegotiation: tls.RenegotiateOnceAsClient,
			VerifyConnection: func(s tls.ConnectionState) error {
				c.saw(s)
				return nil
			},
		},
		TLSHandshakeTimeout: handshakeLimit, ResponseHeaderTimeout: answerLimit + handshakeLimit,
		MaxResponseHeaderBytes: maxHeader, DisableKeepAlives: true, DisableCompression: true,
	}
}

func (c *connection) saw(s tls.ConnectionState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.version = s.Version
}

// asked is called when the other side asks for a certificate.
func (c *connection) asked(info *tls.CertificateRequestInfo) (*tls.Certificate, error) {
	certificate, err := c.show(info)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.failure = err
		return nil, err
	}
	c.shown = certificate.Leaf
	return certificate, nil
}

// met returns what the connection showed of itself: the certificate that was shown, the version, and why showing failed.
func (c *connection) met() (*x509.Certificate, uint16, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.shown, c.version, c.failure
}
