package main

import (
	"context"
	"io"

	"bottega/desk/civil"
)

type exportCommands struct {
	Accepted exportAccepted `cmd:""`
}

type exportAccepted struct {
	From string `required:"" placeholder:"YYYY-MM-DD"`
	To   string `required:"" placeholder:"YYYY-MM-DD"`
}

// Run takes note that the monitoring system has the visits of some days, so that their contents need not be kept.
func (c exportAccepted) Run(ctx context.Context, a *app) error {
	from, to, err := days(c.From, c.To)
	if err != nil {
		return err
	}
	w, err := a.openDesk(ctx)
	if err != nil {
		return err
	}
	defer w.close()
	if err := w.RecordExport(ctx, from, to); err != nil {
		return err
	}
	visits := w.Counts(from, to).Visits
	return a.show(map[string]any{"from": c.From, "to": c.To, "visits": visits}, func(out io.Writer) {
		line(out, a.say.N("ctl.export.accepted", visits))
	})
}

// days reads the first and the last day of a command: at most a year, with the day that a leap year adds.
func days(first, last string) (from, to civil.Date, err error) {
	const most = 366
	from, errFrom := civil.Parse(first)
	to, errTo := civil.Parse(last)
	switch {
	case errFrom != nil:
		return from, to, wrongUse("bad_value", "What", "--from")
	case errTo != nil || to.Before(from) || to.After(from.AddDays(most)):
		return from, to, wrongUse("bad_value", "What", "--to")
	}
	return from, to, nil
}
