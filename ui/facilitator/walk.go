package facilitator

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"bottega/cardreader"
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
		Card: a.readable(), CardPresent: a.card.Reader != "",
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
	w.step, w.wrong, w.paper, w.opened = v.Step.ID, nil, "", false
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
	p.Blocks = append(w.readAloud(l, step), w.kindBlocks(l, step)...)
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

// notes are the facilitator's alone: they never reach the citizen's window.
func notes(l *text.Localizer, s walk.Step) []block {
	if len(s.Notes) == 0 {
		return nil
	}
	lines := make([]string, len(s.Notes))
	for i, n := range s.Notes {
		lines[i] = "• " + l.In(n)
	}
	return []block{heading{Text: l.T("walk.notes")}, paragraph{Text: strings.Join(lines, "\n")}}
}

// readAloud is the privacy notice on the step that gives it.
func (w *walkScreen) readAloud(l *text.Localizer, s walk.Step) []block {
	n := w.view.Service.Notice
	if s.ID != walk.AnswerNotice || n == nil {
		return nil
	}
	return []block{notice{Tone: plain, Title: l.T("walk.read_aloud"), Text: l.In(n.Text)}}
}

// bring is what the citizen should have at hand, on the first step.
func (w *walkScreen) bring(l *text.Localizer) []block {
	if w.behind() > 0 || len(w.view.Service.Bring) == 0 {
		return nil
	}
	lines := make([]string, len(w.view.Service.Bring))
	for i, b := range w.view.Service.Bring {
		lines[i] = "• " + l.In(b)
	}
	return []block{heading{Text: l.T("walk.bring")}, paragraph{Text: strings.Join(lines, "\n")}}
}

// kindBlocks are what a kind of step shows besides its questions.
func (w *walkScreen) kindBlocks(l *text.Localizer, s walk.Step) []block {
	switch s.Kind {
	case walk.CitizenTypes:
		return []block{notice{Tone: caution, Title: l.T("walk.citizen_types"), Text: l.T("walk.citizen_types_advice")}}
	case walk.OpenPage:
		return []block{paragraph{Text: s.URL}}
	case walk.QR:
		return []block{qr{URL: s.URL}}
	case walk.Card:
		return w.cardBlocks(l)
	case walk.Paper:
		return w.paperBlocks(l)
	case walk.Act:
		switch s.Action {
		case walk.TestCard:
			return w.cardBlocks(l)
		case walk.RequestActivation, walk.RequestExemption:
			return w.toRecord(l)
		}
	}
	return nil
}

func (w *walkScreen) cardBlocks(l *text.Localizer) []block {
	c := w.app.card
	var blocks []block
	switch {
	case c.Phase != "":
		return []block{progress{Label: l.T("card_phase." + string(c.Phase)), Fraction: phaseDone(c.Phase)}}
	case c.Trouble != "":
		blocks = append(blocks, troubleNotice(l, c.Trouble))
	case c.Card == nil:
		blocks = append(blocks, troubleNotice(l, cardreader.NoCard))
	}
	if c.Card != nil {
		blocks = append(blocks, cardFacts(l, c.Card))
	}
	return blocks
}

// cardFacts are what a card says and which of its parts answered.
func cardFacts(l *text.Localizer, c *desk.Card) facts {
	rows := []fact{
		{Label: l.T("card.holder"), Value: orDash(c.Holder.FullName())},
		{Label: l.T("card.number"), Value: orDash(c.Number)},
		{Label: l.T("card.expires"), Value: orDash(l.Date(c.Expires))},
	}
	for _, part := range c.Test.Parts {
		row := fact{Label: l.T("card_part." + string(part.Part)), Value: l.T("card_result." + string(part.Result))}
		switch part.Result {
		case desk.PartWorks:
			row.Tone = good
		case desk.PartFails:
			row.Tone = bad
			if part.Reason != "" {
				row.Value += ": " + l.T("card_reason."+part.Reason)
			}
		}
		rows = append(rows, row)
	}
	return facts{Rows: rows}
}

// asked are the options and fields of the step.
func (w *walkScreen) asked(l *text.Localizer, s walk.Step) []block {
	var blocks []block
	if s.Kind == walk.Ask {
		c := choices{Wrong: w.wrongWords(l, s.ID)}
		for _, o := range s.Options {
			c.Rows = append(c.Rows, choice{Label: l.In(o.Label), On: w.values[s.ID] == o.ID, Do: func() {
				w.values[s.ID] = o.ID
				w.answer()
			}})
		}
		blocks = append(blocks, c)
	}
	for _, f := range s.Fields {
		blocks = append(blocks, w.field(l, f))
	}
	return blocks
}

