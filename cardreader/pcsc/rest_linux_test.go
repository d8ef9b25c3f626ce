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
