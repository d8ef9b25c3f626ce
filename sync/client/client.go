package client

import (
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"bottega/desk"
	"bottega/sync/wire"
)

// Params say how a client is made. Journal and Identity are needed, the rest may be left out.
type Params struct {
	Journal  Journal
	Identity Identity
	// Program is the name and version of this program, for the hub's list of desks.
	Program string
	// Practice accepts practice hubs, and only those.
	Practice bool
	// Clock is time.Now when nil.
	Clock func() time.Time
	// Log gets what happens, with nothing personal and no secret in it; nil is silent.
	Log *slog.Logger
}

// When to try.
const (
	backoffLeast = 5 * time.Second
	backoffFirst = 10 * time.Second
	backoffMost  = 15 * time.Minute
	// askEvery is how often the hub is asked for replies while all is well.
	askEvery = time.Minute
	// settle is how long new entries are gathered before they are sent.
	settle = 2 * time.Second
	// lookEvery is how often the addresses of this computer are looked at while it cannot reach the hub.
	lookEvery = 5 * time.Second
)

// Client is the line of one desk. Make it with New; Run keeps it going, and all methods may be called from any goroutine.
type Client struct {
	params Params
	// addresses is what this computer is called on its networks: when it changes, a network has come or gone.
	addresses func() string
	// most is how many entries go into a batch.
	most   int
	nudged chan struct{}
	// woken ends a wait of Run at once: the line was found to work, or became another one.
	woken chan struct{}
	// turn is held by whoever talks to the hub: rounds never overlap.
	turn chan struct{}
	// The fields below are used only while holding turn.
	door    door
	checked bool // the hub was asked in this epoch how far it has come
	pending pendingKey

	mu       sync.Mutex
	status   desk.LineStatus
	watchers map[int]func()
	nextID   int
	identity *identity
	// refusedRecord stays until a person sends by hand and nothing is refused any more.
	refusedRecord bool
}

var _ desk.Line = (*Client)(nil)

// pendingKey is a key that waits for its certificate, so that a code whose answer was lost can be tried again.
type pendingKey struct {
	secret string
	key    *ecdsa.PrivateKey
}

// New returns the line of a desk, enrolled if it was before.
func New(ctx context.Context, p Params) (*Client, error) {
	if p.Clock == nil {
		p.Clock = time.Now
	}
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	c := &Client{
		params: p, addresses: localAddresses, most: wire.MaxBatchEntries,
		nudged: make(chan struct{}, 1), woken: make(chan struct{}, 1), turn: make(chan struct{}, 1), watchers: map[int]func(){},
	}
	id, err := loadIdentity(ctx, p.Identity)
	if err != nil {
		return nil, fmt.Errorf("opening the line to the hub: %w", err)
	}
	if id != nil {
		if err := c.use(id); err != nil {
			return nil, fmt.Errorf("opening the line to the hub: %w", err)
		}
	}
	pos, err := p.Journal.Position(ctx)
	if err != nil {
		return nil, fmt.Errorf("opening the line to the hub: %w", err)
	}
	c.status = desk.LineStatus{State: desk.LineIdle, Total: pos.Last, Safe: min(pos.Acknowledged, pos.Last)}
	switch {
	case id == nil:
		c.status.State, c.status.Problem = desk.LineNotEnrolled, NotEnrolled
	case c.status.Safe < c.status.Total:
		c.status.State = desk.LineOffline // until the first round says better
	}
	return c, nil
}

// Status implements desk.Line.
func (c *Client) Status() desk.LineStatus {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.status
}

// Watch implements desk.Line.
func (c *Client) Watch(changed func()) (stop func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := c.nextID
	c.nextID++
	c.watchers[id] = changed
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.watchers, id)
	}
}

// TokenKeys returns the keys that verify certificates with no network; none before enrolment.
func (c *Client) TokenKeys() []wire.TokenKey {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.identity == nil {
		return nil
	}
	return slices.Clone(c.identity.Keys)
}

// TestDoor is where the hub says whose card is shown to it in a handshake.
type TestDoor struct {
	// URL is asked with GET; the answer is a desk.DoorAnswer in JSON.
	URL string
	// Authority is the only one whose certificate the server may show.
	Authority *x509.Certificate
}

// TestDoor returns the test door of this desk's hub, and false before enrolment.
func (c *Client) TestDoor() (TestDoor, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.identity == nil {
		return TestDoor{}, false
	}
	authority, err := x509.ParseCertificate(c.identity.Authority)
	if err != nil { // it was read when the identity was taken into use
		return TestDoor{}, false
	}
	return TestDoor{URL: "https://" + c.identity.Address + wire.PathDoor, Authority: authority}, true
}

