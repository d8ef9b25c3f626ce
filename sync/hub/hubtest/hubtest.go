// Package hubtest serves a hub to tests of whatever talks to one, over real TLS at a free port of this computer. Only tests import it.
package hubtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"

	"bottega/sync/hub"
)

// Serve serves a hub until the test ends. A folder of its own and its address are filled in where they are left out.
func Serve(t testing.TB, p hub.Params) *hub.Hub {
	t.Helper()
	if p.State == "" {
		p.State = t.TempDir()
	}
	h, stop, err := Start(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// Start is Serve for tests that stop their hub themselves, as scripts do. It returns once desks can enrol; stop may be called again.
func Start(p hub.Params) (h *hub.Hub, stop func() error, err error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, fmt.Errorf("finding a port for the hub: %w", err)
	}
	if p.Public == "" {
		p.Public = "https://" + ln.Addr().String()
	}
	ctx, cancel := context.WithCancel(context.Background())
	if h, err = hub.New(ctx, p); err != nil {
		cancel()
		return nil, nil, errors.Join(err, ln.Close())
	}
	served, ready := make(chan error, 1), make(chan struct{})
	go func() {
		served <- h.Serve(ctx, ln, func(string) error {
			close(ready)
			return nil
		})
	}()
	stop = sync.OnceValue(func() error {
		cancel()
		return errors.Join(<-served, h.Close())
	})
	select {
	case <-ready:
		return h, stop, nil
	case err := <-served:
		cancel()
		return nil, nil, errors.Join(errors.New("the hub ended before it served"), err, h.Close())
	}
}
