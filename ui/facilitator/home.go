package facilitator

import (
	"context"
	"slices"

	"bottega/cardreader"
	"bottega/desk"
	"bottega/ui/text"
)

// home is the desk at rest: who may come next, what has to be come back to, how the day went.
type home struct{ app *App }

// homeDesk is what home needs of the desk.
type homeDesk interface {
	Site() desk.SiteSet
	Today() desk.Counts
	FollowUps() []desk.FollowUp
	OpenVisits() []desk.Visit
	VisitsOf(fiscalCode string) []desk.Visit
	OpenVisit(ctx context.Context, o desk.Opening) (string, error)
	OpenVisitByCard(ctx context.Context, c *desk.Card) (string, error)
}

func (h *home) desk() homeDesk { return h.app.session.Desk }

func (h *home) page(l *text.Localizer) page {
	site := h.desk().Site().Site
	p := page{
		Name: l.T("home.name"), Title: l.T("home.title", "Name", h.app.session.Facilitator.Name),
		Lead: l.T("home.lead", "Site", site.Name, "Municipality", site.Municipality, "Day", l.DateLong(civilDay(h.app.now()))),
	}
	p.Blocks = append(h.cardBlocks(l), h.openVisits(l)...)
	p.Blocks = append(p.Blocks, h.reminder(l)...)
	p.Blocks = append(p.Blocks, h.followUps(l)...)
	p.Side = []block{heading{Text: l.T("home.today")}, h.counts(l), heading{Text: l.T("home.hub")}, lineNotice(l, h.app.session.Line.Status())}
	p.Side = append(p.Side, h.erasedToday(l)...)
	p.Actions = h.actions(l)
	return p
}

// readable returns the card in the reader if it says who holds it.
func (a *App) readable() *desk.Card {
	if a.card.Card == nil || a.card.Card.Holder.FiscalCode == "" {
		return nil
	}
	return a.card.Card
}

func (h *home) actions(l *text.Localizer) []action {
	begin := action{Key: keyMain, Label: l.T("home.new_visit"), Do: h.newVisit, Tone: primary}
	switch c := h.app.readable(); {
	case c != nil && h.isHere(c):
		begin.Label, begin.Do = l.T("home.resume_card", "Name", c.Holder.FullName()), h.resume
	case c != nil:
		begin.Label = l.T("home.new_visit_card", "Name", c.Holder.FullName())
	}
	actions := []action{begin}
	if len(h.desk().OpenVisits()) > 0 {
		actions = append(actions, action{Key: keyF2, Label: l.T("home.resume"), Do: h.resume})
	}
	actions = append(actions,
		action{Key: keyF3, Label: l.T("queue.open"), Do: h.app.openQueue},
		action{Key: keyF4, Label: l.T("settings.open"), Do: h.app.openSettings},
		action{Key: keyF5, Label: l.T("tasks.open"), Do: func() { h.app.openCardTasks("") }},
		action{Key: keyF10, Label: l.T("find.open"), Do: func() { h.app.push(newFinding(h.app)) }},
	)
	if ofTheComputer(h.app.card.Trouble) {
		actions = append(actions, h.app.examineAction(l, keyF6))
	}
	return actions
}

// isHere reports whether the holder of a card has the visit that would be taken up again: a second one would be a slip.
func (h *home) isHere(c *desk.Card) bool {
	open := h.desk().OpenVisits()
	return len(open) > 0 && open[0].Person.FiscalCode == c.Holder.FiscalCode
}

// cardBlocks are the live state of the reader, with the trouble's advice.
func (h *home) cardBlocks(l *text.Localizer) []block {
	blocks := []block{heading{Text: l.T("home.card")}}
	c := h.app.card
	if card := h.app.readable(); card != nil {
		blocks = append(blocks, notice{Tone: good, Title: card.Holder.FullName(), Text: h.known(l, card)})
	}
	switch {
	case c.Phase != "":
		blocks = append(blocks, progress{Label: l.T("card_phase." + string(c.Phase)), Fraction: phaseDone(c.Phase)})
	case c.Trouble != "":
		blocks = append(blocks, c.trouble(l))
	case c.Card == nil:
		blocks = append(blocks, troubleNotice(l, cardreader.NoCard))
	}
	if c.Card != nil {
		if line, told := certificateLine(l, c.Card); told {
			blocks = append(blocks, facts{Rows: []fact{line}})
		}
		blocks = append(blocks, warningBlocks(l, c.Card)...)
	}
	return blocks
}

