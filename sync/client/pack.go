package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"net/http"
	"slices"
	"time"

	"bottega/sync/wire"
)

// PackKeeper takes the content packs that the hub publishes.
type PackKeeper interface {
	// Seen returns the digest (wire.PackDigest) of the pack that needs not come again, empty for none.
	Seen() string
	// Offer takes a pack as it came over the line or on a stick, and the keys that this desk's hub signs packs with. The error is for
	// the log: what people are told is the keeper's to say.
	Offer(ctx context.Context, pack []byte, keys []wire.TokenKey) error
}

const (
	// packEvery is how often the hub is asked for a newer pack.
	packEvery = time.Hour
	// packTimeout is how long one may take: at 2 kB/s it lets through many times the content that travels inside the program.
	packTimeout = 20 * time.Minute
)

// PackKeys returns the keys that the hub of a desk signs content packs with, from what the desk keeps of it; none before enrolment.
func PackKeys(ctx context.Context, from Identity) ([]wire.TokenKey, error) {
	id, err := loadIdentity(ctx, from)
	if err != nil {
		return nil, fmt.Errorf("reading the keys of content packs: %w", err)
	}
	if id == nil {
		return nil, nil
	}
	return slices.Clone(id.PackKeys), nil
}

// followPacks fetches what the hub publishes, beside the rounds and never in their way, until the context ends.
func (c *Client) followPacks(ctx context.Context) {
	if c.params.Packs == nil {
		return
	}
	c.following.Store(true)
	defer c.following.Store(false)
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.inReach:
			c.fetchPack(ctx, false)
		case <-c.wanted:
			c.fetchPack(ctx, true)
		}
	}
}

// fetchPack asks the hub for a newer pack when that is due, or by hand at once. It needs no turn. What goes wrong is tried again in an
// hour: content is never so urgent that entries would wait for it, or a connection be paid for.
func (c *Client) fetchPack(ctx context.Context, byHand bool) {
	id, now := c.who(), c.params.Clock()
	if c.params.Packs == nil || id == nil || len(id.PackKeys) == 0 || c.Status().Metered && !byHand {
		return
	}
	select {
	case c.fetching <- struct{}{}:
		defer func() { <-c.fetching }()
	case <-ctx.Done():
		return
	}
	if wait := c.packAt.Sub(now); !byHand && wait > 0 && wait <= 2*packEvery { // a clock that was put back is no reason to wait longer
		return
	}
	// Not all desks of a region at the same minute.
	c.packAt = now.Add(packEvery + time.Duration(rand.Int64N(int64(packEvery/4))))
	err := c.guarded(ctx, func(ctx context.Context) error {
		pack, err := c.askForPack(ctx, id, c.params.Packs.Seen())
		if err != nil || pack == nil {
			return err
		}
		return c.params.Packs.Offer(ctx, pack, id.PackKeys)
	})
	if err != nil && ctx.Err() == nil {
		c.params.Log.Info("no content pack was taken", "error", err)
	}
}

// packOf asks the hub of an identity for its newest pack, over a connection of its own. It returns nil where that has been seen, or
// where there is none.
func (c *Client) packOf(ctx context.Context, id *identity, seen string) ([]byte, error) {
	d, err := c.doorOf(id)
	if err != nil {
		return nil, err
	}
	defer d.close()
	d.http.Timeout = packTimeout
	return d.pack(ctx, seen)
}

// pack fetches the newest pack but the one with the digest.
func (d *httpDoor) pack(ctx context.Context, seen string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.base+wire.PathPack, nil)
	if err != nil {
		return nil, &Trouble{Word: Other, Err: err}
	}
	req.Header.Set("Accept", wire.MediaPack+", "+wire.MediaProblem)
	if seen != "" {
		req.Header.Set("If-None-Match", `"`+seen+`"`)
	}
	resp, err := d.http.Do(req)
	if err != nil {
		return nil, unreached(ctx, err)
	}
	defer func() { _ = resp.Body.Close() }() // whatever it says, the answer was read or was not
	if resp.StatusCode == http.StatusNotModified {
		return nil, nil
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, wire.MaxPack+1))
	if err != nil {
		return nil, unreached(ctx, err)
	}
	media, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err == nil && media == wire.MediaPack && resp.StatusCode == http.StatusOK && len(data) <= wire.MaxPack {
		return data, nil
	}
	refusal := d.read(resp, data, new(struct{}))
	var problem *wire.Problem
	switch {
	case errors.As(refusal, &problem) && problem.Type == wire.ProblemNoPack:
		return nil, nil
	case refusal == nil:
		refusal = &Trouble{Word: NotTheHub, Err: errors.New("not an answer with a content pack")}
	}
	return nil, refusal
}
