package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"bottega/assets"
	"bottega/cardreader"
)

// failure is an error that already knows how it is told: a stable code for scripts, and the translation keys
// ctl.error.<code>.message and ctl.error.<code>.advice with their arguments.
type failure struct {
	exit int
	code string
	args []any
	// cause is what went wrong underneath; it is told after the message when it says more.
	cause error
}

func (f *failure) Error() string {
	if f.cause != nil {
		return f.code + ": " + f.cause.Error()
	}
	return f.code
}

func (f *failure) Unwrap() error { return f.cause }

// failed makes a failure of exit code 1.
func failed(code string, cause error, args ...any) error {
	return &failure{exit: exitFailed, code: code, cause: cause, args: args}
}

// wrongUse makes a failure of exit code 2.
func wrongUse(code string, args ...any) error {
	return &failure{exit: exitWrongUse, code: code, args: args}
}

// attention ends a command that did its work and found something that needs a person: its result was shown already.
var errAttention = errors.New("something needs attention")

// told is a failure in the words of the person's language.
type told struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Advice  string `json:"advice"`
}

// fail reports an error, in one line or as an object, and returns the exit code.
func (a *app) fail(err error) int {
	switch {
	case errors.Is(err, errAttention):
		return exitAttention
	case errors.Is(err, errCardTroubled):
		return exitCard
	}
	t, exit := a.tell(err)
	if a.json {
		encoder := json.NewEncoder(a.stderr)
		encoder.SetEscapeHTML(false)
		_ = encoder.Encode(map[string]told{"error": t}) // nobody is left to tell that standard error is closed
		return exit
	}
	_, _ = fmt.Fprintln(a.stderr, strings.TrimSpace(t.Message+" "+t.Advice))
	return exit
}

// tell turns an error into words and its exit code. Errors that no room names get their own text and general advice.
func (a *app) tell(err error) (told, int) {
	var f *failure
	var trouble cardreader.Trouble
	var path *fs.PathError
	var content *assets.ContentError
	switch {
	case errors.As(err, &f):
		return a.words(f.code, f.cause, f.args...), f.exit
	case errors.As(err, &content):
		t := a.words("content", nil)
		t.Message = oneLine(strings.TrimSuffix(t.Message, ".") + ": " + content.In(a.say.Lang()))
		return t, exitFailed
	case errors.As(err, &trouble):
		return told{
			Code:    string(trouble),
			Message: sentence(a.say.T(trouble.TitleKey())),
			Advice:  a.say.T(trouble.AdviceKey()),
		}, exitCard
	case errors.Is(err, context.Canceled):
		return a.words("interrupted", nil), exitFailed
	case errors.Is(err, context.DeadlineExceeded):
		return a.words("too_long", nil), exitFailed
	case errors.As(err, &path):
		return a.words("file", path.Err, "Path", path.Path), exitFailed
	}
	return a.words("unexpected", err), exitFailed
}

func (a *app) words(code string, cause error, args ...any) told {
	t := told{
		Code:    code,
		Message: a.say.T("ctl.error."+code+".message", args...),
		Advice:  a.say.T("ctl.error."+code+".advice", args...),
	}
	if cause != nil {
		t.Message = sentence(strings.TrimSuffix(t.Message, ".") + ": " + oneLine(cause.Error()))
	}
	return t
}

// sentence closes a text with a full stop.
func sentence(s string) string {
	if strings.HasSuffix(s, ".") || strings.HasSuffix(s, "?") || strings.HasSuffix(s, "!") {
		return s
	}
	return s + "."
}

// oneLine keeps an error from below on one line.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
