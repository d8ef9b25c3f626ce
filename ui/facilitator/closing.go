package facilitator

import (
	"strings"

	"bottega/desk"
	"bottega/ui/text"
)

// closing is the one closing act: what the facilitator puts in order by hand is ticked, what the program can do it does.
type closing struct {
	app    *App
	visit  string
	ticked map[desk.CleanUp]bool
	left   bool
	// warned is set once it was said what is not ticked: the second Enter closes all the same.
	warned bool
}

func newClosing(a *App, visit string) *closing {
	return &closing{app: a, visit: visit, ticked: map[desk.CleanUp]bool{}}
}

// byHand are the parts of the clean-up that only a person can do.
func byHand() []desk.CleanUp { return []desk.CleanUp{desk.CleanPortal, desk.CleanWindows} }

func (c *closing) page(l *text.Localizer) page {
	x, err := c.app.session.Desk.Visit(c.visit)
	if err != nil {
		return c.app.brokenPage(l, err)
	}
	var rows []choice
	for _, step := range byHand() {
		rows = append(rows, choice{Label: l.T("clean." + string(step)), Detail: l.T("clean." + string(step) + "_detail"), On: c.ticked[step],
			Do: func() { c.ticked[step], c.warned = !c.ticked[step], false }})
	}
	p := page{
		Name: l.T("closing.name"), Title: l.T("closing.title", "Name", visitName(l, x)), Lead: l.T("closing.lead"), Citizen: true,
		Blocks: []block{
			choices{Label: l.T("closing.by_hand"), Rows: rows, Tick: true},
			heading{Text: l.T("closing.by_itself")},
			paragraph{Text: "• " + l.T("clean.clipboard_emptied")}, c.printQueue(l),
			choices{Tick: true, Rows: []choice{{
				Label: l.T("closing.left"), Detail: l.T("closing.left_detail"), On: c.left, Do: func() { c.left = !c.left },
			}}},
		},
		Actions: []action{
			{Key: keyMain, Label: l.T("closing.go"), Do: c.close, Tone: primary},
			{Key: keyF5, Label: l.T("closing.sheet"), Do: func() { c.app.push(newPapersFor(c.app, c.visit, desk.PaperTakeHome)) }},
			{Key: keyBack, Label: l.T("do.back"), Do: c.app.pop},
		},
	}
	if x.OpenWalk() != nil {
		p.Blocks = append([]block{careful(l, "closing.walk_open")}, p.Blocks...)
	}
	if c.warned {
		p.Blocks = append([]block{careful(l, "closing.not_ticked", "What", c.missing(l))}, p.Blocks...)
	}
	return p
}

func (c *closing) printQueue(l *text.Localizer) block {
	if c.app.settings.Printer == "" {
		return paragraph{Text: "• " + l.T("clean.no_printer")}
	}
	return paragraph{Text: "• " + l.T("clean.print_queue_emptied")}
}

func (c *closing) missing(l *text.Localizer) string {
	var names []string
	for _, step := range byHand() {
		if !c.ticked[step] {
			names = append(names, strings.ToLower(l.T("clean."+string(step))))
		}
	}
	return strings.Join(names, "; ")
}

func (c *closing) close() {
	done := desk.Closing{Left: c.left}
	for _, step := range byHand() {
		if c.ticked[step] {
			done.CleanUp = append(done.CleanUp, step)
		}
	}
	if len(done.CleanUp) < len(byHand()) && !c.warned {
		c.warned = true
		return
	}
	c.app.closeVisit(c.visit, done)
}
