package facilitator

import (
	"context"
	"strconv"

	"bottega/ui/text"
)

// retention chooses for how long contents are kept.
type retention struct {
	app  *App
	days int
	// looked is set once the journal said for how long.
	looked bool
	// held are the visits that are past their time and stay.
	held []string
}

// mostHeld are the visits that are listed: whoever has seen to these finds the next.
const mostHeld = 20

// keepDays are the days that are offered, zero for ever.
func keepDays() []int { return []int{30, 60, 90, 180, 0} }

func (r *retention) enter() {
	a, s := r.app, r.app.session
	days := 0
	var held []string
	a.work(a.words.Current().T("task.looking"), func(ctx context.Context) (err error) {
		if days, err = s.Retention.Days(ctx); err == nil {
			held, err = s.Retention.Held(ctx)
		}
		return err
	}, func() { r.days, r.held, r.looked = days, held, true })
}

// heldBlocks name the visits that nothing erases before somebody has seen to them.
func (r *retention) heldBlocks(l *text.Localizer) []block {
	if len(r.held) == 0 {
		return nil
	}
	var rows []choice
	for _, id := range r.held[:min(len(r.held), mostHeld)] {
		x, err := r.app.session.Desk.Visit(id)
		if err != nil { // it was erased meanwhile
			continue
		}
		rows = append(rows, choice{
			Label: visitName(l, x), Detail: l.DateTime(x.OpenedAt), Plain: true, Do: func() { r.app.push(newVisitScreen(r.app, id)) },
		})
	}
	return []block{heading{Text: l.N("retention.held", len(r.held))}, paragraph{Text: l.T("retention.held_detail"), Small: true}, choices{Rows: rows}}
}

func (r *retention) page(l *text.Localizer) page {
	a := r.app
	var rows []choice
	for _, days := range keepDays() {
		label := l.T("retention.for_ever")
		if days > 0 {
			label = l.T("retention.days", "Days", strconv.Itoa(days))
		}
		rows = append(rows, choice{Label: label, On: r.looked && days == r.days, Do: func() { r.set(days) }})
	}
	last := fact{Label: l.T("retention.last"), Value: l.T("retention.not_yet")}
	if !a.settings.LastErasing.IsZero() {
		last.Value = l.N("retention.last_erased", a.settings.LastErased, "Time", l.DateTime(a.settings.LastErasing))
	}
	return page{
		Name: l.T("retention.name"), Title: l.T("retention.title"), Lead: l.T("retention.lead"), Narrow: true,
		Blocks: append([]block{choices{Rows: rows}, facts{Rows: []fact{last}}, paragraph{Text: l.T("retention.stays"), Small: true}},
			r.heldBlocks(l)...),
		Actions: []action{
			{Key: keyMain, Label: l.T("settings.done"), Do: a.pop, Tone: primary},
			{Key: keyF5, Label: l.T("retention.now"), Do: r.run},
			{Key: keyBack, Label: l.T("do.back"), Do: a.pop},
		},
	}
}

func (r *retention) set(days int) {
	a, s := r.app, r.app.session
	a.work(a.words.Current().T("task.saving"), func(ctx context.Context) error { return s.Retention.SetDays(ctx, days) }, func() { r.days = days })
}

func (r *retention) run() {
	a, s := r.app, r.app.session
	erased := 0
	a.work(a.words.Current().T("task.erasing"), func(ctx context.Context) (err error) {
		erased, err = s.Retention.Run(ctx)
		return err
	}, func() {
		l := a.words.Current()
		a.tell(good, l.N("retention.done", erased), l.T("retention.done_detail"))
		a.erasedByItself(erased)
	})
}
