package paper

import (
	"bottega/desk"
)

// receipt writes what was asked, when and for which card; never what is inside the envelope.
func (b *builder) receipt() ([]Block, error) {
	f := b.paper.Receipt
	if f == nil {
		return nil, ErrNoFacts
	}
	blocks := []Block{
		Banner{Text: b.word("receipt.state", f.State)},
		Facts{Rows: b.receiptRows(*f)},
	}
	if next := b.list("receipt.next." + f.State); len(next) > 0 {
		blocks = append(blocks, Together{Blocks: []Block{Heading{Text: b.say("receipt.next_title")}, Bullets{Items: next, Numbered: true}}})
	}
	return append(blocks,
		Notice{Title: b.say("receipt.secret.title"), Texts: b.list("receipt.secret"), Grave: true},
		Signature{Labels: []string{b.say("declaration.place_date"), b.say("receipt.signature")}},
	), nil
}

func (b *builder) receiptRows(f desk.ReceiptFacts) []Fact {
	who := b.word("receipt.presence", string(f.Presence))
	if f.Delegate != "" {
		who = b.say("receipt.named", "who", who, "name", f.Delegate)
	}
	rows := append(b.holder(f.Holder),
		b.code("common.card_number", f.CardNumber),
		b.code("receipt.request", f.RequestID),
		Fact{Label: b.say("receipt.asked"), Value: b.moment(f.AskedAt)},
		Fact{Label: b.say("receipt.presence"), Value: b.or(who)},
	)
	if f.Envelope != "" {
		rows = append(rows, Fact{Label: b.say("receipt.envelope"), Value: f.Envelope, Look: LookCode})
	}
	if f.Handout != "" {
		rows = append(rows, Fact{Label: b.say("receipt.handout"), Value: f.Handout, Look: LookCode})
	}
	rows = append(rows, b.login(f.Login)...)
	if f.Reason != "" {
		rows = append(rows, Fact{Label: b.say("receipt.reason"), Value: b.word("receipt.reason", f.Reason)})
	}
	return rows
}
