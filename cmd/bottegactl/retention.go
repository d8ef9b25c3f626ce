package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"bottega/cmd/internal/house"
	"bottega/desk/civil"
)

type journalRetain struct {
	DryRun bool
}

// retained is the answer of journal retain. It names visits by their random ID.
type retained struct {
	// Today is the moment that was reckoned from; see house.Today.
	Today  time.Time `json:"today,omitzero"`
	Due    []string  `json:"due"`
	Erased int       `json:"erased"`
}

// Run erases what has been kept long enough, or only says what that would be.
func (c journalRetain) Run(ctx context.Context, a *app) error {
	w, err := a.openDesk(ctx)
	if err != nil {
		return err
	}
	defer w.close()
	due, err := house.Due(ctx, w.journal, w.Desk)
	if err != nil {
		return err
	}
	today, err := house.Today(w.journal, w.Desk)
	if err != nil {
		return err
	}
	result := retained{Due: []string{}, Today: today}
	for _, v := range due {
		result.Due = append(result.Due, v.Visit)
	}
	if !c.DryRun {
		if result.Erased, err = house.Retain(ctx, w.journal, w.Desk); err != nil {
			return err
		}
	}
	return a.show(result, func(out io.Writer) {
		c.warn(out, a, today, w.Now())
		if !c.DryRun {
			line(out, a.say.N("ctl.journal.retained", result.Erased))
			return
		}
		for _, visit := range result.Due {
			line(out, visit)
		}
		line(out, a.say.N("ctl.journal.due", len(result.Due)))
	})
}

// warn says when the clock of this computer was not believed.
func (c journalRetain) warn(out io.Writer, a *app, today, now time.Time) {
	switch {
	case today.IsZero():
		line(out, a.say.T("ctl.journal.no_hub_time"))
	case now.Sub(today) > 24*time.Hour:
		line(out, a.say.T("ctl.journal.hub_time", "Date", a.say.Date(civil.Of(today))))
	}
}

type journalProof struct {
	Visit string `required:"" placeholder:"ID"`
	Out   string `required:"" short:"o" placeholder:"FILE"`
	Large bool
}

// Run prints the statement that a visit was erased. It is the same sheet whenever it is made.
func (c journalProof) Run(ctx context.Context, a *app) error {
	w, err := a.openDesk(ctx)
	if err != nil {
		return err
	}
	defer w.close()
	proof, err := w.journal.ErasureProof(ctx, c.Visit)
	if err != nil {
		return err
	}
	made := w.ErasurePaper(house.Statement(proof), a.say.Lang(), c.Large)
	pdf, err := w.papers.Render(ctx, made)
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.Out, pdf, 0o600); err != nil {
		return fmt.Errorf("saving the statement: %w", err)
	}
	result := paperResult{ID: made.ID, Number: made.Number, Kind: string(made.Kind), Visit: c.Visit, MadeAt: made.MadeAt, File: c.Out}
	return a.show(result, func(out io.Writer) { line(out, a.say.T("ctl.paper.made", "Number", made.Number, "File", c.Out)) })
}