// known says whether the holder of the card was here before.
func (h *home) known(l *text.Localizer, c *desk.Card) string {
	visits := slices.DeleteFunc(h.desk().VisitsOf(c.Holder.FiscalCode), func(v desk.Visit) bool { return v.Open() })
	if len(visits) == 0 {
		return l.T("home.first_time", "Expires", l.Date(c.Expires))
	}
	return l.N("home.was_here", len(visits), "Last", l.Date(civilDay(visits[0].OpenedAt)), "Expires", l.Date(c.Expires))
}

func troubleNotice(l *text.Localizer, t cardreader.Trouble) notice {
	n := notice{Tone: caution, Title: l.T(t.TitleKey()), Text: l.T(t.AdviceKey())}
	if t == cardreader.NoCard {
		n.Tone = plain
	}
	return n
}

// phaseDone is how far a reading is, for the bar.
func phaseDone(p cardreader.Phase) float64 {
	phases := []cardreader.Phase{cardreader.PhaseConnecting, cardreader.PhaseNumber, cardreader.PhasePersonal, cardreader.PhaseCertificate}
	return float64(slices.Index(phases, p)+1) / float64(len(phases)+1)
}

func (h *home) openVisits(l *text.Localizer) []block {
	open := h.desk().OpenVisits()
	if len(open) == 0 {
		return nil
	}
	advice := l.T("home.open_visits_advice", "Name", visitName(l, open[0]), "Time", l.Time(open[0].OpenedAt))
	return []block{notice{Tone: caution, Title: l.N("home.open_visits", len(open)), Text: advice}}
}

func (h *home) followUps(l *text.Localizer) []block {
	follow := h.desk().FollowUps()
	blocks := []block{heading{Text: l.T("home.follow_ups")}}
	if len(follow) == 0 {
		return append(blocks, paragraph{Text: l.T("home.no_follow_ups")})
	}
	var rows []choice
	for _, f := range follow {
		rows = append(rows, choice{
			Label:  l.T("home.follow_up", "What", followTitle(l, f), "Name", personName(l, f.Person)),
			Detail: followState(l, f), Tone: followTone(f), Plain: true,
			Do: func() { h.app.push(&followUp{app: h.app, id: f.ID}) },
		})
	}
	return append(blocks, choices{Rows: rows})
}

func (h *home) counts(l *text.Localizer) block {
	c := h.desk().Today()
	return tiles{Items: []tile{
		{Value: l.Int(c.Visits), Label: l.N("home.visits", c.Visits)},
		{Value: l.Int(c.Activations), Label: l.N("home.activations", c.Activations)},
		{Value: l.Int(c.Exemptions), Label: l.N("home.exemptions", c.Exemptions)},
		{Value: l.Int(c.Papers), Label: l.N("home.papers", c.Papers)},
	}}
}

func (h *home) newVisit() {
	a := h.app
	d, c := h.desk(), a.readable()
	var id string
	a.work(a.words.Current().T("task.opening_visit"), func(ctx context.Context) (err error) {
		if c != nil {
			id, err = d.OpenVisitByCard(ctx, c)
			return err
		}
		id, err = d.OpenVisit(ctx, desk.Opening{Naming: desk.Unnamed})
		return err
	}, func() { a.push(newVisitScreen(a, id)) })
}

// resume goes back to the last open visit, and into its walk when one goes on: where the desk was before a crash.
func (h *home) resume() {
	open := h.desk().OpenVisits()
	if len(open) == 0 {
		return
	}
	h.app.openVisit(open[0])
}
