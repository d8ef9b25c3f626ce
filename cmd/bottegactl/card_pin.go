package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"

	"bottega/cardreader"
	"bottega/cardreader/login"
)

type cardPIN struct {
	Verify  pinVerify  `cmd:""`
	Change  pinChange  `cmd:""`
	Unblock pinUnblock `cmd:""`
}

// codeFlags are what every command takes that gives a code to a card. The code itself is never among them.
type codeFlags struct {
	Reader   string `placeholder:"NAME"`
	PINStdin bool   `name:"pin-stdin"`
	LastTry  bool   `name:"last-try"`
}

// giving is a card in its reader, with what it needs to be given codes.
type giving struct {
	*app
	flags  codeFlags
	codes  cardreader.Codes
	reader string
	needs  cardreader.CodeNeeds
}

// give asks the card how it takes codes and then does what the command is for. A PIN that would be the last one tried is given
// only to who says so.
func (a *app) give(ctx context.Context, flags codeFlags, door login.Door, do func(*giving) error) error {
	port := a.openPort()
	defer closePort(port)
	reader, err := cardreader.FirstReader(ctx, port, flags.Reader)
	if err != nil {
		return err
	}
	codes := a.openCodes(port, door)
	needs, err := codes.Ask(ctx, reader)
	if err != nil {
		return err
	}
	return do(&giving{app: a, flags: flags, codes: codes, reader: reader, needs: needs})
}

type pinVerify struct {
	codeFlags `embed:""`
}

// Run lets the card say whether the PIN is right.
func (c pinVerify) Run(ctx context.Context, a *app) error {
	return a.give(ctx, c.codeFlags, login.Door{}, func(g *giving) error {
		pin, err := g.pin(ctx)
		if err != nil {
			return err
		}
		if err := g.codes.Verify(ctx, g.reader, pin); err != nil {
			return err
		}
		return a.done("ctl.pin.verified")
	})
}

type pinChange struct {
	codeFlags `embed:""`
}

// Run replaces the PIN.
func (c pinChange) Run(ctx context.Context, a *app) error {
	return a.give(ctx, c.codeFlags, login.Door{}, func(g *giving) error {
		old, err := g.pin(ctx)
		if err != nil {
			return err
		}
		defer clear(old)
		fresh, err := g.newPIN(ctx)
		if err != nil {
			return err
		}
		if err := g.codes.Change(ctx, g.reader, old, fresh); err != nil {
			return err
		}
		return a.done("ctl.pin.changed")
	})
}

type pinUnblock struct {
	Reader   string `placeholder:"NAME"`
	PINStdin bool   `name:"pin-stdin"`
}

// Run sets a new PIN with the PUK.
func (c pinUnblock) Run(ctx context.Context, a *app) error {
	return a.give(ctx, codeFlags{Reader: c.Reader, PINStdin: c.PINStdin}, login.Door{}, func(g *giving) error {
		puk, err := g.code(ctx, "ctl.ask.puk", g.needs.PUK, g.needs.PUK)
		if err != nil {
			return err
		}
		defer clear(puk)
		fresh, err := g.newPIN(ctx)
		if err != nil {
			return err
		}
		if err := g.codes.Unblock(ctx, g.reader, puk, fresh); err != nil {
			return err
		}
		return a.done("ctl.pin.unblocked")
	})
}

// pin asks for the PIN, after a second yes where a wrong one would block the card.
func (g *giving) pin(ctx context.Context) ([]byte, error) {
	if g.needs.PINLeft == 1 && !g.flags.LastTry {
		if err := g.sure(ctx); err != nil {
			return nil, err
		}
	}
	return g.code(ctx, "ctl.ask.pin", g.needs.MinPIN, g.needs.MaxPIN)
}

// newPIN asks for a PIN that somebody chooses: twice when it is typed, since nobody sees what was typed.
func (g *giving) newPIN(ctx context.Context) ([]byte, error) {
	if g.onPad() { // the reader asks for it, twice
		return nil, nil
	}
	first, err := g.code(ctx, "ctl.ask.new_pin", g.needs.MinPIN, g.needs.MaxPIN)
	if err != nil || g.flags.PINStdin {
		return first, err
	}
	again, err := g.code(ctx, "ctl.ask.pin_again", g.needs.MinPIN, g.needs.MaxPIN)
	if err != nil {
		clear(first)
		return nil, err
	}
	defer clear(again)
	if !slices.Equal(first, again) {
		clear(first)
		return nil, failed("pins_differ", nil)
	}
	return first, nil
}

