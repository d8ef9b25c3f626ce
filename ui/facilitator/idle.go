package facilitator

import (
	"time"

	"bottega/desk"
	"bottega/ui/text"
)

// lastCall is how long before locking itself the desk says so, and countEvery how often it says anew how much of that is left.
const (
	lastCall   = time.Minute
	countEvery = 5 * time.Second
)

// lockTimes are the minutes without anybody that are offered, zero for never.
func lockTimes() []int { return []int{5, 10, 20, 30, 0} }

// idle locks a desk that nobody uses. What is recorded of the work in progress stays in the journal, and is taken up again after the
// next unlocking. What is being typed is lost, and the last call says so: it may be an income or a code, which is written nowhere.
//
// Times are those of the clock on the wall: a laptop that was shut for an hour was not used for an hour.
type idle struct {
	app *App
	// seen is when somebody was last here, called when the last call went out; zero while none is out.
	seen, called time.Time
	stop         func()
	// back is the visit that was open when the desk locked itself.
	back string
}

// Active says that somebody uses the desk: a key, the mouse or a card, in either window.
func (a *App) Active() { a.idle.stillHere() }

// stillHere notes that somebody is here, and reports whether a last call was out. Who comes back too late finds the desk locked.
func (i *idle) stillHere() (wasCalled bool) {
	if i.stop == nil {
		return false
	}
	now := i.now()
	if limit := i.limit(); limit > 0 && !i.busy() && now.Sub(i.seen) > limit+lastCall {
		i.lock()
		return true
	}
	i.seen, wasCalled = now, !i.called.IsZero()
	if wasCalled {
		i.called = time.Time{}
		i.arm()
		i.app.changed()
	}
	return wasCalled
}

// begin watches over a session that was just opened. A practice desk is not locked: it would be gone.
func (i *idle) begin(s *Session) {
	i.end()
	if s.Desk.Practice() {
		return
	}
	i.stop = func() {}
	i.seen, i.called = i.now(), time.Time{}
	i.arm()
}

// end stops watching.
func (i *idle) end() {
	if i.stop != nil {
		i.stop()
		i.stop = nil
	}
	i.called = time.Time{}
}

// now is the time on the wall, without the reading of the clock that stands still while a laptop is shut.
func (i *idle) now() time.Time { return i.app.now().Round(0) }

// limit is how long nobody may be here; zero is for ever, as is a number in the file of settings that makes no sense.
func (i *idle) limit() time.Duration {
	return time.Duration(max(i.app.settings.LockAfter, 0)) * time.Minute
}

// busy reports whether the desk must not be locked now: something is being done that does not yield, or the citizen types a code.
func (i *idle) busy() bool {
	t := i.app.worker.current
	return t != nil && !t.yields || i.app.Stage.Asks()
}

// arm looks again when something may be due.
func (i *idle) arm() {
	if i.stop == nil {
		return
	}
	i.stop()
	limit, now := i.limit(), i.now()
	if limit == 0 {
		i.stop = func() {}
		return
	}
	wait := i.seen.Add(limit - lastCall).Sub(now)
	switch {
	case !i.called.IsZero():
		wait = min(countEvery, i.called.Add(lastCall).Sub(now))
	case wait <= 0: // something holds the desk open
		wait = lastCall
	}
	i.stop = i.app.after(max(wait, time.Second), i.look)
}

// look locks the desk where it is time, or calls for the last time. While the desk is busy it waits, and calls once it is not.
func (i *idle) look() {
	now := i.now()
	switch due := i.seen.Add(i.limit() - lastCall); {
	case i.stop == nil || i.limit() == 0:
		return
	case i.busy():
		i.called = time.Time{}
	case i.called.IsZero() && !now.Before(due):
		i.called = now
		i.app.changed()
	case !i.called.IsZero() && now.Sub(i.called) >= lastCall:
		i.lock()
		return
	case !i.called.IsZero():
		i.app.changed() // the call says how long is left
	}
	i.arm()
}

// lock locks the desk and keeps the place. A task that yields is given up first.
func (i *idle) lock() {
	w := i.app.worker
	if w.current == nil {
		i.lockNow("idle.locked_detail")
		return
	}
	w.stop()
	w.after(func() { i.lockNow("idle.locked_sending") })
}

// lockNow locks the desk, if it is open still, and says so with what comes of the work.
func (i *idle) lockNow(detail string) {
	a := i.app
	if i.stop == nil {
		return
	}
	i.back = a.visitAtHand()
	a.note = nil
	a.lock()
	if l := a.words.Current(); a.note == nil { // what has to be done about a paper comes first
		a.tell(plain, l.T("idle.locked"), l.T(detail))
	}
	a.changed()
}

// notices are the last call, on top of whatever page there is.
func (i *idle) notices(l *text.Localizer, p page) []block {
	if i.called.IsZero() {
		return nil
	}
	left := i.called.Add(lastCall).Sub(i.now())
	n := notice{Tone: caution, Title: l.T("idle.call", "Wait", waitInWords(l, left)), Text: l.T("idle.call_advice")}
	if p.filled() {
		n.Text += " " + l.T("idle.call_typed")
	}
	return []block{n}
}

// goBack takes up the visit that was open when the desk locked itself.
func (i *idle) goBack(s *Session) {
	if s.Desk.Practice() || i.back == "" {
		return
	}
	id := i.back
	i.back = ""
	if v, err := s.Desk.Visit(id); err == nil && v.Open() {
		i.app.openVisit(v)
	}
}

// openVisit goes back to an open visit, and into its walk when one goes on.
func (a *App) openVisit(x desk.Visit) {
	v := newVisitScreen(a, x.ID)
	a.push(v)
	if w := x.OpenWalk(); w != nil {
		v.openWalk(w.ID)
	}
}
