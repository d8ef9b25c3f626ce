package cardcert

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"bottega/desk"
)

// Anchor is an authority whose certificates are taken for genuine. It may stand below another one: what makes it an anchor is that
// somebody compared its fingerprint and put it among the others.
type Anchor struct {
	Certificate *x509.Certificate
	// File is where it was read from.
	File string
	// Practice marks the authority of the practice cards. Its key is public: it proves nothing, and counts only where nothing has
	// to be proved.
	Practice bool
}

// Fingerprint is the SHA-256 of the whole certificate in upper-case hexadecimal, as authorities publish it.
func (a Anchor) Fingerprint() string {
	sum := sha256.Sum256(a.Certificate.Raw)
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// claim is how far a certificate says that an authority issued it.
type claim int

const (
	claimNone claim = iota
	// claimName is the authority's name alone. Several authorities of a Region share one, so that a signature which does not match
	// says nothing.
	claimName
	// claimKey is the identifier of the authority's key: it is this authority, or somebody who wants to be taken for it.
	claimKey
)

func (a Anchor) claimedBy(c *x509.Certificate) claim {
	switch {
	case len(c.AuthorityKeyId) > 0 && bytes.Equal(c.AuthorityKeyId, a.Certificate.SubjectKeyId):
		return claimKey
	case bytes.Equal(c.RawIssuer, a.Certificate.RawSubject):
		return claimName
	default:
		return claimNone
	}
}

// inForce reports whether the authority's own certificate is within its dates.
func (a Anchor) inForce(now time.Time) bool {
	return !now.Before(a.Certificate.NotBefore) && !now.After(a.Certificate.NotAfter)
}

// signed reports whether the authority's key made the signature on a certificate. Nothing else is looked at: not the names, which
// authorities write in more than one way, and no extension, since an unknown one that calls itself critical must not turn a
// genuine certificate into a forged one.
func (a Anchor) signed(c *x509.Certificate) error {
	return a.Certificate.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature)
}

// Issuer returns the anchor that issued a certificate and counts for this judge. Without one it returns false and the reason:
// desk.ReasonOldAlgorithm, desk.ReasonForged or desk.ReasonUntrusted.
func (j Judge) Issuer(c *x509.Certificate, now time.Time) (Anchor, string, bool) {
	if outdated(c.SignatureAlgorithm) {
		return Anchor{}, desk.ReasonOldAlgorithm, false
	}
	reason := desk.ReasonUntrusted
	for _, a := range j.Anchors {
		claimed := a.claimedBy(c)
		if claimed == claimNone || a.Practice && !j.AcceptPractice {
			continue
		}
		err := a.signed(c)
		switch {
		case err == nil && a.inForce(now):
			return a, "", true
		case err == nil:
			// An authority that has ended vouches for nobody, and did not forge anything either.
		case claimed == claimKey:
			reason = desk.ReasonForged
		}
	}
	return Anchor{}, reason, false
}

// Practice reports whether the practice authority issued a certificate, whatever this judge accepts: such a card says PROVA
// wherever it is shown.
func (j Judge) Practice(c *x509.Certificate) bool {
	return slices.ContainsFunc(j.Anchors, func(a Anchor) bool { return a.Practice && a.signed(c) == nil })
}

// outdated reports signatures that nobody makes or checks any more. They are old, which is not the same as forged: cards signed
// with SHA-1 were issued by the million.
func outdated(a x509.SignatureAlgorithm) bool {
	switch a {
	case x509.UnknownSignatureAlgorithm, x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.ECDSAWithSHA1,
		x509.DSAWithSHA1, x509.DSAWithSHA256:
		return true
	default:
		return false
	}
}
