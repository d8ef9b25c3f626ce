package facilitator

import (
	"slices"
	"strings"

	"bottega/cardreader"
	"bottega/desk"
	"bottega/desk/cardcert"
	"bottega/ui/text"
)

// trouble says what is wrong with the card in the reader. A card that is no health card is called by its name, with what to do
// with it.
func (c cardState) trouble(l *text.Localizer) notice {
	if c.Card != nil && notHealth(c.Card.Kind) {
		return notice{Tone: caution, Title: l.T("card_kind." + string(c.Card.Kind)), Text: kindAdvice(l, c.Card.Kind)}
	}
	return troubleNotice(l, c.Trouble)
}

// notHealth reports whether a card told that it is something else than a health card.
func notHealth(k desk.CardKind) bool { return k != "" && k != desk.KindHealth }

// kindAdvice says what can be done with a card that is no health card.
func kindAdvice(l *text.Localizer, k desk.CardKind) string { return l.T("card_advice." + string(k)) }

// cardFacts are what a card says, which of its parts answered, and what was found about its certificate.
func cardFacts(l *text.Localizer, c *desk.Card) []block {
	rows := []fact{
		{Label: l.T("card.holder"), Value: orDash(c.Holder.FullName())},
		{Label: l.T("card.number"), Value: orDash(c.Number)},
		{Label: l.T("card.expires"), Value: orDash(l.Date(c.Expires))},
	}
	if notHealth(c.Kind) {
		rows = append([]fact{{Label: l.T("card.kind"), Value: l.T("card_kind." + string(c.Kind)), Tone: caution}}, rows...)
	}
	// What needs the PIN stands on the page that asks for it.
	read := slices.DeleteFunc(slices.Clone(c.Test.Parts), func(p desk.PartCheck) bool {
		return p.Part == desk.PartPIN || p.Part == desk.PartLogin
	})
	blocks := []block{facts{Rows: append(rows, checkRows(l, read)...)}}
	blocks = append(blocks, practiceBlocks(l, c)...)
	blocks = append(blocks, warningBlocks(l, c)...)
	return append(blocks, certificateBlocks(l, c)...)
}

// practiceBlocks say that a card is a practice one where it does not belong: at a desk that does not take its authority for one.
func practiceBlocks(l *text.Localizer, c *desk.Card) []block {
	if c.Certificate == nil || !c.Certificate.Practice || cardcert.Find(c.Certificate.Checks, desk.AspectChain).Result == desk.PartWorks {
		return nil
	}
	return []block{notice{Tone: caution, Title: l.T("card.practice.title"), Text: l.T("card.practice.text")}}
}

// warningBlocks are what does not agree on a card. None of it stops anything.
func warningBlocks(l *text.Localizer, c *desk.Card) []block {
	if len(c.Warnings) == 0 {
		return nil
	}
	lines := make([]string, 0, len(c.Warnings))
	for _, w := range c.Warnings {
		if key := "card_warning." + w; l.Has(key) {
			lines = append(lines, "• "+l.T(key))
		}
	}
	return []block{notice{Tone: caution, Title: l.N("card.warnings", len(lines)), Text: strings.Join(lines, "\n")}}
}

// certificateBlocks say aspect by aspect what was found about the certificate; what was not looked at says so.
func certificateBlocks(l *text.Localizer, c *desk.Card) []block {
	if c.Certificate == nil || len(c.Certificate.Checks) == 0 {
		return nil
	}
	rows := make([]fact, 0, len(c.Certificate.Checks))
	for _, check := range c.Certificate.Checks {
		row := fact{Label: l.T("certificate_aspect." + string(check.Aspect)), Value: l.T("certificate_result." + string(check.Result))}
		switch check.Result {
		case desk.PartWorks:
			row.Tone = good
			if !check.At.IsZero() {
				row.Value += l.T("certificate_result.at", "Time", l.DateTime(check.At))
			}
		case desk.PartFails:
			row.Tone = bad
		}
		if check.Reason != "" && check.Result != desk.PartWorks {
			row.Value += ": " + reasonOfCard(l, check.Reason)
		}
		rows = append(rows, row)
	}
	return []block{heading{Text: l.T("card.certificate")}, facts{Rows: rows}}
}

