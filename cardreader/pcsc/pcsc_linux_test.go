//go:build cgo

package pcsc_test

import (
	"os"
	"testing"

	"bottega/cardreader/pcsc"
	"bottega/cardreader/pcsc/pcscdtest"
	"bottega/cardreader/porttest"
)

// daemon is the card service of these tests.
var daemon *pcscdtest.Daemon

func TestMain(m *testing.M) { os.Exit(pcscdtest.Main(m, &daemon)) }

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
