package client

import (
	"context"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"bottega/desk"
)

// When to try.
const (
	backoffLeast = 5 * time.Second
	backoffFirst = 10 * time.Second
	backoffMost  = 15 * time.Minute
	// askEvery is how often the hub is asked for replies while all is well.
	askEvery = time.Minute
	// settle is how long new entries are gathered before they are sent.
	settle = 2 * time.Second
	// meteredAsk and meteredSettle stand for the two where the connection costs by what passes.
	meteredAsk    = 30 * time.Minute
	meteredSettle = 15 * time.Minute
	// lookEvery is how often the addresses of this computer are looked at while it cannot reach the hub.
	lookEvery = 5 * time.Second
	// portalEvery is how often the hub is tried while something else answers in its place: somebody may be accepting the conditions
	// of a Wi-Fi, which changes no address. It costs a handshake, which fails before anything is sent. After portalTries it is no
	// portal, and the hub is tried as rarely as any that does not answer.
	portalEvery = 30 * time.Second
	portalTries = 60
)

// Run keeps the desk and its hub in step until the context ends; it returns nil then. It never gives up.
func (c *Client) Run(ctx context.Context) error {
	var beside sync.WaitGroup
	beside.Go(func() { c.followPacks(ctx) })
	defer beside.Wait()
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
		if err == nil {
			failures = 0
		} else {
			failures++
		}
		if !c.rest(ctx, failures, err) {
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

// pause is how long to wait after a round: the failures in a row include the last one.
func (c *Client) pause(failures int, last error) time.Duration {
	if last == nil {
		ask := askEvery
		if c.Status().Metered {
			ask = meteredAsk
		}
		return ask + time.Duration(rand.Int64N(int64(askEvery/4)))
	}
	t := troubleOf(last)
	wait := backoff(failures-1, t.After)
	if (t.Word == NotTheHub || t.Word == WrongCertificate) && failures <= portalTries {
		wait = min(wait, portalEvery)
	}
	return wait
}

// gather is how long new entries are gathered.
func (c *Client) gather() time.Duration {
	if c.Status().Metered {
		return meteredSettle
	}
	return settle
}

// rest waits until the next round is due: after its pause, after new entries when all is well, at once when the network changes while
// there was none or when the line was found to work. It reports whether to go on.
func (c *Client) rest(ctx context.Context, failures int, last error) bool {
	wait := c.pause(failures, last)
	if last != nil {
		c.planned(wait)
	}
	due := time.NewTimer(wait)
	defer due.Stop()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	network := c.watchNetwork(last)
	settling := false
	for {
		select {
		case <-ctx.Done():
			return false
		case <-due.C:
			return true
		case <-c.woken:
			return true
		case <-c.paced:
			if last == nil && settling {
				due.Reset(c.gather())
			} else if last == nil {
				due.Reset(c.pause(failures, last))
			}
		case <-c.nudged:
			c.refresh(ctx)
			if last == nil && !settling {
				settling = true // more entries do not put it off again
				due.Reset(c.gather())
			}
		case <-look.C:
			if network() {
				c.params.Log.Info("the network changed, trying the hub")
				return true
			}
		}
	}
}

// watchNetwork returns what tells whether this computer has come to another network since. Where the network is not what was missing,
// or the hub said when to come back, it never has.
func (c *Client) watchNetwork(last error) func() bool {
	if last == nil || troubleOf(last).After > 0 || troubleOf(last).State() != desk.LineOffline {
		return func() bool { return false }
	}
	before := c.addresses()
	return func() bool {
		now := c.addresses()
		return now != before && now != ""
	}
}

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
