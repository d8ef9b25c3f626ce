package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"bottega/assets"
	"bottega/cardreader"
	"bottega/cardreader/login"
	"bottega/cmd/internal/house"
	"bottega/desk"
	"bottega/desk/bilingual"
	"bottega/desk/exemption"
	"bottega/desk/walk"
	"bottega/sync/journal"
	"bottega/ui/paper"
	"bottega/ui/paper/printer"
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
	// TriesLeft is how many tries a refused code leaves, where the card says it.
	TriesLeft *int `json:"tries_left,omitempty"`
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
	a.tellAside(t, "error")
	return exit
}

// tellAside writes to standard error, in one line or as an object with one key.
func (a *app) tellAside(t told, key string) {
	if a.json {
		encoder := json.NewEncoder(a.stderr)
		encoder.SetEscapeHTML(false)
		_ = encoder.Encode(map[string]told{key: t}) // nobody is left to tell that standard error is closed
		return
	}
	_, _ = fmt.Fprintln(a.stderr, strings.TrimSpace(t.Message+" "+t.Advice))
}

// spoken is an error of a room that brings its own words.
type spoken interface {
	error
	Title() bilingual.Text
	Advice() bilingual.Text
}

// tell turns an error into words and its exit code. An error that no room names is told as it is, with general advice.
func (a *app) tell(err error) (told, int) {
	for _, teller := range []func(error) (told, int, bool){a.tellOwn, a.tellPack, a.tellLine, a.tellJournal, a.tellCardOrPrinter, a.tellContent, a.tellDesk, a.tellSystem} {
		if t, exit, known := teller(err); known {
			return t, exit
		}
	}
	return a.words("unexpected", err), exitFailed
}

// tellOwn tells the failures of the commands themselves.
func (a *app) tellOwn(err error) (told, int, bool) {
	var f *failure
	if !errors.As(err, &f) {
		return told{}, 0, false
	}
	return a.words(f.code, f.cause, f.args...), f.exit, true
}

// tellJournal tells the problems of the journal, with the wait after a wrong passphrase and the place of a fault.
func (a *app) tellJournal(err error) (told, int, bool) {
	var problem journal.Problem
	if !errors.As(err, &problem) {
		return told{}, 0, false
	}
	t := a.spoken(string(problem), problem)
	var refused *journal.Refused
	if errors.As(err, &refused) && refused.Wait > 0 {
		t.Advice += " " + a.say.T("ctl.wait", "Wait", refused.Wait.Round(time.Second).String())
	}
	var fault *journal.Fault
	if errors.As(err, &fault) && fault.Kind == journal.FaultHead {
		return a.spoken(string(journal.ErrHeadLost), journal.ErrHeadLost), exitAttention, true
	}
	if problem == journal.ErrTracesLeft {
		return t, exitAttention, true
	}
	if fault != nil {
		t.Message += " " + a.say.In(fault.Text())
	}
	var mistyped *journal.MistypedKey
	if errors.As(err, &mistyped) {
		t.Message += " " + a.say.In(mistyped.Text())
	}
	return t, exitFailed, true
}

func (a *app) spoken(code string, s spoken) told {
	return told{Code: code, Message: sentence(a.say.In(s.Title())), Advice: a.say.In(s.Advice())}
}

// tellCardOrPrinter tells the closed sets of what can go wrong with a card and with a printer.
func (a *app) tellCardOrPrinter(err error) (told, int, bool) {
	var trouble cardreader.Trouble
	if errors.As(err, &trouble) {
		return a.tellTrouble(trouble, err)
	}
	var printing *printer.Error
	if errors.As(err, &printing) {
		key := "print." + string(printing.Code)
		return told{Code: "print_" + string(printing.Code), Message: sentence(a.say.T(key + ".title")), Advice: a.say.T(key + ".advice")}, exitFailed, true
	}
	return told{}, 0, false
}

