package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"

	"bottega/cmd/internal/house"
	"bottega/sync/journal"
	"bottega/sync/journal/oskeyring"
	"bottega/ui/paper/printer"
	"bottega/ui/text"
)

// run is the whole program: it reads the arguments, opens what stands in the data folder, and shows the windows until they are
// closed.
func run(ctx context.Context, args []string, io streams) int {
	catalog, err := text.Embedded()
	if err != nil { // the translations are part of the program: there is no language to say it in
		say(io.err, "bottega: "+err.Error())
		return exitFailed
	}
	o, words, err := parse(args, io, catalog)
	switch {
	case errors.Is(err, errShown):
		return exitDone
	case err != nil:
		say(io.err, err.Error())
		return exitWrongUse
	}
	if runtime.GOOS == "linux" && io.env("DISPLAY") == "" && io.env("WAYLAND_DISPLAY") == "" {
		say(io.err, words.T("app.no_display"))
		return exitFailed
	}
	if err := start(ctx, o, catalog, io); err != nil {
		if errors.Is(err, errRunning) {
			say(io.out, words.T("app.running"))
			return exitDone
		}
		say(io.err, words.T("app.failed", "Detail", err.Error()))
		return exitFailed
	}
	return exitDone
}

// errRunning says that the program runs already and was asked to show itself.
var errRunning = errors.New("the program runs already")

// start opens the data folder, shows the windows, and puts everything back in order when they are closed.
func start(ctx context.Context, o options, catalog *text.Catalog, io streams) (err error) {
	parts, err := newParts(catalog)
	if err != nil {
		return err
	}
	d := &doors{dir: o.data, parts: parts, ring: oskeyring.Ring{}}
	defer func() { err = errors.Join(err, d.close()) }()
	end := &crash{}
	switch err := d.open(ctx); {
	case errors.Is(err, errRunning):
		return err
	case err == nil: // any other error is told in the window, which asks again
		if end, err = watchForCrash(filepath.Join(o.data, crashName)); err != nil {
			say(io.err, err.Error()) // a folder that takes no crash file is no reason not to work
		}
	}
	if err := show(ctx, o, catalog, d, end); err != nil {
		return err
	}
	return end.ended()
}

// parts are the same for every desk of this program: its own content, the words of its windows and its printers.
type parts struct {
	content  house.Content
	words    words
	printers *printer.Client
}

// newParts puts the parts together; said is what the windows say.
func newParts(said *text.Catalog) (*parts, error) {
	content, err := house.LoadContent()
	if err != nil {
		return nil, err
	}
	return &parts{content: content, words: words{said: said, own: text.Lazy()}, printers: printer.New(printer.Config{})}, nil
}

// open takes the journal of the data folder, or asks the program that has it to come to the front.
func (d *doors) open(ctx context.Context) error {
	j, err := journal.Open(d.dir, journal.Options{})
	switch {
	case errors.Is(err, journal.ErrNone):
		return nil
	case errors.Is(err, journal.ErrInUse):
		if raised := journal.RaiseRunning(ctx, d.dir); raised != nil {
			return errors.Join(err, raised)
		}
		return errRunning
	case err != nil:
		return fmt.Errorf("opening the journal: %w", err)
	}
	d.journal = j
	return nil
}
