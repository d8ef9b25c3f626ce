package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"bottega/ui/text"
)

// app is what every command is given: the rooms, where to read and write, in which language, and where the desk's data lie.
type app struct {
	rooms
	stdin          io.Reader
	stdout, stderr io.Writer
	env            func(string) string
	json           bool
	say            *text.Localizer
	data           string
	facilitator    string
}

// command is one leaf of the grammar.
type command interface {
	Run(ctx context.Context, a *app) error
}

// show prints a result: as JSON when asked, else as people read it.
func (a *app) show(result any, people func(w io.Writer)) error {
	if !a.json {
		var b strings.Builder
		people(&b)
		if _, err := io.WriteString(a.stdout, b.String()); err != nil {
			return fmt.Errorf("writing the result: %w", err)
		}
		return nil
	}
	encoder := json.NewEncoder(a.stdout)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(result); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}

// done confirms in one sentence, or with an empty JSON object, that something without a result was done.
func (a *app) done(key string, args ...any) error {
	return a.show(struct{}{}, func(w io.Writer) { line(w, a.say.T(key, args...)) })
}

// line writes one line; the writers of people are buffers in memory, which do not fail.
func line(w io.Writer, parts ...string) { _, _ = fmt.Fprintln(w, strings.Join(parts, " ")) }

// language chooses the language before the arguments are parsed, so that a mistake in them is explained in it: --lang, then the
// environment as every program reads it, then Italian.
func language(args []string, env func(string) string) string {
	if asked := flagValue(args, "lang"); asked != "" {
		return asked
	}
	return text.FromEnvironment(env)
}

// asksForJSON tells before the arguments are parsed whether a mistake in them is reported as JSON.
func asksForJSON(args []string) bool {
	for _, arg := range args {
		switch arg {
		case "--json", "--json=true":
			return true
		case "--":
			return false
		}
	}
	return false
}

// flagValue finds the value of a global flag wherever it stands.
func flagValue(args []string, name string) string {
	for i, arg := range args {
		if arg == "--" {
			break
		}
		if value, found := strings.CutPrefix(arg, "--"+name+"="); found {
			return value
		}
		if arg == "--"+name && i+1 < len(args) {
			return args[i+1]
		}
	}
	return ""
}
