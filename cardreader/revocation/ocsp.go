package revocation

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"golang.org/x/crypto/ocsp"
)

// The media types of RFC 6960, appendix A.
const (
	mediaOCSPRequest  = "application/ocsp-request"
	mediaOCSPResponse = "application/ocsp-response"
)

// askOCSP asks about one certificate. It asks by POST: a GET would put the serial number into the address, and from there into
// the logs of every proxy on the way.
func (c *Checker) askOCSP(ctx context.Context, address string, certificate, issuer *x509.Certificate) (statement, error) {
	question, err := ocsp.CreateRequest(certificate, issuer, nil)
	if err != nil {
		return statement{}, silent(fmt.Errorf("putting the question: %w", err))
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(question))
	if err != nil {
		return statement{}, silent(withoutURL(err))
	}
	request.Header.Set("Content-Type", mediaOCSPRequest)
	request.Header.Set("Accept", mediaOCSPResponse)
	answer, err := c.fetch(ctx, request, maxOCSP)
	if err != nil {
		return statement{}, err
	}
	said, err := readOCSP(answer, certificate, issuer, c.now())
	if err != nil {
		return statement{}, silent(err)
	}
	return said, nil
}

// Why an answer by OCSP does not count.
var (
	errSigner  = errors.New("signed by somebody whom the authority did not charge with it")
	errStale   = errors.New("not an answer for today")
	errUnknown = errors.New("the authority does not know the certificate")
)

// readOCSP reads an answer and verifies that the issuer gave it, or somebody whom it charged with answering, and that it is for
// now.
func readOCSP(answer []byte, certificate, issuer *x509.Certificate, now time.Time) (statement, error) {
	r, err := ocsp.ParseResponseForCert(answer, certificate, issuer)
	if err != nil {
		return statement{}, fmt.Errorf("reading the answer: %w", err)
	}
	if r.Certificate != nil && !charged(r.Certificate, issuer, now) {
		return statement{}, errSigner
	}
	said := statement{revoked: r.Status == ocsp.Revoked, at: r.ThisUpdate.UTC(), until: r.NextUpdate}
	last := r.NextUpdate
	if last.IsZero() {
		last = r.ThisUpdate.Add(freshWithout)
	}
	switch {
	case r.ThisUpdate.After(now.Add(clockTolerance)) || !now.Before(last):
		return statement{}, errStale
	case r.Status != ocsp.Good && r.Status != ocsp.Revoked:
		return statement{}, errUnknown
	}
	return said, nil
}

// charged reports whether the certificate that came with an answer may sign answers for the issuer (RFC 6960, 4.2.2.2). The parser
// has verified that the issuer signed it; without the rest every card of the issuer's could answer for itself.
func charged(responder, issuer *x509.Certificate, now time.Time) bool {
	if bytes.Equal(responder.RawSubjectPublicKeyInfo, issuer.RawSubjectPublicKeyInfo) {
		return true
	}
	return slices.Contains(responder.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning) &&
		!now.Before(responder.NotBefore) && !now.After(responder.NotAfter)
}
