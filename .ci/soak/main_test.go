// Package soak holds the evidence that a desk loses nothing on its way to the hub: real journals, real clients and real hubs over
// TLS, in processes that are killed, over lines that break, on databases that are restarted under load. It belongs to no room and may
// import any; nobody imports it.
//
// Everything exists at two sizes: a small one that every test run plays, and the full one, which leaves its table in build/soak.md.
//
//	go test ./.ci/soak
//	make soak
package soak

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"
)

// fullSize in the environment, with any value, plays everything at full size.
const fullSize = "BOTTEGA_SOAK"

// The environment of a child: the part that it plays, and what it needs for it in JSON.
const (
	partVar = "BOTTEGA_SOAK_PART"
	withVar = "BOTTEGA_SOAK_WITH"
)

// parts are what this program plays in a process of its own.
func parts() map[string]func(ctx context.Context, with []byte) error {
	return map[string]func(context.Context, []byte) error{"desk": playDesk, "hub": playHub, "apart": playApart}
}

func TestMain(m *testing.M) {
	if part := os.Getenv(partVar); part != "" {
		os.Exit(play(part))
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	code := m.Run()
	err := postgres.Stop()
	if os.Getenv(fullSize) != "" {
		err = errors.Join(err, writeTable(os.Stdout))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// play plays a part until it is done, told to stop, or left alone: standard input ends when whoever started it is gone.
func play(part string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	ctx, leave := context.WithCancel(ctx)
	defer leave()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // its end is all that counts
		leave()
	}()
	do, known := parts()[part]
	if !known {
		fmt.Fprintf(os.Stderr, "unknown part %q\n", part)
		return 2
	}
	if err := do(ctx, []byte(os.Getenv(withVar))); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// size is how much of everything is played.
type size struct {
	// kills of a desk, and of a hub, at random points; every perDesk kills a new desk begins, so that journals stay short.
	kills, hubKills, perDesk int
	// callStep is how many system calls lie between two that are killed at; one is every single one.
	callStep int
	// lineEntries travel over broken lines, shared among the kinds.
	lineEntries int
	// slowNotes are sent over the slowest line.
	slowNotes int
	// desks return at once, with entriesEach of about entryBytes; apart of them in a process of their own.
	desks, entriesEach, entryBytes, apart int
	// comeback is within how much time they notice that the network is there again: the client looks every five seconds.
	comeback time.Duration
	// restarts of the database under load.
	restarts int
	// schedules of the property test, each of so many steps at most.
	schedules int
	// drained entries of the benchmarks' short drain; the long one is ten times as many.
	drained int
}

func sizes() size {
	if os.Getenv(fullSize) == "" {
		return size{
			kills: 16, hubKills: 8, perDesk: 16, callStep: 0, lineEntries: 300, slowNotes: 6, desks: 60, entriesEach: 30, entryBytes: 2000, apart: 10, comeback: time.Second, restarts: 1,
			schedules: 10, drained: 2_000,
		}
	}
	return size{
		kills: 1000, hubKills: 250, perDesk: 50, callStep: 1, lineEntries: 10_000, slowNotes: 150, desks: 3000, entriesEach: 30, entryBytes: 2000, apart: 200, comeback: 5 * time.Second, restarts: 12,
		schedules: 300, drained: 10_000,
	}
}

func parse[T any](with []byte) (T, error) {
	var t T
	if err := json.Unmarshal(with, &t); err != nil {
		return t, fmt.Errorf("reading what to play: %w", err)
	}
	return t, nil
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
