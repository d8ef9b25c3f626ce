package facilitator

import (
	"context"
	"path/filepath"

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
	// newer counts what this program does not understand.
	newer int
}

type queueDesk interface {
	Refused() []desk.RefusedRecord
	NotUnderstood() int
}

func (q *queue) desk() queueDesk { return q.app.session.Desk }

func (a *App) openQueue() { a.push(&queue{app: a}) }

func (q *queue) enter() { q.look() }

func (q *queue) lively() {}

func (q *queue) look() {
	a, d, line := q.app, q.desk(), q.app.session.Line
	var waiting []Waiting
	newer := 0
	a.work(a.words.Current().T("task.looking"), func(ctx context.Context) (err error) {
		waiting, err = line.Waiting(ctx, mostWaiting)
		newer = d.NotUnderstood()
		return err
	}, func() { q.waiting, q.newer = waiting, newer })
}

func (q *queue) page(l *text.Localizer) page {
	s := q.app.session.Line.Status()
	p := page{Name: l.T("queue.name"), Title: l.T("queue.title"), Lead: l.T("queue.lead"), Blocks: []block{lineNotice(l, s)}}
	p.Blocks = append(p.Blocks, q.progress(l, s)...)
	p.Blocks = append(p.Blocks, q.refused(l)...)
	p.Blocks = append(p.Blocks, q.notices(l, s)...)
	p.Blocks = append(p.Blocks, q.rows(l, s)...)
	p.Actions = q.actions(l, s)
	return p
}

// progress shows how far a backlog is, whether somebody sent it or it went by itself.
func (q *queue) progress(l *text.Localizer, s desk.LineStatus) []block {
	left := s.Total - min(s.Safe, s.Total)
	if left == 0 || !q.sending && s.State != desk.LineSending {
		return nil
	}
	return []block{progress{
		Label:    l.N("queue.sending", int(left), "Safe", l.Int(int(s.Safe)), "Total", l.Int(int(s.Total))),
		Fraction: float64(s.Safe) / float64(s.Total),
	}}
}

// notices are what is wrong or out of the ordinary, each with the one thing to do.
func (q *queue) notices(l *text.Localizer, s desk.LineStatus) []block {
	var blocks []block
	if n, off := clockNotice(l, s); off {
		blocks = append(blocks, n)
	}
	if q.newer > 0 {
		blocks = append(blocks, notice{Title: l.N("queue.newer", q.newer), Text: l.T("queue.newer_detail")})
	}
	if s.Metered {
		blocks = append(blocks, notice{Title: l.T("queue.metered"), Text: l.T("queue.metered_detail")})
	}
	return blocks
}

// clockNotice says that the clock of this computer has to be set right, once it is so far off that it matters.
func clockNotice(l *text.Localizer, s desk.LineStatus) (notice, bool) {
	if s.Skew.Abs() < desk.ClockOff {
		return notice{}, false
	}
	key := "line.skew.ahead"
	if s.Skew < 0 {
		key = "line.skew.behind"
	}
	return notice{Tone: caution, Title: l.T("queue.clock"), Text: l.T(key, "Minutes", int(s.Skew.Abs().Minutes()))}, true
}

func (q *queue) actions(l *text.Localizer, s desk.LineStatus) []action {
	a := q.app
	here, enrolled := a.session, s.State != desk.LineNotEnrolled
	var actions []action
	if !enrolled || s.State == desk.LineHeld {
		actions = append(actions, action{Key: keyMain, Label: l.T("enrol.open"), Do: func() { a.push(newEnrolment(a)) }, Tone: primary})
	} else {
		actions = append(actions, action{Key: keyMain, Label: l.T("queue.send"), Do: q.send, Tone: primary})
	}
	if enrolled && here.Courier != nil {
		actions = append(actions,
			action{Key: keyF2, Label: l.T("export.open"), Do: func() { a.pickFolder("export", q.export) }},
			action{Key: keyF4, Label: l.T("answer_file.open"), Do: func() { a.pickFile("answer_file", answerEnding, q.takeAnswer) }},
		)
	}
	actions = append(actions, action{Key: keyF5, Label: l.T("queue.look"), Do: q.look})
	if s.Problem != "" && enrolled {
		actions = append(actions, a.examineAction(l, keyF6))
	}
	if enrolled && here.SetMetered != nil {
		label := l.T("queue.spare")
		if s.Metered {
			label = l.T("queue.spare_no_more")
		}
		actions = append(actions, action{Key: keyF10, Label: label, Do: q.toggleMetered})
	}
	return append(actions, action{Key: keyBack, Label: l.T("do.back"), Do: a.pop})
}

// toggleMetered spares a connection that costs by what passes, or stops sparing it. The choice is kept.
func (q *queue) toggleMetered() {
	a := q.app
	a.settings.Metered = !a.settings.Metered
	a.session.SetMetered(a.settings.Metered)
	a.saveSettings()
}

// answerEnding is how the name of the hub's answer on a stick ends.
const answerEnding = ".ricevuta"

// export writes what the hub does not have into a file that somebody carries there.
func (q *queue) export(folder string) {
	a, courier := q.app, q.app.session.Courier
	var path string
	var records int
	a.work(a.words.Current().T("task.export"), func(ctx context.Context) (err error) {
		path, records, err = courier.Export(ctx, folder)
		return err
	}, func() {
		a.pop()
		l := a.words.Current()
		a.tell(good, l.N("export.done", records), l.T("export.done_detail", "File", filepath.Base(path), "Folder", filepath.Dir(path)))
	})
}

// takeAnswer reads what the hub said to a file that was carried there.
func (q *queue) takeAnswer(file string) {
	a, courier := q.app, q.app.session.Courier
	a.work(a.words.Current().T("task.answer_file"), func(ctx context.Context) error { return courier.Import(ctx, file) }, func() {
		a.pop()
		a.tell(good, a.words.Current().T("answer_file.done"), a.words.Current().T("answer_file.done_detail"))
	})
}

// refused are the records that the hub could not make sense of: each leads to where it is corrected.
func (q *queue) refused(l *text.Localizer) []block {
	var rows []choice
	for _, r := range q.desk().Refused() {
		rows = append(rows, choice{
			Label:  l.T("queue.refused_row", "What", kindWords(l, r.Kind), "Time", l.DateTime(r.At)),
			Detail: reasonWords(l, r.Reason), Plain: true, Do: func() { q.app.push(&refusal{app: q.app, entry: r.Entry}) },
		})
	}
	if len(rows) == 0 {
		return nil
	}
	return []block{choices{Label: l.N("queue.refused", len(rows)), Rows: rows}}
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
		rows = append(rows, fact{Label: l.Time(w.At) + "  " + kindWords(l, w.Kind), Value: l.T("queue.state.waiting")})
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
	a.worker.runLong(a.words.Current().T("task.sending"), func(ctx context.Context) error {
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
