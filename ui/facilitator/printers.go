package facilitator

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"bottega/desk"
	"bottega/ui/paper/printer"
	"bottega/ui/text"
)

// printers chooses the printer.
type printers struct {
	app    *App
	listed []desk.PrinterInfo
	looked bool
}

func (p *printers) enter() { p.look() }

func (p *printers) look() {
	a, s := p.app, p.app.session
	var listed []desk.PrinterInfo
	a.worker.run(a.words.Current().T("task.printers"), func(ctx context.Context) (err error) {
		listed, err = s.Printers.List(ctx)
		return err
	}, func(err error) {
		p.listed, p.looked = listed, true
		if err != nil && a.settings.Printer == "" { // who has a printer of the network needs no print service
			n := printWords(a.words.Current(), err)
			n.Tone = caution
			a.note = &n
		}
	})
}

func (p *printers) page(l *text.Localizer) page {
	pg := page{
		Name: l.T("printers.name"), Title: l.T("printers.title"), Lead: l.T("printers.lead"), Narrow: true,
		Actions: []action{
			{Key: keyMain, Label: l.T("printers.done"), Do: p.app.pop, Tone: primary},
			{Key: keyF5, Label: l.T("printers.look"), Do: p.look},
			{Key: keyF6, Label: l.T("address.open"), Do: func() { p.app.push(newPrinterAddress(p.app)) }},
			{Key: keyBack, Label: l.T("do.back"), Do: p.app.pop},
		},
	}
	chosen := p.app.settings.Printer
	known := slices.ContainsFunc(p.listed, func(i desk.PrinterInfo) bool { return i.URI == chosen })
	if p.looked && len(p.listed) == 0 && chosen == "" {
		pg.Blocks = append(pg.Blocks, careful(l, "papers.no_printer"))
	}
	var rows []choice
	for _, i := range p.listed {
		state := l.T("printer.ready")
		if !i.Ready {
			state = printerTrouble(l, i.Trouble)
		}
		rows = append(rows, choice{Label: i.Name, Detail: state, On: i.URI == p.app.settings.Printer, Do: func() {
			p.app.settings.Printer = i.URI
			p.app.saveSettings()
		}})
	}
	if chosen != "" && !known {
		rows = append(rows, choice{Label: chosen, Detail: l.T("printers.by_address"), On: true, Do: func() {}})
	}
	pg.Blocks = append(pg.Blocks, choices{Rows: rows})
	if p.looked && !slices.ContainsFunc(p.listed, func(i desk.PrinterInfo) bool { return i.Ready }) {
		pg.Actions = slices.Insert(pg.Actions, len(pg.Actions)-1, p.app.examineAction(l, keyF3))
	}
	return pg
}

// newPrinterAddress takes the address of a printer of the network, for which the computer needs no driver.
func newPrinterAddress(a *App) *form {
	f := newForm(a, "address", "uri")
	if a.settings.Printer != "" {
		f.values["uri"] = a.settings.Printer
	}
	f.check = func(l *text.Localizer, f *form) {
		u, err := url.Parse(f.values.get("uri"))
		if err != nil || u.Host == "" || (u.Scheme != "ipp" && u.Scheme != "ipps") {
			f.wrong["uri"] = l.T("address.wrong")
		}
	}
	f.save = func(context.Context, typed) error { return nil }
	f.saved = func() {
		a.settings.Printer = f.values.get("uri")
		a.saveSettings()
		a.pop()
	}
	return f
}

// failPaper tells what went wrong with a paper that is there, and can be saved.
func (a *App) failPaper(err error) { a.failPrinting(err, a.words.Current().T("error.printing.safe")) }

// failPrinting tells what went wrong at the printer, and what else can be done: what the printer and the disk say has words of its
// own.
func (a *App) failPrinting(err error, otherwise string) {
	var word *printer.Error
	var refused *printError
	switch l := a.words.Current(); {
	case errors.Is(err, errGivenUp):
	case errors.As(err, &word), errors.As(err, &refused):
		n := printWords(l, err)
		n.Text = strings.TrimSpace(n.Text + " " + otherwise)
		a.note = &n
	default:
		a.fail(err)
	}
}

// printWords says what a printer, the print service or the folder for papers refused.
func printWords(l *text.Localizer, err error) notice {
	key := "error.printing"
	var word *printer.Error
	if errors.As(err, &word) && l.Has("print."+string(word.Code)+".title") {
		key = "print." + string(word.Code)
	}
	return notice{Tone: bad, Title: l.T(key + ".title"), Text: l.T(key + ".advice")}
}