// onPad reports whether codes are typed on the reader's own keypad.
func (g *giving) onPad() bool { return g.needs.Pad && !g.flags.PINStdin }

// code reads a code of so many digits: from standard input where the command says so, else without echo from the terminal. It is
// nil where the code is typed on the reader's own keypad. A code that no card would take is refused here, where it costs nothing.
func (g *giving) code(ctx context.Context, question string, least, most int) ([]byte, error) {
	if g.onPad() {
		_, _ = fmt.Fprintln(g.stderr, g.say.T("ctl.pin.on_pad"))
		return nil, nil
	}
	code, err := g.typed(ctx, question)
	if err != nil {
		return nil, err
	}
	notDigit := func(c byte) bool { return c < '0' || c > '9' }
	if len(code) < least || len(code) > most || slices.ContainsFunc(code, notDigit) {
		clear(code)
		return nil, wrongUse("code_digits", "Min", g.needs.MinPIN, "Max", g.needs.MaxPIN, "PUK", g.needs.PUK)
	}
	return code, nil
}

func (g *giving) typed(ctx context.Context, question string) ([]byte, error) {
	if g.flags.PINStdin {
		return interruptible(ctx, func() ([]byte, error) { return readLine(g.stdin) })
	}
	terminal, ok := g.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(terminal.Fd())) {
		return nil, wrongUse("pin_needed")
	}
	defer func() { _, _ = fmt.Fprintln(g.stderr) }()
	return readWithoutEcho(ctx, int(terminal.Fd()), func() { _, _ = fmt.Fprint(g.stderr, g.say.T(question)+" ") })
}

// sure wants a yes in so many words before the last try, from a terminal.
func (g *giving) sure(ctx context.Context) error {
	if !g.flags.PINStdin {
		if yes, err := g.yes(ctx, g.say.T("ctl.ask.last_try")); yes || err != nil {
			return err
		}
	}
	return &failure{exit: exitCard, code: "last_try"}
}

// yes asks at the terminal and wants a yes in so many words; without a terminal nobody is asked, and it is no.
func (a *app) yes(ctx context.Context, question string) (bool, error) {
	terminal, ok := a.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(terminal.Fd())) {
		return false, nil
	}
	_, _ = fmt.Fprint(a.stderr, question+" ")
	answer, err := interruptible(ctx, func() ([]byte, error) { return readLine(a.stdin) })
	if err != nil {
		return false, err
	}
	said := func(yes string) bool { return strings.EqualFold(strings.TrimSpace(string(answer)), yes) }
	return slices.ContainsFunc([]string{"sì", "si", "yes"}, said), nil
}

// interruptible waits for a reading or for the end of the context. The reading itself cannot be interrupted; after an
// interruption the program ends, and the goroutine with it.
func interruptible(ctx context.Context, read func() ([]byte, error)) ([]byte, error) {
	type answer struct {
		line []byte
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		line, err := read()
		answers <- answer{line, err}
	}()
	select {
	case got := <-answers:
		return got.line, got.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// maxLine is longer than any code.
const maxLine = 64

// readLine reads one line, byte by byte: what comes after it is the next one's, and nothing of it stays in a buffer.
func readLine(r io.Reader) ([]byte, error) {
	line := make([]byte, 0, maxLine)
	var next [1]byte
	for len(line) < maxLine {
		n, err := r.Read(next[:])
		switch {
		case n == 1 && next[0] == '\n', n == 0 && errors.Is(err, io.EOF) && len(line) > 0:
			if last := len(line) - 1; last >= 0 && line[last] == '\r' {
				line = line[:last]
			}
			return line, nil
		case n == 1:
			line = append(line, next[0])
			next[0] = 0
		case errors.Is(err, io.EOF):
			return nil, wrongUse("pin_needed")
		case err != nil:
			clear(line)
			return nil, fmt.Errorf("reading the code: %w", err)
		}
	}
	clear(line)
	return nil, wrongUse("line_too_long")
}
