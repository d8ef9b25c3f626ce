//go:build cgo

package pcsc_test

import (
	"fmt"
	"os"
	"testing"

	"bottega/cardreader/pcsc"
	"bottega/cardreader/pcsc/pcscdtest"
	"bottega/cardreader/porttest"
)

// daemon is the card service of these tests. The PC/SC library looks for its socket once in a process, so it is one for all.
var daemon *pcscdtest.Daemon

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "pcsc")
	if err == nil {
		daemon, err = pcscdtest.StartWithCable(dir, os.Stderr)
	}
	if err == nil {
		err = os.Setenv("PCSCLITE_CSOCK_NAME", daemon.Socket())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }() // a temporary folder
	defer func() { _ = daemon.Close() }()    // the tests are over
	return m.Run()
}

// portOf returns a port that is closed with the test.
func portOf(t *testing.T) *pcsc.Port {
	p := pcsc.New()
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func TestTheCardServiceIsAPort(t *testing.T) {
	porttest.Run(t, func(t *testing.T) porttest.Rig {
		var remove func()
		return porttest.Rig{
			Port: portOf(t), Reader: pcscdtest.ReaderName(0),
			Insert: func(t testing.TB, profile string) { _, remove = daemon.Insert(t, 0, profile) },
			Remove: func(testing.TB) { remove() },
		}
	})
}
