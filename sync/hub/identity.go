package hub

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
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
	d, err := h.deskOf(ctx.Context(), tls.PeerCertificates[0])
	var problem *wire.Problem
	switch {
	case err == nil:
		next(huma.WithValue(ctx, callerKey{}, d))
	case errors.As(err, &problem):
		writeProblem(ctx, problem)
	default:
		h.params.Log.Error("the store failed", "error", err)
		ctx.SetHeader("Retry-After", retryAfter())
		writeProblem(ctx, wire.NewProblem(wire.ProblemRetryLater, "the hub's store failed"))
	}
}

// deskOf returns the desk with a certificate, or a problem.
func (h *Hub) deskOf(ctx context.Context, c *x509.Certificate) (store.Desk, error) {
	now := h.params.Clock()
	if err := h.keys.checkDesk(c, now); err != nil {
		return store.Desk{}, wire.NewProblem(wire.ProblemReEnrol, "the certificate is not one of this hub's, or has ended")
	}
	d, err := h.store.Desk(ctx, hashHex(c.Raw), now)
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

// retryAfter spreads those that are sent away over half a minute.
func retryAfter() string { return strconv.Itoa(5 + rand.IntN(25)) }

// limits are how many requests are worked on at a time, and how long one more waits for its turn before it is told to come back.
type limits struct {
	running int
	queued  time.Duration
}

// guard is what every request passes: a limit on how many run, a line in the log, and an answer when something breaks.
func (h *Hub) guard(next http.Handler, l limits) http.Handler {
	running := make(chan struct{}, l.running)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		turn := time.NewTimer(l.queued)
		defer turn.Stop()
		select {
		case running <- struct{}{}:
			defer func() { <-running }()
		case <-r.Context().Done():
			return
		case <-turn.C:
			w.Header().Set("Retry-After", retryAfter())
			plainProblem(w, wire.NewProblem(wire.ProblemRetryLater, "too many requests at the same time"))
			return
		}
		start := time.Now()
		defer func() {
			// The query is left out: it may hold a token, which names a person.
			log := h.params.Log.With("method", r.Method, "path", r.URL.Path, "took", time.Since(start).Round(time.Millisecond))
			if broken := recover(); broken != nil {
				log.Error("a request broke", "kind", fmt.Sprintf("%T", broken), "stack", string(debug.Stack()))
				w.Header().Set("Retry-After", retryAfter())
				plainProblem(w, wire.NewProblem(wire.ProblemRetryLater, "the hub failed"))
				return
			}
			log.Debug("request")
		}()
		next.ServeHTTP(w, r)
	})
}

func plainProblem(w http.ResponseWriter, p *wire.Problem) {
	w.Header().Set("Content-Type", wire.MediaProblem)
	w.WriteHeader(p.Status)
	// As in writeProblem.
	_ = json.NewEncoder(w).Encode(p)
}
