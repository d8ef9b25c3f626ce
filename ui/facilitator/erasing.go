package facilitator

import (
	"context"

	"bottega/desk"
	"bottega/ui/text"
)

// erasing asks twice before what is known of a visit is erased for ever.
type erasing struct {
	app   *App
	visit string
	sure  bool
}

func (e *erasing) page(l *text.Localizer) page {
	x, err := e.app.session.Desk.Visit(e.visit)
	if err != nil {
		return e.app.brokenPage(l, err)
	}
	key := "erase.first"
	if e.sure {
		key = "erase.second"
	}
	p := page{
		Name: l.T("erase.name"), Title: l.T("erase.title", "Name", visitName(l, x)), Lead: l.DateTime(x.OpenedAt), Narrow: true,
		Blocks: []block{notice{Tone: caution, Title: l.T(key), Text: l.T(key + "_advice")}},
		Actions: []action{
			{Key: keyMain, Label: l.T("erase.keep"), Do: e.app.pop, Tone: primary},
			{Key: sureKey(e.sure), Label: l.T(key + "_go"), Do: e.goOn},
			{Key: keyBack, Label: l.T("do.back"), Do: e.app.pop},
		},
	}
	if !e.sure {
		p.Blocks = append(p.Blocks, facts{Slim: true, Rows: []fact{
			{Label: l.T("erase.goes"), Value: l.T("erase.goes_what")}, {Label: l.T("erase.stays"), Value: l.T("erase.stays_what")},
		}})
	}
	return p
}

func (e *erasing) goOn() {
	if !e.sure {
		e.sure = true
		return
	}
	a, s := e.app, e.app.session
	a.work(a.words.Current().T("task.erasing"), func(ctx context.Context) error { return s.Eraser.Erase(ctx, e.visit) }, func() {
		a.replace(&erased{app: a, visit: e.visit})
		l := a.words.Current()
		a.tell(good, l.T("erase.done"), l.T("erase.done_detail"))
		a.forgetPapers()
	})
}

// erased offers the paper that proves an erasure. Behind it there is no visit to go back to any more.
type erased struct {
	app   *App
	visit string
}

func (e *erased) page(l *text.Localizer) page {
	return page{
		Name: l.T("erased.name"), Title: l.T("erased.title"), Lead: l.T("erased.lead"), Narrow: true,
		Blocks: []block{paragraph{Text: l.T("erased.backups")}},
		Actions: []action{
			{Key: keyMain, Label: l.T("erased.end"), Do: e.end, Tone: primary},
			{Key: keyF4, Label: l.T("papers.print"), Do: e.print},
			{Key: keyF5, Label: l.T("papers.save"), Do: e.save},
			{Key: keyF6, Label: l.T("papers.show"), Do: e.show},
			{Key: keyBack, Label: l.T("do.back"), Do: e.end},
		},
	}
}

// end goes back to before the visit that is no more.
func (e *erased) end() {
	e.app.pop()
	for {
		v, ok := e.app.top().(*visit)
		if !ok || v.id != e.visit {
			return
		}
		e.app.pop()
	}
}

// with makes the paper and does something with it.
func (e *erased) with(do func(context.Context, desk.Paper, []byte) error, done func(error)) {
	a, s, lang := e.app, e.app.session, e.app.citizenWords.Current().Lang()
	a.worker.run(a.words.Current().T("task.making_paper"), func(ctx context.Context) error {
		p, pdf, err := s.Eraser.Proof(ctx, e.visit, lang)
		if err != nil {
			return err
		}
		return do(ctx, p, pdf)
	}, done)
}

func (e *erased) print() {
	a, s, uri := e.app, e.app.session, e.app.settings.Printer
	if uri == "" {
		a.findPrinter("papers.no_printer_advice", e.print)
		return
	}
	e.with(func(ctx context.Context, p desk.Paper, pdf []byte) error {
		if err := s.Printers.Print(ctx, uri, p.Number, pdf); err != nil {
			return &printError{err}
		}
		return nil
	}, func(err error) { a.paperDone(err, "papers.printed", "", nil) })
}

func (e *erased) save() {
	var where string
	e.with(func(_ context.Context, p desk.Paper, pdf []byte) (err error) {
		where, err = e.app.Computer.SavePaper(p, pdf)
		return err
	}, func(err error) { e.app.paperDone(err, "papers.saved", where, nil) })
}

func (e *erased) show() {
	e.with(e.app.Computer.OpenPaper, func(err error) { e.app.paperDone(err, "papers.opened", "", nil) })
}
