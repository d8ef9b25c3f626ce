package main

import (
	"context"
	"io"

	"bottega/desk"
	"bottega/ui/paper"
)

type facilitatorRecovery struct {
	Print   bool
	Printer string `placeholder:"URI"`
	Yes     bool
}

// Run makes a recovery key and shows it, this once, or prints it: it goes on paper, and the one before it is good no more.
func (c facilitatorRecovery) Run(ctx context.Context, a *app) error {
	w, err := a.openDesk(ctx)
	if err != nil {
		return err
	}
	defer w.close()
	if err := c.confirm(ctx, a, w); err != nil {
		return err
	}
	var to desk.PrinterInfo
	if c.Print { // before there is a key that could be lost
		if to, err = a.printerNamed(ctx, c.Printer); err != nil {
			return err
		}
	}
	key, err := w.journal.NewRecoveryKey(ctx)
	if err != nil {
		return err
	}
	defer key.Wipe()
	groups := key.Groups()
	defer clear(groups)
	if !c.Print {
		return a.showKey(groups)
	}
	if err := a.printKey(ctx, w, to, groups); err != nil {
		_ = a.showKey(groups) // it is the only one now
		return err
	}
	return a.done("ctl.facilitator.recovery_printed", "Printer", to.Name)
}

// confirm wants a yes before a key that lies in somebody's drawer opens nothing any more.
func (c facilitatorRecovery) confirm(ctx context.Context, a *app, w *work) error {
	has, made, err := w.journal.HasRecoveryKey()
	if err != nil || !has || c.Yes {
		return err
	}
	day := a.say.DateTime(made.In(a.now().Location()))
	yes, err := a.yes(ctx, a.say.T("ctl.ask.recovery", "Made", day))
	if err == nil && !yes {
		err = wrongUse("recovery_unconfirmed", "Made", day)
	}
	return err
}

func (a *app) showKey(groups []byte) error {
	return a.show(map[string]string{"recovery_key": string(groups)}, func(out io.Writer) {
		line(out, string(groups))
		line(out, a.say.T("ctl.facilitator.recovery"))
	})
}

// printKey hands the sheet to a printer; it is in no file.
func (a *app) printKey(ctx context.Context, w *work, to desk.PrinterInfo, groups []byte) error {
	who, _ := w.journal.Who()
	site := w.Site()
	pdf, err := w.papers.RenderRecovery(ctx, paper.RecoverySheet{
		Key: groups, Site: site.Site, Desk: site.Desk, By: who.Sigla, MadeAt: a.now(), Lang: a.say.Lang(),
	})
	if err != nil {
		return err
	}
	defer clear(pdf)
	return a.printers.Print(ctx, to.URI, "bottega", pdf)
}
