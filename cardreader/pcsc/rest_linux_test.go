//go:build cgo

package pcsc

import (
	"testing"
	"time"

	"github.com/ebfe/scard"
)

func TestAWatchWithoutNewsRestsInsideTheService(t *testing.T) {
	service, err := scard.EstablishContext()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = service.Release() }() // the test is over
	w := &watch{until: time.Now().Add(1500 * time.Millisecond), stopped: make(chan struct{})}
	looks := 0
	for ; time.Now().Before(w.until) && looks < 1000; looks++ {
		if _, err := w.look(service); err != nil {
			t.Fatal(err)
		}
	}
	// A card of another test may come or go meanwhile; a watch that does not rest looks thousands of times.
	if looks > 10 {
		t.Errorf("%d looks in a wait without news", looks)
	}
}

// toldWithin is how soon a desk must say what is wrong.
const toldWithin = 2 * time.Second

// How long the service itself takes depends on the computer; what we add to it does not.
func TestWhatWeWaitForLeavesRoomToTellATroubleInTime(t *testing.T) {
	for name, limit := range map[string]time.Duration{
		"another program holds the card": connectLimit,
		"a card pulled out in mid-read":  removalLimit,
		"a reader that left":             pollPause,
	} {
		if limit >= toldWithin {
			t.Errorf("%s: we alone wait %v, and it must be told within %v", name, limit, toldWithin)
		}
	}
}
