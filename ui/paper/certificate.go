package paper

import (
	"fmt"

	"bottega/desk"
)

// certificate writes the attestato. Only the registry leads to it: without the hub's signature there is none to print.
func (b *builder) certificate() ([]Block, error) {
	f := b.paper.Certificate
	if f == nil {
		return nil, ErrNoFacts
	}
	e := f.Exemption
	if e.Token == "" || e.Code == "" {
		return nil, ErrNotConfirmed
	}
	if !e.ValidTo.IsZero() && e.ValidTo.Before(day(b.paper.MadeAt)) {
		return nil, fmt.Errorf("valid to %s: %w", e.ValidTo, ErrExpired)
	}
	return []Block{
		Paragraph{Text: b.say("certificate.lead"), Tone: Lead},
		Facts{Rows: b.certificateRows(*f)},
		Notice{Title: b.say("certificate.notice.title", "code", e.Code), Texts: append(b.list("certificate.notice"), b.say("certificate.duty"))},
		Code{Payload: e.Token, Title: b.say("certificate.qr.title"), Texts: b.list("certificate.qr"), Size: 45},
	}, nil
}

func (b *builder) certificateRows(f desk.CertificateFacts) []Fact {
	e := f.Exemption
	rows := []Fact{
		{Label: b.say("common.code"), Value: e.Code, Look: LookBig},
		{Label: b.say("certificate.meaning"), Value: b.or(f.Description)},
	}
	rows = append(rows, b.holder(e.Holder)...)
	return append(rows,
		Fact{Label: b.say("certificate.validity"), Value: b.validity(e)},
		Fact{Label: b.say("certificate.issuer"), Value: b.or(e.Issuer)},
		b.code("certificate.number", e.Number),
		Fact{Label: b.say("common.made"), Value: b.date(day(b.paper.MadeAt))},
	)
}
