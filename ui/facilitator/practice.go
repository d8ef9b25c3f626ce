package facilitator

import "bottega/ui/text"

// practiceHand is the hand that puts practice cards into the practice reader. Its first page has the cards in order and leads to
// the other groups; the page of a group has its cards.
type practiceHand struct {
	app   *App
	group string // empty for the first page
}

func (a *App) openPracticeHand() {
	if a.closePracticeHand() {
		return
	}
	a.push(&practiceHand{app: a})
}

// closePracticeHand leaves all pages of the hand, and reports whether there were any.
func (a *App) closePracticeHand() (was bool) {
	for {
		if _, open := a.top().(*practiceHand); !open {
			return was
		}
		a.pop()
		was = true
	}
}

func (h *practiceHand) page(l *text.Localizer) page {
	hand := h.app.session.Hand
	p := page{
		Name: l.T("practice.name"), Title: l.T("practice.title"), Lead: l.T("practice.lead"), Narrow: true,
		Actions: []action{{Key: keyBack, Label: l.T("do.back"), Do: h.app.pop}},
	}
	pin, puk := hand.Codes()
	p.Blocks = []block{notice{Tone: caution, Title: l.T("practice.codes", "PIN", pin, "PUK", puk), Text: l.T("practice.codes_advice")}}
	groups, cards := h.groups(l)
	shown := h.group
	if shown == "" && len(groups) > 0 {
		shown = groups[0]
	}
	p.Blocks = append(p.Blocks, choices{Label: l.T("practice.group." + shown), Rows: cards[shown]})
	if h.group == "" && len(groups) > 1 {
		p.Blocks = append(p.Blocks, choices{Label: l.T("practice.others"), Rows: h.doors(l, groups[1:], cards)})
	}
	if hand.Inserted() >= 0 {
		p.Actions = append([]action{{Key: keyMain, Label: l.T("practice.remove"), Do: func() { h.do(hand.Remove) }, Tone: primary}}, p.Actions...)
	}
	return p
}

// groups are what the cards are there for, in their order, and the cards of each.
func (h *practiceHand) groups(l *text.Localizer) (groups []string, cards map[string][]choice) {
	hand := h.app.session.Hand
	cards = map[string][]choice{}
	for i, name := range hand.People() {
		group := hand.Group(i)
		if cards[group] == nil {
			groups = append(groups, group)
		}
		insert := func() error { return hand.Insert(i) }
		cards[group] = append(cards[group], choice{
			Label: name, Detail: hand.About(i, l.Lang()), On: i == hand.Inserted(), Do: func() { h.do(insert) },
		})
	}
	return groups, cards
}

// doors lead to the pages of the groups.
func (h *practiceHand) doors(l *text.Localizer, groups []string, cards map[string][]choice) []choice {
	rows := make([]choice, len(groups))
	for i, group := range groups {
		rows[i] = choice{
			Label: l.T("practice.group." + group), Detail: l.N("practice.cards", len(cards[group])), Plain: true,
			Do: func() { h.app.push(&practiceHand{app: h.app, group: group}) },
		}
	}
	return rows
}

func (h *practiceHand) do(act func() error) {
	if err := act(); err != nil {
		h.app.fail(err)
		return
	}
	h.app.closePracticeHand()
}
