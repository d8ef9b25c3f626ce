package client

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"time"

	"bottega/sync/wire"
)

// Sight is what a look at the hub showed.
type Sight struct {
	// DeskUntil is when this desk's certificate ends; zero when the desk is not enrolled.
	DeskUntil time.Time
	// Hub is what the hub's clock said when it answered, to the second, and Here what this computer's said then. Both are zero
	// when no hub answered.
	Hub, Here time.Time
}

// Look asks the hub whether it knows this desk, and changes nothing at either end. It waits for no round that goes on. The error
// is a *Trouble, or the context's; what could be seen without an answer is returned with it.
func (c *Client) Look(ctx context.Context) (Sight, error) {
	id := c.who()
	if id == nil {
		return Sight{}, &Trouble{Word: NotEnrolled}
	}
	var s Sight
	own, err := id.parsed()
	if err != nil {
		return s, &Trouble{Word: Other, Err: err}
	}
	s.DeskUntil = own.NotAfter
	d, err := c.doorOf(id)
	if err != nil {
		return s, &Trouble{Word: Other, Err: err}
	}
	defer d.close()
	s.Hub, s.Here, err = d.look(ctx)
	return s, asTrouble(err)
}

// look asks for replies that are not there yet, and compares the clocks.
func (d *httpDoor) look(ctx context.Context) (hub, here time.Time, err error) {
	var page wire.Replies
	hub, err = d.ask(ctx, http.MethodGet, wire.PathReplies+"?after="+strconv.Itoa(math.MaxInt32), nil, "", &page)
	if err == nil && !hub.IsZero() {
		here = d.now()
	}
	return hub, here, err
}
