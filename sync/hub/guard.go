package hub

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"bottega/sync/wire"
)

// guard is what every request passes: a limit on how many run, a line in the log, a number in the metrics, and an answer when
// something breaks.
type guard struct {
	next http.Handler
	hub  *Hub
}

func (h *Hub) guard(next http.Handler) http.Handler { return &guard{next: next, hub: h} }

// ServeHTTP implements http.Handler.
func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if r.ContentLength > wire.MaxBatch && r.URL.Path != pathImport {
		// Whoever announces more than fits is not listened to.
		g.hub.refuse(w, r.URL.Path, wire.NewProblem(wire.ProblemTooLarge, "at most %d bytes", wire.MaxBatch))
		return
	}
	times := &spent{}
	begin := time.Now()
	if ownTurn(r.URL.Path) {
		g.letWait(w, r, times)
	} else {
		if problem := g.bodyFirst(w, r, times); problem != nil {
			g.hub.refuse(w, r.URL.Path, problem)
			return
		}
		if !g.hub.takeTurn(r.Context(), times) {
			g.hub.metrics.sentAway(doorOf(r.URL.Path))
			g.hub.metrics.answered(doorOf(r.URL.Path), http.StatusTooManyRequests, 0)
			w.Header().Set("Retry-After", retryAfter())
			g.hub.refuse(w, r.URL.Path, wire.NewProblem(wire.ProblemSlowDown, "too many requests at the same time"))
			return
		}
		defer g.hub.turns.done()
	}
	ctx, cancel := context.WithTimeout(context.WithValue(r.Context(), spentKey{}, times), g.limit(r.URL.Path))
	defer cancel()
	seen := &recorder{ResponseWriter: w, took: &times.write}
	defer g.close(seen, r, times, begin)
	g.next.ServeHTTP(seen, r.WithContext(ctx))
}

// close answers for a request that broke, and writes down how the request went.
func (g *guard) close(w *recorder, r *http.Request, times *spent, begin time.Time) {
	took := time.Since(begin)
	// The query is left out: it may hold a token, which names a person. So is the path of what is no door.
	log := g.hub.params.Log.With("method", r.Method, "door", doorOf(r.URL.Path), "took", took.Round(time.Millisecond))
	if broken := recover(); broken != nil {
		log.Error("a request broke", "kind", fmt.Sprintf("%T", broken), "stack", string(debug.Stack()))
		w.Header().Set("Retry-After", retryAfter())
		g.hub.refuse(w, r.URL.Path, wire.NewProblem(wire.ProblemRetryLater, "the hub failed"))
	}
	g.hub.metrics.answered(doorOf(r.URL.Path), w.status(), took-times.line()-times.turn)
	if took-times.line() > longWork {
		log.Warn("a request took long", "status", w.status(), "spent", times)
		return
	}
	log.Debug("request", "status", w.status(), "spent", times)
}

// limit is how long a request may be on its way through the hub. A batch has narrower limits for each part of it.
func (g *guard) limit(path string) time.Duration {
	switch path {
	case pathImport:
		return uploadTime
	case wire.PathJournal:
		return doorTime + g.hub.params.BodyTime + workTime
	}
	return workTime
}

// letWait prepares a door that takes its turn itself for a line that is slow.
func (g *guard) letWait(w http.ResponseWriter, r *http.Request, times *spent) {
	if r.URL.Path == wire.PathPack {
		// A server that cannot set a deadline keeps its own.
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(packTime))
	}
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = &timedBody{ReadCloser: r.Body, took: &times.body}
	}
}

// packTime is how long a content pack may be on its way to a desk: as long as a desk waits for it, at a few kilobytes a second.
const packTime = 20 * time.Minute

// ownTurn reports a door that takes its turn itself. All others take it once their body is there, and hold it until their answer is
// written; where either is long, a few dozen slow lines would keep everybody else out for minutes.
func ownTurn(path string) bool {
	return path == wire.PathJournal || path == wire.PathPack || path == pathImport
}

// turn takes a turn for such a door, and returns what ends it. The error is a problem.
func (h *Hub) turn(ctx context.Context, door string) (done func(), err error) {
	if h.takeTurn(ctx, spentOf(ctx)) {
		return h.turns.done, nil
	}
	h.metrics.sentAway(door)
	return nil, huma.ErrorWithHeaders(wire.NewProblem(wire.ProblemSlowDown, "too many requests at the same time"),
		http.Header{"Retry-After": {retryAfter()}})
}

// takeTurn waits for a turn, and reports whether it came. Then turns.done must follow.
func (h *Hub) takeTurn(ctx context.Context, times *spent) bool {
	defer add(&times.turn, time.Now())
	return h.turns.take(ctx)
}

// smallBody is the longest body of a request that is neither a batch nor a parcel.
const smallBody = 32 << 10

// bodyFirst takes in the body of a request that is small whoever sends it.
func (g *guard) bodyFirst(w http.ResponseWriter, r *http.Request, times *spent) *wire.Problem {
	if r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	defer add(&times.body, time.Now())
	control := http.NewResponseController(w)
	// A server that cannot set a deadline keeps its own.
	_ = control.SetReadDeadline(time.Now().Add(g.hub.params.BodyTime))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, smallBody))
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return wire.NewProblem(wire.ProblemTooLarge, "at most %d bytes", smallBody)
	case err != nil:
		return slowLine()
	}
	_ = control.SetReadDeadline(time.Time{}) // as above
	r.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}

// turns are how many requests are worked on at a time.
type turns struct {
	limits  Limits
	running chan struct{}
	waiting atomic.Int64
}

func newTurns(l Limits) *turns { return &turns{limits: l, running: make(chan struct{}, l.Running)} }

// take waits for a turn, and reports whether it came. Then done must follow.
func (t *turns) take(ctx context.Context) bool {
	select {
	case t.running <- struct{}{}:
		return true
	default:
	}
	if t.waiting.Add(1) > int64(t.limits.Waiting) {
		t.waiting.Add(-1)
		return false
	}
	defer t.waiting.Add(-1)
	patience := time.NewTimer(t.limits.Patience)
	defer patience.Stop()
	select {
	case t.running <- struct{}{}:
		return true
	case <-ctx.Done():
	case <-patience.C:
	}
	return false
}

func (t *turns) done() { <-t.running }

// recorder remembers the status of an answer, and how long the line took over it.
type recorder struct {
	http.ResponseWriter
	code int
	took *time.Duration
}

// Write implements http.ResponseWriter.
func (r *recorder) Write(data []byte) (int, error) {
	defer add(r.took, time.Now())
	return r.ResponseWriter.Write(data)
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
