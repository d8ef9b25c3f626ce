package desk

import "slices"

// visitFact is a payload that changes one visit.
type visitFact interface {
	Payload
	applyTo(v *Visit, e Entry)
}

func (p *VisitOpened) applyTo(v *Visit, _ Entry) { v.Naming = p.Naming }

func (p *VisitNamed) applyTo(v *Visit, _ Entry) { v.Naming, v.Person = p.Naming, p.Person }

func (p *PeriodStarted) applyTo(v *Visit, e Entry) { v.startPeriod(*p, e.At) }

func (p *NoteAdded) applyTo(v *Visit, e Entry) {
	v.Notes, v.noted = superseding(v.Notes, p.Text, v.noted, e)
}

func (p *VisitRecorded) applyTo(v *Visit, e Entry) {
	v.Records, v.recorded = superseding(v.Records, *p, v.recorded, e)
}

// superseding puts what an entry says in the place of what it corrects, or behind all the rest. ids are the entries of the list.
func superseding[T any](list []T, said T, ids []string, e Entry) ([]T, []string) {
	if i := slices.Index(ids, e.Supersedes); i >= 0 && e.Supersedes != "" {
		list, ids = slices.Clone(list), slices.Clone(ids)
		list[i], ids[i] = said, e.ID
		return list, ids
	}
	return append(list, said), append(ids, e.ID)
}

func (p *VisitClosed) applyTo(v *Visit, e Entry) {
	v.ClosedAt, v.CleanUp, v.Left = e.At, p.CleanUp, p.Left
	v.endPeriod(e.At)
}

// applyTo keeps what the same card has shown before: reading it again takes nothing of that back.
func (p *CardRead) applyTo(v *Visit, e Entry) {
	card := &SeenCard{CardRead: *p, At: e.At}
	if v.Card != nil && v.Card.Number == p.Number {
		card.Proof = v.Card.Proof
	}
	v.Card = card
}

func (p *CardProved) applyTo(v *Visit, e Entry) {
	if v.Card == nil || v.Card.Number != p.Number {
		return // of a card that the visit has put away since
	}
	card := *v.Card
	card.Proof = card.Proof.after(*p, e.At)
	v.Card = &card
}

func (p *HandoutGiven) applyTo(v *Visit, _ Entry) { v.Handouts = append(v.Handouts, p.Serial) }

func (p *EnvelopeRecorded) applyTo(v *Visit, _ Entry) { v.Envelope = p.Number }

func (p *ExemptionChecked) applyTo(v *Visit, _ Entry) { v.Check = p }

// applyTo keeps the last request. The correction of an earlier one does not take its place.
func (p *ActivationRequested) applyTo(v *Visit, e Entry) {
	if v.Activation != nil && e.Supersedes != "" && e.Supersedes != v.Activation.Entry {
		return
	}
	v.Activation = &AskedActivation{Entry: e.ID, At: e.At, Request: *p}
}

func (p *ExemptionRequested) applyTo(v *Visit, e Entry) {
	asked := AskedExemption{Entry: e.ID, At: e.At, Request: *p}
	i := slices.IndexFunc(v.Exemptions, func(a AskedExemption) bool { return a.Entry == e.Supersedes })
	if i < 0 || e.Supersedes == "" {
		v.Exemptions = append(v.Exemptions, asked)
		return
	}
	v.Exemptions[i] = asked
}

func (p *ReplyReceived) applyTo(v *Visit, _ Entry) {
	if v.Activation != nil && v.Activation.Entry == p.Reply.About {
		v.Activation.Reply = &p.Reply
	}
	for i := range v.Exemptions {
		if v.Exemptions[i].Entry == p.Reply.About {
			v.Exemptions[i].Reply = &p.Reply
		}
	}
}

func (p *PaperMade) applyTo(v *Visit, _ Entry) {
	v.Papers = append(v.Papers, MadePaper{Paper: p.Paper, SHA256: p.SHA256})
}

func (p *PaperPrinted) applyTo(v *Visit, _ Entry) {
	if m := v.paper(p.Paper); m != nil {
		m.Ways = append(m.Ways, p.Way)
	}
}

func (p *WalkStarted) applyTo(v *Visit, e Entry) {
	v.Walks = append(v.Walks, Walk{ID: p.Walk, Service: p.Service, ContentVersion: p.ContentVersion, StartedAt: e.At})
}

func (p *WalkAnswered) applyTo(v *Visit, _ Entry) {
	if w := v.walk(p.Walk); w != nil {
		w.Log = append(w.Log, WalkMove{Step: p.Step, Answers: p.Answers})
	}
}

func (p *WalkBack) applyTo(v *Visit, _ Entry) {
	if w := v.walk(p.Walk); w != nil {
		w.Log = append(w.Log, WalkMove{Step: p.Step, Back: true})
	}
}

func (p *WalkEnded) applyTo(v *Visit, e Entry) {
	if w := v.walk(p.Walk); w != nil {
		w.EndedAt, w.Outcome = e.At, p.Outcome
	}
}
