package facilitator

import (
	"context"
	"errors"
	"runtime"

	"bottega/cardreader"
	"bottega/desk"
	"bottega/desk/bilingual"
	"bottega/ui/text"
)

// known are the errors that have words of their own: KEY.title says what happened, KEY.advice what to do.
var known = []struct {
	err error
	key string
}{
	{desk.ErrVisitClosed, "error.visit_closed"},
	{desk.ErrNoVisit, "error.no_visit"},
	{desk.ErrWalkEnded, "error.walk_ended"},
	{desk.ErrNoWalk, "error.no_visit"},
	{desk.ErrNoService, "error.no_service"},
	{desk.ErrNoSite, "error.no_site"},
	{desk.ErrNoRules, "error.no_rules"},
	{desk.ErrNoCard, "error.no_card"},
	{desk.ErrNobodyNamed, "error.nobody_named"},
	{desk.ErrCardNumber, "error.card_number"},
	{desk.ErrNothingToTell, "error.nothing_to_tell"},
	{desk.ErrCorrected, "error.corrected"},
	{desk.ErrNoFollowUp, "error.corrected"},
	{desk.ErrNoEntry, "error.no_entry"},
	{desk.ErrNotCorrigible, "error.not_corrigible"},
	{desk.ErrPaperChanged, "error.paper_changed"},
	{context.DeadlineExceeded, "error.too_slow"},
}

// inWords says of an error what happened and what to do. The error's own text comes last and only where nothing better is
// known, for whoever is called to help.
func inWords(l *text.Localizer, err error) notice {
	var trouble cardreader.Trouble
	if errors.As(err, &trouble) {
		return troubleNotice(l, trouble)
	}
	fault := diskFault(err, runtime.GOOS)
	if fault != "" && errors.As(err, new(*PlaceError)) {
		return badly(l, fault) // the journal would take it for the disk that it is on itself
	}
	for _, k := range known {
		if errors.Is(err, k.err) {
			return badly(l, k.key)
		}
	}
	var line *LineError
	if errors.As(err, &line) {
		return notice{Tone: bad, Title: l.T("error.line"), Text: problemWords(l, line.Word)}
	}
	var pack *PackError
	if errors.As(err, &pack) {
		return notice{Tone: bad, Title: l.T("packs.problem"), Text: packWords(l, pack.Word)}
	}
	var told interface {
		Title() bilingual.Text
		Advice() bilingual.Text
	}
	if errors.As(err, &told) { // the journal knows the words for its own problems
		return notice{Tone: bad, Title: l.In(told.Title()), Text: l.In(told.Advice())}
	}
	if fault != "" {
		return badly(l, fault)
	}
	return notice{Tone: bad, Title: l.T("error.other.title"), Text: l.T("error.other.advice", "Detail", err.Error())}
}

// badly is a notice whose words are KEY.title and KEY.advice.
func badly(l *text.Localizer, key string) notice {
	return notice{Tone: bad, Title: l.T(key + ".title"), Text: l.T(key + ".advice")}
}

// fail tells what went wrong, unless the facilitator gave it up.
func (a *App) fail(err error) {
	if errors.Is(err, errGivenUp) {
		return
	}
	n := inWords(a.words.Current(), err)
	a.note = &n
}

// brokenPage stands in for a page whose facts cannot be had.
func (a *App) brokenPage(l *text.Localizer, err error) page {
	return page{Name: l.T("error.name"), Title: l.T("error.name"), Blocks: []block{inWords(l, err)}, Actions: []action{
		{Key: keyBack, Label: l.T("do.back"), Do: a.pop},
	}}
}
