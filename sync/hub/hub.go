package hub

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	_ "time/tzdata" // "today" is a day in Italy, also on a server that has no zones

	"bottega/assets"
	"bottega/desk/cardcert"
	"bottega/sync/hub/store"
	"bottega/sync/wire"
)

// Params say how a hub is made.
type Params struct {
	// State is the folder that holds everything, or everything but the database: authority, keys, settings. It is made when it is not
	// there.
	State string
	// Database is the address of a PostgreSQL database, "postgres://hub@db.example.it/bottega". Empty: the one used last, else SQLite
	// in the state folder.
	Database string
	// Program is the name and version of the hub's program.
	Program string
	// Public is the address at which desks reach the hub, "https://hub.example.it:8443". Empty: the one used last, else the
	// listener's own.
	Public string
	// Practice marks everything that the hub signs and says as practice.
	Practice bool
	// Anchors are the authorities whose cards are let in at the test door; nil stands for those that travel inside the program.
	// Practice ones count at a practice hub only.
	Anchors []cardcert.Anchor
	// TLS is where the certificate for browsers comes from.
	TLS PublicTLS
	// Limits are what the hub bears.
	Limits Limits
	// Balancers are the addresses of those that say, in the PROXY protocol, who calls through them; none when all call by themselves.
	Balancers []netip.Prefix
	// BodyTime is how long the body of a request may take to arrive; zero stands for a minute.
	BodyTime time.Duration
	// Notice is how long the hub says that it is not ready before it stops taking requests: a balancer in front of it needs time to
	// notice.
	Notice time.Duration
	// Clock is time.Now when nil.
	Clock func() time.Time
	// Log gets what happens, with nothing personal in it; nil is silent.
	Log *slog.Logger
}

// Hub is one hub over one state folder. Several may be open on the same folder, in several processes; over PostgreSQL several may
// serve at once.
type Hub struct {
	params Params
	store  store.Store
	keys   *keys
	// packKey signs content packs; served is the one that is in memory.
	packKey ed25519.PrivateKey
	served  atomic.Pointer[served]
	cards   cardcert.Judge
	rome    *time.Location
	handle  http.Handler
	// sorryPage is what people see when no other page can be shown.
	sorryPage *template.Template
	turns     *turns
	metrics   *metrics
	pulse     pulse
	// public509 is the certificate for browsers, nil when there is none.
	public509 publicSource
	// perDesk and bytes are what each desk may still ask and send, strangers what each address may ask.
	perDesk, bytes, strangers *buckets
	// wake asks the answering loop to look now.
	wake     chan struct{}
	stopping atomic.Bool

	mu     sync.Mutex
	public *url.URL // guarded by mu
}

// ErrPublic says that the hub does not know at which address desks reach it.
var ErrPublic = errors.New("the hub's public address is not known: give one like https://hub.example.it:8443")

// New opens the hub in a state folder, which it makes at the first start together with its authority and its signing key.
func New(ctx context.Context, p Params) (*Hub, error) {
	if p.Clock == nil {
		p.Clock = time.Now
	}
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(p.State, 0o700); err != nil {
		return nil, fmt.Errorf("making the hub's folder: %w", err)
	}
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		return nil, fmt.Errorf("finding the hub's time zone: %w", err)
	}
	k, err := openKeys(p.State, p.Clock())
	if err != nil {
		return nil, err
	}
	if p.Anchors == nil {
		if p.Anchors, err = assets.Anchors(); err != nil {
			return nil, fmt.Errorf("reading the authorities of cards: %w", err)
		}
	}
	packKey, err := openPackKey(p.State)
	if err != nil {
		return nil, err
	}
	if p.Program == "" {
		p.Program = "bottegahub"
	}
	if p.BodyTime == 0 {
		p.BodyTime = bodyTime
	}
	p.Limits = p.Limits.orDefaults()
	h := &Hub{
		params: p, keys: k, packKey: packKey, rome: rome, wake: make(chan struct{}, 1), cards: cardcert.Judge{Anchors: p.Anchors, AcceptPractice: p.Practice},
		perDesk: newBuckets(p.Limits.PerDesk), bytes: newBuckets(p.Limits.Bytes), strangers: newBuckets(p.Limits.Strangers),
	}
	if err := h.knowPublic(); err != nil {
		return nil, err
	}
	if h.public509, err = p.TLS.open(p.State); err != nil {
		return nil, err
	}
	if h.store, err = h.openStore(ctx); err != nil {
		return nil, err
	}
	if err := h.beginSeries(ctx); err != nil {
		return nil, errors.Join(err, h.store.Close())
	}
	h.metrics = newMetrics(h)
	if h.handle, err = h.handler(); err != nil {
		return nil, errors.Join(err, h.store.Close())
	}
	return h, nil
}

// Close releases the state folder. Serve must have returned.
func (h *Hub) Close() error { return h.store.Close() }

// Handler is everything that the hub answers. Who calls is told from the client certificate of the connection, so it needs a
// server with the hub's TLS, as Serve sets one up.
func (h *Hub) Handler() http.Handler { return h.handle }

// Authority returns the certificate of the hub's authority, PEM, and its fingerprint as authorities publish theirs. Whoever reaches
// the hub without having enrolled trusts this one and no other.
func (h *Hub) Authority() (certificate, fingerprint string) {
	return toPEM(h.keys.authority.Raw), strings.ToUpper(hashHex(h.keys.authority.Raw))
}

// TokenKeys returns the keys that verify what the hub signs.
func (h *Hub) TokenKeys() []wire.TokenKey { return []wire.TokenKey{h.keys.tokenKey()} }

