package facilitator

import (
	"context"
	"slices"

	"bottega/desk"
	"bottega/ui/text"
)

// followUp is something to come back to: what was asked, what came back, and how it ended.
type followUp struct {
	app *App
	id  string
}

type followUpDesk interface {
	FollowUps() []desk.FollowUp
	CloseFollowUp(ctx context.Context, id, result string) error
}

// results are the ways a follow-up can end, as the desk names them.
func results() []string { return []string{"obtained", "refused", "not_filed", "lost", "unknown"} }

func (f *followUp) desk() followUpDesk { return f.app.session.Desk }

func (f *followUp) find() (desk.FollowUp, bool) {
	all := f.desk().FollowUps()
	i := slices.IndexFunc(all, func(x desk.FollowUp) bool { return x.ID == f.id })
	if i < 0 {
		return desk.FollowUp{}, false
	}
	return all[i], true
}

func (f *followUp) page(l *text.Localizer) page {
	x, open := f.find()
	p := page{Name: l.T("follow.name"), Title: l.T("follow.gone"), Actions: []action{{Key: keyBack, Label: l.T("do.back"), Do: f.app.pop}}}
	if !open {
		return p
	}
	p.Title, p.Lead = personName(l, x.Person), followTitle(l, x)
	n := notice{Tone: followTone(x), Title: followState(l, x)}
	if x.Reply != nil {
		n.Text = replyAdvice(l, *x.Reply)
	}
	p.Blocks = []block{n}
	if x.Reply != nil && x.Reply.Exemption != nil {
		p.Blocks = append(p.Blocks, exemptionFacts(l, *x.Reply.Exemption))
	}
	rows := make([]choice, 0, len(results()))
	for _, r := range results() {
		rows = append(rows, choice{Label: l.T("follow.result." + r), Plain: true, Do: func() { f.close(r) }})
	}
	p.Blocks = append(p.Blocks, heading{Text: l.T("follow.how_ended")}, choices{Rows: rows})
	papers := func() { f.app.push(newPapers(f.app, x.Visit)) }
	p.Actions = append([]action{{Key: keyMain, Label: l.T("follow.papers"), Do: papers, Tone: primary}}, p.Actions...)
	return p
}

func replyAdvice(l *text.Localizer, r desk.Reply) string {
	if key := "reply_advice." + string(r.Kind); l.Has(key) {
		return l.T(key)
	}
	return ""
}

// exemptionFacts are a line of the registry.
func exemptionFacts(l *text.Localizer, e desk.RegisteredExemption) facts {
	until := l.Date(e.ValidTo)
	if e.ValidTo.IsZero() {
		until = l.T("exemption.no_end")
	}
	return facts{Rows: []fact{
		{Label: l.T("exemption.code"), Value: e.Code},
		{Label: l.T("exemption.number"), Value: e.Number},
		{Label: l.T("exemption.holder"), Value: e.Holder.FullName()},
		{Label: l.T("exemption.validity"), Value: l.T("exemption.from_to", "From", orDash(l.Date(e.ValidFrom)), "To", until)},
		{Label: l.T("exemption.issuer"), Value: e.Issuer},
	}}
}

func (f *followUp) close(result string) {
	d := f.desk()
	a := f.app
	a.work(a.words.Current().T("task.saving"), func(ctx context.Context) error {
		return d.CloseFollowUp(ctx, f.id, result)
	}, a.pop)
}
