//go:build cgo

package main

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"bottega/cardreader/pcsc/pcscdtest"
	cardpractice "bottega/cardreader/practice"
	"bottega/desk/civil"
)

// In these scripts the card stays in its reader, and in its state, from one command to the next: the reader is a virtual one of a
// private card service.
func TestScriptsOverTheCardService(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/pcscd",
		RequireExplicitExec: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "nothing": nothing, "door": openDoor, "plug": plug,
		},
		Setup: func(e *testscript.Env) error {
			dir, err := os.MkdirTemp("", "ctl") // the work folder's name is too long for a socket
			if err != nil {
				return err
			}
			daemon, err := pcscdtest.Start(dir, os.Stderr)
			if err != nil {
				return err
			}
			e.Defer(func() {
				_ = daemon.Close()    // the script is over
				_ = os.RemoveAll(dir) // a temporary folder
			})
			e.Values[daemonKey{}] = daemon
			e.Setenv("PCSCLITE_CSOCK_NAME", daemon.Socket())
			e.Setenv(testCard, "pcscd")
			return nil
		},
	})
}

// daemonKey is where a script's card service is kept.
type daemonKey struct{}

// plug puts a practice card into the reader for the rest of the script, and waits until the card service has it: plug PROFILE.
func plug(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: plug PROFILE")
	}
	profile, err := cardpractice.Find(args[0], civil.Of(time.Now()))
	ts.Check(err)
	card, err := cardpractice.New(profile)
	ts.Check(err)
	daemon := ts.Value(daemonKey{}).(*pcscdtest.Daemon)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cardpractice.Serve(ctx, daemon.Address(0), card, 0) // it ends with the script
	}()
	ts.Defer(func() {
		cancel()
		<-ended
	})
	const patience = time.Minute // a safety net
	for until := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		_ = ts.Exec("bottegactl", "card", "status", "--json") // it fails as long as there is no card
		if strings.Contains(ts.ReadFile("stdout"), `"card":"present"`) {
			return
		}
		if time.Now().After(until) {
			ts.Fatalf("the card service does not see the card")
		}
	}
}
