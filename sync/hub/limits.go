package hub

import (
	"context"
	"math"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"bottega/sync/wire"
)

// Limits are what a hub bears. The zero value stands for the defaults, which a desk meets only when something is wrong with it: a
// backlog of months passes.
type Limits struct {
	// Running is how many requests are worked on at a time; Waiting how many more wait for their turn, and Patience for how long.
	// Whoever finds the queue full, or waits longer, is told to come back.
	Running, Waiting int
	Patience         time.Duration
	// PerDesk is what one desk may ask, in requests; Bytes what it may send, in bytes as they travel; Strangers what one address, behind
	// which a whole office may sit, may ask of the doors that need no certificate of a desk.
	PerDesk, Bytes, Strangers Rate
	// Upload is how many bytes the page takes that files are handed in on. What is longer is imported with the command.
	Upload int64
}

// Rate is a bucket of tokens: it holds Burst at most and gets PerSecond of them a second.
type Rate struct{ PerSecond, Burst float64 }

func (l Limits) orDefaults() Limits {
	or := func(r *Rate, perSecond, burst float64) {
		if *r == (Rate{}) {
			*r = Rate{perSecond, burst}
		}
	}
	if l.Running == 0 {
		l.Running = 16
	}
	if l.Waiting == 0 {
		l.Waiting = 128
	}
	if l.Patience == 0 {
		l.Patience = 200 * time.Millisecond
	}
	if l.Upload == 0 {
		l.Upload = 512 << 20
	}
	or(&l.PerDesk, 20, 600)
	or(&l.Bytes, 4<<20, 256<<20)
	or(&l.Strangers, 20, 600)
	return l
}

// buckets are buckets of tokens by the name of who takes from them.
type buckets struct {
	rate Rate

	mu  sync.Mutex
	all map[string]*bucket // guarded by mu
}

// mostBuckets bounds the memory that strangers can take: beyond it those that are full again are forgotten, and if none is, all.
const mostBuckets = 20_000

type bucket struct {
	tokens float64
	at     time.Time
}

func newBuckets(r Rate) *buckets { return &buckets{rate: r, all: map[string]*bucket{}} }

// take takes n tokens, or returns how long to wait for them and takes none. A bucket may be overdrawn once: what was sent already is
// not refused, what comes next waits.
func (b *buckets) take(who string, n float64, now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	own := b.all[who]
	if own == nil {
		b.makeRoom(now)
		own = &bucket{tokens: b.rate.Burst, at: now}
		b.all[who] = own
	}
	b.fill(own, now)
	if own.tokens < 1 {
		return time.Duration(math.Ceil((1-own.tokens)/b.rate.PerSecond)) * time.Second
	}
	own.tokens -= n
	return 0
}

func (b *buckets) fill(own *bucket, now time.Time) {
	if passed := now.Sub(own.at).Seconds(); passed > 0 {
		own.tokens = min(b.rate.Burst, own.tokens+passed*b.rate.PerSecond)
	}
	own.at = now
}

func (b *buckets) makeRoom(now time.Time) {
	if len(b.all) < mostBuckets {
		return
	}
	for who, own := range b.all {
		if b.fill(own, now); own.tokens == b.rate.Burst {
			delete(b.all, who)
		}
	}
	if len(b.all) >= mostBuckets {
		clear(b.all)
	}
}

// forStrangers limits what one address may ask of a page.
func (h *Hub) forStrangers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if wait := h.strangers.take(hostOf(r.RemoteAddr), 1, h.params.Clock()); wait > 0 {
			w.Header().Set("Retry-After", seconds(wait))
			h.sorry(w, http.StatusTooManyRequests, sorryBusy)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// stranger limits what one address may ask of a door that needs no certificate of a desk.
func (h *Hub) stranger(ctx huma.Context, next func(huma.Context)) {
	if wait := h.strangers.take(hostOf(ctx.RemoteAddr()), 1, h.params.Clock()); wait > 0 {
		ctx.SetHeader("Retry-After", seconds(wait))
		writeProblem(ctx, wire.NewProblem(wire.ProblemSlowDown, "more requests than one address may make"))
		return
	}
	next(ctx)
}

// addressKey is where the context keeps from where a request came.
type addressKey struct{}

// guesser refuses an address that tried too many codes that are none: a right one costs nothing, however many desks enrol.
func (h *Hub) guesser(ctx huma.Context, next func(huma.Context)) {
	host := hostOf(ctx.RemoteAddr())
	if wait := h.strangers.take(host, 0, h.params.Clock()); wait > 0 {
		ctx.SetHeader("Retry-After", seconds(wait))
		writeProblem(ctx, wire.NewProblem(wire.ProblemSlowDown, "too many codes that are none"))
		return
	}
	next(huma.WithValue(ctx, addressKey{}, host))
}

// guessed notes that a code was none.
func (h *Hub) guessed(ctx context.Context) {
	host, _ := ctx.Value(addressKey{}).(string)
	h.strangers.take(host, 1, h.params.Clock())
}

func hostOf(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return host
}

// seconds writes a wait as Retry-After has it.
func seconds(d time.Duration) string { return strconv.Itoa(max(1, int(math.Ceil(d.Seconds())))) }
