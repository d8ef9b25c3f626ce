package facilitator

import (
	"errors"
	"strconv"
	"strings"

	"bottega/cardreader"
	"bottega/desk"
	"bottega/ui/citizen"
	"bottega/ui/text"
)

// page says where the task stands. Of what is typed it knows nothing, not even how much.
func (t *codeTask) page(l *text.Localizer) page {
	p := page{
		Name: l.T("codes.name"), Title: l.T("codes.title." + string(t.work)), Lead: t.lead(l), Citizen: true,
	}
	switch t.stage {
	case codeAsking:
		p.Actions = []action{{Key: keyBack, Label: l.T("do.back"), Do: t.app.pop}}
	case codeLastTry:
		p.Blocks = []block{careful(l, "codes.last_try")}
		p.Actions = []action{
			{Key: keyF5, Label: l.T("codes.last_try_yes"), Do: t.askHolder},
			{Key: keyMain, Label: l.T("codes.last_try_no"), Do: t.app.pop, Tone: primary},
			{Key: keyBack, Label: l.T("do.back"), Do: t.app.pop, Hidden: true},
		}
	case codeTyping:
		p.Blocks = []block{notice{Tone: caution, Title: l.T("codes.typing"), Text: l.T("codes.typing_advice")}}
		if t.typing == "" {
			p.Blocks = []block{notice{Tone: caution, Title: l.T("codes.answering"), Text: l.T("codes.answering_advice")}}
		}
		p.Actions = t.typingActions(l)
	case codeDone:
		p.Blocks = t.outcome(l)
		p.Actions = t.doneActions(l)
	}
	return p
}

func (t *codeTask) lead(l *text.Localizer) string {
	if t.card == nil {
		return ""
	}
	parts := []string{orDash(t.card.Holder.FullName())}
	if t.needs.PINLeft > 0 && t.work != desk.WorkUnblock && t.stage != codeDone {
		parts = append(parts, l.N("codes.left", t.needs.PINLeft))
	}
	return strings.Join(parts, " · ")
}

// typingActions let the keyboard reach the citizen's keys even while the facilitator's window has it. They have no button.
func (t *codeTask) typingActions(l *text.Localizer) []action {
	stage := t.app.Stage
	actions := []action{
		{Key: keyBack, Label: l.T("codes.stop"), Do: stage.GiveUp},
		{Key: keyMain, Do: stage.Accept, Hidden: true},
		{Key: keyRub, Do: stage.RubOut, Hidden: true},
		{Key: keyDelete, Do: stage.Wipe, Hidden: true},
	}
	for digit := byte('0'); digit <= '9'; digit++ {
		actions = append(actions, action{Key: key(strconv.Itoa(int(digit - '0'))), Do: func() { stage.Type(digit) }, Hidden: true})
	}
	return actions
}

// outcome says what came of it, in the trouble's own words.
func (t *codeTask) outcome(l *text.Localizer) []block {
	if t.gaveUp {
		return []block{notice{Tone: plain, Title: l.T("codes.nothing_typed"), Text: l.T("codes.nothing_typed_advice")}}
	}
	var blocks []block
	switch f := t.found; {
	case f.err != nil:
		n := inWords(l, f.err)
		n.Tone = bad
		if left, told := cardreader.TriesLeft(f.err); told && left > 0 {
			n.Text = l.N("codes.left", left) + " " + n.Text
		}
		blocks = append(blocks, n)
	case f.door != nil && f.door.Accepted:
		blocks = append(blocks, notice{Tone: good, Title: l.T("codes.let_in"), Text: l.T("codes.let_in_detail")})
	case f.door != nil:
		blocks = append(blocks, notice{Tone: bad, Title: l.T("codes.refused"), Text: l.T("codes.refused_advice")})
	default:
		blocks = append(blocks, notice{Tone: good, Title: l.T("codes.done." + string(t.work)), Text: l.T("codes.done_detail." + string(t.work))})
	}
	if rows := checkRows(l, t.found.checks); len(rows) > 0 {
		if d := t.found.door; d != nil {
			rows = append(rows, fact{Label: l.T("codes.door_at"), Value: l.DateTime(d.At)}, fact{Label: l.T("codes.protocol"), Value: d.Protocol})
		}
		blocks = append(blocks, facts{Rows: rows})
	}
	return append(blocks, t.written(l)...)
}

