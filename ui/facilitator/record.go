package facilitator

import (
	"context"
	"strconv"

	"bottega/desk"
	"bottega/ui/text"
)

// record is the plain visit in four facts: when and where are known, how long is proposed, what is one number key. Saving it
// closes the visit, so that a returning citizen costs a handful of keys.
type record struct {
	app     *App
	visit   string
	service string
	minutes int
	wrong   bool
}

type recordDesk interface {
	Site() desk.SiteSet
	SuggestedMinutes(visit string) int
}

func newRecord(a *App, visit string) *record {
	return &record{app: a, visit: visit, minutes: a.session.Desk.SuggestedMinutes(visit)}
}

func (r *record) desk() recordDesk { return r.app.session.Desk }

func (r *record) page(l *text.Localizer) page {
	var rows []choice
	for _, s := range r.app.services() {
		rows = append(rows, choice{Label: l.In(s.Title), On: s.ID == r.service, Do: func() { r.service, r.wrong = s.ID, false }})
	}
	what := choices{Label: l.T("record.what"), Rows: rows}
	if r.wrong {
		what.Wrong = l.T("record.what_missing")
	}
	site := r.desk().Site().Site
	return page{
		Name: l.T("record.name"), Title: l.T("record.title"), Lead: l.T("record.lead"), Narrow: true,
		Blocks: []block{
			facts{Rows: []fact{
				{Label: l.T("record.when"), Value: l.DateTime(r.app.now())},
				{Label: l.T("record.where"), Value: site.Name + ", " + site.Municipality},
				{Label: l.T("record.how_long"), Value: l.T("record.minutes", "Minutes", strconv.Itoa(r.minutes))},
			}},
			what,
		},
		Actions: []action{
			{Key: keyMain, Label: l.T("record.go"), Do: r.save, Tone: primary},
			{Key: keyF3, Label: l.T("record.less"), Do: func() { r.minutes = max(5, r.minutes-5) }},
			{Key: keyF4, Label: l.T("record.more"), Do: func() { r.minutes = min(480, r.minutes+5) }},
			{Key: keyBack, Label: l.T("do.back"), Do: r.app.pop},
		},
	}
}

func (r *record) save() {
	if r.service == "" {
		r.wrong = true
		return
	}
	r.app.closeVisit(r.visit, desk.Closing{Record: &desk.VisitRecorded{Minutes: r.minutes, Service: r.service}})
}

// closeVisit puts the computer in order for the next citizen and ends the visit. What could not be put in order is left out
// of the record and said.
func (a *App) closeVisit(visit string, c desk.Closing) {
	l, s, printer := a.words.Current(), a.session, a.settings.Printer
	a.Computer.EmptyClipboard()
	c.CleanUp = append(c.CleanUp, desk.CleanClipboard)
	var queueLeft bool
	a.work(l.T("task.closing_visit"), func(ctx context.Context) error {
		switch {
		case printer == "":
		case s.Printers.Clear(ctx, printer) != nil:
			queueLeft = true
		default:
			c.CleanUp = append(c.CleanUp, desk.CleanPrintQueue)
		}
		return s.Desk.CloseVisit(ctx, visit, c)
	}, func() {
		a.reset(&home{app: a})
		a.forgetCitizen()
		a.farewell = true
		if queueLeft {
			a.tell(caution, l.T("closing.queue_left"), l.T("closing.queue_left_advice"))
			return
		}
		a.tell(good, l.T("closing.done"), l.T("closing.done_detail"))
	})
}
