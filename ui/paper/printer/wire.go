package printer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/OpenPrinting/goipp"
)

// maxAnswer bounds what a printer may say: all attributes of a hundred printers fit in a tenth of it.
const maxAnswer = 4 << 20

// target is a printer as IPP names it and as HTTP reaches it.
type target struct {
	// ipp is the printer-uri; http where it is posted; shown is the address without user and password.
	ipp, http, shown string
	// socket says that the print service of this computer is reached through its local socket.
	socket bool
}

// parse reads ipp://, ipps://, http:// and https:// addresses.
func (c *Client) parse(address string) (target, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Host == "" {
		return target{}, &Error{Code: BadAddress, Err: errors.New("an address looks like ipp://printer.local/ipp/print")}
	}
	u.User = nil
	web, ipp := *u, *u
	switch u.Scheme {
	case "ipp", "http":
		web.Scheme, ipp.Scheme = "http", "ipp"
	case "ipps", "https":
		web.Scheme, ipp.Scheme = "https", "ipps"
	default:
		return target{}, &Error{Code: BadAddress, Printer: u.Redacted(), Err: fmt.Errorf("%q is not a way to a printer", u.Scheme)}
	}
	if strings.HasPrefix(u.Scheme, "ipp") && u.Port() == "" {
		web.Host = net.JoinHostPort(u.Hostname(), "631") // RFC 3510, RFC 7472
	}
	t := target{ipp: ipp.String(), http: web.String(), shown: u.String()}
	local := strings.HasPrefix(u.Path, "/printers/") || strings.HasPrefix(u.Path, "/classes/") || u.Path == "/"
	t.socket = c.socket != "" && local && u.Hostname() == "localhost"
	return t, nil
}

// dialer opens a connection.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// newHTTP makes the client that reaches printers: no proxy, for they are near, and no redirects, for a printer has none.
func newHTTP(dial dialer, pins map[string]string) *http.Client {
	return &http.Client{
		Transport:     &http.Transport{DialContext: dial, DialTLSContext: dialTLS(dial, pins), DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func dialTLS(dial dialer, pins map[string]string) dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, fmt.Errorf("reading the address: %w", err)
		}
		plain, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		conn := tls.Client(plain, tlsConfig(host, pins))
		if err := conn.HandshakeContext(ctx); err != nil {
			return nil, errors.Join(err, plain.Close())
		}
		return conn, nil
	}
}

// untrusted carries the fingerprint of a certificate that nobody vouched for.
type untrusted struct {
	fingerprint string
	err         error
}

func (u *untrusted) Error() string { return "certificate " + u.fingerprint + ": " + u.err.Error() }

// tlsConfig accepts what the system trusts and, since printers sign their own certificates, what a person pinned for the host.
func tlsConfig(host string, pins map[string]string) *tls.Config {
	verify := func(state tls.ConnectionState) error {
		if len(state.PeerCertificates) == 0 {
			return errors.New("the printer shows no certificate")
		}
		leaf := state.PeerCertificates[0]
		sum := sha256.Sum256(leaf.Raw)
		fingerprint := hex.EncodeToString(sum[:])
		if pinned, ok := pins[fingerprint]; ok && strings.EqualFold(pinned, host) {
			return nil
		}
		chain := x509.NewCertPool()
		for _, cert := range state.PeerCertificates[1:] {
			chain.AddCert(cert)
		}
		if _, err := leaf.Verify(x509.VerifyOptions{DNSName: host, Intermediates: chain}); err != nil {
			return &untrusted{fingerprint, err}
		}
		return nil
	}
	// The library's own check knows no pins: VerifyConnection does all of it, and runs on every handshake.
	return &tls.Config{ServerName: host, InsecureSkipVerify: true, VerifyConnection: verify, MinVersion: tls.VersionTLS12} // see verify
}

// attribute is one attribute of a request.
func attribute(name string, tag goipp.Tag, values ...goipp.Value) goipp.Attribute {
	a := goipp.Attribute{Name: name}
	for _, v := range values {
		a.Values.Add(tag, v)
	}
	return a
}

// request begins a request to a printer.
func (c *Client) request(op goipp.Op, printerURI string) *goipp.Message {
	m := goipp.NewRequest(goipp.DefaultVersion, op, 1)
	m.Operation.Add(attribute("attributes-charset", goipp.TagCharset, goipp.String("utf-8")))
	m.Operation.Add(attribute("attributes-natural-language", goipp.TagLanguage, goipp.String("it")))
	if printerURI != "" {
		m.Operation.Add(attribute("printer-uri", goipp.TagURI, goipp.String(printerURI)))
	}
	m.Operation.Add(attribute("requesting-user-name", goipp.TagName, goipp.String(c.user)))
	return m
}

// ask sends a request, with a document behind it if there is one, and returns the answer. An answer whose status is not
// successful is an error too.
func (c *Client) ask(ctx context.Context, to target, m *goipp.Message, document []byte) (*goipp.Message, error) {
	head, err := m.EncodeBytes()
	if err != nil {
		return nil, &Error{Code: Refused, Printer: to.shown, Err: fmt.Errorf("writing the request: %w", err)}
	}
	body := io.MultiReader(bytes.NewReader(head), bytes.NewReader(document))
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.http, body)
	if err != nil {
		return nil, &Error{Code: BadAddress, Printer: to.shown, Err: err}
	}
	req.ContentLength = int64(len(head) + len(document))
	req.Header.Set("Content-Type", goipp.ContentType)
	client := c.network
	if to.socket {
		// CUPS knows who is at the other end of its socket and only wants to hear the same name (cupsd.conf, PeerCred).
		req.Header.Set("Authorization", "PeerCred "+c.user)
		client = c.local
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, unanswered(ctx, to, err)
	}
	defer func() { _ = resp.Body.Close() }() // only read from
	if err := checkHTTP(to, resp); err != nil {
		return nil, err
	}
	answer, err := decode(resp.Body)
	if err != nil {
		if ctx.Err() != nil {
			return nil, unanswered(ctx, to, err)
		}
		return nil, &Error{Code: NotAPrinter, Printer: to.shown, Err: err}
	}
	return answer, checkIPP(to, answer)
}

