package cardcert

import (
	"bytes"
	"crypto/sha1" // the specification of the card puts this hash into the certificate's name; no trust rests on it
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"strconv"
	"strings"
	"time"

	"bottega/desk"
)

// Judge judges certificates by the authorities it knows.
type Judge struct {
	Anchors []Anchor
	// AcceptPractice lets the practice authority count as the others do: at the practice desk, at a practice hub, and in the
	// terminal, which shows the mark. Elsewhere a practice card is of an unknown authority.
	AcceptPractice bool
}

// Card is what a card told about itself, against which its certificate is held. What it did not tell is left empty, and not held
// against the certificate.
type Card struct {
	FiscalCode string
	// Number is the content of EF_IDCarta.
	Number string
	// Personal is EF_DatiPersonali from its first byte on, with or without the padding; Size is how long the whole file is, 0 when
	// that is not known, and the sizes of the specifications are tried.
	Personal []byte
	Size     int
}

// Checks returns what there is to say about a certificate, every aspect once and in order. Revocation is always left open.
func (j Judge) Checks(c *x509.Certificate, card Card, now time.Time) []desk.CertificateCheck {
	return []desk.CertificateCheck{
		j.chain(c, now),
		period(c, now),
		usage(c),
		policy(c),
		names(c, card),
		data(c, card),
		{Aspect: desk.AspectRevocation, Result: desk.PartNotChecked},
	}
}

// Judge is Checks for a reader of cards, which hands over the personal data as it read them.
func (j Judge) Judge(c *x509.Certificate, personal []byte, fiscalCode, number string, now time.Time) []desk.CertificateCheck {
	return j.Checks(c, Card{FiscalCode: fiscalCode, Number: number, Personal: personal}, now)
}

// Verdict sums checks up: the first aspect that fails, with its reason, decides. What was not checked does not; it is all
// PartNotChecked only when nothing was.
func Verdict(checks []desk.CertificateCheck) (desk.PartResult, string) {
	result := desk.PartNotChecked
	for _, aspect := range desk.CertificateAspects() {
		switch c := Find(checks, aspect); c.Result {
		case desk.PartFails:
			return desk.PartFails, c.Reason
		case desk.PartWorks:
			result = desk.PartWorks
		case desk.PartNotChecked:
		}
	}
	return result, ""
}

// Find returns what was found about an aspect; PartNotChecked when nothing was.
func Find(checks []desk.CertificateCheck, aspect desk.CertificateAspect) desk.CertificateCheck {
	i := slices.IndexFunc(checks, func(c desk.CertificateCheck) bool { return c.Aspect == aspect })
	if i < 0 {
		return open(aspect, "")
	}
	return checks[i]
}

// With returns the checks with one of them in place of what was found about its aspect before.
func With(checks []desk.CertificateCheck, found desk.CertificateCheck) []desk.CertificateCheck {
	all := slices.Clone(checks)
	i := slices.IndexFunc(all, func(c desk.CertificateCheck) bool { return c.Aspect == found.Aspect })
	if i < 0 {
		return append(all, found)
	}
	all[i] = found
	return all
}

// Answer returns a card with what was found about its certificate after it was read, as by asking its authority: among the checks,
// and in the part of the test that they sum up to. The card that is given stays as it was. One without a certificate is returned.
func Answer(c desk.Card, found desk.CertificateCheck) desk.Card {
	if c.Certificate == nil {
		return c
	}
	certificate := *c.Certificate
	certificate.Checks = With(certificate.Checks, found)
	c.Certificate = &certificate
	result, reason := Verdict(certificate.Checks)
	if result != desk.PartFails {
		return c
	}
	c.Test.Parts = slices.Clone(c.Test.Parts)
	for i, p := range c.Test.Parts {
		if p.Part == desk.PartCertificate {
			c.Test.Parts[i] = desk.PartCheck{Part: p.Part, Result: result, Reason: reason}
		}
	}
	return c
}

func works(a desk.CertificateAspect) desk.CertificateCheck {
	return desk.CertificateCheck{Aspect: a, Result: desk.PartWorks}
}

func fails(a desk.CertificateAspect, reason string) desk.CertificateCheck {
	return desk.CertificateCheck{Aspect: a, Result: desk.PartFails, Reason: reason}
}

// open is an aspect that could not be decided.
func open(a desk.CertificateAspect, reason string) desk.CertificateCheck {
	return desk.CertificateCheck{Aspect: a, Result: desk.PartNotChecked, Reason: reason}
}