// certificateLine is the same in one line, for pages that are about something else; empty when nothing was found.
func certificateLine(l *text.Localizer, c *desk.Card) (fact, bool) {
	if c.Certificate == nil || len(c.Certificate.Checks) == 0 {
		return fact{}, false
	}
	counts := map[desk.PartResult]int{}
	for _, check := range c.Certificate.Checks {
		counts[check.Result]++
	}
	row := fact{Label: l.T("card.certificate"), Value: l.N("card.checks_fine", counts[desk.PartWorks]), Tone: good}
	if n := counts[desk.PartNotChecked]; n > 0 {
		row.Value += ", " + l.N("card.checks_open", n)
	}
	if n := counts[desk.PartFails]; n > 0 {
		row.Value, row.Tone = row.Value+", "+l.N("card.checks_wrong", n), bad
	}
	return row, true
}

// askAuthority asks whether the certificate of a card that was just read is withdrawn, and shows the answer if the card is still
// there. The reading does not wait for it.
func (a *App) askAuthority(c *desk.Card) {
	s := a.session
	if s.Withdrawn == nil || c.Certificate == nil {
		return
	}
	session := a.present
	go func() {
		check := s.Withdrawn(session, c.Certificate)
		a.Dispatch(func() {
			if a.session != s || a.card.Card != c {
				return
			}
			card := cardcert.Answer(*c, check)
			a.card.Card = &card
			a.changed()
		})
	}()
}

// cardTasks is everything that can be done with the card in the reader, with what it says above.
type cardTasks struct {
	app *App
	// visit is where outcomes are recorded; empty at home.
	visit string
}

func (a *App) openCardTasks(visit string) { a.push(&cardTasks{app: a, visit: visit}) }

func (c *cardTasks) page(l *text.Localizer) page {
	p := page{Name: l.T("tasks.name"), Title: l.T("tasks.title"), Lead: l.T("tasks.lead"), Citizen: c.visit != ""}
	state := c.app.card
	switch {
	case state.Phase != "":
		p.Blocks = append(p.Blocks, progress{Label: l.T("card_phase." + string(state.Phase)), Fraction: phaseDone(state.Phase)})
	case state.Trouble != "":
		p.Blocks = append(p.Blocks, state.trouble(l))
	case state.Card == nil:
		p.Blocks = append(p.Blocks, troubleNotice(l, cardreader.NoCard))
	}
	if state.Card != nil {
		p.Blocks = append(p.Blocks, c.choices(l))
		p.Side = append([]block{heading{Text: l.T("tasks.card")}}, cardFacts(l, state.Card)...)
	}
	p.Actions = []action{{Key: keyMain, Label: l.T("do.back"), Do: c.app.pop, Tone: primary}}
	if c.visit != "" && c.hasTest() {
		p.Actions = append(p.Actions, action{Key: keyF5, Label: l.T("tasks.slip"), Do: func() {
			c.app.push(newPapersFor(c.app, c.visit, desk.PaperCardTest))
		}})
	}
	p.Actions = append(p.Actions, action{Key: keyBack, Label: l.T("do.back"), Do: c.app.pop, Hidden: true})
	return p
}

func (c *cardTasks) hasTest() bool {
	x, err := c.app.session.Desk.Visit(c.visit)
	return err == nil && x.Card != nil
}

func (c *cardTasks) choices(l *text.Localizer) choices {
	var rows []choice
	for _, work := range []desk.CodeWork{desk.WorkTest, desk.WorkChange, desk.WorkUnblock} {
		rows = append(rows, choice{
			Label: l.T("tasks." + string(work)), Detail: l.T("tasks." + string(work) + "_detail"), Plain: true,
			Do: func() { c.app.openCodes(c.visit, work) },
		})
	}
	return choices{Label: l.T("tasks.what"), Rows: rows}
}

// kind is what the card in the reader told that it is.
func (c cardState) kind() desk.CardKind {
	if c.Card == nil {
		return ""
	}
	return c.Card.Kind
}
