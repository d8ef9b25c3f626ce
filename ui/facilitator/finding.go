package facilitator

import (
	"strings"
	"time"

	"bottega/desk"
	"bottega/ui/text"
)

const (
	// mostFound is how many visits are listed: beyond it one more letter helps more than a longer list.
	mostFound = 20
	// pauseInTyping is how long somebody stops typing before what was typed is looked for.
	pauseInTyping = 300 * time.Millisecond
)

// finding looks for somebody who was here before, while one types.
type finding struct {
	app   *App
	typed string
	found []desk.Visit
	// looked is what was looked for last.
	looked string
	stop   func()
}

type findingDesk interface {
	Search(query string, limit int) []desk.Visit
}

func newFinding(a *App) *finding { return &finding{app: a, stop: func() {}} }

func (f *finding) desk() findingDesk { return f.app.session.Desk }

// enter looks again: a visit may have been erased meanwhile.
func (f *finding) enter() { f.look() }

func (f *finding) leave() {
	f.stop()
	f.typed, f.looked, f.found = "", "", nil
}

func (f *finding) page(l *text.Localizer) page {
	p := page{
		Name: l.T("find.name"), Title: l.T("find.title"), Lead: l.T("find.lead"), Focus: "query", Narrow: true,
		Blocks: []block{field{ID: "query", Label: l.T("find.query"), Hint: l.T("find.query_hint"), Value: f.typed, Set: f.type1}},
		Actions: []action{
			{Key: keyMain, Label: l.T("find.go"), Do: f.look, Tone: primary},
			{Key: keyBack, Label: l.T("do.back"), Do: f.app.pop},
		},
	}
	var rows []choice
	for _, v := range f.found {
		rows = append(rows, choice{Label: visitName(l, v), Detail: f.what(l, v), Plain: true, Do: func() { f.app.push(newVisitScreen(f.app, v.ID)) }})
	}
	switch {
	case f.looked == "":
	case len(rows) == 0:
		p.Blocks = append(p.Blocks, notice{Title: l.T("find.nobody"), Text: l.T("find.nobody_advice")})
	case len(rows) == mostFound:
		p.Blocks = append(p.Blocks, choices{Label: l.T("find.many", "Most", mostFound), Rows: rows})
	default:
		p.Blocks = append(p.Blocks, choices{Label: l.N("find.found", len(rows)), Rows: rows})
	}
	return p
}

// what says when a visit was and what it was for.
func (f *finding) what(l *text.Localizer, v desk.Visit) string {
	parts := []string{l.DateTime(v.OpenedAt)} // a person may come twice in a day
	if v.Open() {
		parts[0] = l.T("find.open_now")
	}
	for _, w := range v.Walks {
		parts = append(parts, f.app.serviceName(l, w.Service))
	}
	for _, r := range v.Records {
		parts = append(parts, f.app.serviceName(l, r.Service))
	}
	return strings.Join(parts, " · ")
}

// type1 takes what is typed, and looks for it after a pause.
func (f *finding) type1(v string) {
	f.typed = v
	f.stop()
	f.stop = f.app.later(pauseInTyping, func() {
		f.look()
		f.app.changed()
	})
}

func (f *finding) look() {
	f.stop()
	f.looked = strings.TrimSpace(f.typed)
	f.found = f.desk().Search(f.looked, mostFound)
}