// tellTrouble tells what is wrong between reader and card, with the tries that a refused code leaves, or why a door stayed closed.
func (a *app) tellTrouble(trouble cardreader.Trouble, err error) (told, int, bool) {
	switch {
	case errors.Is(err, login.ErrNotAsked):
		return a.words("not_asked", nil), exitHub, true
	case trouble == cardreader.DoorClosed && errors.As(err, new(*tls.CertificateVerificationError)):
		return a.words("door_untrusted", nil), exitHub, true
	}
	t := told{Code: string(trouble), Message: sentence(a.say.T(trouble.TitleKey())), Advice: a.say.T(trouble.AdviceKey())}
	if left, counted := cardreader.TriesLeft(err); counted {
		t.TriesLeft = &left
		if left > 1 || trouble == cardreader.WrongPUK {
			t.Message += " " + a.say.N("ctl.tries_left", left)
		}
	}
	if trouble == cardreader.DoorClosed {
		return t, exitHub, true
	}
	return t, exitCard, true
}

// tellContent tells what is wrong in content files, with line and column.
func (a *app) tellContent(err error) (told, int, bool) {
	var content *assets.ContentError
	if !errors.As(err, &content) {
		return told{}, 0, false
	}
	t := a.words("content", nil)
	t.Message = oneLine(strings.TrimSuffix(t.Message, ".") + ": " + content.In(a.say.Lang()))
	return t, exitFailed, true
}

// deskErrors are the errors of the desk and its papers, each with its own words under ctl.error.
func deskErrors() []struct {
	err  error
	code string
	exit int
} {
	return []struct {
		err  error
		code string
		exit int
	}{
		{desk.ErrNoCard, "no_card_to_read", exitCard},
		{desk.ErrNobodyNamed, "nobody_named", exitFailed},
		{desk.ErrCardNumber, "card_number", exitFailed},
		{desk.ErrNoSite, "no_site", exitFailed},
		{desk.ErrNoVisit, "no_visit", exitFailed},
		{desk.ErrVisitOpen, "visit_open", exitFailed},
		{house.ErrNoPack, "no_pack", exitFailed},
		{desk.ErrVisitClosed, "visit_closed", exitFailed},
		{desk.ErrNoService, "no_such_service", exitFailed},
		{desk.ErrNoPaper, "no_paper", exitFailed},
		{desk.ErrNoRules, "no_rules", exitFailed},
		{desk.ErrNothingToTell, "nothing_to_tell", exitFailed},
		{desk.ErrPaperChanged, "paper_changed", exitFailed},
		{desk.ErrLooksSecret, "looks_secret", exitFailed},
		{desk.ErrNotCorrigible, "not_corrigible", exitFailed},
		{desk.ErrPeriod, "period", exitWrongUse},
		{desk.ErrWalkEnded, "walk_ended", exitFailed},
		{exemption.ErrNoRules, "no_rules", exitFailed},
		{walk.ErrUnknownOutcome, "unknown_outcome", exitFailed},
		{paper.ErrTemplate, "paper_changed", exitFailed},
		{paper.ErrNoFacts, "nothing_to_tell", exitFailed},
		{paper.ErrNotConfirmed, "not_confirmed", exitFailed},
		{paper.ErrExpired, "exemption_expired", exitFailed},
		{paper.ErrSecret, "looks_secret", exitFailed},
	}
}

func (a *app) tellDesk(err error) (told, int, bool) {
	for _, known := range deskErrors() {
		if errors.Is(err, known.err) {
			return a.words(known.code, nil), known.exit, true
		}
	}
	return told{}, 0, false
}

// tellSystem tells what every program meets: an interruption, a wait too long, a file that cannot be used.
func (a *app) tellSystem(err error) (told, int, bool) {
	var path *fs.PathError
	switch {
	case errors.Is(err, context.Canceled):
		return a.words("interrupted", nil), exitFailed, true
	case errors.Is(err, context.DeadlineExceeded):
		return a.words("too_long", nil), exitFailed, true
	case errors.As(err, &path) && errors.Is(err, fs.ErrNotExist):
		return a.words("file_missing", nil, "Path", path.Path), exitFailed, true
	case errors.As(err, &path) && errors.Is(err, fs.ErrPermission):
		return a.words("file_forbidden", nil, "Path", path.Path), exitFailed, true
	case errors.As(err, &path) && errors.Is(err, fs.ErrExist):
		return a.words("file_exists", nil, "Path", path.Path), exitFailed, true
	case errors.As(err, &path):
		return a.words("file", path.Err, "Path", path.Path), exitFailed, true
	}
	return told{}, 0, false
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
