package facilitator

import (
	"context"

	"bottega/cardreader"
	"bottega/ui/checkup"
	"bottega/ui/text"
)

// examination looks at everything that can be wrong with the computer, and says of each thing what to do. What needs somebody
// comes first; the text that is copied keeps the order from the computer outwards.
type examination struct {
	app      *App
	found    []checkup.Finding
	examined bool
	running  bool
}

func (a *App) openExamination() { a.push(&examination{app: a}) }

// examineAction leads to the examination from pages where something may be wrong with the computer.
func (a *App) examineAction(l *text.Localizer, k key) action {
	return action{Key: k, Label: l.T("checkup.open"), Do: a.openExamination}
}

// ofTheComputer tells the troubles at the reader that come from the computer, and not from the card that is in it.
func ofTheComputer(t cardreader.Trouble) bool {
	return t == cardreader.ServiceDown || t == cardreader.NoReader || t == cardreader.Busy
}

func (e *examination) enter() {
	if !e.examined {
		e.examine()
	}
}

func (e *examination) examine() {
	a, s := e.app, e.app.session
	var found []checkup.Finding
	e.running = a.worker.run(a.words.Current().T("checkup.running"), func(ctx context.Context) (err error) {
		found, err = a.Doctor.Examine(ctx, s, e.tell)
		return err
	}, func(err error) {
		e.running = false
		if err != nil {
			a.fail(err)
			return
		}
		e.found, e.examined = found, true
	})
}

// tell shows how far the examination is. It is called from any goroutine.
func (e *examination) tell(done, of int) {
	a := e.app
	a.Dispatch(func() {
		if t := a.worker.current; t != nil && e.running {
			t.label = a.words.Current().T("checkup.done_of", "Done", done, "Of", of)
			a.changed()
		}
	})
}

func (e *examination) page(l *text.Localizer) page {
	p := page{Name: l.T("checkup.name"), Title: l.T("checkup.title"), Lead: l.T("checkup.lead"), Narrow: true}
	if s := e.app.session; s != nil && s.Hand != nil {
		p.Lead = l.T("checkup.lead_practice")
	}
	again := action{Key: keyF5, Label: l.T("checkup.again"), Do: e.examine}
	switch {
	case e.examined:
		p.Blocks = e.blocks(l)
		p.Actions = append(p.Actions, action{Key: keyMain, Label: l.T("checkup.copy"), Do: e.copy, Tone: primary}, again)
	case !e.running:
		p.Blocks = []block{careful(l, "checkup.unfinished")}
		p.Actions = append(p.Actions, again)
	}
	p.Actions = append(p.Actions, action{Key: keyBack, Label: l.T("do.back"), Do: e.app.pop})
	return p
}

func (e *examination) blocks(l *text.Localizer) []block {
	var broken, notes []block
	var well []fact
	for _, f := range e.found {
		switch f.State {
		case checkup.Broken:
			broken = append(broken, notice{Tone: bad, Title: f.Message(l), Text: f.Advice(l)})
		case checkup.Note:
			notes = append(notes, notice{Title: f.Message(l), Text: f.Advice(l)})
		case checkup.Well:
			well = append(well, fact{Label: f.Name(l), Value: f.Message(l), Tone: good})
		}
	}
	sum := notice{Tone: good, Title: l.T("checkup.all_well"), Text: l.T("checkup.all_well_detail")}
	if len(broken) > 0 {
		sum = notice{Tone: caution, Title: l.N("checkup.attention", len(broken)), Text: l.T("checkup.attention_detail")}
	}
	blocks := append([]block{sum}, broken...)
	if len(well) > 0 {
		blocks = append(blocks, heading{Text: l.T("checkup.well")}, facts{Rows: well, Slim: true})
	}
	if len(notes) > 0 {
		blocks = append(append(blocks, heading{Text: l.T("checkup.notes")}), notes...)
	}
	return blocks
}

// copy hands the whole examination to whoever writes to somebody for help.
func (e *examination) copy() {
	a, l := e.app, e.app.words.Current()
	a.Computer.Copy(checkup.Text(l, e.found))
	a.tell(good, l.T("checkup.copied"), l.T("checkup.copied_detail"))
}
