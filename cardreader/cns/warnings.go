package cns

import (
	"slices"
	"strings"
	"time"

	"bottega/desk"
	"bottega/desk/cardnumber"
	"bottega/desk/civil"
	"bottega/desk/fiscalcode"
)

// soon is how long before its end a card is said to end soon: about what a new one takes to arrive, and an appointment.
const soon = 60 * 24 * time.Hour

// warn notes what does not agree on a card and stops nothing. It comes last, when everything was read.
func (s *session) warn() {
	found := map[string]bool{
		desk.WarningProvisional:    fiscalcode.Provisional(s.data.FiscalCode),
		desk.WarningImpossibleDate: s.data.ImpossibleDate,
		desk.WarningCompact:        s.data.Compact,
		desk.WarningIssuer:         strangeIssuer(s.card.Number, s.data.Issuer),
		desk.WarningEndsSoon:       s.endsSoon(),
		desk.WarningNotHealth:      s.card.Kind != desk.KindHealth,
		desk.WarningContactless:    Contactless(s.atr),
	}
	for _, d := range fiscalcode.Compare(s.data.FiscalCode, s.data.described()) {
		found[codeWarnings[d]] = true
	}
	s.card.Warnings = slices.DeleteFunc(desk.CardWarnings(), func(w string) bool { return !found[w] })
}

// codeWarnings are the warnings for what of a fiscal code differs from the person's data.
var codeWarnings = map[fiscalcode.Difference]string{
	fiscalcode.DifferentName:  desk.WarningCodeName,
	fiscalcode.DifferentBirth: desk.WarningCodeBirth,
	fiscalcode.DifferentPlace: desk.WarningCodePlace,
}

// strangeIssuer reports whether the data name another issuer than the number of a Region's card, which begins with it.
func strangeIssuer(number, issuer string) bool {
	return issuer != "" && len(number) == cardnumber.Length && number[0] == '6' && !strings.HasPrefix(number, issuer)
}

// endsSoon reports whether the card or its certificate is still good today and soon no more.
func (s *session) endsSoon() bool {
	limit := s.now.Add(soon)
	today, last := civil.Of(s.now), civil.Of(limit)
	if e := s.card.Expires; !e.IsZero() && !e.Before(today) && !e.After(last) {
		return true
	}
	c := s.card.Certificate
	return c != nil && !c.NotAfter.Before(s.now) && !c.NotAfter.After(limit)
}
