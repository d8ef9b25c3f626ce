package house

import (
	"crypto/x509"
	"fmt"
	"time"

	"bottega/assets"
	"bottega/cardreader/cns"
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

// CardJudge judges the certificate of a card that is being read.
type CardJudge struct{ Authorities cardcert.Judge }

var _ cns.CertificateJudge = CardJudge{}

// Judge implements cns.CertificateJudge.
func (j CardJudge) Judge(c *x509.Certificate, personal []byte, fiscalCode, number string, now time.Time) []desk.CertificateCheck {
	return j.Authorities.Checks(c, cardcert.Card{FiscalCode: fiscalCode, Number: number, Personal: personal}, now)
}
