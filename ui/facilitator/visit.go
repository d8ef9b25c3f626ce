package facilitator

import (
	"context"
	"strings"
	"time"

	"bottega/cardreader"
	"bottega/desk"
	"bottega/ui/text"
)

// visit is one citizen at the desk: who, what for, and everything done so far.
type visit struct {
	app *App
	id  string
}

// visitDesk is what the visit screen needs of the desk.
type visitDesk interface {
	Visit(id string) (desk.Visit, error)
	StartPeriod(ctx context.Context, visit string, p desk.Period) error
	StartWalk(ctx context.Context, visit, service string) (string, error)
}

func newVisitScreen(a *App, id string) *visit { return &visit{app: a, id: id} }

func (v *visit) desk() visitDesk { return v.app.session.Desk }

func (v *visit) page(l *text.Localizer) page {
	x, err := v.desk().Visit(v.id)
	if err != nil {
		return v.app.brokenPage(l, err)
	}
	p := page{Name: l.T("visit.name"), Title: visitName(l, x), Lead: v.lead(l, x), Citizen: true}
	if x.Open() {
		p.Blocks = append(p.Blocks, v.warnings(l, x)...)
		p.Blocks = append(p.Blocks, v.services(l, x)...)
		p.Blocks = append(p.Blocks, heading{Text: l.T("visit.time")}, v.periods(l, x))
	} else {
		p.Lead, p.Citizen = l.T("visit.closed_at", "Time", l.DateTime(x.ClosedAt)), false
	}
	p.Blocks = append(p.Blocks, v.done(l, x)...)
	p.Side = []block{heading{Text: l.T("visit.facts")}, v.facts(l, x)}
	p.Actions = v.actions(l, x)
	return p
}

func (v *visit) lead(l *text.Localizer, x desk.Visit) string {
	parts := []string{l.T("visit.naming." + string(x.Naming)), l.T("visit.since", "Time", l.Time(x.OpenedAt))}
	if n := len(v.app.session.Desk.VisitsOf(x.Person.FiscalCode)); n > 1 {
		parts = append(parts, l.N("visit.earlier", n-1))
	}
	return strings.Join(parts, " · ")
}

func (v *visit) warnings(l *text.Localizer, x desk.Visit) []block {
	c := v.app.readable()
	switch {
	case v.app.card.Trouble != "" && v.app.card.Trouble != cardreader.NoReader:
		return []block{v.app.card.trouble(l)}
	case c != nil && x.Person.FiscalCode != "" && c.Holder.FiscalCode != x.Person.FiscalCode:
		return []block{careful(l, "visit.other_card", "Name", c.Holder.FullName())}
	default:
		return nil
	}
}

// services are the walks that can be started; the one that goes on comes back with the main key.
func (v *visit) services(l *text.Localizer, x desk.Visit) []block {
	var blocks []block
	if w := x.OpenWalk(); w != nil {
		blocks = append(blocks, careful(l, "visit.walk_open", "Service", v.app.serviceName(l, w.Service)))
	}
	var rows []choice
	for _, s := range v.app.services() {
		rows = append(rows, choice{Label: l.In(s.Title), Detail: l.In(s.Summary), Plain: true, Do: func() { v.startWalk(s.ID) }})
	}
	rows = append(rows, choice{
		Label: l.T("tasks.open"), Detail: l.T("tasks.open_detail"), Plain: true, Do: func() { v.app.openCardTasks(v.id) },
	})
	return append(blocks, heading{Text: l.T("visit.services")}, choices{Rows: rows})
}

// done is what the visit brought so far: walks with their outcomes, plain records, papers, readers, notes.
func (v *visit) done(l *text.Localizer, x desk.Visit) []block {
	var rows []fact
	for _, w := range x.Walks {
		if w.Outcome != "" {
			rows = append(rows, v.app.walkRow(l, x, w))
		}
	}
	for _, r := range x.Records {
		rows = append(rows, fact{Label: v.app.serviceName(l, r.Service), Value: l.N("visit.minutes", r.Minutes)})
	}
	for _, serial := range x.Handouts {
		rows = append(rows, fact{Label: l.T("visit.handout"), Value: serial})
	}
	for _, m := range x.Papers {
		rows = append(rows, fact{Label: l.T("paper_kind." + string(m.Paper.Kind)), Value: m.Paper.Number})
	}
	for _, n := range x.Notes {
		rows = append(rows, fact{Label: l.T("visit.note"), Value: n})
	}
	switch {
	case x.Open() && len(rows) == 0:
		return nil
	case x.Open():
		return []block{heading{Text: l.T("visit.done")}, facts{Rows: rows}}
	case len(rows) == 0:
		return []block{heading{Text: l.T("visit.was_done")}, paragraph{Text: l.T("visit.nothing_done")}}
	}
	return []block{heading{Text: l.T("visit.was_done")}, facts{Rows: rows}}
}