// Public returns the address at which desks reach the hub, or ErrPublic.
func (h *Hub) Public() (*url.URL, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.public == nil {
		return nil, ErrPublic
	}
	u := *h.public
	return &u, nil
}

// knowPublic takes the public address from the parameters, or from the last time. What was remembered and makes no sense, as after
// a power cut, counts as not known.
func (h *Hub) knowPublic() (err error) {
	if h.params.Public != "" {
		h.public, err = parsePublic(h.params.Public)
		return err
	}
	kept, err := os.ReadFile(filepath.Join(h.params.State, publicFile))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("reading the hub's public address: %w", err)
	}
	if u, err := parsePublic(strings.TrimSpace(string(kept))); err == nil {
		h.public = u
	}
	return nil
}

func parsePublic(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.User != nil {
		return nil, fmt.Errorf("%q: %w", text, ErrPublic)
	}
	if u.Port() == "" {
		u.Host = net.JoinHostPort(u.Hostname(), "443")
	}
	return &url.URL{Scheme: "https", Host: u.Host}, nil
}

// NewCodeParams say for whom a code is made.
type NewCodeParams struct {
	Site string
	// Desk gives an existing desk a new certificate.
	Desk  string
	Valid time.Duration
}

// NewCode makes a one-time code for enrolment.
func (h *Hub) NewCode(ctx context.Context, p NewCodeParams) (wire.EnrolCode, error) {
	u, err := h.Public()
	if err != nil {
		return wire.EnrolCode{}, err
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil {
		return wire.EnrolCode{}, fmt.Errorf("%q: %w", u.Host, ErrPublic)
	}
	c := wire.EnrolCode{Host: u.Hostname(), Port: uint16(port), Fingerprint: wire.Fingerprint(h.keys.authority.Raw)}
	if err := c.Check(); err != nil {
		return wire.EnrolCode{}, err
	}
	if _, err := rand.Read(c.Secret[:]); err != nil {
		return wire.EnrolCode{}, fmt.Errorf("making an enrolment code: %w", err)
	}
	return c, h.store.AddCode(ctx, store.Code{
		SecretHash: hashHex(c.Secret[:]), Site: p.Site, Desk: p.Desk, Expires: h.params.Clock().Add(p.Valid),
	})
}

// Desks returns every desk, in order of enrolment.
func (h *Hub) Desks(ctx context.Context) ([]store.Desk, error) { return h.store.Desks(ctx) }

// Revoke shuts a desk out, in every process at once. A new code for it lets it in again.
func (h *Hub) Revoke(ctx context.Context, desk string) error {
	if err := h.store.Revoke(ctx, desk, h.params.Clock()); err != nil {
		return err
	}
	h.params.Log.Warn("desk revoked", "desk", desk)
	return nil
}

// Serve answers desks on a listener until the context ends, then lets running requests finish, and returns nil. Each ready is told
// the public address once it is known; when it returns an error, nothing is served.
func (h *Hub) Serve(ctx context.Context, ln net.Listener, ready ...func(public string) error) error {
	public, err := h.announce(ln.Addr())
	if err == nil {
		// What an older program did not know may be known now. Who says stop meanwhile gets a hub that stops, not one that failed.
		err = h.reopen(context.WithoutCancel(ctx))
	}
	for _, tell := range ready {
		if err == nil {
			err = tell(public)
		}
	}
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	// HTTP/2 brings nothing to a few requests a minute, and a second each time the hub stops.
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	server := &http.Server{
		Protocols: protocols,
		Handler:   h.handle,
		TLSConfig: h.tlsConfig(),
		// It bounds the handshake as well, in which a card at the test door takes seconds to sign.
		ReadHeaderTimeout: 45 * time.Second,
		ReadTimeout:       2 * time.Minute,
		WriteTimeout:      2 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(h.params.Log.Handler(), slog.LevelDebug),
	}
	loop, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { h.answerLoop(loop) })
	failed := make(chan error, 1)
	go func() { failed <- server.ServeTLS(behind(ln, h.params.Balancers), "", "") }()
	select {
	case err = <-failed:
	case <-ctx.Done():
		h.stopping.Store(true)
		time.Sleep(h.params.Notice)
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
		defer cancel()
		if err = server.Shutdown(last); err != nil {
			err = errors.Join(err, server.Close())
		}
		if stopped := <-failed; !errors.Is(stopped, http.ErrServerClosed) {
			err = errors.Join(err, stopped)
		}
	}
	stop()
	wg.Wait()
	if err != nil {
		return fmt.Errorf("serving desks: %w", err)
	}
	return nil
}

// announce settles the public address, which it returns, and remembers it for the commands that make codes.
func (h *Hub) announce(listens net.Addr) (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.params.Public == "" && !unspecified(listens) && (h.public == nil || loopback(h.public.Hostname())) {
		// A loopback address that was remembered is an earlier listener's: it would send desks to a closed door.
		u, err := parsePublic("https://" + listens.String())
		if err != nil {
			return "", err
		}
		h.public = u
	}
	if h.public == nil {
		return "", fmt.Errorf("listening on every address: %w", ErrPublic)
	}
	public := h.public.String()
	h.params.Log.Info("serving desks", "listen", listens.String(), "public", public, "practice", h.params.Practice)
	return public, remember(h.params.State, publicFile, public)
}

// unspecified reports the wildcard address: where a hub listens, never where desks find it.
func unspecified(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.IsUnspecified()
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func hashHex(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
