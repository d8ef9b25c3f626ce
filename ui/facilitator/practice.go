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
	p := page{
		Name: l.T("practice.name"), Title: l.T("practice.title"), Lead: l.T("practice.lead"), Narrow: true, Blocks: h.groups(l),
		Actions: []action{{Key: keyBack, Label: l.T("do.back"), Do: h.app.pop}},
	}
	pin, puk := hand.Codes()
	p.Blocks = append([]block{notice{Tone: caution, Title: l.T("practice.codes", "PIN", pin, "PUK", puk), Text: l.T("practice.codes_advice")}}, p.Blocks...)
	if in >= 0 {
		p.Actions = append([]action{{Key: keyMain, Label: l.T("practice.remove"), Do: func() { h.do(hand.Remove) }, Tone: primary}}, p.Actions...)
	}
	return p
}

// groups are the cards, under what they are there for.
func (h *practiceHand) groups(l *text.Localizer) []block {
	hand := h.app.session.Hand
	in := hand.Inserted()
	var blocks []block
	var rows []choice
	people := hand.People()
	for i, name := range people {
		insert := func() error { return hand.Insert(i) }
		rows = append(rows, choice{Label: name, Detail: hand.About(i, l.Lang()), On: i == in, Do: func() { h.do(insert) }})
		if i+1 == len(people) || hand.Group(i+1) != hand.Group(i) {
			blocks = append(blocks, choices{Label: l.T("practice.group." + hand.Group(i)), Rows: rows})
			rows = nil
		}
	}
	return blocks
}

func (h *practiceHand) do(act func() error) {
	if err := act(); err != nil {
		h.app.fail(err)
		return
	}
	h.app.pop()
}
