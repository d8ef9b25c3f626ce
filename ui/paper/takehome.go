package paper

import "bottega/desk"

// takeHome writes the sheet that answers, at home, what was done and what comes next.
func (b *builder) takeHome() ([]Block, error) {
	f := b.paper.TakeHome
	if f == nil {
		return nil, ErrNoFacts
	}
	var blocks []Block
	if f.To != "" {
		blocks = append(blocks, Paragraph{Text: b.say("take_home.to", "name", f.To), Tone: Lead})
	}
	if len(f.Items) == 0 {
		blocks = append(blocks, Paragraph{Text: b.say("take_home.nothing")})
	}
	for i, item := range f.Items {
		if i > 0 {
			blocks = append(blocks, Rule{})
		}
		service, err := b.service(item)
		if err != nil {
			return nil, err
		}
		// A service is read in one piece where pages are long enough for it; the first one starts below the title, come what may.
		if i > 0 && !b.paper.Large {
			service = []Block{Together{Blocks: service}}
		}
		blocks = append(blocks, service...)
	}
	blocks = append(blocks, Notice{Title: b.say("take_home.safe.title"), Texts: b.list("take_home.safe")})
	if b.paper.Site.Phone != "" {
		blocks = append(blocks, Together{Blocks: []Block{
			Heading{Text: b.say("take_home.us")},
			Facts{Rows: []Fact{{Label: joined(", ", b.place()...), Value: b.paper.Site.Phone, Look: LookBig}}},
		}})
	}
	return blocks, nil
}

func (b *builder) service(item desk.TakeHomeItem) ([]Block, error) {
	blocks := []Block{Together{Blocks: []Block{
		Heading{Text: b.or(item.Service)},
		Checks{Items: []Check{{Mark: MarkWorks, Title: b.say("take_home.done"), Details: nonEmpty(b.or(item.Done))}}},
	}}}
	if next := nonEmpty(item.Next...); len(next) > 0 {
		blocks = append(blocks, Together{Blocks: []Block{
			Paragraph{Text: b.say("take_home.next"), Tone: Strong},
			Bullets{Items: next, Numbered: true},
		}})
	}
	if len(item.Phones) > 0 {
		var rows []Fact
		for _, p := range item.Phones {
			rows = append(rows, Fact{Label: b.or(p.Name), Value: p.Number, Look: LookBig, After: p.Hours})
		}
		blocks = append(blocks, Together{Blocks: []Block{
			Paragraph{Text: b.say("take_home.phones"), Tone: Strong},
			Facts{Rows: rows},
		}})
	}
	if item.URL != "" {
		blocks = append(blocks, Code{
			Payload: item.URL, Size: 36, Title: b.say("take_home.url"),
			Texts: []string{b.say("take_home.url_text"), item.URL},
		})
	}
	return blocks, nil
}
