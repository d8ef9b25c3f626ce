package hub

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime/debug"
	"sync/atomic"
	"time"

	"bottega/sync/wire"
)

// requestTime is how long the work for one request may take; a body on a slow line has its own, shorter limit.
const requestTime = 90 * time.Second

// guard is what every request passes: a limit on how many run, a line in the log, a number in the metrics, and an answer when
// something breaks.
type guard struct {
	next    http.Handler
	hub     *Hub
	limits  Limits
	running chan struct{}
	waiting atomic.Int64
}

func (h *Hub) guard(next http.Handler, l Limits) http.Handler {
	return &guard{next: next, hub: h, limits: l, running: make(chan struct{}, l.Running)}
}

// ServeHTTP implements http.Handler.
func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	if r.ContentLength > wire.MaxBatch && r.URL.Path != pathImport {
		// Whoever announces more than fits is not listened to.
		plainProblem(w, wire.NewProblem(wire.ProblemTooLarge, "at most %d bytes", wire.MaxBatch))
		return
	}
	if !g.turn(r.Context()) {
		g.hub.metrics.refused(doorOf(r.URL.Path))
		header.Set("Retry-After", retryAfter())
		plainProblem(w, wire.NewProblem(wire.ProblemSlowDown, "too many requests at the same time"))
		return
	}
	defer func() { <-g.running }()
	limit := requestTime
	if r.URL.Path == pathImport {
		limit = uploadTime
	}
	ctx, cancel := context.WithTimeout(r.Context(), limit)
	defer cancel()
	seen := &recorder{ResponseWriter: w}
	start := time.Now()
	defer func() {
		took := time.Since(start)
		// The query is left out: it may hold a token, which names a person. So is the path of what is no door.
		log := g.hub.params.Log.With("method", r.Method, "door", doorOf(r.URL.Path), "took", took.Round(time.Millisecond))
		if broken := recover(); broken != nil {
			log.Error("a request broke", "kind", fmt.Sprintf("%T", broken), "stack", string(debug.Stack()))
			header.Set("Retry-After", retryAfter())
			plainProblem(seen, wire.NewProblem(wire.ProblemRetryLater, "the hub failed"))
		}
		g.hub.metrics.answered(doorOf(r.URL.Path), seen.status(), took)
		log.Debug("request", "status", seen.status())
	}()
	g.next.ServeHTTP(seen, r.WithContext(ctx))
}

// turn waits for a turn, and reports whether it came.
func (g *guard) turn(ctx context.Context) bool {
	select {
	case g.running <- struct{}{}:
		return true
	default:
	}
	if g.waiting.Add(1) > int64(g.limits.Waiting) {
		g.waiting.Add(-1)
		return false
	}
	defer g.waiting.Add(-1)
	patience := time.NewTimer(g.limits.Patience)
	defer patience.Stop()
	select {
	case g.running <- struct{}{}:
		return true
	case <-ctx.Done():
	case <-patience.C:
	}
	return false
}

// recorder remembers the status of an answer.
type recorder struct {
	http.ResponseWriter
	code int
}

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(code int) {
	if r.code == 0 {
		r.code = code
	}
	r.ResponseWriter.WriteHeader(code)
}

// Unwrap lets http.ResponseController reach the connection, for the limits on slow bodies.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *recorder) status() int {
	if r.code == 0 {
		return http.StatusOK
	}
	return r.code
}

func plainProblem(w http.ResponseWriter, p *wire.Problem) {
	w.Header().Set("Content-Type", wire.MediaProblem)
	w.WriteHeader(p.Status)
	// As in writeProblem.
	_ = json.NewEncoder(w).Encode(p)
}
