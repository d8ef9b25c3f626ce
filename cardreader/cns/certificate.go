package cns

import (
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"bottega/desk"
)

// maxCertificate bounds the file; the largest certificate seen on a health card has under two kilobytes. A card that claims more is
// not read to its end.
const maxCertificate = 4096

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

// certificateNeeded returns how much of the file the certificate and the bytes before it take, as far as the first bytes tell.
func certificateNeeded(prefix int) func(read []byte) int {
	return func(read []byte) int {
		if len(read) < prefix {
			return 0
		}
		n, ok := derLength(read[prefix:])
		if !ok || n > maxCertificate {
			return 0
		}
		return prefix + n
	}
}

// ParseCertificate reads EF_C_Carta: raw DER from the first byte on, padded behind. ErrNoCertificate is a file of padding.
func ParseCertificate(file []byte) (*x509.Certificate, error) { return certificateIn(file, 0) }

// certificateIn reads a certificate file in which as many bytes stand before the certificate as its layout says. A prefix that
// counts no bytes is ErrNoCertificate too.
func certificateIn(file []byte, prefix int) (*x509.Certificate, error) {
	if blank(file) {
		return nil, ErrNoCertificate
	}
	if prefix > 0 {
		if len(file) < max(prefix, 3) {
			return nil, ErrCertificateContent
		}
		if file[1] == 0 && file[2] == 0 {
			return nil, ErrNoCertificate
		}
		file = file[prefix:]
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

// CertificateJudge looks at the certificate of a card that was read, without a line. Personal is the content of EF_DatiPersonali
// as far as it was read, which is at least to the end of its fields, and nil when it could not be; fiscal code and number are empty
// where the card did not tell them. Each aspect is answered at most once.
type CertificateJudge interface {
	Judge(cert *x509.Certificate, personal []byte, holderFiscalCode, cardNumber string, now time.Time) []desk.CertificateCheck
}

// practiceJudge is a CertificateJudge that knows the practice authority, and whose cards are marked with it.
type practiceJudge interface {
	Practice(cert *x509.Certificate) bool
}

// namedIn returns the fiscal code and the card number in a certificate's common name.
func namedIn(c *x509.Certificate) (fiscalCode, number string) {
	fiscalCode, rest, _ := strings.Cut(c.Subject.CommonName, "/")
	number, _, _ = strings.Cut(rest, ".")
	return strings.TrimSpace(fiscalCode), strings.TrimSpace(number)
}
