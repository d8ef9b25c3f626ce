package facilitator

import (
	"context"
	"slices"

	"bottega/desk"
	"bottega/ui/text"
)

// mostWaiting is how many records the queue shows: beyond it nobody reads, and the count says the rest.
const mostWaiting = 30

// queue shows what the hub does not have yet, and sends it.
type queue struct {
	app     *App
	waiting []Waiting
	sending bool
}

func (a *App) openQueue() { a.push(&queue{app: a}) }

func (q *queue) enter() { q.look() }

func (q *queue) lively() {}

func (q *queue) look() {
	a, line := q.app, q.app.session.Line
	var waiting []Waiting
	a.work(a.words.Current().T("task.looking"), func(ctx context.Context) (err error) {
		waiting, err = line.Waiting(ctx, mostWaiting)
		return err
	}, func() { q.waiting = waiting })
}

func (q *queue) page(l *text.Localizer) page {
	s := q.app.session.Line.Status()
	p := page{Name: l.T("queue.name"), Title: l.T("queue.title"), Lead: l.T("queue.lead"), Blocks: []block{lineNotice(l, s)}}
	if q.sending && s.Total > 0 {
		p.Blocks = append(p.Blocks, progress{
			Label:    l.T("queue.sending", "Safe", l.Int(int(s.Safe)), "Total", l.Int(int(s.Total))),
			Fraction: float64(s.Safe) / float64(s.Total),
		})
	}
	p.Blocks = append(p.Blocks, q.rows(l, s)...)
	if s.State == desk.LineNotEnrolled || s.State == desk.LineHeld {
		enrol := func() { q.app.push(newEnrolment(q.app)) }
		p.Actions = append(p.Actions, action{Key: keyMain, Label: l.T("enrol.open"), Do: enrol, Tone: primary})
	} else {
		p.Actions = append(p.Actions, action{Key: keyMain, Label: l.T("queue.send"), Do: q.send, Tone: primary})
	}
	p.Actions = append(p.Actions,
		action{Key: keyF5, Label: l.T("queue.look"), Do: q.look},
		action{Key: keyBack, Label: l.T("do.back"), Do: q.app.pop},
	)
	if s.Problem != "" && s.State != desk.LineNotEnrolled {
		p.Actions = slices.Insert(p.Actions, len(p.Actions)-1, q.app.examineAction(l, keyF6))
	}
	return p
}

func (q *queue) rows(l *text.Localizer, s desk.LineStatus) []block {
	if len(q.waiting) == 0 && s.Safe < s.Total {
		return nil // not looked yet, or just written
	}
	if len(q.waiting) == 0 {
		return []block{heading{Text: l.T("queue.waiting")}, paragraph{Text: l.T("queue.nothing")}}
	}
	rows := make([]fact, 0, len(q.waiting))
	for _, w := range q.waiting {
		f := fact{Label: l.Time(w.At) + "  " + kindWords(l, w.Kind), Value: l.T("queue.state.waiting")}
		if w.Refused {
			f.Value, f.Tone = l.T("queue.state.refused", "Reason", reasonWords(l, w.Reason)), bad
		}
		rows = append(rows, f)
	}
	title := l.N("queue.waiting_count", int(s.Total-min(s.Safe, s.Total)))
	return []block{heading{Text: title}, facts{Rows: rows}}
}

// kindWords says in words what an entry is; one of a newer program is "a record".
func kindWords(l *text.Localizer, k desk.Kind) string {
	if key := "kind." + string(k); l.Has(key) {
		return l.T(key)
	}
	return l.T("kind.other")
}

func (q *queue) send() {
	a, line := q.app, q.app.session.Line
	q.sending = true
	waiting := q.waiting
	a.worker.run(a.words.Current().T("task.sending"), func(ctx context.Context) error {
		err := line.Send(ctx)
		if now, lookErr := line.Waiting(ctx, mostWaiting); lookErr == nil {
			waiting = now
		}
		return err
	}, func(err error) {
		q.sending, q.waiting = false, waiting
		l := a.words.Current()
		if err == nil {
			a.tell(good, l.T("queue.sent"), l.T("queue.sent_detail"))
			return
		}
		// The status says in words what is wrong and what will happen; an error has nothing to add but where it says nothing.
		if s := a.session.Line.Status(); s.State == desk.LineIdle {
			a.fail(err)
		}
	})
}