// written says whether the outcome stands in the visit.
func (t *codeTask) written(l *text.Localizer) []block {
	switch {
	case t.found.unwritten != nil:
		return []block{inWords(l, t.found.unwritten)}
	case t.found.recorded:
		return []block{paragraph{Text: l.T("codes.recorded"), Small: true}}
	case t.visit == "" && len(t.found.checks) > 0:
		return []block{paragraph{Text: l.T("codes.not_recorded"), Small: true}}
	}
	return nil
}

func (t *codeTask) doneActions(l *text.Localizer) []action {
	actions := []action{{Key: keyMain, Label: l.T("codes.close"), Do: t.app.pop, Tone: primary}}
	err := t.found.err
	blocked := errors.Is(err, cardreader.PINBlocked) || errors.Is(err, cardreader.PUKBlocked)
	switch {
	case t.gaveUp:
		actions = append(actions, action{Key: keyF5, Label: l.T("codes.again"), Do: t.begin})
	case errors.Is(err, cardreader.PINBlocked):
		actions = append(actions, action{Key: keyF6, Label: l.T("codes.unblock"), Do: func() { t.work = desk.WorkUnblock; t.begin() }})
	case errors.Is(err, cardreader.DoorClosed):
		actions = append(actions, action{Key: keyF5, Label: l.T("codes.pin_only"), Do: func() { t.pinOnly = true; t.begin() }})
	case err != nil && !blocked && !errors.Is(err, cardreader.NotActive):
		actions = append(actions, action{Key: keyF5, Label: l.T("codes.again"), Do: t.begin})
	}
	return append(actions, action{Key: keyBack, Label: l.T("do.back"), Do: t.app.pop})
}

// checkRows are parts of a test as rows of a table.
func checkRows(l *text.Localizer, checks []desk.PartCheck) []fact {
	rows := make([]fact, 0, len(checks))
	for _, c := range checks {
		row := fact{Label: l.T("card_part." + string(c.Part)), Value: l.T("card_result." + string(c.Result))}
		if c.Reason != "" && c.Result != desk.PartWorks {
			row.Value += ": " + reasonOfCard(l, c.Reason)
		}
		switch c.Result {
		case desk.PartWorks:
			row.Tone = good
		case desk.PartFails:
			row.Tone = bad
		}
		rows = append(rows, row)
	}
	return rows
}

// reasonOfCard is a reason in words; one of a newer program is shown as it came.
func reasonOfCard(l *text.Localizer, reason string) string {
	if key := "card_reason." + reason; l.Has(key) {
		return l.T(key)
	}
	return reason
}

// citizen shows the keys while something is typed, and otherwise how it went, in few words.
func (t *codeTask) citizen() citizen.Screen {
	left := t.needs.PINLeft
	if t.work == desk.WorkUnblock || t.typing == citizen.CodeNewPIN || t.typing == citizen.CodeAgain {
		left = 0
	}
	switch {
	case t.stage == codeTyping && t.typing == "":
		return citizen.Screen{Kind: citizen.LastTry}
	case t.stage == codeTyping && t.needs.Pad:
		return citizen.Screen{Kind: citizen.TypeOnPad, Types: t.typing, Left: left}
	case t.stage == codeTyping:
		s := citizen.Screen{Kind: citizen.TypeCode, Types: t.typing, Left: left}
		if t.unlike {
			s.Words = t.app.both("codes.citizen.unlike")
		}
		return s
	case t.stage == codeDone && !t.gaveUp:
		return t.citizenOutcome()
	}
	return citizen.Screen{Kind: citizen.Step, Title: t.app.both("codes.citizen.wait"), Words: t.app.both("codes.citizen.wait_words")}
}

func (t *codeTask) citizenOutcome() citizen.Screen {
	s := citizen.Screen{Kind: citizen.Result, Mood: citizen.Good}
	which := "done." + string(t.work)
	switch f := t.found; {
	case f.err != nil:
		s.Mood, which = citizen.Careful, "failed"
	case f.door != nil && f.door.Accepted:
		which = "let_in"
	case f.door != nil:
		s.Mood, which = citizen.Careful, "refused"
	}
	s.Title, s.Words = t.app.both("codes.citizen."+which), t.app.both("codes.citizen."+which+"_words")
	var trouble cardreader.Trouble
	if errors.As(t.found.err, &trouble) {
		s.Title = t.app.both(trouble.TitleKey())
	}
	return s
}
