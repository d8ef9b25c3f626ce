package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"bottega/cmd/internal/house"
	"bottega/desk/civil"
	"bottega/sync/journal"
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
	// Held would be due, had they nothing to follow up.
	Held []string `json:"held"`
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
	result := retained{Due: []string{}, Held: []string{}, Today: today}
	for _, v := range due {
		result.Due = append(result.Due, v.Visit)
	}
	held, err := house.Held(ctx, w.journal, w.Desk)
	if err != nil {
		return err
	}
	result.Held = append(result.Held, held...)
	if !c.DryRun {
		if result.Erased, err = house.Retain(ctx, w.journal, w.Desk); err != nil {
			return err
		}
	}
	return a.show(result, func(out io.Writer) {
		c.warn(out, a, today, w.Now())
		if c.DryRun {
			list(out, result.Due)
			line(out, a.say.N("ctl.journal.due", len(result.Due)))
		} else {
			line(out, a.say.N("ctl.journal.retained", result.Erased))
		}
		if len(result.Held) > 0 {
			line(out, a.say.N("ctl.journal.held", len(result.Held)))
			list(out, result.Held)
		}
	})
}

func list(out io.Writer, visits []string) {
	for _, visit := range visits {
		line(out, visit)
	}
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
	Out   string `short:"o" placeholder:"FILE"`
	Large bool
}

// Run adds up again what is left of a visit that was erased, and prints the statement of it if there is a file for it. It is the same
// sheet whenever it is made.
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
	if c.Out == "" {
		return a.show(proof, func(out io.Writer) { showProof(out, a, proof) })
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
	return a.show(result, func(out io.Writer) {
		showProof(out, a, proof)
		line(out, a.say.T("ctl.paper.made", "Number", made.Number, "File", c.Out))
	})
}

// showProof tells the two fingerprints that stand on the sheet.
func showProof(out io.Writer, a *app, p journal.Proof) {
	line(out, a.say.N("ctl.journal.proof", p.Entries, "First", p.First, "Last", p.Last, "Seq", p.Seq, "Digest", p.Digest.String()))
	line(out, a.say.T("ctl.journal.proof_headers", "Headers", p.Headers))
}
