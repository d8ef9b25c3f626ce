package facilitator

import (
	"context"
	"time"

	"bottega/desk/civil"
	"bottega/ui/text"
)

// choreEvery is how often the desk looks whether a day went by since it did its chores.
const choreEvery = time.Hour

// chores are what an open desk does by itself, once at every unlocking and then once a day: it erases what need not be kept.
// Pages do not wait for it.
type chores struct {
	app  *App
	stop func()
	// day is when they were done last.
	day civil.Date
}

// begin does what is due for a session that was just opened.
func (c *chores) begin(s *Session) {
	c.end()
	a := c.app
	if a.settings.Since.IsZero() && s.Backup != nil {
		a.settings.Since = a.now()
		a.saveSettings()
	}
	c.erase(s)
}

func (c *chores) end() {
	if c.stop != nil {
		c.stop()
		c.stop = nil
	}
}

// erase runs retention beside the pages, and again when another day has come.
func (c *chores) erase(s *Session) {
	if s.Retention == nil {
		return
	}
	a := c.app
	c.day = civilDay(a.now())
	c.stop = a.after(choreEvery, func() { c.look(s) })
	erased := 0
	a.worker.beside(a.present, func(ctx context.Context) (err error) {
		erased, err = s.Retention.Run(ctx)
		return err
	}, func(err error) {
		if a.session != s || err != nil { // it is tried again; whoever asks for it in the settings is told what is wrong
			return
		}
		a.erasedByItself(erased)
		a.changed()
	})
}

func (c *chores) look(s *Session) {
	a := c.app
	if a.session != s {
		return
	}
	if civilDay(a.now()) != c.day {
		c.erase(s)
		return
	}
	c.stop = a.after(choreEvery, func() { c.look(s) })
}

// erasedByItself keeps what retention did. Several runs of one day add up.
func (a *App) erasedByItself(visits int) {
	if visits > 0 {
		a.forgetPapers()
	}
	if civilDay(a.now()) == civilDay(a.settings.LastErasing) {
		visits += a.settings.LastErased
	}
	a.settings.LastErasing, a.settings.LastErased = a.now(), visits
	a.saveSettings()
}

// reminder is the one thing that the first page asks for besides its work: a recovery key that nobody wrote down comes before a
// copy that is due.
func (h *home) reminder(l *text.Localizer) []block {
	a := h.app
	switch s := a.session; {
	case s.Recovery != nil && (a.settings.KeyPending || !s.HasRecovery):
		return []block{careful(l, "home.no_key")}
	case a.backupDue():
		return []block{careful(l, "home.backup_due")}
	}
	return nil
}

// erasedToday says what retention did on this day.
func (h *home) erasedToday(l *text.Localizer) []block {
	a := h.app
	n := a.settings.LastErased
	if n == 0 || a.session.Retention == nil || civilDay(a.settings.LastErasing) != civilDay(a.now()) {
		return nil
	}
	return []block{paragraph{Text: l.N("home.erased", n), Small: true}}
}

// backupDue reports whether the last copy is too old. It says so only where copies can be made.
func (a *App) backupDue() bool {
	days, last := a.settings.RemindBackup, a.settings.LastBackup
	if last.IsZero() {
		last = a.settings.Since
	}
	return a.session.Backup != nil && days > 0 && !last.IsZero() && a.now().Sub(last) >= time.Duration(days)*24*time.Hour
}
