package desk

import (
	"bottega/desk/bilingual"
	"bottega/desk/walk"
)

// fillTakeHome sums up every service of the visit that came to an end.
func (d *Desk) fillTakeHome(p *Paper, v *Visit, _ PaperOrder) error {
	f := TakeHomeFacts{To: v.Person.FullName()}
	for _, w := range v.Walks {
		s, known := d.Catalogue().Service(w.Service)
		if !known {
			continue
		}
		if o, ended := s.Outcome(w.Outcome); ended {
			answers := v.answersTo(w.ID)
			item := takeHomeItem(s, o, p.Lang, len(answers) > 0)
			for _, answer := range answers {
				item.Done += " " + answer.In(p.Lang)
			}
			f.Items = append(f.Items, item)
		}
	}
	for _, r := range v.Records {
		if s, known := d.Catalogue().Service(r.Service); known {
			f.Items = append(f.Items, TakeHomeItem{Service: s.Title.In(p.Lang), Done: recordedDone.In(p.Lang)})
		}
	}
	if len(f.Items) == 0 {
		return ErrNothingToTell
	}
	p.TakeHome = &f
	return nil
}

// answersTo says what the hub answered since to what a walk asked of it.
func (v *Visit) answersTo(walk string) []bilingual.Text {
	var said []bilingual.Text
	if a := v.Activation; a != nil && a.Reply != nil && a.Request.Walk == walk {
		said = append(said, answer(*a.Reply, ""))
	}
	for _, e := range v.Exemptions {
		if e.Reply != nil && e.Request.Walk == walk {
			said = append(said, answer(*e.Reply, e.Request.Code))
		}
	}
	return said
}

// answer puts a reply into the words of the sheet; code is the exemption asked for.
func answer(r Reply, code string) bilingual.Text {
	what, known := map[ReplyKind]bilingual.Text{
		ActivationConfirmed: {It: "la tessera è attiva.", En: "the card is active."},
		ActivationRefused:   {It: "l'attivazione non è stata accettata, torni da noi con la tessera.", En: "the activation was not accepted, come back to us with the card."},
		ExemptionFound:      {It: "il registro conferma l'esenzione " + code + ".", En: "the register confirms exemption " + code + "."},
		ExemptionNotFound:   {It: "nel registro l'esenzione " + code + " non risulta.", En: "exemption " + code + " is not in the register."},
		ExemptionExpired:    {It: "nel registro l'esenzione " + code + " è scaduta.", En: "exemption " + code + " has expired in the register."},
	}[r.Kind]
	if !known {
		what = bilingual.Text{It: "ce la spieghiamo insieme allo sportello.", En: "we will go through it together at the desk."}
	}
	return bilingual.Text{It: "La risposta è arrivata: " + what.It, En: "The answer has come: " + what.En}
}

// recordedDone is what the sheet says of a plain visit, which has no outcome of its own.
var recordedDone = bilingual.Text{It: "Ne abbiamo parlato insieme allo sportello.", En: "We went through it together at the desk."}

func takeHomeItem(s *walk.Service, o walk.Outcome, lang string, answered bool) TakeHomeItem {
	item := TakeHomeItem{Service: s.Title.In(lang), Done: o.TakeHome.In(lang)}
	for _, n := range o.Steps(answered) {
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
