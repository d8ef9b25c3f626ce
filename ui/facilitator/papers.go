package facilitator

import (
	"context"
	"fmt"
	"slices"

	"bottega/desk"
	"bottega/desk/walk"
	"bottega/ui/text"
)

// papers makes, prints, saves and opens the papers of a visit.
type papers struct {
	app   *App
	visit string
	// chosen is the ID of the paper that the keys act on.
	chosen string
	large  bool
	// onEntry is a paper to make as soon as the screen is there.
	onEntry desk.PaperKind
	// listed are the printers, once they were looked for.
	listed []desk.PrinterInfo
	looked bool
}

type papersDesk interface {
	Visit(id string) (desk.Visit, error)
	MakePaper(ctx context.Context, visit string, o desk.PaperOrder) (desk.Paper, []byte, error)
	Reprint(ctx context.Context, paper string) (desk.Paper, []byte, error)
	PaperLeft(ctx context.Context, paper, way string) error
}

// newPapers opens the papers of a visit with the last one chosen.
func newPapers(a *App, visit string) *papers {
	p := &papers{app: a, visit: visit}
	if x, err := a.session.Desk.Visit(visit); err == nil && len(x.Papers) > 0 {
		p.chosen = x.Papers[len(x.Papers)-1].Paper.ID
	}
	return p
}

// newPapersFor makes a paper at once.
func newPapersFor(a *App, visit string, kind desk.PaperKind) screen {
	p := newPapers(a, visit)
	p.onEntry = kind
	return p
}

func (p *papers) desk() papersDesk { return p.app.session.Desk }

// kinds are the papers that can be made by hand; the declaration belongs to the exemption walk.
func kinds() []desk.PaperKind {
	return []desk.PaperKind{desk.PaperTakeHome, desk.PaperReceipt, desk.PaperCertificate, desk.PaperMemo, desk.PaperCardTest}
}

func (p *papers) enter() {
	if p.onEntry != "" {
		kind := p.onEntry
		p.onEntry = ""
		p.make(kind)
		return
	}
	p.lookForPrinters()
}

// lookForPrinters asks for the printers once, and takes the computer's own where none was chosen.
func (p *papers) lookForPrinters() {
	if p.looked {
		return
	}
	a, s := p.app, p.app.session
	var listed []desk.PrinterInfo
	a.worker.run(a.words.Current().T("task.printers"), func(ctx context.Context) (err error) {
		listed, err = s.Printers.List(ctx)
		return err
	}, func(err error) {
		p.listed, p.looked = listed, true
		if err != nil {
			return // saying "no printer" on the page is enough: papers can still be saved and opened
		}
		a.adoptPrinter(p.listed)
	})
}

// adoptPrinter chooses the computer's default printer when none is chosen. A chosen one stays, listed or not: it may be a printer
// of the network that the computer does not know, or one that is switched off.
func (a *App) adoptPrinter(list []desk.PrinterInfo) {
	if a.settings.Printer != "" {
		return
	}
	i := slices.IndexFunc(list, func(i desk.PrinterInfo) bool { return i.Default })
	if i < 0 && len(list) == 1 {
		i = 0
	}
	if i >= 0 {
		a.settings.Printer = list[i].URI
		a.saveSettings()
	}
}

func (p *papers) page(l *text.Localizer) page {
	x, err := p.desk().Visit(p.visit)
	if err != nil {
		return p.app.brokenPage(l, err)
	}
	pg := page{Name: l.T("papers.name"), Title: l.T("papers.title"), Lead: visitName(l, x)}
	var rows []choice
	for _, k := range kinds() {
		rows = append(rows, choice{
			Label: l.T("paper_kind." + string(k)), Detail: l.T("paper_what." + string(k)), Plain: true, Do: func() { p.make(k) },
		})
	}
	pg.Blocks = []block{choices{Label: l.T("papers.make"), Rows: rows}}
	pg.Side = append([]block{heading{Text: l.T("papers.printer")}, p.printerNotice(l)}, p.made(l, x)...)
	pg.Side = append(pg.Side,
		facts{Rows: []fact{{Label: l.T("papers.large"), Value: l.T("answer." + walk.Bool(p.large))}}},
		paragraph{Text: l.T("papers.lang", "Lang", l.T("lang."+p.app.citizenWords.Current().Lang())), Small: true},
	)
	if p.chosen != "" {
		pg.Actions = append(pg.Actions,
			action{Key: keyMain, Label: l.T("papers.print"), Do: p.print, Tone: primary},
			action{Key: keyF5, Label: l.T("papers.save"), Do: p.save},
			action{Key: keyF6, Label: l.T("papers.show"), Do: p.open},
		)
	}
	pg.Actions = append(pg.Actions,
		action{Key: keyF3, Label: l.T("papers.toggle_large"), Do: func() { p.large = !p.large }},
		action{Key: keyF4, Label: l.T("papers.choose_printer"), Do: func() { p.app.push(&printers{app: p.app}) }},
		action{Key: keyBack, Label: l.T("do.back"), Do: p.app.pop},
	)
	return pg
}

func (p *papers) made(l *text.Localizer, x desk.Visit) []block {
	if len(x.Papers) == 0 {
		return []block{heading{Text: l.T("papers.made")}, paragraph{Text: l.T("papers.none")}}
	}
	var rows []choice
	for _, m := range slices.Backward(x.Papers) {
		rows = append(rows, choice{
			Label:  l.T("paper_kind." + string(m.Paper.Kind)),
			Detail: m.Paper.Number + ". " + waysInWords(l, m.Ways),
			On:     m.Paper.ID == p.chosen,
			Do:     func() { p.chosen = m.Paper.ID },
		})
	}
	return []block{heading{Text: l.T("papers.made")}, choices{Rows: rows}}
}

