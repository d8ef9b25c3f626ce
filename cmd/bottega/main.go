// Package main is Bottega, the app on the desk: two windows over the desk, its journal, its readers, its papers and the line to
// the hub.
//
// It only wires rooms together: what is done is done by desk, cardreader, sync and ui. Nobody imports it.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// The exit codes.
const (
	exitDone     = 0
	exitFailed   = 1
	exitWrongUse = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], streams{out: os.Stdout, err: os.Stderr, env: os.Getenv})
	stop()
	os.Exit(code)
}

// streams are what a program says and where it looks things up.
type streams struct {
	out, err io.Writer
	env      func(string) string
}
