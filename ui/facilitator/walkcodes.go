package facilitator

import (
	"bottega/cardreader"
	"bottega/desk"
	"bottega/desk/walk"
	"bottega/ui/text"
)

// codeWork is what a step does with the card's codes.
func codeWork(s walk.Step) desk.CodeWork {
	if s.Action == walk.ChangePIN {
		return desk.WorkChange
	}
	return desk.WorkTest
}

// codeBlocks say what the card showed so far, on a step where its holder types a code.
func (w *walkScreen) codeBlocks(l *text.Localizer, s walk.Step) []block {
	c := w.app.card
	switch {
	case c.Phase != "":
		return []block{progress{Label: l.T("card_phase." + string(c.Phase)), Fraction: phaseDone(c.Phase)}}
	case c.Card == nil && c.Trouble != "":
		return []block{c.trouble(l)}
	case c.Card == nil:
		return []block{troubleNotice(l, cardreader.NoCard)}
	}
	x, err := w.app.session.Desk.Visit(w.visit)
	if err != nil || x.Card == nil || x.Card.Number != c.Card.Number || x.Card.Proof == nil {
		return []block{notice{Title: l.T("walk.code_waits." + string(codeWork(s))), Text: l.T("walk.code_waits_advice")}}
	}
	rows := checkRows(l, x.Card.Proof.Checks)
	if x.Card.Proof.Changed {
		rows = append(rows, fact{Label: l.T("walk.pin_changed"), Value: l.T("answer.yes"), Tone: good})
	}
	return []block{facts{Rows: rows}}
}

// codeActions offer the typing first, and the way on first once something was typed.
func (w *walkScreen) codeActions(l *text.Localizer, s walk.Step, next action) []action {
	begin := action{Label: l.T("walk.act." + string(s.Action)), Do: func() {
		w.tried = true
		w.app.openCodes(w.visit, codeWork(s))
	}}
	if w.tried || w.app.card.Card == nil {
		begin.Key = keyF5
		if w.app.card.Card == nil {
			return []action{next}
		}
		return []action{next, begin}
	}
	begin.Key, begin.Tone = keyMain, primary
	next.Key, next.Tone, next.Label = keyF5, plain, l.T("walk.skip_code")
	return []action{begin, next}
}
