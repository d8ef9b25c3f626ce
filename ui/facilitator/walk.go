package facilitator

import (
	"context"
	"strconv"

	"bottega/desk"
	"bottega/desk/walk"
	"bottega/ui/text"
)

// walkScreen takes the facilitator through a service, one step a page.
type walkScreen struct {
	app   *App
	visit string
	id    string

	view desk.WalkView
	// step is the step that values and wrong belong to.
	step   string
	values map[string]string
	wrong  walk.FieldErrors
	// paper is the paper that this step made, empty before.
	paper string
	// tried is set once a code was typed on this step.
	tried bool
	// opened is set once the page of this step was opened in the browser.
	opened bool
	err    error
}

type walkDesk interface {
	Walk(id string, m desk.Moment) (desk.WalkView, error)
	Answer(ctx context.Context, id string, values map[string]string, m desk.Moment) (desk.WalkView, walk.FieldErrors, error)
	Back(ctx context.Context, id string, m desk.Moment) (desk.WalkView, error)
	EndWalk(ctx context.Context, id, outcome string) error
	MakePaper(ctx context.Context, visit string, o desk.PaperOrder) (desk.Paper, []byte, error)
}

func newWalkScreen(a *App, visit, id string) *walkScreen {
	return &walkScreen{app: a, visit: visit, id: id}
}

func (w *walkScreen) desk() walkDesk { return w.app.session.Desk }

// moment is what the desk cannot know by itself.
func (a *App) moment() desk.Moment {
	state := a.session.Line.Status().State
	return desk.Moment{
		Card: a.readable(), CardPresent: a.card.Reader != "", CardKind: a.card.kind(),
		HubReachable: state == desk.LineIdle || state == desk.LineSending,
	}
}

func (w *walkScreen) enter() {
	v, err := w.desk().Walk(w.id, w.app.moment())
	w.show(v, err)
}

// show takes a new view of the walk; what was typed stays as long as the step does.
func (w *walkScreen) show(v desk.WalkView, err error) {
	w.err = err
	if err != nil {
		return
	}
	w.view = v
	if v.Step.ID == w.step && w.values != nil {
		return
	}
	w.step, w.wrong, w.paper, w.opened, w.tried = v.Step.ID, nil, "", false, false
	w.values = map[string]string{}
	for id, value := range v.Shown {
		w.values[id] = value
	}
}

// refresh looks again at what the reader says, for steps that propose it.
func (w *walkScreen) refresh() {
	v, err := w.desk().Walk(w.id, w.app.moment())
	if err != nil || v.Step.ID != w.step {
		return
	}
	for id, value := range v.Shown {
		if w.values[id] == "" {
			w.values[id] = value
		}
	}
}

func (w *walkScreen) page(l *text.Localizer) page {
	if w.err != nil {
		return w.app.brokenPage(l, w.err)
	}
	if w.view.Outcome != nil {
		return w.ended(l, *w.view.Outcome)
	}
	step := w.view.Step
	p := page{
		Name: l.T("walk.name", "Step", l.In(step.Title)), Title: l.In(step.Title),
		Lead: l.T("walk.lead", "Service", l.In(w.view.Service.Title), "Step", strconv.Itoa(w.behind()+1)), Citizen: true,
	}
	p.Blocks = append(w.readAloud(l, step), w.registry(l, step)...)
	p.Blocks = append(p.Blocks, w.kindBlocks(l, step)...)
	p.Blocks = append(p.Blocks, w.asked(l, step)...)
	p.Blocks = append(p.Blocks, notes(l, step)...)
	p.Side = append(w.bring(l), w.verdictRow(l)...)
	p.Side = append(p.Side, w.trail(l)...)
	p.Side = append(p.Side, w.channels(l, step)...)
	for _, b := range p.Blocks {
		if f, ok := b.(field); ok && (p.Focus == "" || f.Wrong != "") {
			p.Focus = f.ID
			if f.Wrong != "" {
				break
			}
		}
	}
	p.Actions = w.actions(l, step)
	return p
}

func (w *walkScreen) behind() int {
	n := 0
	for _, s := range w.view.Trail {
		if s.Mark == walk.Behind {
			n++
		}
	}
	return n
}

