package facilitator

import (
	"context"
	"slices"

	"bottega/desk"
	"bottega/ui/text"
)

// paperBlocks say what the paper of this step is and whether it was made.
func (w *walkScreen) paperBlocks(l *text.Localizer) []block {
	kind := w.paperKind()
	n := notice{Title: l.T("paper_kind." + string(kind)), Text: l.T("paper_what." + string(kind))}
	if w.paper == "" {
		return []block{n}
	}
	n.Tone = good
	x, err := w.app.session.Desk.Visit(w.visit)
	if err != nil {
		return []block{n}
	}
	i := slices.IndexFunc(x.Papers, func(m desk.MadePaper) bool { return m.Paper.ID == w.paper })
	if i >= 0 {
		n.Text = l.T("papers.number", "Number", x.Papers[i].Paper.Number) + " " + waysInWords(l, x.Papers[i].Ways)
	}
	return []block{n}
}

// paperKind is the paper of this step: the certificate only where the registry confirmed the code.
func (w *walkScreen) paperKind() desk.PaperKind {
	x, err := w.app.session.Desk.Visit(w.visit)
	if err != nil {
		return desk.PaperKind(w.view.Step.Paper)
	}
	return x.PaperOf(w.view.Step)
}

// makePaper makes the paper of the step and sends it to the printer where there is one.
func (w *walkScreen) makePaper() {
	d := w.desk()
	a, kind := w.app, w.paperKind()
	order := desk.PaperOrder{Kind: kind, Lang: a.citizenWords.Current().Lang(), Walk: w.id}
	var made desk.Paper
	a.work(a.words.Current().T("task.making_paper"), func(ctx context.Context) (err error) {
		made, _, err = d.MakePaper(ctx, w.visit, order)
		return err
	}, func() {
		w.paper = made.ID
		l := a.words.Current()
		a.tell(good, l.T("papers.ready", "Number", made.Number), l.T("papers.ready_detail"))
	})
}
