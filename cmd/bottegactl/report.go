package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
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

// Run counts the visits of some days, the erased ones by what they left.
func (c report) Run(ctx context.Context, a *app) error {
	from, to, err := days(c.From, c.To)
	if err != nil {
		return err
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
