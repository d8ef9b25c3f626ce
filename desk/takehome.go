package desk

import (
	"bottega/desk/bilingual"
	"bottega/desk/walk"
)

// fillTakeHome sums up every service of the visit that came to an end.
func (d *Desk) fillTakeHome(p *Paper, v *Visit, _ PaperOrder) error {
	f := TakeHomeFacts{To: v.Person.FullName()}
	for _, w := range v.Walks {
		s, known := d.p.Catalogue.Service(w.Service)
		if !known {
			continue
		}
		if o, ended := s.Outcome(w.Outcome); ended {
			f.Items = append(f.Items, takeHomeItem(s, o, p.Lang))
		}
	}
	for _, r := range v.Records {
		if s, known := d.p.Catalogue.Service(r.Service); known {
			f.Items = append(f.Items, TakeHomeItem{Service: s.Title.In(p.Lang), Done: recordedDone.In(p.Lang)})
		}
	}
	if len(f.Items) == 0 {
		return ErrNothingToTell
	}
	p.TakeHome = &f
	return nil
}

// recordedDone is what the sheet says of a plain visit, which has no outcome of its own.
var recordedDone = bilingual.Text{It: "Ne abbiamo parlato insieme allo sportello.", En: "We went through it together at the desk."}

func takeHomeItem(s *walk.Service, o walk.Outcome, lang string) TakeHomeItem {
	item := TakeHomeItem{Service: s.Title.In(lang), Done: o.TakeHome.In(lang)}
	for _, n := range o.NextSteps {
		item.Next = append(item.Next, n.In(lang))
	}
	for _, c := range s.ChannelsNamed(o.Channels) {
		if c.Phone != "" {
			item.Phones = append(item.Phones, Phone{Name: c.Name.In(lang), Number: c.Phone, Hours: c.Hours.In(lang)})
		}
		if item.URL == "" {
			item.URL = c.URL
		}
	}
	return item
}