// Nudge says that the journal has new entries. It returns at once.
func (c *Client) Nudge() { signal(c.nudged) }

// signal leaves a mark that whoever waits will find, however many were left before.
func signal(mark chan struct{}) {
	select {
	case mark <- struct{}{}:
	default:
	}
}

// Send implements desk.Line. The error is a *Trouble, or the context's.
func (c *Client) Send(ctx context.Context) error {
	err := c.takeTurn(ctx)
	if err != nil {
		return err
	}
	defer c.endTurn()
	c.mu.Lock()
	c.refusedRecord = false
	c.mu.Unlock()
	if err := c.round(ctx); err != nil {
		return err
	}
	signal(c.woken)
	return nil
}

func (c *Client) takeTurn(ctx context.Context) error {
	select {
	case c.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *Client) endTurn() { <-c.turn }

// Run keeps the desk and its hub in step until the context ends; it returns nil then. It never gives up.
func (c *Client) Run(ctx context.Context) error {
	failures := 0
	for {
		err := c.takeTurn(ctx)
		if err == nil {
			err = c.round(ctx)
			c.endTurn()
		}
		if ctx.Err() != nil {
			return nil
		}
		wait := askEvery + time.Duration(rand.Int64N(int64(askEvery/4)))
		if err != nil {
			wait = backoff(failures, troubleOf(err).After)
			failures++
			c.planned(wait)
		} else {
			failures = 0
		}
		if !c.rest(ctx, wait, err) {
			return nil
		}
	}
}

// backoff is full jitter between the least wait and one that doubles with every failure.
func backoff(failures int, after time.Duration) time.Duration {
	ceiling := backoffMost
	if failures < 8 {
		ceiling = min(backoffMost, backoffFirst<<failures)
	}
	wait := backoffLeast + time.Duration(rand.Int64N(int64(ceiling-backoffLeast)))
	if after > 0 {
		// Not before the hub said, and not all desks at the same instant.
		wait = max(wait, after+time.Duration(rand.Int64N(int64(after/10)+1)))
	}
	return wait
}

// rest waits until the next round is due: after the time given, after new entries when all is well, at once when the network
// changes while there was none or when the line was found to work. It reports whether to go on.
func (c *Client) rest(ctx context.Context, wait time.Duration, last error) bool {
	due := time.NewTimer(wait)
	defer due.Stop()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	watchNetwork := last != nil && troubleOf(last).After == 0 && troubleOf(last).State() == desk.LineOffline
	before := ""
	if watchNetwork {
		before = c.addresses()
	}
	for {
		select {
		case <-ctx.Done():
			return false
		case <-due.C:
			return true
		case <-c.woken:
			return true
		case <-c.nudged:
			c.refresh(ctx)
			if last == nil {
				due.Reset(settle)
				last = errSettling // more entries do not put it off again
			}
		case <-look.C:
			if now := ""; watchNetwork {
				if now = c.addresses(); now != before && now != "" {
					c.params.Log.Info("the network changed, trying the hub")
					return true
				}
			}
		}
	}
}

// errSettling marks that a round is due as soon as the entries have gathered.
var errSettling = errors.New("entries are gathering")

// localAddresses returns the addresses of this computer that reach anything but itself.
func localAddresses() string {
	found, err := net.InterfaceAddrs()
	if err != nil {
		return ""
	}
	var names []string
	for _, a := range found {
		ip, ok := a.(*net.IPNet)
		if ok && ip.IP.IsGlobalUnicast() {
			names = append(names, ip.String())
		}
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// refresh counts the entries again.
func (c *Client) refresh(ctx context.Context) {
	pos, err := c.params.Journal.Position(ctx)
	if err != nil {
		return // the round that follows meets it and says so
	}
	c.change(func(s *desk.LineStatus) { s.Total, s.Safe = pos.Last, min(pos.Acknowledged, pos.Last) })
}

// planned notes when the next attempt is due.
func (c *Client) planned(wait time.Duration) {
	at := c.params.Clock().Add(wait)
	c.change(func(s *desk.LineStatus) { s.NextAt = at })
}

// change alters the status and tells the watchers when it became another one.
func (c *Client) change(f func(s *desk.LineStatus)) {
	c.mu.Lock()
	before := c.status
	f(&c.status)
	var tell []func()
	if c.status != before {
		for _, w := range c.watchers {
			tell = append(tell, w)
		}
	}
	c.mu.Unlock()
	for _, w := range tell {
		w()
	}
}
