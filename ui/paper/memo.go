package paper

import "bottega/desk"

// memo writes the promemoria: the facts of a certificate without its claim.
func (b *builder) memo() ([]Block, error) {
	f := b.paper.Memo
	if f == nil {
		return nil, ErrNoFacts
	}
	reason := string(f.Reason)
	if _, known := b.texts["memo.reason."+reason]; !known {
		reason = "other"
	}
	blocks := []Block{
		Banner{Text: b.say("memo.banner")},
		Facts{Rows: b.holder(f.Holder)},
		Notice{Title: b.say("memo.reason_title"), Texts: []string{b.say("memo.reason." + reason)}},
		Notice{Title: b.say("memo.next_title"), Texts: []string{b.say("memo.next." + reason)}},
	}
	if f.Registered != nil {
		blocks = append(blocks, Heading{Text: b.say("memo.registered")}, Facts{Rows: b.registered(*f.Registered)})
	}
	if len(f.Fits)+len(f.Fails)+len(f.NotChecked) == 0 {
		return blocks, nil
	}
	return append(blocks,
		Heading{Text: b.say("memo.verdict")},
		Paragraph{Text: b.say("memo.verdict_note"), Introduces: true},
		b.verdict("memo.fits", MarkWorks, f.Fits),
		b.verdict("memo.fails", MarkFails, f.Fails),
		b.verdict("memo.not_checked", MarkUnknown, f.NotChecked),
	), nil
}

func (b *builder) registered(e desk.RegisteredExemption) []Fact {
	return []Fact{
		b.code("common.code", e.Code),
		{Label: b.say("certificate.validity"), Value: b.validity(e)},
		{Label: b.say("certificate.issuer"), Value: b.or(e.Issuer)},
		b.code("certificate.number", e.Number),
	}
}

// verdict is one of the three lists.
func (b *builder) verdict(key string, mark Mark, lines []desk.VerdictLine) Checks {
	c := Checks{Title: b.say(key), Empty: b.say(key + ".empty")}
	for _, v := range lines {
		item := Check{
			Mark:    mark,
			Title:   joined(", ", v.Code, v.Description),
			Status:  b.say(key + ".status"),
			Details: nonEmpty(v.Why),
		}
		if v.Norm != "" {
			item.Norm = b.say("memo.norm", "norm", v.Norm)
		}
		if from := b.date(v.From); from != "" {
			item.Norm = joined(" ", item.Norm, b.say("memo.since", "from", from))
		}
		c.Items = append(c.Items, item)
	}
	return c
}
