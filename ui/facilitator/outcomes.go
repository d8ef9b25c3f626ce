package facilitator

import (
	"slices"

	"bottega/desk"
	"bottega/desk/walk"
	"bottega/ui/text"
)

// service finds a service by its ID: as the desk has it now, or, where new content took it away, as the program itself knows it.
func (a *App) service(id string) *walk.Service {
	for _, s := range slices.Concat(a.services(), a.Own) {
		if s.ID == id {
			return s
		}
	}
	return nil
}

// serviceName is what people call a service; one that nobody knows any more is that.
func (a *App) serviceName(l *text.Localizer, id string) string {
	if s := a.service(id); s != nil {
		return l.In(s.Title)
	}
	return l.T("visit.service_gone")
}

// howItEnded finds the outcome of a walk, in the same order.
func (a *App) howItEnded(w desk.Walk) (walk.Outcome, bool) {
	for _, s := range slices.Concat(a.services(), a.Own) {
		if s.ID != w.Service {
			continue
		}
		if o, known := s.Outcome(w.Outcome); known {
			return o, true
		}
	}
	return walk.Outcome{}, false
}

// walkRow says how a walk ended, and what the hub has said since to what was asked in it. An outcome that only waited for that is
// history once it is there.
func (a *App) walkRow(l *text.Localizer, x desk.Visit, w desk.Walk) fact {
	row := fact{Label: a.serviceName(l, w.Service), Value: l.T("visit.outcome_gone"), Tone: good}
	o, known := a.howItEnded(w)
	if known {
		row.Value = l.In(o.Title)
	}
	reply := answerTo(x, w.ID)
	if reply == nil {
		return row
	}
	row.Tone = followTone(desk.FollowUp{Reply: reply})
	if o.Class == walk.Partly && o.FollowUp != nil && o.FollowUp.Kind != string(desk.FollowPerson) {
		row.Value = replyWords(l, *reply)
		return row
	}
	row.Value += ". " + replyWords(l, *reply)
	return row
}

// answerTo is the hub's answer to what was asked in a walk, nil while there is none.
func answerTo(x desk.Visit, id string) *desk.Reply {
	for _, asked := range slices.Backward(x.Exemptions) {
		if asked.Request.Walk == id {
			return asked.Reply
		}
	}
	if x.Activation != nil && x.Activation.Request.Walk == id {
		return x.Activation.Reply
	}
	return nil
}
