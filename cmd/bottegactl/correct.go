package main

import (
	"context"
	"io"
	"os"
	"slices"
	"time"

	"bottega/assets"
	"bottega/desk"
	"bottega/desk/bilingual"
	"bottega/desk/civil"
	"bottega/desk/walk"
)

type visitRefused struct{}

// refusedLine is a record that the hub could not make sense of: where it stands and what is wrong, never what it says.
type refusedLine struct {
	Entry  string    `json:"entry"`
	Kind   desk.Kind `json:"kind"`
	At     time.Time `json:"at"`
	Visit  string    `json:"visit"`
	Reason string    `json:"reason"`
}

// Run lists what the hub refused and nobody has corrected yet. Where there is something, it needs a person.
func (visitRefused) Run(ctx context.Context, a *app) error {
	w, err := a.openDesk(ctx)
	if err != nil {
		return err
	}
	defer w.close()
	lines := []refusedLine{}
	for _, r := range w.Refused() {
		lines = append(lines, refusedLine{Entry: r.Entry, Kind: r.Kind, At: r.At, Visit: r.Visit, Reason: r.Reason})
	}
	err = a.show(map[string]any{"refused": lines}, func(out io.Writer) {
		for _, l := range lines {
			line(out, l.Entry, a.say.DateTime(l.At), string(l.Kind))
			line(out, " ", a.reason(l.Reason))
		}
		line(out, a.say.N("ctl.visit.refused", len(lines)))
	})
	if err == nil && len(lines) > 0 {
		return errAttention
	}
	return err
}

// reason is what the hub found wrong, in words.
func (a *app) reason(word string) string {
	if key := "line.reason." + word; a.say.Has(key) {
		return a.say.T(key)
	}
	return a.say.T("line.reason.other")
}

type visitCorrect struct {
	Entry string `arg:""`
	File  string `arg:""`
}

// correctionScript is what a refused request should have said. What is left out stays as it was.
type correctionScript struct {
	Surname    string     `yaml:"surname"`
	Name       string     `yaml:"name"`
	FiscalCode string     `yaml:"fiscal_code"`
	BirthDate  civil.Date `yaml:"birth_date"`
	Sex        string     `yaml:"sex"`
	CardNumber string     `yaml:"card_number"`
	// Document is the holder's, with which an activation was asked for.
	Document documentScript `yaml:"document"`
	// Code is that of an exemption.
	Code string `yaml:"code"`
}

type documentScript struct {
	Number  string     `yaml:"number"`
	Expires civil.Date `yaml:"expires"`
}

// Lint implements assets.Linter with the checks of the window: what is mistyped must not travel and be refused once more.
func (s *correctionScript) Lint(report func(at string, text bilingual.Text)) {
	if s.FiscalCode != "" {
		if _, wrong := walk.FiscalCode(s.FiscalCode); wrong != nil {
			report("$.fiscal_code", wrong.Text)
		}
	}
	if s.CardNumber != "" {
		if _, wrong := walk.CardDigits(s.CardNumber); wrong != nil {
			report("$.card_number", wrong.Text)
		}
	}
	if s.Sex != "" && s.Sex != "M" && s.Sex != "F" {
		report("$.sex", bilingual.Text{It: "Qui va M oppure F, come sulla carta", En: "M or F goes here, as on the card"})
	}
}

// Run corrects a record that the hub refused. The correction is a new record, which goes the way of all; the old one stays.
func (c visitCorrect) Run(ctx context.Context, a *app) error {
	var script correctionScript
	written, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	if err := assets.ReadYAML(c.File, written, &script); err != nil {
		return err
	}
	w, err := a.openDesk(ctx)
	if err != nil {
		return err
	}
	defer w.close()
	all := w.Refused()
	i := slices.IndexFunc(all, func(r desk.RefusedRecord) bool { return r.Entry == c.Entry })
	if i < 0 {
		return failed("not_refused", nil)
	}
	if err := w.Correct(ctx, c.Entry, script.applied(all[i].Payload, civil.Of(w.Now()))); err != nil {
		return err
	}
	return a.done("ctl.visit.corrected")
}

// applied is the record as it should have been; nil where it is of a kind that is not corrected so.
func (s *correctionScript) applied(p desk.Payload, today civil.Date) desk.Payload {
	switch p := p.(type) {
	case *desk.ActivationRequested:
		right := *p
		right.Holder = s.person(p.Holder, today)
		set(&right.CardNumber, s.CardNumber)
		set(&right.Document.Number, s.Document.Number)
		set(&right.Document.Expires, s.Document.Expires)
		return right
	case *desk.ExemptionRequested:
		right := *p
		right.Person = s.person(p.Person, today)
		set(&right.Code, s.Code)
		return right
	}
	return nil
}

// person is who it should have been. What the script says in so many words counts for more than what a new code says.
func (s *correctionScript) person(was desk.Person, today civil.Date) desk.Person {
	p := was
	set(&p.Surname, s.Surname)
	set(&p.Name, s.Name)
	set(&p.FiscalCode, s.FiscalCode)
	p = desk.Retyped(was, p.FiscalCode, p.Surname, p.Name, today)
	set(&p.BirthDate, s.BirthDate)
	set(&p.Sex, s.Sex)
	return p
}

// set changes a value to what was written, if anything was.
func set[T comparable](value *T, written T) {
	var nothing T
	if written != nothing {
		*value = written
	}
}
