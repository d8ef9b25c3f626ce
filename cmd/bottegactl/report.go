package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"

	"bottega/desk/civil"
)

type report struct {
	From string `required:"" placeholder:"YYYY-MM-DD"`
	To   string `required:"" placeholder:"YYYY-MM-DD"`
}

// reportResult counts, and names nobody.
type reportResult struct {
	From     string         `json:"from"`
	To       string         `json:"to"`
	Visits   int            `json:"visits"`
	Left     int            `json:"left"`
	Minutes  int            `json:"minutes"`
	Papers   int            `json:"papers"`
	Handouts int            `json:"handouts"`
	Services map[string]int `json:"services"`
	Outcomes map[string]int `json:"outcomes"`
}

// reportDays is the longest report: a year, with the day that a leap year adds.
const reportDays = 366

// Run counts the visits of some days, the erased ones by what they left.
func (c report) Run(ctx context.Context, a *app) error {
	from, errFrom := civil.Parse(c.From)
	to, errTo := civil.Parse(c.To)
	switch {
	case errFrom != nil:
		return wrongUse("bad_value", "What", "--from")
	case errTo != nil || to.Before(from) || to.After(from.AddDays(reportDays)):
		return wrongUse("bad_value", "What", "--to")
	}
	w, err := a.openDesk(ctx)
	if err != nil {
		return err
	}
	defer w.close()
	n := w.Counts(from, to)
	r := reportResult{
		From: from.String(), To: to.String(), Visits: n.Visits, Left: n.Left, Minutes: n.Minutes, Papers: n.Papers, Handouts: n.Handouts,
		Services: n.ByService, Outcomes: n.ByOutcome,
	}
	return a.show(r, func(out io.Writer) {
		line(out, a.say.N("ctl.report.visits", r.Visits, "Minutes", r.Minutes, "Left", r.Left))
		line(out, a.say.T("ctl.report.given", "Papers", r.Papers, "Handouts", r.Handouts))
		for _, service := range slices.Sorted(maps.Keys(r.Services)) {
			line(out, " ", fmt.Sprintf("%4d", r.Services[service]), service)
		}
	})
}