func (w *walkScreen) field(l *text.Localizer, f walk.Field) block {
	label := l.In(f.Label)
	if !f.Required {
		label = l.T("field.optional", "Label", label)
	}
	set := func(v string) { w.values[f.ID] = v }
	options := f.Choices
	if f.Type == walk.YesNoField {
		options = nil
		for _, v := range []string{walk.Yes, walk.No} {
			options = append(options, walk.Choice{ID: v})
		}
	}
	if f.Type != walk.ChoiceField && f.Type != walk.YesNoField {
		return field{ID: f.ID, Label: label, Hint: l.In(f.Hint), Value: w.values[f.ID], Wrong: w.wrongWords(l, f.ID), Kind: kindOf(f), Set: set}
	}
	c := choices{Label: label, Wrong: w.wrongWords(l, f.ID)}
	for _, o := range options {
		name := l.In(o.Label)
		if o.Label.IsZero() {
			name = l.T("answer." + o.ID)
		}
		c.Rows = append(c.Rows, choice{Label: name, On: w.values[f.ID] == o.ID, Do: func() { set(o.ID) }})
	}
	return c
}

// kindOf is what may be typed into a field of a walk.
func kindOf(f walk.Field) fieldKind {
	return map[walk.FieldType]fieldKind{walk.DigitsField: digitsField, walk.DateField: dateField, walk.MoneyField: moneyField}[f.Type]
}

func (w *walkScreen) wrongWords(l *text.Localizer, id string) string {
	if e, ok := w.wrong[id]; ok {
		return l.In(e.Text)
	}
	return ""
}

// trail is the way so far, from the last step back; a step to be asked again says so.
func (w *walkScreen) trail(l *text.Localizer) []block {
	var rows []fact
	for _, s := range slices.Backward(w.view.Trail) {
		row := fact{Label: l.T("walk.mark." + string(s.Mark)), Value: l.In(s.Step.Title)}
		if s.Mark == walk.Stale {
			row.Tone = caution
		}
		rows = append(rows, row)
	}
	return []block{heading{Text: l.T("walk.trail")}, facts{Rows: rows, Slim: true}}
}

// toRecord are the answers that an action is about to record, to be read again together before it does.
func (w *walkScreen) toRecord(l *text.Localizer) []block {
	x, err := w.app.session.Desk.Visit(w.visit)
	if err != nil {
		return nil
	}
	rows := []fact{{Label: l.T("card.holder"), Value: visitName(l, x)}}
	answers := recordedAnswers(x, w.id)
	for _, stop := range w.view.Trail {
		if stop.Mark != walk.Behind {
			continue
		}
		for _, f := range stop.Step.Fields {
			if v := answers[f.ID]; v != "" {
				rows = append(rows, fact{Label: l.In(f.Label), Value: answerWords(l, f, v)})
			}
		}
		for _, o := range stop.Step.Options {
			if stop.Step.Kind == walk.Ask && answers[stop.Step.ID] == o.ID {
				rows = append(rows, fact{Label: l.In(stop.Step.Title), Value: l.In(o.Label)})
			}
		}
	}
	return []block{heading{Text: l.T("walk.to_record")}, facts{Rows: rows}}
}

// answerWords is an answer as people read it.
func answerWords(l *text.Localizer, f walk.Field, value string) string {
	for _, c := range f.Choices {
		if c.ID == value {
			return l.In(c.Label)
		}
	}
	if f.Type == walk.YesNoField {
		return l.T("answer." + value)
	}
	return f.Shown(value)
}

// recordedAnswers are the last answers of a walk, as the journal has them.
func recordedAnswers(x desk.Visit, id string) map[string]string {
	answers := map[string]string{}
	for _, w := range x.Walks {
		if w.ID != id {
			continue
		}
		for _, move := range w.Log {
			maps.Copy(answers, move.Answers)
		}
	}
	return answers
}

func (w *walkScreen) channels(l *text.Localizer, s walk.Step) []block {
	found := w.view.Service.ChannelsNamed(s.Channels)
	if len(found) == 0 {
		return nil
	}
	return append([]block{heading{Text: l.T("walk.channels")}}, channelFacts(l, found))
}

func channelFacts(l *text.Localizer, channels []walk.Channel) block {
	var rows []fact
	for _, c := range channels {
		var parts []string
		for _, part := range []string{c.Phone, l.In(c.Hours), c.URL, l.In(c.Note)} {
			if part != "" {
				parts = append(parts, part)
			}
		}
		rows = append(rows, fact{Label: l.In(c.Name), Value: strings.Join(parts, " · ")})
	}
	return facts{Rows: rows}
}

