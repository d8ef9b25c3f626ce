package main

import (
	"context"
	"io"
	"os"

	"bottega/assets"
	"bottega/desk/civil"
	"bottega/desk/exemption"
)

type exemptionCommands struct {
	Check exemptionCheck `cmd:""`
}

type exemptionCheck struct {
	File string `arg:""`
	On   string `placeholder:"YYYY-MM-DD"`
}

// verdictResult is the answer of exemption check, in three lists: what fits, what does not, and what could not be checked.
type verdictResult struct {
	Rules      string        `json:"rules"`
	On         civil.Date    `json:"on"`
	IncomeYear int           `json:"income_year"`
	Fits       []verdictLine `json:"fits"`
	Fails      []verdictLine `json:"fails"`
	NotChecked []verdictLine `json:"not_checked"`
}

type verdictLine struct {
	Code        string           `json:"code"`
	Description string           `json:"description"`
	Why         string           `json:"why"`
	Norm        string           `json:"norm"`
	From        civil.Date       `json:"from"`
	ValidTo     civil.Date       `json:"valid_to,omitzero"`
	Needs       []exemption.Fact `json:"needs,omitempty"`
}

// Run weighs the exemptions for the facts in a file. Nothing of it is kept: the journal is not even opened.
func (c exemptionCheck) Run(_ context.Context, a *app) error {
	on := civil.Of(a.now())
	if c.On != "" {
		var err error
		if on, err = civil.Parse(c.On); err != nil {
			return wrongUse("bad_value", "What", "--on")
		}
	}
	written, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	facts, err := assets.LoadCase(c.File, written, on)
	if err != nil {
		return err
	}
	rules, err := assets.Rules()
	if err != nil {
		return err
	}
	verdict, err := rules.Case(facts, on)
	if err != nil {
		return err
	}
	result := verdictResult{
		Rules: verdict.Rules, On: verdict.On, IncomeYear: verdict.IncomeYear,
		Fits: a.verdictLines(verdict.Fits), Fails: a.verdictLines(verdict.Fails), NotChecked: a.verdictLines(verdict.NotChecked),
	}
	return a.show(result, func(w io.Writer) {
		line(w, a.say.T("ctl.exemption.rules", "Rules", verdict.Rules, "Day", a.say.Date(on)))
		a.verdictText(w, "fits", result.Fits)
		a.verdictText(w, "fails", result.Fails)
		a.verdictText(w, "not_checked", result.NotChecked)
	})
}

func (a *app) verdictLines(judged []exemption.Line) []verdictLine {
	lines := make([]verdictLine, len(judged))
	for i, l := range judged {
		lines[i] = verdictLine{
			Code: l.Code, Description: a.say.In(l.Title), Why: a.say.In(l.Why), Norm: l.Norm, From: l.From, ValidTo: l.ValidTo, Needs: l.Needs,
		}
	}
	return lines
}

func (a *app) verdictText(w io.Writer, list string, lines []verdictLine) {
	line(w)
	line(w, a.say.T("ctl.exemption."+list)+":")
	if len(lines) == 0 {
		line(w, "  -", a.say.T("ctl.exemption.none"))
	}
	for _, l := range lines {
		line(w, "  -", l.Code+":", l.Description)
		source := l.Norm
		if !l.From.IsZero() {
			source += ", " + a.say.T("ctl.exemption.since", "Day", a.say.Date(l.From))
		}
		line(w, "   ", l.Why, "("+source+")")
		if !l.ValidTo.IsZero() {
			line(w, "   ", a.say.T("ctl.exemption.until", "Day", a.say.Date(l.ValidTo)))
		}
	}
}
