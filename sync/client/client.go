package client

import (
	"context"
	"crypto/ecdsa"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
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
	// Packs gets the content packs that the hub publishes; nil leaves them.
	Packs PackKeeper
	// Clock is time.Now when nil.
	Clock func() time.Time
	// Log gets what happens, with nothing personal and no secret in it; nil is silent.
	Log *slog.Logger
}

// Client is the line of one desk. Make it with New; Run keeps it going, and all methods may be called from any goroutine.
type Client struct {
	params Params
	// addresses is what this computer is called on its networks: when it changes, a network has come or gone.
	addresses func() string
	// most is how many entries go into a batch at most.
	most int
	// versions are those of the contract that this program speaks.
	versions span
	// dial returns the hub of an identity.
	dial   func(*identity) (door, error)
	nudged chan struct{}
	// woken ends a wait of Run at once: the line was found to work, or became another one.
	woken chan struct{}
	// paced makes Run reckon its wait anew: what the connection costs is another thing now.
	paced chan struct{}
	// turn is held by whoever talks to the hub: rounds never overlap.
	turn chan struct{}
	// The fields below are used only while holding turn.
	door    door
	checked bool // the hub was asked in this epoch how far it has come
	pending pendingKey
	size    int       // of the last batch, in entries
	speaks  int       // the version of the contract, as far as is known
	tendAt  time.Time // when keys and certificate are looked after next

	// askForPack is packOf but in tests.
	askForPack func(ctx context.Context, id *identity, seen string) ([]byte, error)
	// inReach marks that a round went well; fetching is held by whoever fetches a content pack, and packAt, when that is due next, is
	// used only while holding it.
	inReach chan struct{}
	// following says that followPacks runs, and wanted marks that somebody asked for what is new by hand.
	following atomic.Bool
	wanted    chan struct{}
	fetching  chan struct{}
	packAt    time.Time

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
		params: p, addresses: localAddresses, most: wire.MaxBatchEntries, versions: span{wire.Oldest, wire.Version}, speaks: wire.Version,
		nudged: make(chan struct{}, 1), woken: make(chan struct{}, 1), paced: make(chan struct{}, 1), turn: make(chan struct{}, 1),
		inReach: make(chan struct{}, 1), wanted: make(chan struct{}, 1), fetching: make(chan struct{}, 1), watchers: map[int]func(){},
	}
	c.askForPack = c.packOf
	c.dial = func(id *identity) (door, error) { return c.doorOf(id) }
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

// SetMetered says whether the connection costs by what passes. On one that does, entries are gathered for a quarter of an hour and
// the hub is asked for replies every half hour at most, until somebody sends by hand.
func (c *Client) SetMetered(metered bool) {
	c.change(func(s *desk.LineStatus) { s.Metered = metered })
	signal(c.paced)
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

// Send implements desk.Line. The error is a *Trouble, or the context's. A newer content pack is fetched too, beside it where Run sees to
// packs; trouble with that is none of sending's.
func (c *Client) Send(ctx context.Context) error {
	if err := c.sendNow(ctx); err != nil {
		return err
	}
	if c.following.Load() {
		signal(c.wanted)
		return nil
	}
	c.fetchPack(ctx, true)
	return nil
}

func (c *Client) sendNow(ctx context.Context) error {
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
