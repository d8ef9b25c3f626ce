package hub

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"bottega/desk"
	"bottega/desk/cardcert"
	"bottega/sync/wire"
)

// tlsKey is where the context keeps the connection that a request came over.
type tlsKey struct{}

// withTLS keeps the state of the connection for a door that answers about it.
func withTLS(ctx huma.Context, next func(huma.Context)) {
	next(huma.WithValue(ctx, tlsKey{}, ctx.TLS()))
}

type doorOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         desk.DoorAnswer
}

// testDoor answers whose certificate was shown. That the caller holds its key was proved in the handshake, before any of this
// runs. Nothing about it is logged or stored: a certificate names a person.
func (h *Hub) testDoor(ctx context.Context, _ *struct{}) (*doorOutput, error) {
	state, _ := ctx.Value(tlsKey{}).(*tls.ConnectionState)
	if state == nil || len(state.PeerCertificates) == 0 {
		return nil, wire.NewProblem(wire.ProblemShowCard, "the handshake was made without a certificate: make it with the card's, and its key")
	}
	answer := h.letIn(state.PeerCertificates[0], h.params.Clock())
	answer.Protocol = tls.VersionName(state.Version)
	return &doorOutput{CacheControl: "no-store", Body: answer}, nil
}

// letIn judges a certificate as a portal does, which has no card to hold it against and lets in only what it can verify.
func (h *Hub) letIn(c *x509.Certificate, now time.Time) desk.DoorAnswer {
	answer := desk.DoorAnswer{Serial: strings.ToUpper(c.SerialNumber.Text(16)), At: now.UTC(), Practice: h.params.Practice}
	name, err := cardcert.ParseName(c.Subject.CommonName)
	if err == nil {
		answer.FiscalCode, answer.CardNumber = name.FiscalCode, name.Number
	}
	checks := h.cards.Checks(c, cardcert.Card{FiscalCode: name.FiscalCode, Number: name.Number}, now)
	result, reason := cardcert.Verdict(checks)
	if chain := cardcert.Find(checks, desk.AspectChain); result == desk.PartWorks && chain.Result != desk.PartWorks {
		result, reason = chain.Result, chain.Reason
	}
	answer.Accepted, answer.Reason = result == desk.PartWorks, reason
	return answer
}