func waysInWords(l *text.Localizer, ways []string) string {
	if len(ways) == 0 {
		return l.T("papers.not_out")
	}
	return l.T("papers.way." + ways[len(ways)-1])
}

func (p *papers) printerNotice(l *text.Localizer) block {
	i := slices.IndexFunc(p.listed, func(i desk.PrinterInfo) bool { return i.URI == p.app.settings.Printer })
	switch {
	case i < 0 && p.app.settings.Printer != "":
		return notice{Title: l.T("printers.by_address"), Text: p.app.settings.Printer}
	case i < 0 && len(p.listed) == 0:
		return careful(l, "papers.no_printer")
	case i < 0:
		return careful(l, "papers.printer_not_chosen")
	case !p.listed[i].Ready:
		return notice{Tone: caution, Title: p.listed[i].Name, Text: printerTrouble(l, p.listed[i].Trouble)}
	default:
		return notice{Tone: good, Title: p.listed[i].Name, Text: l.T("printer.ready")}
	}
}

// printerTrouble says why a printer cannot print; an unknown word means that it is simply not ready.
func printerTrouble(l *text.Localizer, word string) string {
	if key := "printer." + word; word != "" && l.Has(key) {
		return l.T(key)
	}
	return l.T("printer.not_ready")
}

func (p *papers) make(kind desk.PaperKind) {
	d := p.desk()
	a := p.app
	order := desk.PaperOrder{Kind: kind, Lang: a.citizenWords.Current().Lang(), Large: p.large}
	var made desk.Paper
	a.work(a.words.Current().T("task.making_paper"), func(ctx context.Context) (err error) {
		made, _, err = d.MakePaper(ctx, p.visit, order)
		return err
	}, func() {
		p.chosen = made.ID
		a.tell(good, a.words.Current().T("papers.ready", "Number", made.Number), a.words.Current().T("papers.ready_detail"))
		p.lookForPrinters()
	})
}

func (p *papers) print() { p.app.printPaper(p.chosen, nil) }

func (p *papers) save() { p.app.savePaper(p.chosen) }

func (p *papers) open() { p.app.openPaper(p.chosen) }

// printPaper sends a paper to the chosen printer and records that it left; then is done after a success.
func (a *App) printPaper(id string, then func()) {
	l, uri, s := a.words.Current(), a.settings.Printer, a.session
	if uri == "" {
		a.findPrinter("papers.no_printer_advice", func() { a.printPaper(id, then) })
		return
	}
	a.worker.run(l.T("task.printing"), func(ctx context.Context) error {
		paper, pdf, err := s.Desk.Reprint(ctx, id)
		if err != nil {
			return err
		}
		if err := s.Printers.Print(ctx, uri, paper.Number, pdf); err != nil {
			return &printError{err}
		}
		return s.Desk.PaperLeft(ctx, id, wayPrinted)
	}, func(err error) {
		a.paperDone(err, "papers.printed", "", then)
	})
}

// findPrinter looks for a printer where none was chosen yet, and goes on only when it found one. Advice says what can be done
// without.
func (a *App) findPrinter(advice string, then func()) {
	l, s := a.words.Current(), a.session
	var found []desk.PrinterInfo
	a.worker.run(l.T("task.printers"), func(ctx context.Context) (err error) {
		found, err = s.Printers.List(ctx)
		return err
	}, func(err error) {
		if a.adoptPrinter(found); a.settings.Printer != "" {
			then()
			return
		}
		if err != nil {
			a.failPrinting(&printError{err}, l.T(advice))
			return
		}
		a.tell(caution, l.T("papers.no_printer"), l.T(advice))
	})
}

// The ways in which a paper leaves the desk, as entries name them.
const (
	wayPrinted = "printed"
	waySaved   = "saved"
	wayOpened  = "opened"
)

// printError says that the printer did not take a paper, which is not lost.
type printError struct{ err error }

func (e *printError) Error() string { return "printing: " + e.err.Error() }
func (e *printError) Unwrap() error { return e.err }

func (a *App) savePaper(id string) {
	var where string
	a.withPaper(id, waySaved, func(_ context.Context, p desk.Paper, pdf []byte) (err error) {
		where, err = a.Computer.SavePaper(p, pdf)
		return err
	}, func(err error) { a.paperDone(err, "papers.saved", where, nil) })
}

func (a *App) openPaper(id string) {
	a.withPaper(id, wayOpened, a.Computer.OpenPaper, func(err error) { a.paperDone(err, "papers.opened", "", nil) })
}

// forgetPapers removes the papers that were opened to be looked at. Where another program holds one fast, the facilitator has to know.
func (a *App) forgetPapers() {
	if err := a.Computer.ForgetPapers(); err != nil {
		l := a.words.Current()
		a.tell(caution, l.T("papers.still_open"), l.T("papers.still_open_advice"))
	}
}

// withPaper renders a paper again, does something with it and records the way it left.
func (a *App) withPaper(id, way string, do func(context.Context, desk.Paper, []byte) error, done func(error)) {
	s := a.session
	a.worker.run(a.words.Current().T("task.making_paper"), func(ctx context.Context) error {
		paper, pdf, err := s.Desk.Reprint(ctx, id)
		if err != nil {
			return err
		}
		if err := do(ctx, paper, pdf); err != nil {
			return fmt.Errorf("paper %s: %w", paper.Number, err)
		}
		return s.Desk.PaperLeft(ctx, id, way)
	}, done)
}

func (a *App) paperDone(err error, key, where string, then func()) {
	l := a.words.Current()
	if err != nil {
		a.failPaper(err)
		return
	}
	a.tell(good, l.T(key), l.T(key+"_detail", "Where", where))
	if then != nil {
		then()
	}
}
