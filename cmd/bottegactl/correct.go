package main

import (
	"context"
	"io"
	"os"
	"slices"
	"time"

	"bottega/assets"
	"bottega/desk"
	"bottega/desk/civil"
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
	Code       string     `yaml:"code"`
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
	if err := w.Correct(ctx, c.Entry, script.applied(all[i].Payload)); err != nil {
		return err
	}
	return a.done("ctl.visit.corrected")
}

// applied is the record as it should have been; nil where it is of a kind that is not corrected so.
func (s correctionScript) applied(p desk.Payload) desk.Payload {
	switch p := p.(type) {
	case *desk.ActivationRequested:
		right := *p
		right.Holder = s.person(p.Holder)
		set(&right.CardNumber, s.CardNumber)
		return right
	case *desk.ExemptionRequested:
		right := *p
		right.Person = s.person(p.Person)
		set(&right.Code, s.Code)
		return right
	}
	return nil
}

func (s correctionScript) person(p desk.Person) desk.Person {
	set(&p.Surname, s.Surname)
	set(&p.Name, s.Name)
	set(&p.FiscalCode, s.FiscalCode)
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
