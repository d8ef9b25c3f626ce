package revocation

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// How long parts of a question may take; the whole is bounded by the Checker's Timeout. Lines at a stand are slow.
const (
	dialTimeout   = 10 * time.Second
	answerTimeout = 20 * time.Second
	maxHeader     = 64 << 10
	maxRedirects  = 2
)

// addresses returns those that can be asked over HTTP, and not too many of them. Authorities also publish in directories (ldap),
// which no network at a stand lets through.
func addresses(given []string) []string {
	var found []string
	for _, a := range given {
		u, err := url.Parse(a)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
			continue
		}
		if found = append(found, a); len(found) == maxAddresses {
			break
		}
	}
	return found
}

// hostOf is the part of an address that may be logged: of an OCSP address the rest could be about one certificate.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

// transport is one without connections that outlive a question.
func transport() http.RoundTripper {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSHandshakeTimeout:    dialTimeout,
		ResponseHeaderTimeout:  answerTimeout,
		MaxResponseHeaderBytes: maxHeader,
		DisableKeepAlives:      true,
		// What unfolds by itself cannot be measured before it has unfolded.
		DisableCompression: true,
	}
}

// errTooLong says that an answer is longer than any that an authority gives.
var errTooLong = errors.New("a longer answer than an authority gives")

// fetch asks an address and returns its answer, of at most limit bytes. An answer may come from another path of the same host, as
// authorities move their lists, and from nobody else: elsewhere is where a captive portal leads.
func (c *Checker) fetch(ctx context.Context, request *http.Request, limit int64) ([]byte, error) {
	client := &http.Client{Transport: c.Transport, CheckRedirect: sameHost}
	if client.Transport == nil {
		client.Transport = transport()
	}
	response, err := client.Do(request.WithContext(ctx))
	if err != nil {
		return nil, unreached(withoutURL(err))
	}
	defer func() { _ = response.Body.Close() }() // whatever it says, the answer was read or was not
	media, _, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if err != nil {
		media = ""
	}
	switch {
	case response.StatusCode >= 300 && response.StatusCode < 400, strings.HasPrefix(media, "text/html"), media == "application/xhtml+xml":
		return nil, unreached(fmt.Errorf("a page for people (status %d), as portals show", response.StatusCode))
	case response.StatusCode != http.StatusOK:
		return nil, silent(fmt.Errorf("status %d", response.StatusCode))
	}
	var answer bytes.Buffer
	if _, err := answer.ReadFrom(io.LimitReader(response.Body, limit+1)); err != nil {
		return nil, unreached(withoutURL(err))
	}
	if int64(answer.Len()) > limit {
		return nil, silent(errTooLong)
	}
	return answer.Bytes(), nil
}

// sameHost follows a redirect that stays with the authority and asks the same question.
func sameHost(next *http.Request, before []*http.Request) error {
	first := before[0]
	if len(before) > maxRedirects || next.URL.Hostname() != first.URL.Hostname() || next.Method != first.Method {
		return http.ErrUseLastResponse
	}
	return nil
}

// withoutURL drops the address that package http puts in front of its errors.
func withoutURL(err error) error {
	var inner *url.Error
	if errors.As(err, &inner) {
		return inner.Err
	}
	return err
}
