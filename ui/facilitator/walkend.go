package facilitator

import (
	"context"
	"strings"

	"bottega/desk"
	"bottega/desk/walk"
	"bottega/ui/text"
)

// ended shows the outcome with what the citizen takes home from it.
func (w *walkScreen) ended(l *text.Localizer, o walk.Outcome) page {
	tones := map[walk.Class]tone{walk.Done: good, walk.Partly: caution, walk.Sent: caution, walk.Stopped: caution}
	p := page{
		Name: l.T("walk.ended_name"), Title: l.In(o.Title), Lead: l.In(w.view.Service.Title), Citizen: true,
		Blocks: []block{notice{Tone: tones[o.Class], Title: l.T("walk.class." + string(o.Class)), Text: l.In(o.TakeHome)}},
		Side:   w.trail(l),
		Actions: []action{
			{Key: keyMain, Label: l.T("walk.to_visit"), Do: w.app.pop, Tone: primary},
			{Key: keyF5, Label: l.T("closing.sheet"), Do: func() { w.app.push(newPapersFor(w.app, w.visit, desk.PaperTakeHome)) }},
			{Key: keyBack, Label: l.T("do.back"), Do: w.app.pop},
		},
	}
	if steps := o.Steps(false); len(steps) > 0 {
		var lines []string
		for _, n := range steps {
			lines = append(lines, "• "+l.In(n))
		}
		p.Blocks = append(p.Blocks, heading{Text: l.T("walk.next_steps")}, paragraph{Text: strings.Join(lines, "\n")})
	}
	if found := w.view.Service.ChannelsNamed(o.Channels); len(found) > 0 {
		p.Blocks = append(p.Blocks, heading{Text: l.T("walk.channels")}, channelFacts(l, found))
	}
	return p
}

// endings ends the walk from wherever it stands.
type endings struct {
	app  *App
	walk *walkScreen
}

func (e *endings) page(l *text.Localizer) page {
	var rows []choice
	for _, o := range e.walk.view.Service.AnytimeOutcomes() {
		rows = append(rows, choice{Label: l.In(o.Title), Detail: l.In(o.TakeHome), Plain: true, Do: func() { e.end(o.ID) }})
	}
	return page{
		Name: l.T("ending.name"), Title: l.T("ending.title"), Lead: l.T("ending.lead"), Citizen: true,
		Blocks:  []block{choices{Rows: rows}},
		Actions: []action{{Key: keyBack, Label: l.T("do.back"), Do: e.app.pop}},
	}
}

func (e *endings) end(outcome string) {
	a, d := e.app, e.walk.desk()
	a.work(a.words.Current().T("task.saving"), func(ctx context.Context) error {
		return d.EndWalk(ctx, e.walk.id, outcome)
	}, a.pop)
}

// otherWays are the other channels to the same service.
type otherWays struct {
	app  *App
	walk *walkScreen
}

func (o *otherWays) page(l *text.Localizer) page {
	return page{
		Name: l.T("ways.name"), Title: l.T("ways.title"), Lead: l.In(o.walk.view.Service.Title), Citizen: true,
		Blocks: []block{channelFacts(l, o.walk.view.Service.Fallbacks)},
		Actions: []action{
			{Key: keyMain, Label: l.T("do.back"), Do: o.app.pop, Tone: primary},
			{Key: keyBack, Label: l.T("do.back"), Do: o.app.pop},
		},
	}
}