func (w *walkScreen) actions(l *text.Localizer, s walk.Step) []action {
	var actions []action
	next := action{Key: keyMain, Label: l.T("walk.next"), Do: w.answer, Tone: main}
	switch {
	case s.Kind == walk.Ask:
		if w.values[s.ID] != "" {
			actions = append(actions, next)
		}
	case s.Kind == walk.Paper && w.paper == "":
		actions = append(actions,
			action{Key: keyMain, Label: l.T("walk.make_paper"), Do: w.makePaper, Tone: main},
			action{Key: keyF5, Label: l.T("walk.skip_paper"), Do: w.answer})
	case s.Kind == walk.Paper:
		actions = append(actions, next,
			action{Key: keyF4, Label: l.T("papers.print"), Do: func() { w.app.printPaper(w.paper, nil) }},
			action{Key: keyF5, Label: l.T("papers.save"), Do: func() { w.app.savePaper(w.paper) }},
			action{Key: keyF6, Label: l.T("papers.show"), Do: func() { w.app.openPaper(w.paper) }})
	case s.Kind == walk.OpenPage && !w.opened:
		actions = append(actions,
			action{Key: keyMain, Label: l.T("walk.open_page"), Do: w.openPage, Tone: main},
			action{Key: keyF5, Label: l.T("walk.next"), Do: w.answer})
	case s.Kind == walk.OpenPage:
		actions = append(actions, next, action{Key: keyF5, Label: l.T("walk.open_again"), Do: w.openPage})
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
	return append(actions, action{Key: keyF10, Label: l.T("walk.to_visit"), Do: w.app.pop})
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
	a := w.app
	values, moment := map[string]string{}, a.moment()
	for id, v := range w.values {
		values[id] = v
	}
	left := w.view.Step
	var view desk.WalkView
	var wrong walk.FieldErrors
	a.work(a.words.Current().T("task.saving"), func(ctx context.Context) (err error) {
		view, wrong, err = w.desk().Answer(ctx, w.id, values, moment)
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
	a := w.app
	if w.behind() == 0 {
		a.pop()
		return
	}
	moment := a.moment()
	var view desk.WalkView
	a.work(a.words.Current().T("task.saving"), func(ctx context.Context) (err error) {
		view, err = w.desk().Back(ctx, w.id, moment)
		return err
	}, func() { w.show(view, nil) })
}

// ended shows the outcome with what the citizen takes home from it.
func (w *walkScreen) ended(l *text.Localizer, o walk.Outcome) page {
	tones := map[walk.Class]tone{walk.Done: good, walk.Partly: caution, walk.Sent: caution, walk.Stopped: caution}
	p := page{
		Name: l.T("walk.ended_name"), Title: l.In(o.Title), Lead: l.In(w.view.Service.Title), Citizen: true,
		Blocks: []block{notice{Tone: tones[o.Class], Title: l.T("walk.class." + string(o.Class)), Text: l.In(o.TakeHome)}},
		Side:   w.trail(l),
		Actions: []action{
			{Key: keyMain, Label: l.T("walk.to_visit"), Do: w.app.pop, Tone: main},
			{Key: keyF5, Label: l.T("closing.sheet"), Do: func() { w.app.push(newPapersFor(w.app, w.visit, desk.PaperTakeHome)) }},
			{Key: keyBack, Label: l.T("do.back"), Do: w.app.pop},
		},
	}
	if len(o.NextSteps) > 0 {
		var lines []string
		for _, n := range o.NextSteps {
			lines = append(lines, "• "+l.In(n))
		}
		p.Blocks = append(p.Blocks, heading{Text: l.T("walk.next_steps")}, paragraph{Text: strings.Join(lines, "\n")})
	}
	if found := w.view.Service.ChannelsNamed(o.Channels); len(found) > 0 {
		p.Blocks = append(p.Blocks, heading{Text: l.T("walk.channels")}, channelFacts(l, found))
	}
	return p
}

// endings ends the walk from wherever it stands.
type endings struct {
	app  *App
	walk *walkScreen
}

func (e *endings) page(l *text.Localizer) page {
	var rows []choice
	for _, o := range e.walk.view.Service.AnytimeOutcomes() {
		rows = append(rows, choice{Label: l.In(o.Title), Detail: l.In(o.TakeHome), Plain: true, Do: func() { e.end(o.ID) }})
	}
	return page{
		Name: l.T("ending.name"), Title: l.T("ending.title"), Lead: l.T("ending.lead"), Citizen: true,
		Blocks:  []block{choices{Rows: rows}},
		Actions: []action{{Key: keyBack, Label: l.T("do.back"), Do: e.app.pop}},
	}
}

func (e *endings) end(outcome string) {
	a := e.app
	a.work(a.words.Current().T("task.saving"), func(ctx context.Context) error { return e.walk.desk().EndWalk(ctx, e.walk.id, outcome) }, a.pop)
}

// otherWays are the other channels to the same service.
type otherWays struct {
	app  *App
	walk *walkScreen
}

func (o *otherWays) page(l *text.Localizer) page {
	return page{
		Name: l.T("ways.name"), Title: l.T("ways.title"), Lead: l.In(o.walk.view.Service.Title), Citizen: true,
		Blocks:  []block{channelFacts(l, o.walk.view.Service.Fallbacks)},
		Actions: []action{{Key: keyMain, Label: l.T("do.back"), Do: o.app.pop, Tone: main}, {Key: keyBack, Label: l.T("do.back"), Do: o.app.pop}},
	}
}
