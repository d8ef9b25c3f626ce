//go:build !cgo && !windows

package pcsc

import (
	"context"
	"fmt"
	"time"

	"bottega/cardreader"
)

// errNoService is all that a build without cgo can say: this program cannot reach readers on this system.
var errNoService = fmt.Errorf("%w: this program was built without PC/SC (cgo)", cardreader.ServiceDown)

// Port reaches no service in this build.
type Port struct{}

var _ cardreader.Port = (*Port)(nil)

// New returns the port of a program built without cgo: every call is ServiceDown.
func New() *Port { return &Port{} }

// Watch is ServiceDown in this build.
func (*Port) Watch(context.Context, []cardreader.ReaderState, time.Duration) ([]cardreader.ReaderState, error) {
	return nil, errNoService
}

// Connect is ServiceDown in this build.
func (*Port) Connect(context.Context, string) (cardreader.Link, error) { return nil, errNoService }

// Close does nothing in this build.
func (*Port) Close() error { return nil }