func (v *visit) facts(l *text.Localizer, x desk.Visit) facts {
	rows := []fact{
		{Label: l.T("visit.fiscal_code"), Value: orDash(x.Person.FiscalCode)},
		{Label: l.T("visit.born"), Value: orDash(l.Date(x.Person.BirthDate))},
	}
	if x.Card != nil {
		state := fact{Label: l.T("visit.card"), Value: l.T("visit.card_until", "Day", orDash(l.Date(x.Card.Expires))), Tone: good}
		if !x.Card.Test.Works() {
			state.Tone, state.Value = caution, l.T("visit.card_fails")
		}
		rows = append(rows, state)
		if notHealth(x.Card.CardKind) {
			rows = append(rows, fact{Label: l.T("card.kind"), Value: l.T("card_kind." + string(x.Card.CardKind)), Tone: caution})
		}
		if x.Card.Proof != nil {
			rows = append(rows, checkRows(l, x.Card.Proof.Checks)...)
		}
	}
	return facts{Rows: rows, Slim: true}
}

// periods say what the time goes into, and change it.
func (v *visit) periods(l *text.Localizer, x desk.Visit) block {
	now := v.app.now()
	var running desk.Period
	if n := len(x.Periods); n > 0 {
		running = x.Periods[n-1].Period
	}
	var side columns
	for _, p := range []desk.Period{desk.Waiting, desk.Served, desk.Paperwork} {
		row := choice{Label: l.T("period." + string(p)), Detail: minutesSpent(l, x.TimeIn(p, now)), On: p == running && x.Open()}
		if x.Open() {
			row.Do = func() { v.startPeriod(p) }
		}
		side.Cols = append(side.Cols, []block{choices{Rows: []choice{row}}})
	}
	return side
}

func minutesSpent(l *text.Localizer, d time.Duration) string {
	return l.N("visit.minutes", int(d.Minutes()))
}

func (v *visit) actions(l *text.Localizer, x desk.Visit) []action {
	a := v.app
	if !x.Open() {
		actions := []action{{Key: keyMain, Label: l.T("papers.open"), Do: func() { a.push(newPapers(a, v.id)) }, Tone: primary}}
		if a.session.Eraser != nil {
			actions = append(actions, action{Key: keyF10, Label: l.T("erase.open"), Do: func() { a.push(&erasing{app: a, visit: v.id}) }})
		}
		return append(actions, action{Key: keyBack, Label: l.T("do.back"), Do: a.pop})
	}
	var actions []action
	if w := x.OpenWalk(); w != nil {
		actions = append(actions, action{Key: keyMain, Label: l.T("visit.resume_walk"), Do: func() { v.openWalk(w.ID) }, Tone: primary})
	}
	return append(actions,
		action{Key: keyF2, Label: l.T("record.open"), Do: func() { a.push(newRecord(a, v.id)) }},
		action{Key: keyF3, Label: l.T("note.open"), Do: func() { a.push(newNote(a, v.id)) }},
		action{Key: keyF4, Label: l.T("naming.open"), Do: func() { a.push(newNaming(a, x)) }},
		action{Key: keyF5, Label: l.T("papers.open"), Do: func() { a.push(newPapers(a, v.id)) }},
		action{Key: keyF6, Label: l.T("handout.open"), Do: func() { a.push(newHandout(a, v.id)) }},
		action{Key: keyF10, Label: l.T("closing.open"), Do: func() { a.push(newClosing(a, v.id)) }},
		action{Key: keyBack, Label: l.T("do.home"), Do: a.pop},
	)
}

func (v *visit) startPeriod(p desk.Period) {
	d := v.desk()
	v.app.work(v.app.words.Current().T("task.saving"), func(ctx context.Context) error { return d.StartPeriod(ctx, v.id, p) }, nil)
}

func (v *visit) startWalk(service string) {
	d := v.desk()
	a := v.app
	x, err := d.Visit(v.id)
	if err != nil {
		a.fail(err)
		return
	}
	// Two walks of one service at once are a slip: the one that goes on is taken up again.
	if w := x.OpenWalk(); w != nil && w.Service == service {
		v.openWalk(w.ID)
		return
	}
	var id string
	a.work(a.words.Current().T("task.starting_walk"), func(ctx context.Context) (err error) {
		id, err = d.StartWalk(ctx, v.id, service)
		return err
	}, func() { v.openWalk(id) })
}

func (v *visit) openWalk(id string) { v.app.push(newWalkScreen(v.app, v.id, id)) }
