package paper

import "bottega/desk"

// cardTest writes the slip with which a citizen asks for a new card: part by part, what answered and what did not.
func (b *builder) cardTest() ([]Block, error) {
	f := b.paper.CardTest
	if f == nil {
		return nil, ErrNoFacts
	}
	parts := told(f.Test)
	sum := summary(parts)
	rows := append(b.holder(f.Holder),
		b.code("common.card_number", f.CardNumber),
		Fact{Label: b.say("card_test.expires"), Value: b.or(b.date(f.Expires))},
		Fact{Label: b.say("card_test.tested"), Value: b.moment(f.TestedAt)},
		Fact{Label: b.say("card_test.desk"), Value: b.or(joined(", ", b.place()...))},
	)
	if f.Kind != "" {
		rows = append(rows, Fact{Label: b.say("card_test.kind"), Value: b.word("card_kind", string(f.Kind))})
	}
	rows = append(rows, b.login(f.Login)...)
	blocks := []Block{Banner{Text: b.say("card_test." + sum)}, Facts{Rows: rows}, b.parts(parts)}
	return append(blocks, b.afterTest(sum, parts)...), nil
}

// afterTest is what to do now.
func (b *builder) afterTest(sum string, parts []desk.PartCheck) []Block {
	next := func(list string) []Block {
		return []Block{Together{Blocks: []Block{Heading{Text: b.say("card_test.retry_title")}, Bullets{Items: b.list(list)}}}}
	}
	switch sum {
	case "fails":
		return []Block{Together{Blocks: []Block{
			Heading{Text: b.say("card_test.claim_title")},
			Bullets{Items: b.list("card_test.claim"), Numbered: true},
			Paragraph{Text: b.say("card_test.keep"), Tone: Quiet},
		}}}
	case "unknown", "partly":
		return next("card_test.retry")
	case "login_fails":
		return next("card_test.login_next")
	case "pin_fails":
		for _, p := range parts {
			if p.Part == desk.PartPIN && len(b.list("card_test.pin_next."+p.Reason)) > 0 {
				return next("card_test.pin_next." + p.Reason)
			}
		}
	}
	return nil
}

// login says what the test door answered, where it was asked.
func (b *builder) login(d *desk.DoorAnswer) []Fact {
	if d == nil {
		return nil
	}
	key := "common.login.refused"
	if d.Accepted {
		key = "common.login.accepted"
	}
	return []Fact{{Label: b.say("common.login"), Value: b.say(key, "moment", b.moment(d.At))}}
}

// typed reports whether a part needs a code of the holder's.
func typed(p desk.CardPart) bool { return p == desk.PartPIN || p == desk.PartLogin }

// told returns the parts that a slip tells of. Where the holder typed no code there is nothing to tell of PIN and login.
func told(t desk.CardTest) []desk.PartCheck {
	var parts []desk.PartCheck
	for _, p := range t.Parts {
		if !typed(p.Part) || p.Result != desk.PartNotChecked || p.Reason != "" {
			parts = append(parts, p)
		}
	}
	return parts
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

// summary is the one sentence of a test: works, partly, fails, login_fails, pin_fails or unknown. A PIN that was not taken is no
// fault of the card, and a key that does not sign is.
func summary(parts []desk.PartCheck) string {
	counts, read := map[desk.PartResult]int{}, 0
	var pin, login bool
	for _, p := range parts {
		result := judged(p)
		switch {
		case p.Part == desk.PartLogin && p.Reason == desk.ReasonKeyFails:
			counts[result]++
		case p.Part == desk.PartLogin:
			login = login || result == desk.PartFails
		case p.Part == desk.PartPIN:
			pin = pin || result == desk.PartFails
		default:
			counts[result]++
			read++
		}
	}
	switch {
	case counts[desk.PartFails] > 0:
		return "fails"
	case counts[desk.PartWorks] == 0:
		return "unknown"
	case login:
		return "login_fails"
	case pin:
		return "pin_fails"
	case counts[desk.PartWorks] < read:
		return "partly"
	}
	return "works"
}

func (b *builder) parts(parts []desk.PartCheck) Checks {
	marks := map[desk.PartResult]Mark{desk.PartWorks: MarkWorks, desk.PartFails: MarkFails, desk.PartNotChecked: MarkUnknown}
	c := Checks{Title: b.say("card_test.parts"), Empty: b.say("card_test.unknown")}
	for _, p := range parts {
		result := judged(p)
		status := "card_test.status." + string(result)
		if typed(p.Part) {
			status = "card_test." + string(p.Part) + "." + string(result)
		}
		item := Check{Mark: marks[result], Title: b.word("card_test.part", string(p.Part)), Status: b.say(status)}
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
