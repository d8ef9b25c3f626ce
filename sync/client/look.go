package client

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
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
	c.mu.Lock()
	id := c.identity
	c.mu.Unlock()
	if id == nil {
		return Sight{}, &Trouble{Word: NotEnrolled}
	}
	var s Sight
	own, err := x509.ParseCertificate(id.Certificate)
	if err != nil {
		return s, &Trouble{Word: Other, Err: fmt.Errorf("reading the certificate of this desk: %w", err)}
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
	beyond := d.base + wire.PathReplies + "?after=" + strconv.Itoa(math.MaxInt32)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, beyond, nil)
	if err != nil {
		return hub, here, &Trouble{Word: Other, Err: err}
	}
	req.Header.Set("Accept", wire.MediaJSON+", "+wire.MediaProblem)
	resp, err := d.http.Do(req)
	if err != nil {
		return hub, here, unreached(ctx, err)
	}
	defer func() { _ = resp.Body.Close() }() // whatever it says, the answer was read or was not
	now := d.now()
	data, err := io.ReadAll(io.LimitReader(resp.Body, wire.MaxAnswer+1))
	if err != nil {
		return hub, here, unreached(ctx, err)
	}
	var page wire.Replies
	if err := d.read(resp, data, &page); err != nil {
		return hub, here, err
	}
	if at, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		hub, here = at, now
	}
	return hub, here, nil
}