// unanswered tells a slow printer, a stranger and a missing one apart. The caller's own cancelling stays recognisable.
func unanswered(ctx context.Context, to target, err error) error {
	e := &Error{Code: Unreachable, Printer: to.shown, Err: err}
	var stranger *untrusted
	var timeout net.Error
	switch {
	case errors.As(err, &stranger):
		e.Code, e.Fingerprint = Untrusted, stranger.fingerprint
	case errors.Is(ctx.Err(), context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		e.Code = Slow
	case strings.Contains(err.Error(), "malformed HTTP"), strings.Contains(err.Error(), "first record does not look like a TLS"):
		e.Code = NotAPrinter
	}
	return e
}

// checkHTTP reads what HTTP already says: web pages, passwords, TLS.
func checkHTTP(to target, resp *http.Response) error {
	fail := func(code Code) error {
		return &Error{Code: code, Printer: to.shown, Err: fmt.Errorf("HTTP status %s", resp.Status)}
	}
	switch {
	case resp.StatusCode == http.StatusUnauthorized, resp.StatusCode == http.StatusForbidden:
		return fail(NeedsPassword)
	case resp.StatusCode == http.StatusUpgradeRequired:
		return fail(EncryptedOnly)
	case resp.StatusCode == http.StatusNotFound, resp.StatusCode == http.StatusGone:
		return fail(NotFound)
	case resp.StatusCode == http.StatusServiceUnavailable, resp.StatusCode == http.StatusTooManyRequests:
		return fail(Busy)
	case resp.StatusCode >= 500:
		return fail(Refused)
	case resp.StatusCode != http.StatusOK:
		return fail(NotAPrinter)
	}
	if kind := resp.Header.Get("Content-Type"); !strings.HasPrefix(kind, goipp.ContentType) {
		return &Error{Code: NotAPrinter, Printer: to.shown, Err: fmt.Errorf("it answers %q", kind)}
	}
	return nil
}

// decode reads an answer of bounded length.
func decode(r io.Reader) (*goipp.Message, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	if len(data) > maxAnswer {
		return nil, fmt.Errorf("the answer is longer than %d bytes", maxAnswer)
	}
	var m goipp.Message
	if err := m.DecodeBytesEx(data, goipp.DecoderOptions{EnableWorkarounds: true}); err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	return &m, nil
}

// statuses maps the statuses of RFC 8011 appendix B that mean something of their own; the others are Refused.
var statuses = map[goipp.Status]Code{
	goipp.StatusErrorBusy:                       Busy,
	goipp.StatusErrorTemporary:                  Busy,
	goipp.StatusErrorServiceUnavailable:         Busy,
	goipp.StatusErrorTooManyJobs:                Full,
	goipp.StatusErrorNotAcceptingJobs:           NotAccepting,
	goipp.StatusErrorDevice:                     Attention,
	goipp.StatusErrorPrinterIsDeactivated:       Offline,
	goipp.StatusErrorDocumentFormatNotSupported: NoPDF,
	goipp.StatusErrorNotFound:                   NotFound,
	goipp.StatusErrorGone:                       NotFound,
	goipp.StatusErrorNotAuthenticated:           NeedsPassword,
	goipp.StatusErrorNotAuthorized:              NeedsPassword,
	goipp.StatusErrorForbidden:                  NeedsPassword,
}

// ippStatus is the status of an answer that was not successful.
type ippStatus goipp.Status

func (s ippStatus) Error() string { return "IPP status " + goipp.Status(s).String() }

func checkIPP(to target, m *goipp.Message) error {
	status := goipp.Status(m.Code)
	if status < 0x0100 { // successful-*
		return nil
	}
	code, known := statuses[status]
	if !known {
		code = Refused
	}
	return &Error{Code: code, Printer: to.shown, Err: ippStatus(status)}
}

// texts returns the values of a text-like attribute.
func texts(attrs goipp.Attributes, name string) []string {
	var out []string
	for _, v := range values(attrs, name) {
		if s, ok := v.V.(goipp.String); ok {
			out = append(out, string(s))
		}
		if s, ok := v.V.(goipp.TextWithLang); ok {
			out = append(out, s.Text)
		}
	}
	return out
}

// text returns the first value of a text-like attribute.
func text(attrs goipp.Attributes, name string) string {
	if all := texts(attrs, name); len(all) > 0 {
		return all[0]
	}
	return ""
}

// integer returns an integer or enum attribute.
func integer(attrs goipp.Attributes, name string) (int, bool) {
	for _, v := range values(attrs, name) {
		if n, ok := v.V.(goipp.Integer); ok {
			return int(n), true
		}
	}
	return 0, false
}

func values(attrs goipp.Attributes, name string) goipp.Values {
	for _, a := range attrs {
		if a.Name == name {
			return a.Values
		}
	}
	return nil
}
