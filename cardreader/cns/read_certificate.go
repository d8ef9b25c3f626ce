package cns

import (
	"context"
	"crypto/x509"
	"errors"

	"bottega/cardreader/apdu"
	"bottega/desk"
	"bottega/desk/cardcert"
	"bottega/desk/cardnumber"
)

// certificate finds, reads and judges the certificate. A place that holds none sends to the next one that is known.
func (s *session) certificate(ctx context.Context) error {
	missing := false
	for _, l := range candidates(s.family, s.card.Kind) {
		if len(l.Certificate) == 0 {
			continue
		}
		c, err := s.certificateAt(ctx, l)
		switch reason := whyNone(err); {
		case errors.As(err, new(broken)):
			return err
		case err == nil:
			s.settle(l)
			s.judgeCertificate(c)
			return nil
		case reason != desk.ReasonMissing:
			s.fails(desk.PartCertificate, reason)
			return nil
		case !l.CertificateElsewhere:
			missing = true
		}
	}
	if missing {
		s.fails(desk.PartCertificate, desk.ReasonMissing)
	}
	return nil
}

// certificateAt reads the certificate where a layout has it.
func (s *session) certificateAt(ctx context.Context, l Layout) (*x509.Certificate, error) {
	content, err := s.attempt(ctx, desk.PartCertificate, l.Certificate, apdu.MaxNe, maxCertificate, certificateNeeded(l.CertificatePrefix))
	if err != nil {
		return nil, err
	}
	return certificateIn(content, l.CertificatePrefix)
}

// whyNone is why a place gave no certificate.
func whyNone(err error) string {
	switch {
	case errors.Is(err, apdu.ErrNotFound), errors.Is(err, ErrNoCertificate):
		return desk.ReasonMissing
	case errors.Is(err, ErrCertificateContent):
		return desk.ReasonMalformed
	}
	return reasonOf(err)
}

// settle takes the layout of a family whose certificate was found.
func (s *session) settle(l Layout) {
	s.layout, s.card.Model, s.card.Kind = l, l.Name, kindOf(l, s.card.Number)
}

func (s *session) judgeCertificate(c *x509.Certificate) {
	s.card.Certificate = describe(c)
	if _, number := namedIn(c); s.card.Number == "" && cardnumber.Check(number) == nil {
		s.card.Number, s.card.Kind = number, kindOf(s.layout, number)
	}
	s.card.Certificate.Checks = s.judge.Judge(c, s.raw, s.card.Holder.FiscalCode, s.card.Number, s.now)
	if judge, ok := s.judge.(practiceJudge); ok {
		s.card.Certificate.Practice = judge.Practice(c)
	}
	_, reason := cardcert.Verdict(s.card.Certificate.Checks)
	s.verdict(desk.PartCertificate, reason == "", reason)
}

// locate tells of which layout of its family a card is, by where its certificate stands, without reading all of it. A card
// without one is of the first.
func (r *reader) locate(ctx context.Context, family []Layout, kind desk.CardKind) (Layout, error) {
	if len(family) == 1 {
		return family[0], nil
	}
	for _, l := range candidates(family, kind) {
		if len(l.Certificate) == 0 {
			continue
		}
		head := l.CertificatePrefix + 4
		var content []byte
		err := r.selectFile(ctx, l.Certificate)
		if err == nil {
			content, err = r.read(ctx, head, head, func([]byte) int { return head })
		}
		var status *apdu.StatusError
		switch {
		case err == nil && !blank(content):
			return l, nil
		case err != nil && !errors.As(err, &status):
			return Layout{}, err
		}
	}
	return family[0], nil
}
