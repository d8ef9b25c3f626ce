package pcscdtest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"bottega/cardreader/practice"
	"bottega/desk/civil"
)

// ForTest starts a daemon that ends with the test, whose log shows its messages when the test fails. A computer that lacks
// what the daemon needs fails the test.
func ForTest(t testing.TB) *Daemon {
	t.Helper()
	dir, err := os.MkdirTemp("", "pcscd") // t.TempDir's names are too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	log := &syncBuffer{}
	d, err := Start(dir, log)
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("pcscd said:\n%s", log)
		}
		_ = os.RemoveAll(dir) // a temporary folder
	})
	return d
}

// Main runs a package's tests over one daemon with cables (StartWithCable), which it puts into daemon, and returns their exit
// code. The PC/SC library looks for its socket once in a process, so tests that use it in their own process share one.
func Main(m *testing.M, daemon **Daemon) int {
	dir, err := os.MkdirTemp("", "pcscd") // names of the tests' own folders are too long for a socket
	if err == nil {
		*daemon, err = StartWithCable(dir, os.Stderr)
	}
	if err == nil {
		err = os.Setenv("PCSCLITE_CSOCK_NAME", (*daemon).Socket())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }() // a temporary folder
	defer func() { _ = (*daemon).Close() }() // the tests are over
	return m.Run()
}

// Insert plugs the practice card of a profile into a reader and returns the card and the hand that pulls it out.
// The test's end pulls it out in any case.
func (d *Daemon) Insert(t testing.TB, slot int, profile string) (card *practice.Card, remove func()) {
	t.Helper()
	p, err := practice.Find(profile, civil.Of(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	if card, err = practice.New(p); err != nil {
		t.Fatal(err)
	}
	return card, d.Plug(t, slot, card, 0)
}

// Plug plugs a card into a reader, as slow as baud says (0 is no limit), and returns the hand that pulls it out.
// The test's end pulls it out in any case.
func (d *Daemon) Plug(t testing.TB, slot int, card *practice.Card, baud int) (remove func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := practice.Serve(ctx, d.Address(slot), card, baud); err != nil && ctx.Err() == nil {
			t.Errorf("the practice card: %v", err)
		}
	}()
	remove = func() {
		cancel()
		<-ended
	}
	t.Cleanup(remove)
	return remove
}

// syncBuffer gathers messages that another process writes while a test reads them.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
