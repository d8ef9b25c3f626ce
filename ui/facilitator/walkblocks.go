package facilitator

import (
	"maps"
	"slices"
	"strings"

	"bottega/cardreader"
	"bottega/desk"
	"bottega/desk/walk"
	"bottega/ui/text"
)

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

// registry says what the hub's registry answered so far, on a step whose way on depends on it.
func (w *walkScreen) registry(l *text.Localizer, s walk.Step) []block {
	looks := slices.ContainsFunc(s.Next, func(b walk.Branch) bool {
		return slices.ContainsFunc(b.When, func(c walk.Condition) bool { return c.Fact == walk.RegistryAnswer })
	})
	x, err := w.app.session.Desk.Visit(w.visit)
	if !looks || err != nil || len(x.Exemptions) == 0 {
		return nil
	}
	asked := x.Exemptions[len(x.Exemptions)-1]
	if asked.Reply == nil {
		return []block{notice{Title: l.T("walk.registry_waits", "Code", asked.Request.Code), Text: l.T("walk.registry_waits_advice")}}
	}
	f := desk.FollowUp{Reply: asked.Reply}
	return []block{notice{Tone: followTone(f), Title: replyWords(l, *asked.Reply)}}
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
		case walk.TestPIN, walk.ChangePIN:
			return w.codeBlocks(l, s)
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
		blocks = append(blocks, c.trouble(l))
	case c.Card == nil:
		blocks = append(blocks, troubleNotice(l, cardreader.NoCard))
	}
	if c.Card != nil {
		blocks = append(blocks, cardFacts(l, c.Card)...)
	}
	return blocks
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
	return map[walk.FieldType]fieldKind{
		walk.DigitsField: digitsField, walk.DateField: dateField, walk.MoneyField: moneyField, walk.FiscalCodeField: codeField,
	}[f.Type]
}

func (w *walkScreen) wrongWords(l *text.Localizer, id string) string {
	if e, ok := w.wrong[id]; ok {
		return l.In(e.Text)
	}
	return ""
}

// mostStops is how much of the way fits beside a page without scrolling; the list of answers to change has all of it.
const mostStops = 4

// trail is the way so far, from the last step back; a step to be asked again says so.
func (w *walkScreen) trail(l *text.Localizer) []block {
	most := mostStops
	if w.checked() != nil {
		most-- // the way back to the verdict stands here too
	}
	var rows []fact
	for _, s := range slices.Backward(w.view.Trail) {
		if len(rows) == most {
			rows = append(rows, fact{Value: l.N("walk.before", len(w.view.Trail)-most)})
			break
		}
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