func (j Judge) chain(c *x509.Certificate, now time.Time) desk.CertificateCheck {
	_, reason, found := j.Issuer(c, now)
	switch {
	case found:
		return works(desk.AspectChain)
	case reason == desk.ReasonForged:
		return fails(desk.AspectChain, reason)
	default:
		return open(desk.AspectChain, reason)
	}
}

func period(c *x509.Certificate, now time.Time) desk.CertificateCheck {
	if now.Before(c.NotBefore) || now.After(c.NotAfter) {
		return fails(desk.AspectPeriod, desk.ReasonCertificateExpired)
	}
	return works(desk.AspectPeriod)
}

// oidKeyUsage is the extension that must be critical on a CNS (certificate profile 1.1).
func oidKeyUsage() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{2, 5, 29, 15} }

// usage wants what the certificate profile of the CNS wants: good to log in, and never for a signature that binds.
func usage(c *x509.Certificate) desk.CertificateCheck {
	critical := slices.ContainsFunc(c.Extensions, func(e pkix.Extension) bool { return e.Critical && e.Id.Equal(oidKeyUsage()) })
	client := slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageClientAuth)
	signs := c.KeyUsage&x509.KeyUsageDigitalSignature != 0
	binds := c.KeyUsage&x509.KeyUsageContentCommitment != 0
	if !critical || !client || !signs || binds || c.IsCA {
		return fails(desk.AspectUsage, desk.ReasonUsage)
	}
	return works(desk.AspectUsage)
}

// policies are those under which certificates of a CNS are issued: the national one, and the two that Lombardy used before it.
func policies() []string {
	return []string{"1.3.76.16.2.1", "1.3.159.6.1.3.2.10", "1.3.76.12.1.1.10.2.2.10"}
}

func policy(c *x509.Certificate) desk.CertificateCheck {
	for _, p := range c.Policies {
		if slices.Contains(policies(), p.String()) {
			return works(desk.AspectPolicy)
		}
	}
	return fails(desk.AspectPolicy, desk.ReasonPolicy)
}

func names(c *x509.Certificate, card Card) desk.CertificateCheck {
	n, err := ParseName(c.Subject.CommonName)
	code := strings.ToUpper(strings.TrimSpace(card.FiscalCode))
	switch {
	case err != nil:
		return fails(desk.AspectNames, desk.ReasonMalformed)
	case code != "" && code != n.FiscalCode, card.Number != "" && card.Number != n.Number:
		return fails(desk.AspectNames, desk.ReasonOtherCard)
	case code == "" && card.Number == "":
		return open(desk.AspectNames, "")
	default:
		return works(desk.AspectNames)
	}
}

// data holds the hash in the name against the personal data. No public text says which bytes it covers, the whole file or the
// declared ones: a match of either is proof, and no match proves nothing.
func data(c *x509.Certificate, card Card) desk.CertificateCheck {
	n, err := ParseName(c.Subject.CommonName)
	if err != nil || len(n.Hash) != sha1.Size || len(card.Personal) == 0 {
		return open(desk.AspectData, desk.ReasonNotTold)
	}
	for _, covered := range coverings(card) {
		if sum := sha1.Sum(covered); bytes.Equal(sum[:], n.Hash) {
			return works(desk.AspectData)
		}
	}
	return open(desk.AspectData, desk.ReasonNotTold)
}

// totalDigits is how many hexadecimal digits the file of personal data begins with: its length, which some masks count with these
// digits and others without.
const totalDigits = 6

// maxPersonal bounds the padding that is tried; the longest file of personal data in any specification has 1200 bytes.
const maxPersonal = 4096

// coverings returns the bytes that the hash may cover. A reader that stopped where the data end has not seen the padding: it is
// put back in the three forms that cards are padded with.
func coverings(card Card) [][]byte {
	read := card.Personal
	all := [][]byte{read}
	ends := []int{len(read)}
	if len(read) >= totalDigits {
		if total, err := strconv.ParseUint(string(read[:totalDigits]), 16, 24); err == nil {
			ends = append(ends, int(total), int(total)+totalDigits)
		}
	}
	for _, end := range ends {
		if end > len(read) {
			continue
		}
		all = append(all, read[:end])
		for _, size := range sizes(card.Size) {
			if size <= end || size > maxPersonal {
				continue
			}
			for _, pad := range []byte{0x00, 0xFF, ' '} {
				all = append(all, slices.Concat(read[:end], bytes.Repeat([]byte{pad}, size-end)))
			}
		}
	}
	return all
}

// sizes returns how long the whole file may be: as it was told, or as the specifications of health cards and of identity cards
// have it, since a reader that saves commands does not ask.
func sizes(told int) []int {
	if told > 0 {
		return []int{told}
	}
	return []int{400, 1200}
}
