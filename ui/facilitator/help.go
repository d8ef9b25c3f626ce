package facilitator

import "bottega/ui/text"

// help lists what every key does on the page below it.
type help struct {
	app   *App
	below page
}

func (a *App) openHelp() {
	if _, open := a.top().(*help); open {
		a.pop()
		return
	}
	l := a.words.Current()
	below := a.top().page(l)
	below.Actions = append(below.Actions, a.windowActions(l)...)
	a.push(&help{app: a, below: below})
}

func (h *help) page(l *text.Localizer) page {
	var here, always []fact
	for _, a := range h.below.Actions {
		row := fact{Label: keyName(l, a.Key), Value: a.Label}
		if a.Hidden {
			always = append(always, row)
		} else {
			here = append(here, row)
		}
	}
	for i, r := range h.below.rows() {
		if k := h.below.numberKey(i); k != "" && r.Do != nil {
			here = append(here, fact{Label: keyName(l, k), Value: r.Label})
		}
	}
	return page{
		Name: l.T("help.name"), Title: l.T("help.title"), Lead: l.T("help.lead"),
		Blocks: []block{columns{Cols: [][]block{
			{heading{Text: l.T("help.here", "Page", h.below.Name)}, facts{Rows: here, Slim: true}},
			{
				heading{Text: l.T("help.always")}, facts{Rows: always, Slim: true},
				heading{Text: l.T("help.moving")}, paragraph{Text: l.T("help.moving_detail")},
			},
		}}},
		Actions: []action{
			{Key: keyMain, Label: l.T("help.close"), Do: h.app.pop, Tone: primary},
			h.app.examineAction(l, keyF5),
			{Key: keyBack, Label: l.T("do.back"), Do: h.app.pop},
		},
	}
}
