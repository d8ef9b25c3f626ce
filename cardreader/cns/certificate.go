package cns

import (
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"bottega/desk"
)

// maxCertificate bounds the file; the largest certificate seen on a health card has under two kilobytes.
const maxCertificate = 8192

// Errors of ParseCertificate.
var (
	ErrNoCertificate      = errors.New("the certificate file is empty")
	ErrCertificateContent = errors.New("the certificate file does not hold a certificate")
)

// derLength returns how many bytes the DER object takes that begins here, and false when none does.
func derLength(b []byte) (int, bool) {
	if len(b) < 2 || b[0] != 0x30 {
		return 0, false
	}
	if b[1] < 0x80 {
		return 2 + int(b[1]), true
	}
	digits := int(b[1] & 0x7F)
	if digits < 1 || digits > 2 || len(b) < 2+digits {
		return 0, false
	}
	n := 0
	for _, d := range b[2 : 2+digits] {
		n = n<<8 | int(d)
	}
	return 2 + digits + n, true
}

// certificateNeeded returns how much of the file the certificate takes, as far as its first bytes tell.
func certificateNeeded(read []byte) int {
	n, ok := derLength(read)
	if !ok || n > maxCertificate {
		return 0
	}
	return n
}

// ParseCertificate reads EF_C_Carta: raw DER from the first byte on, padded behind. ErrNoCertificate is a file of padding.
func ParseCertificate(file []byte) (*x509.Certificate, error) {
	if blank(file) {
		return nil, ErrNoCertificate
	}
	n, ok := derLength(file)
	if !ok || n > len(file) || n > maxCertificate {
		return nil, ErrCertificateContent
	}
	c, err := x509.ParseCertificate(file[:n])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCertificateContent, err)
	}
	return c, nil
}

// describe returns the part of a certificate that a desk shows.
func describe(c *x509.Certificate) *desk.CardCertificate {
	return &desk.CardCertificate{
		Subject: c.Subject.String(), Issuer: c.Issuer.String(),
		NotBefore: c.NotBefore, NotAfter: c.NotAfter, Serial: strings.ToUpper(c.SerialNumber.Text(16)), DER: c.Raw,
	}
}

// names reports whether a certificate's common name, "fiscalcode/number.hash", is this holder's and this card's. A part that
// the card did not tell is not compared.
func names(c *x509.Certificate, fiscalCode, number string) bool {
	holder, rest, _ := strings.Cut(c.Subject.CommonName, "/")
	card, _, _ := strings.Cut(rest, ".")
	return (fiscalCode == "" || strings.EqualFold(strings.TrimSpace(holder), fiscalCode)) &&
		(number == "" || card == "" || card == number)
}

// judge returns why a certificate does not serve today, or an empty text when it does.
func judge(c *x509.Certificate, fiscalCode, number string, now time.Time) string {
	switch {
	case !names(c, fiscalCode, number):
		return desk.ReasonOtherCard
	case now.Before(c.NotBefore) || now.After(c.NotAfter):
		return desk.ReasonCertificateExpired
	default:
		return ""
	}
}
