package facilitator

import (
	"context"
	"maps"
	"slices"

	"bottega/desk"
	"bottega/desk/civil"
	"bottega/desk/walk"
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
	if w.view.Step.Paper != walk.MemoOrCertificate {
		return desk.PaperKind(w.view.Step.Paper)
	}
	x, err := w.app.session.Desk.Visit(w.visit)
	if err == nil && len(x.Exemptions) > 0 {
		if r := x.Exemptions[len(x.Exemptions)-1].Reply; r != nil && r.Kind == desk.ExemptionFound {
			return desk.PaperCertificate
		}
	}
	return desk.PaperMemo
}

// makePaper makes the paper of the step and sends it to the printer where there is one.
func (w *walkScreen) makePaper() {
	a, kind := w.app, w.paperKind()
	order := desk.PaperOrder{Kind: kind, Lang: a.citizenWords.Current().Lang(), Walk: w.id}
	if kind == desk.PaperDeclaration {
		facts, err := w.declaration(order.Lang)
		if err != nil {
			a.fail(err)
			return
		}
		order.Declaration = &facts
	}
	var made desk.Paper
	a.work(a.words.Current().T("task.making_paper"), func(ctx context.Context) (err error) {
		made, _, err = w.desk().MakePaper(ctx, w.visit, order)
		return err
	}, func() {
		w.paper = made.ID
		l := a.words.Current()
		a.tell(good, l.T("papers.ready", "Number", made.Number), l.T("papers.ready_detail"))
	})
}

// declarer begins a declaration with the words of the rules; the exemption rules are one.
type declarer interface {
	Declaration(code, lang string, answers map[string]string, on civil.Date) (desk.DeclarationFacts, error)
}

// declaration is what the walk knows of the form to sign; what it does not know is left for the pen.
func (w *walkScreen) declaration(lang string) (desk.DeclarationFacts, error) {
	rules, ok := w.app.session.Catalogue.Exemptions.(declarer)
	if !ok {
		return desk.DeclarationFacts{}, desk.ErrNoRules
	}
	x, err := w.app.session.Desk.Visit(w.visit)
	if err != nil {
		return desk.DeclarationFacts{}, err
	}
	answers := recordedAnswers(x, w.id)
	return rules.Declaration(answers[walk.AnswerCode], lang, answers, civilDay(w.app.now()))
}

// recordedAnswers are the last answers of a walk, as the journal has them.
func recordedAnswers(x desk.Visit, id string) map[string]string {
	answers := map[string]string{}
	for _, w := range x.Walks {
		if w.ID != id {
			continue
		}
		for _, move := range w.Log {
			maps.Copy(answers, move.Answers)
		}
	}
	return answers
}
