package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"golang.org/x/term"
)

// secret reads a passphrase: from the environment, or without echo from the terminal. It never comes from an argument, which
// every other program of the computer can read. The caller wipes it, or hands it to who does.
func (a *app) secret(ctx context.Context, variable, question string) ([]byte, error) {
	if set := a.env(variable); set != "" {
		return []byte(set), nil
	}
	terminal, ok := a.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(terminal.Fd())) {
		return nil, wrongUse("passphrase_needed", "Variable", variable)
	}
	defer func() { _, _ = fmt.Fprintln(a.stderr) }()
	return readWithoutEcho(ctx, int(terminal.Fd()), func() { _, _ = fmt.Fprint(a.stderr, a.say.T(question)+" ") })
}

// newSecret reads a passphrase that somebody chooses: twice when it is typed, since nobody sees what was typed.
func (a *app) newSecret(ctx context.Context, variable string) ([]byte, error) {
	first, err := a.secret(ctx, variable, "ctl.ask.new_passphrase")
	if err != nil || a.env(variable) != "" {
		return first, err
	}
	again, err := a.secret(ctx, variable, "ctl.ask.again")
	if err != nil {
		clear(first)
		return nil, err
	}
	defer clear(again)
	if string(first) != string(again) {
		clear(first)
		return nil, failed("passphrases_differ", nil)
	}
	return first, nil
}

// readWithoutEcho asks, waits for a line or for the end of the context, and leaves the terminal as it was either way: an
// interrupted question must not leave the shell without echo.
func readWithoutEcho(ctx context.Context, terminal int, ask func()) ([]byte, error) {
	state, err := term.GetState(terminal)
	if err != nil {
		return nil, fmt.Errorf("asking for the passphrase: %w", err)
	}
	type answer struct {
		text []byte
		err  error
	}
	// The read itself cannot be interrupted; after an interruption the program ends, and the goroutine with it.
	answers := make(chan answer, 1)
	go func() {
		text, err := term.ReadPassword(terminal)
		answers <- answer{text, err}
	}()
	untilSilent(terminal, *state)
	ask()
	select {
	case got := <-answers:
		if got.err != nil {
			return nil, fmt.Errorf("asking for the passphrase: %w", got.err)
		}
		return got.text, nil
	case <-ctx.Done():
		if err := term.Restore(terminal, state); err != nil {
			return nil, fmt.Errorf("restoring the terminal: %w", err)
		}
		return nil, ctx.Err()
	}
}

// untilSilent waits until the terminal no longer shows what is typed, so that nobody is asked before. A terminal that never tells
// does not keep the question waiting for long.
func untilSilent(terminal int, loud term.State) {
	for range 100 {
		now, err := term.GetState(terminal)
		if err != nil || *now != loud {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
}
