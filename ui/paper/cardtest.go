package paper

import "bottega/desk"

// cardTest writes the slip with which a citizen asks for a new card: part by part, what answered and what did not.
func (b *builder) cardTest() ([]Block, error) {
	f := b.paper.CardTest
	if f == nil {
		return nil, ErrNoFacts
	}
	sum := summary(f.Test)
	rows := append(b.holder(f.Holder),
		b.code("common.card_number", f.CardNumber),
		Fact{Label: b.say("card_test.expires"), Value: b.or(b.date(f.Expires))},
		Fact{Label: b.say("card_test.tested"), Value: b.moment(f.TestedAt)},
		Fact{Label: b.say("card_test.desk"), Value: b.or(joined(", ", b.place()...))},
	)
	blocks := []Block{Banner{Text: b.say("card_test." + sum)}, Facts{Rows: rows}, b.parts(f.Test)}
	switch sum {
	case "fails":
		blocks = append(blocks, Together{Blocks: []Block{
			Heading{Text: b.say("card_test.claim_title")},
			Bullets{Items: b.list("card_test.claim"), Numbered: true},
			Paragraph{Text: b.say("card_test.keep"), Tone: Quiet},
		}})
	case "unknown", "partly":
		blocks = append(blocks, Together{Blocks: []Block{
			Heading{Text: b.say("card_test.retry_title")},
			Bullets{Items: b.list("card_test.retry")},
		}})
	}
	return blocks, nil
}

// judged is the result that a slip may print. Neither a model that this desk cannot read nor a card that was taken out proves
// a fault, and nobody should be sent to claim a new card for it.
func judged(p desk.PartCheck) desk.PartResult {
	switch {
	case p.Reason == desk.ReasonUnknown || p.Reason == desk.ReasonRemoved:
		return desk.PartNotChecked
	case p.Result == desk.PartWorks || p.Result == desk.PartFails:
		return p.Result
	}
	return desk.PartNotChecked
}

// summary is the one sentence of a test: works, partly, fails or unknown.
func summary(t desk.CardTest) string {
	counts := map[desk.PartResult]int{}
	for _, p := range t.Parts {
		counts[judged(p)]++
	}
	switch {
	case counts[desk.PartFails] > 0:
		return "fails"
	case counts[desk.PartWorks] == 0:
		return "unknown"
	case counts[desk.PartWorks] < len(t.Parts):
		return "partly"
	}
	return "works"
}

func (b *builder) parts(t desk.CardTest) Checks {
	marks := map[desk.PartResult]Mark{desk.PartWorks: MarkWorks, desk.PartFails: MarkFails, desk.PartNotChecked: MarkUnknown}
	c := Checks{Title: b.say("card_test.parts"), Empty: b.say("card_test.unknown")}
	for _, p := range t.Parts {
		result := judged(p)
		item := Check{
			Mark:   marks[result],
			Title:  b.word("card_test.part", string(p.Part)),
			Status: b.say("card_test.status." + string(result)),
		}
		switch {
		case p.Reason != "":
			item.Details = []string{b.word("card_reason", p.Reason)}
		case result == desk.PartWorks:
			item.Details = nonEmpty(b.texts["card_test.meaning."+string(p.Part)])
		}
		c.Items = append(c.Items, item)
	}
	return c
}
