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
}

// keepDays are the days that are offered, zero for ever.
func keepDays() []int { return []int{30, 60, 90, 180, 0} }

func (r *retention) enter() {
	a, s := r.app, r.app.session
	days := 0
	a.work(a.words.Current().T("task.looking"), func(ctx context.Context) (err error) {
		days, err = s.Retention.Days(ctx)
		return err
	}, func() { r.days, r.looked = days, true })
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
		Blocks: []block{choices{Rows: rows}, facts{Rows: []fact{last}}, paragraph{Text: l.T("retention.stays"), Small: true}},
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
