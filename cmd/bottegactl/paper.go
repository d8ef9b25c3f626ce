package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"bottega/desk"
)

type paperCommands struct {
	Ls     paperList   `cmd:"" name:"ls"`
	Make   paperMake   `cmd:""`
	Verify paperVerify `cmd:""`
	Print  paperPrint  `cmd:""`
}

// paperResult is a paper as the commands name it.
type paperResult struct {
	ID     string    `json:"id"`
	Number string    `json:"number"`
	Kind   string    `json:"kind"`
	Visit  string    `json:"visit"`
	MadeAt time.Time `json:"made_at"`
	SHA256 string    `json:"sha256,omitempty"`
	File   string    `json:"file,omitempty"`
}

type paperList struct {
	Visit string `placeholder:"ID"`
}

// Run lists the papers that this desk made, without saying whose they are.
func (c paperList) Run(ctx context.Context, a *app) error {
	w, err := a.openDesk(ctx)
	if err != nil {
		return err
	}
	defer w.close()
	papers, err := a.papersOf(ctx, w, c.Visit)
	if err != nil {
		return err
	}
	return a.show(map[string]any{"papers": papers}, func(out io.Writer) {
		for _, p := range papers {
			line(out, p.Number, a.say.DateTime(p.MadeAt), p.Kind, p.Visit)
		}
		line(out, a.say.N("ctl.paper.count", len(papers)))
	})
}

// papersOf reads the papers of one visit, or of all, from the journal. Papers of erased visits are gone.
func (a *app) papersOf(ctx context.Context, w *work, visit string) ([]paperResult, error) {
	papers := []paperResult{}
	err := w.journal.Read(ctx, 1, func(e desk.Entry) error {
		if visit != "" && e.Visit != visit {
			return nil
		}
		payload, err := desk.Decode(e)
		if errors.Is(err, desk.ErrNotUnderstood) || errors.Is(err, desk.ErrErased) {
			return nil
		}
		if err != nil {
			return err
		}
		if made, ok := payload.(*desk.PaperMade); ok {
			p := made.Paper
			papers = append(papers, paperResult{
				ID: p.ID, Number: p.Number, Kind: string(p.Kind), Visit: e.Visit, MadeAt: p.MadeAt, SHA256: made.SHA256,
			})
		}
		return nil
	})
	return papers, err
}

type paperMake struct {
	Kind  string `arg:"" enum:"certificate,memo,declaration,receipt,card_test,take_home"`
	Visit string `required:"" placeholder:"ID"`
	Out   string `required:"" short:"o" placeholder:"FILE"`
	Code  string `placeholder:"E01"`
	Large bool
}

// Run makes a paper of a visit and saves it as PDF.
func (c paperMake) Run(ctx context.Context, a *app) error {
	w, err := a.openDesk(ctx)
	if err != nil {
		return err
	}
	defer w.close()
	order := desk.PaperOrder{Kind: desk.PaperKind(c.Kind), Lang: a.say.Lang(), Large: c.Large, Code: c.Code}
	made, err := makePaper(ctx, a, w, c.Visit, order, c.Out)
	if err != nil {
		return err
	}
	return a.show(made, func(out io.Writer) { line(out, a.say.T("ctl.paper.made", "Number", made.Number, "File", made.File)) })
}

type paperPrint struct {
	File    string `arg:""`
	Printer string `placeholder:"URI"`
}

// Run hands a PDF to a printer: the one named, else the computer's own choice.
func (c paperPrint) Run(ctx context.Context, a *app) error {
	pdf, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	to, err := a.printerNamed(ctx, c.Printer)
	if err != nil {
		return err
	}
	if err := a.printers.Print(ctx, to.URI, filepath.Base(c.File), pdf); err != nil {
		return err
	}
	return a.done("ctl.paper.printed", "Printer", to.Name)
}

// printerNamed is the printer with this URI, or the computer's own choice where none is named.
func (a *app) printerNamed(ctx context.Context, uri string) (desk.PrinterInfo, error) {
	if uri != "" {
		return desk.PrinterInfo{URI: uri, Name: uri}, nil
	}
	return a.defaultPrinter(ctx)
}

// defaultPrinter is the computer's default printer, or the first when it has no preference.
func (a *app) defaultPrinter(ctx context.Context) (desk.PrinterInfo, error) {
	list, err := a.printers.List(ctx)
	if err != nil {
		return desk.PrinterInfo{}, err
	}
	if len(list) == 0 {
		return desk.PrinterInfo{}, failed("no_printer", nil)
	}
	for _, p := range list {
		if p.Default {
			return p, nil
		}
	}
	return list[0], nil
}
