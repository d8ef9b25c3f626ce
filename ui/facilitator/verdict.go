package facilitator

import (
	"context"
	"strings"

	"bottega/desk"
	"bottega/desk/walk"
	"bottega/ui/text"
)

// verdict shows what a check of exemptions came to, in three lists, and leads back to the one fact to change.
type verdict struct {
	app  *App
	walk *walkScreen
}

// checked returns the verdict that this walk came to.
func (w *walkScreen) checked() *desk.ExemptionChecked {
	x, err := w.app.session.Desk.Visit(w.visit)
	if err != nil || x.Check == nil || x.Check.Walk != w.id {
		return nil
	}
	return x.Check
}

// afterStep shows what a step led to, when there is more to it than the next step.
func (w *walkScreen) afterStep(left walk.Step) {
	if left.Action == walk.CheckExemption && w.checked() != nil {
		w.app.push(&verdict{app: w.app, walk: w})
	}
}

// verdictRow leads back to the verdict of the walk.
func (w *walkScreen) verdictRow(l *text.Localizer) []block {
	c := w.checked()
	if c == nil {
		return nil
	}
	return []block{choices{Label: l.T("verdict.side"), Rows: []choice{{
		Label: l.T("verdict.open"), Detail: summary(l, c.Judgement), Plain: true,
		Do: func() { w.app.push(&verdict{app: w.app, walk: w}) },
	}}}}
}

func summary(l *text.Localizer, j desk.Judgement) string {
	return l.T("verdict.summary", "Fits", l.Int(len(j.Fits)), "Fails", l.Int(len(j.Fails)), "Open", l.Int(len(j.NotChecked)))
}

func (v *verdict) page(l *text.Localizer) page {
	p := page{Name: l.T("verdict.name"), Title: l.T("verdict.title"), Citizen: true}
	c := v.walk.checked()
	if c != nil {
		p.Lead = l.T("verdict.lead", "Rules", c.Rules)
		p.Blocks = append(p.Blocks, verdictList(l, "verdict.fits", good, c.Fits)...)
		p.Blocks = append(p.Blocks, verdictList(l, "verdict.not_checked", caution, c.NotChecked)...)
		p.Blocks = append(p.Blocks, verdictList(l, "verdict.fails", plain, c.Fails)...)
	}
	p.Actions = []action{
		{Key: keyMain, Label: l.T("verdict.go_on"), Do: v.app.pop, Tone: primary},
		{Key: keyF6, Label: l.T("verdict.change"), Do: v.change},
		{Key: keyBack, Label: l.T("do.back"), Do: v.app.pop},
	}
	return p
}

// change leads to the list of answers, from which a changed one comes straight back here.
func (v *verdict) change() {
	v.app.pop()
	v.walk.openChange()
}

// verdictList is one of the three lists: each exemption with its reason, its norm and the day the rule holds from.
func verdictList(l *text.Localizer, key string, t tone, lines []desk.JudgedLine) []block {
	blocks := []block{heading{Text: l.N(key, len(lines))}}
	if len(lines) == 0 {
		return append(blocks, paragraph{Text: l.T("verdict.none"), Small: true})
	}
	for _, j := range lines {
		parts := []string{l.In(j.Why)}
		norm := j.Norm
		if !j.From.IsZero() {
			norm = l.T("verdict.norm_from", "Norm", j.Norm, "Day", l.Date(j.From))
		}
		if norm != "" {
			parts = append(parts, norm)
		}
		if !j.ValidTo.IsZero() {
			parts = append(parts, l.T("verdict.valid_to", "Day", l.Date(j.ValidTo)))
		}
		blocks = append(blocks, notice{Tone: t, Title: j.Code + " · " + l.In(j.Description), Text: strings.Join(parts, "\n")})
	}
	return blocks
}

// change lists the answers given so far; choosing one goes back to it, and its new answer comes straight back as far as the
// others still hold.
type change struct {
	app  *App
	walk *walkScreen
}

func (w *walkScreen) openChange() { w.app.push(&change{app: w.app, walk: w}) }

func (c *change) page(l *text.Localizer) page {
	var rows []choice
	for _, s := range c.walk.view.Trail {
		if s.Mark == walk.Behind && (s.Step.Kind == walk.Ask || len(s.Step.Fields) > 0) {
			rows = append(rows, choice{Label: l.In(s.Step.Title), Plain: true, Do: func() { c.back(s.Step.ID) }})
		}
	}
	return page{
		Name: l.T("change.name"), Title: l.T("change.title"), Lead: l.T("change.lead"), Citizen: true,
		Blocks:  []block{choices{Rows: rows}},
		Actions: []action{{Key: keyBack, Label: l.T("do.back"), Do: c.app.pop}},
	}
}

// back goes back step by step, as a person would, until the one to change.
func (c *change) back(step string) {
	a, moment, w := c.app, c.app.moment(), c.walk
	d, most := w.desk(), len(w.view.Trail)
	var view desk.WalkView
	a.work(a.words.Current().T("task.saving"), func(ctx context.Context) (err error) {
		for range most {
			if view, err = d.Back(ctx, w.id, moment); err != nil || view.Step.ID == step {
				return err
			}
		}
		return nil
	}, func() {
		a.pop()
		w.show(view, nil)
	})
}
