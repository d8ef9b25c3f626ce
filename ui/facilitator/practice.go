package facilitator

import "bottega/ui/text"

// practiceHand is the hand that puts practice cards into the practice reader.
type practiceHand struct{ app *App }

func (a *App) openPracticeHand() {
	if _, open := a.top().(*practiceHand); open {
		a.pop()
		return
	}
	a.push(&practiceHand{app: a})
}

func (h *practiceHand) page(l *text.Localizer) page {
	hand := h.app.session.Hand
	in := hand.Inserted()
	var rows []choice
	for i, name := range hand.People() {
		insert := func() error { return hand.Insert(i) }
		rows = append(rows, choice{Label: name, Detail: hand.About(i, l.Lang()), On: i == in, Do: func() { h.do(insert) }})
	}
	p := page{
		Name: l.T("practice.name"), Title: l.T("practice.title"), Lead: l.T("practice.lead"), Narrow: true,
		Blocks:  []block{choices{Label: l.T("practice.whose"), Rows: rows}},
		Actions: []action{{Key: keyBack, Label: l.T("do.back"), Do: h.app.pop}},
	}
	if in >= 0 {
		p.Actions = append([]action{{Key: keyMain, Label: l.T("practice.remove"), Do: func() { h.do(hand.Remove) }, Tone: primary}}, p.Actions...)
	}
	return p
}

func (h *practiceHand) do(act func() error) {
	if err := act(); err != nil {
		h.app.fail(err)
		return
	}
	h.app.pop()
}
