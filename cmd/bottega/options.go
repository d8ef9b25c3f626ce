package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"

	"bottega/cmd/internal/house"
	"bottega/ui/text"
)

// options are what the command line says.
type options struct {
	data     string
	lang     string
	practice bool
	// second is what becomes of the second screen: "auto", "off", or "window" for a window like any other.
	second string
}

// errShown says that what was asked for, help or version, is on the screen.
var errShown = errors.New("shown")

// parse reads the arguments. An error is one line for a person.
func parse(args []string, s streams, catalog *text.Catalog) (options, *text.Localizer, error) {
	var o options
	var version bool
	flags := flag.NewFlagSet("bottega", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.data, "data", s.env("BOTTEGA_DATA"), "")
	flags.StringVar(&o.lang, "lang", "", "")
	flags.BoolVar(&o.practice, "practice", false, "")
	flags.StringVar(&o.second, "second-screen", "auto", "")
	flags.BoolVar(&version, "version", false, "")
	err := flags.Parse(args)
	words := catalog.For(cmp.Or(o.lang, text.FromEnvironment(s.env)))
	switch {
	case errors.Is(err, flag.ErrHelp):
		say(s.out, words.T("app.usage"))
		return o, words, errShown
	case err != nil:
		return o, words, fmt.Errorf("bottega: %w\n%s", err, words.T("app.usage"))
	case version:
		say(s.out, "bottega "+house.Version())
		return o, words, errShown
	case flags.NArg() > 0:
		return o, words, fmt.Errorf("%s\n%s", words.T("app.no_argument", "Argument", flags.Arg(0)), words.T("app.usage"))
	case !slices.Contains([]string{"auto", "off", "window"}, o.second):
		return o, words, errors.New(words.T("app.second_screen", "Value", o.second))
	}
	if o.data == "" {
		o.data = house.DataDir(s.env)
	}
	return o, words, nil
}

// say writes a line for a person; a closed terminal is no reason to stop.
func say(w io.Writer, line string) { _, _ = fmt.Fprintln(w, line) }