func (w *walkScreen) actions(l *text.Localizer, s walk.Step) []action {
	var actions []action
	next := action{Key: keyMain, Label: l.T("walk.next"), Do: w.answer, Tone: primary}
	switch {
	case s.Kind == walk.Ask:
		if w.values[s.ID] != "" {
			actions = append(actions, next)
		}
	case s.Kind == walk.Paper && w.paper == "":
		actions = append(actions,
			action{Key: keyMain, Label: l.T("walk.make_paper"), Do: w.makePaper, Tone: primary},
			action{Key: keyF5, Label: l.T("walk.skip_paper"), Do: w.answer})
	case s.Kind == walk.Paper:
		actions = append(actions, next,
			action{Key: keyF4, Label: l.T("papers.print"), Do: func() { w.app.printPaper(w.paper, nil) }},
			action{Key: keyF5, Label: l.T("papers.save"), Do: func() { w.app.savePaper(w.paper) }},
			action{Key: keyF6, Label: l.T("papers.show"), Do: func() { w.app.openPaper(w.paper) }})
	case s.Kind == walk.OpenPage && !w.opened:
		actions = append(actions,
			action{Key: keyMain, Label: l.T("walk.open_page"), Do: w.openPage, Tone: primary},
			action{Key: keyF5, Label: l.T("walk.next"), Do: w.answer})
	case s.Kind == walk.OpenPage:
		actions = append(actions, next, action{Key: keyF5, Label: l.T("walk.open_again"), Do: w.openPage})
	case s.Action == walk.TestPIN || s.Action == walk.ChangePIN:
		actions = append(actions, w.codeActions(l, s, next)...)
	case s.Kind == walk.Act:
		next.Label = l.T("walk.act." + string(s.Action))
		actions = append(actions, next)
	default:
		actions = append(actions, next)
	}
	actions = append(actions, action{Key: keyBack, Label: l.T("walk.back"), Do: w.back})
	if w.behind() > 0 && s.Kind != walk.Paper {
		actions = append(actions, action{Key: keyF6, Label: l.T("change.open"), Do: w.openChange})
	}
	if len(w.view.Service.AnytimeOutcomes()) > 0 {
		actions = append(actions, action{Key: keyF3, Label: l.T("walk.end"), Do: func() { w.app.push(&endings{app: w.app, walk: w}) }})
	}
	if len(w.view.Service.Fallbacks) > 0 {
		actions = append(actions, action{Key: keyF2, Label: l.T("walk.other_ways"), Do: func() { w.app.push(&otherWays{app: w.app, walk: w}) }})
	}
	return append(actions, action{Key: keyF10, Label: l.T("walk.leave"), Do: w.app.pop})
}

func (w *walkScreen) openPage() {
	if err := w.app.Computer.OpenURL(w.view.Step.URL); err != nil {
		l := w.app.words.Current()
		w.app.tell(bad, l.T("walk.page_failed"), l.T("walk.page_failed_advice", "URL", w.view.Step.URL))
		return
	}
	w.opened = true
}

// answer leaves the step with what was filled in.
func (w *walkScreen) answer() {
	d := w.desk()
	a := w.app
	values, moment := map[string]string{}, a.moment()
	for id, v := range w.values {
		values[id] = v
	}
	left := w.view.Step
	var view desk.WalkView
	var wrong walk.FieldErrors
	a.work(a.words.Current().T("task.saving"), func(ctx context.Context) (err error) {
		view, wrong, err = d.Answer(ctx, w.id, values, moment)
		return err
	}, func() {
		w.wrong = wrong
		if wrong == nil {
			w.show(view, nil)
			w.afterStep(left)
		}
	})
}

// back goes to the step before, or from the first one to the visit.
func (w *walkScreen) back() {
	d := w.desk()
	a := w.app
	if w.behind() == 0 {
		a.pop()
		return
	}
	moment := a.moment()
	var view desk.WalkView
	a.work(a.words.Current().T("task.saving"), func(ctx context.Context) (err error) {
		view, err = d.Back(ctx, w.id, moment)
		return err
	}, func() { w.show(view, nil) })
}
