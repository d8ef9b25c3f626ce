package house

import (
	"context"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"bottega/assets"
	"bottega/cardreader/revocation"
	"bottega/desk"
	"bottega/desk/cardcert"
)

// Judge returns the judge of certificates, with the authorities that travel inside the programs. Practice cards count as genuine
// where practice is true: at the practice desk, and in the terminal, which marks them. Never at a real desk.
func Judge(practice bool) (cardcert.Judge, error) {
	anchors, err := assets.Anchors()
	if err != nil {
		return cardcert.Judge{}, fmt.Errorf("reading the authorities of cards: %w", err)
	}
	return cardcert.Judge{Anchors: anchors, AcceptPractice: practice}, nil
}

// Asker asks authorities whether they have withdrawn a certificate.
type Asker struct {
	Judge   cardcert.Judge
	Checker *revocation.Checker
}

// Revocation is the folder of lists of withdrawn certificates inside the one that it is given.
const Revocation = "revocation"

// CacheDir is where a program keeps what it can fetch again, empty where this computer has no such place.
func CacheDir() string {
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(cache, "bottega")
}

// NewAsker returns an asker that keeps the lists of authorities in a folder; an empty one keeps none.
func NewAsker(judge cardcert.Judge, folder string) *Asker {
	checker := &revocation.Checker{}
	if folder != "" {
		checker.Folder = filepath.Join(folder, Revocation)
	}
	return &Asker{Judge: judge, Checker: checker}
}

// Ask asks over the line, which takes up to a minute, and returns what was found. Authorities that the judge does not know are not
// asked, nor is anybody about a card that was stored and read again: its certificate went with it. The practice authority withdraws
// nothing, and since everybody has its key, an address in a certificate of its is anybody's.
func (a *Asker) Ask(ctx context.Context, c *desk.CardCertificate) desk.CertificateCheck {
	open := desk.CertificateCheck{Aspect: desk.AspectRevocation, Result: desk.PartNotChecked, Reason: desk.ReasonNotTold}
	certificate, err := x509.ParseCertificate(c.DER)
	if err != nil {
		return open
	}
	anchor, reason, ok := a.Judge.Issuer(certificate, time.Now())
	switch {
	case !ok:
		open.Reason = reason
		return open
	case anchor.Practice:
		return open
	}
	return a.Checker.Check(ctx, certificate, anchor.Certificate)
}
