package hub

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"bottega/sync/hub/store"
	"bottega/sync/wire"
)

// callerKey is where the context keeps who calls.
type callerKey struct{}

// certKey is where the context keeps the certificate that was shown.
type certKey struct{}

func callerOf(ctx context.Context) store.Desk {
	d, _ := ctx.Value(callerKey{}).(store.Desk)
	return d
}

// certificateOfCaller returns the certificate that the caller showed, or nil.
func certificateOfCaller(ctx context.Context) *x509.Certificate {
	c, _ := ctx.Value(certKey{}).(*x509.Certificate)
	return c
}

// withCaller keeps the certificate that the caller showed, if any, for a door that works without.
func withCaller(ctx huma.Context, next func(huma.Context)) {
	if tls := ctx.TLS(); tls != nil && len(tls.PeerCertificates) > 0 {
		ctx = huma.WithValue(ctx, certKey{}, tls.PeerCertificates[0])
	}
	next(ctx)
}

// identify lets enrolled desks through. Who a desk is comes from its certificate and from nothing that it says.
func (h *Hub) identify(ctx huma.Context, next func(huma.Context)) {
	tls := ctx.TLS()
	if tls == nil || len(tls.PeerCertificates) == 0 {
		p := wire.NewProblem(wire.ProblemReEnrol, "no certificate was shown")
		p.Status = http.StatusUnauthorized
		writeProblem(ctx, p)
		return
	}
	d, err := h.deskAtDoor(ctx, tls.PeerCertificates[0])
	var problem *wire.Problem
	switch {
	case err == nil:
		if wait := h.perDesk.take(d.ID, 1, h.params.Clock()); wait > 0 {
			ctx.SetHeader("Retry-After", seconds(wait))
			writeProblem(ctx, wire.NewProblem(wire.ProblemSlowDown, "more requests than one desk may make"))
			return
		}
		next(huma.WithValue(huma.WithValue(ctx, callerKey{}, d), certKey{}, tls.PeerCertificates[0]))
	case errors.As(err, &problem):
		writeProblem(ctx, problem)
	default:
		h.params.Log.Error("the store failed", "error", err)
		h.metrics.failures.Inc()
		ctx.SetHeader("Retry-After", retryAfter())
		writeProblem(ctx, wire.NewProblem(wire.ProblemRetryLater, "the hub's store failed"))
	}
}

// deskAtDoor returns the desk with a certificate. Whoever comes to a door that takes its turn later has none yet: this takes a short one
// of its own, so that many who come at once are sent away at once, and do not line up at the database first.
func (h *Hub) deskAtDoor(ctx huma.Context, c *x509.Certificate) (store.Desk, error) {
	door := ctx.Operation().Path
	if !ownTurn(door) {
		return h.deskOf(ctx.Context(), c, h.params.Clock())
	}
	limited, cancel := context.WithTimeout(ctx.Context(), doorTime)
	defer cancel()
	if !h.takeTurn(limited, spentOf(limited)) {
		h.metrics.sentAway(door)
		ctx.SetHeader("Retry-After", retryAfter())
		return store.Desk{}, wire.NewProblem(wire.ProblemSlowDown, "too many requests at the same time")
	}
	defer h.turns.done()
	seen := h.params.Clock()
	if door == wire.PathJournal {
		seen = time.Time{} // keeping the batch notes it
	}
	return h.deskOf(limited, c, seen)
}

// deskOf returns the desk with a certificate, or a problem, and notes when it was seen, unless that is zero.
func (h *Hub) deskOf(ctx context.Context, c *x509.Certificate, seen time.Time) (store.Desk, error) {
	return h.deskOn(ctx, c, h.params.Clock(), seen)
}

// deskOn is deskOf for a certificate that has to be good at a time.
func (h *Hub) deskOn(ctx context.Context, c *x509.Certificate, on, seen time.Time) (store.Desk, error) {
	if err := h.keys.checkDesk(c, on); err != nil {
		return store.Desk{}, wire.NewProblem(wire.ProblemReEnrol, "the certificate is not one of this hub's, or has ended")
	}
	d, err := h.store.Desk(ctx, hashHex(c.Raw), seen)
	if errors.Is(err, store.ErrNotFound) {
		return d, wire.NewProblem(wire.ProblemReEnrol, "no desk has this certificate any more")
	}
	return d, err
}

func writeProblem(ctx huma.Context, p *wire.Problem) {
	ctx.SetHeader("Content-Type", wire.MediaProblem)
	ctx.SetStatus(p.Status)
	// The connection is gone when this fails, and nobody is left to tell.
	_ = json.NewEncoder(ctx.BodyWriter()).Encode(p)
}

// retryLater is a problem that passes by itself, with the time after which to try.
func retryLater(format string, args ...any) error {
	return huma.ErrorWithHeaders(wire.NewProblem(wire.ProblemRetryLater, format, args...), http.Header{"Retry-After": {retryAfter()}})
}

// slowLine is the problem of a body that did not arrive in time. The same again may well arrive.
func slowLine() *wire.Problem {
	p := wire.NewProblem(wire.ProblemRetryLater, "the line is too slow: the body did not arrive in time")
	p.Status = http.StatusRequestTimeout
	return p
}

// slowDown is a problem for a desk that asks more than its share.
func slowDown(wait time.Duration, format string, args ...any) error {
	return huma.ErrorWithHeaders(wire.NewProblem(wire.ProblemSlowDown, format, args...), http.Header{"Retry-After": {seconds(wait)}})
}

// retryAfter spreads those that are sent away over half a minute.
func retryAfter() string { return strconv.Itoa(5 + rand.IntN(25)) }
