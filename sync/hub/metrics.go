package hub

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"bottega/sync/hub/store"
	"bottega/sync/wire"
)

// metrics count what happens, by door and by status: nothing in them is about a desk or a person.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	took     *prometheus.HistogramVec
	busy     *prometheus.CounterVec
	entries  prometheus.Counter
	records  prometheus.Counter
	failures prometheus.Counter
}

func newMetrics(h *Hub) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "bottegahub_requests_total", Help: "Requests answered, by door and status.",
		}, []string{"door", "status"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "bottegahub_request_seconds", Help: "How long answering took, without the wait for a turn.",
			Buckets: []float64{.002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"door"}),
		busy: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "bottegahub_sent_away_total", Help: "Requests told to come back because too many were there.",
		}, []string{"door"}),
		entries:  prometheus.NewCounter(prometheus.CounterOpts{Name: "bottegahub_entries_total", Help: "Entries received, sent again ones included."}),
		records:  prometheus.NewCounter(prometheus.CounterOpts{Name: "bottegahub_records_judged_total", Help: "Records judged."}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{Name: "bottegahub_store_failures_total", Help: "Times that the database failed."}),
	}
	m.registry.MustRegister(m.requests, m.took, m.busy, m.entries, m.records, m.failures,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), newStats(h))
	return m
}

func (m *metrics) answered(door string, status int, took time.Duration) {
	m.requests.WithLabelValues(door, strconv.Itoa(status)).Inc()
	m.took.WithLabelValues(door).Observe(took.Seconds())
}

// sentAway counts a request that found no turn. The answer to it is counted like every other.
func (m *metrics) sentAway(door string) { m.busy.WithLabelValues(door).Inc() }

// doorOf names the door of a path. Any other path has one name in common: what strangers type is kept nowhere.
func doorOf(path string) string {
	switch path {
	case wire.PathJournal, wire.PathReplies, wire.PathEnrol, wire.PathDoor, wire.PathRenew, wire.PathHub, wire.PathPack, wire.PathVerify,
		pathImport, pathHealth, pathReady, "/":
		return path
	}
	return "other"
}

// stats are the counts that the database knows. They are asked for at most every statsEvery, however often somebody looks.
type stats struct {
	hub    *Hub
	desks  *prometheus.Desc
	open   *prometheus.Desc
	kinds  *prometheus.Desc
	spoilt *prometheus.Desc
	up     *prometheus.Desc

	mu    sync.Mutex
	asked time.Time // guarded by mu, as all below
	last  store.Stats
	err   error
}

const (
	statsEvery = 15 * time.Second
	statsTime  = 10 * time.Second
)

func newStats(h *Hub) *stats {
	return &stats{
		hub:    h,
		desks:  prometheus.NewDesc("bottegahub_desks", "Desks, by whether they are let in.", []string{"state"}, nil),
		open:   prometheus.NewDesc("bottegahub_records_open", "Records that wait for a registry or for their turn.", nil, nil),
		kinds:  prometheus.NewDesc("bottegahub_records_unknown", "Records of kinds that this hub does not know: is it older than its desks?", nil, nil),
		spoilt: prometheus.NewDesc("bottegahub_records_broken", "Records whose content somebody changed in the database.", nil, nil),
		up:     prometheus.NewDesc("bottegahub_store_up", "1 when the database answers.", nil, nil),
	}
}

// Describe implements prometheus.Collector.
func (s *stats) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{s.desks, s.open, s.kinds, s.spoilt, s.up} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (s *stats) Collect(to chan<- prometheus.Metric) {
	n, err := s.now()
	gauge := func(d *prometheus.Desc, value int, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(value), labels...)
	}
	if err != nil {
		gauge(s.up, 0)
		return
	}
	gauge(s.up, 1)
	gauge(s.desks, n.Desks-n.Revoked, "enrolled")
	gauge(s.desks, n.Revoked, "revoked")
	gauge(s.open, n.Open)
	gauge(s.kinds, n.Unknown)
	gauge(s.spoilt, n.Broken)
}

func (s *stats) now() (store.Stats, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.hub.params.Clock(); now.Sub(s.asked).Abs() >= statsEvery {
		ctx, cancel := context.WithTimeout(context.Background(), statsTime)
		defer cancel()
		s.last, s.err = s.hub.store.Stats(ctx)
		s.asked = now
	}
	return s.last, s.err
}

// pathImport is the page that takes files from a stick.
const pathImport = "/import"

// The paths for whoever watches over a hub.
const (
	pathHealth  = "/healthz"
	pathReady   = "/readyz"
	pathMetrics = "/metrics"
)

// Admin is what a hub tells whoever watches over it: /healthz, /readyz and /metrics. It belongs on an address that only they reach.
func (h *Hub) Admin() http.Handler {
	mux := http.NewServeMux()
	h.watch(mux)
	mux.Handle("GET "+pathMetrics, promhttp.HandlerFor(h.metrics.registry, promhttp.HandlerOpts{}))
	return mux
}

// watch puts on a mux whether the process lives, and whether it can take requests.
func (h *Hub) watch(mux *http.ServeMux) {
	mux.HandleFunc("GET "+pathHealth, func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET "+pathReady, func(w http.ResponseWriter, _ *http.Request) {
		switch {
		case h.stopping.Load():
			plain(w, http.StatusServiceUnavailable, "stopping")
		case h.pulse.ask(h.store) != nil:
			plain(w, http.StatusServiceUnavailable, "the database does not answer")
		default:
			plain(w, http.StatusOK, "ready")
		}
	})
}

const (
	// readyTime is how long the database has to show that it is there.
	readyTime = 2 * time.Second
	// pulseEvery is how often it is asked at most: anybody may ask the hub, and as often as they like.
	pulseEvery = time.Second
)

// pulse is whether the database answered when it was asked last.
type pulse struct {
	mu    sync.Mutex
	asked time.Time // guarded by mu, as all below
	err   error
}

// ask asks the database, one at a time. Who comes meanwhile, or soon after, hears what it answered.
func (p *pulse) ask(s store.Store) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.asked.IsZero() || time.Since(p.asked) >= pulseEvery {
		ctx, cancel := context.WithTimeout(context.Background(), readyTime)
		defer cancel()
		p.err = s.Ping(ctx)
		p.asked = time.Now()
	}
	return p.err
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// As in writeProblem.
	_, _ = w.Write([]byte(text + "\n"))
}
