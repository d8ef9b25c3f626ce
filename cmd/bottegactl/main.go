// Package main is bottegactl, the desk from a terminal: the same rooms as the desk app without a window, for scripts, for
// support over the telephone, and for a computer whose screen gave up.
//
// It only wires rooms together: what a command does is done by desk, cardreader, sync and ui/paper. Nobody imports it.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"bottega/ui/text"
)

// The exit codes that scripts rely on.
const (
	exitDone      = 0
	exitFailed    = 1
	exitWrongUse  = 2
	exitCard      = 3
	exitHub       = 4
	exitAttention = 5
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv, realRooms())
	stop()
	os.Exit(code)
}

// run is the whole program: it parses the arguments, does what they ask and returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, env func(string) string, r rooms) int {
	a := &app{
		rooms: r, stdin: stdin, stdout: stdout, stderr: stderr, env: env,
		json: asksForJSON(args), say: text.Lazy().For(language(args, env)),
	}
	command, err := a.parse(args)
	if err != nil {
		return a.fail(err)
	}
	if command == nil { // the help was asked for and shown
		return exitDone
	}
	if err := command.Run(ctx, a); err != nil {
		return a.fail(err)
	}
	return exitDone
}
