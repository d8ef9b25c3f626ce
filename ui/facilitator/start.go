package facilitator

import (
	"context"
	"errors"
	"slices"
	"time"

	"bottega/ui/text"
)

// start is the first screen: unlock the desk of this computer, or, where there is none, practise or set one up.
type start struct {
	app    *App
	people []Keyholder
	// recovery says that there is a recovery key.
	recovery bool
	// looked is set once it is known whether this computer has a desk.
	looked bool
	chosen int
	phrase lent
	wrong  string
	// until is when the next attempt is heard after a wrong passphrase.
	until time.Time
}

// lookForDesk asks who can unlock the desk of this computer.
func (a *App) lookForDesk() {
	s, ok := a.top().(*start)
	if !ok {
		return
	}
	var found Closed
	a.work(a.words.Current().T("task.looking"), func(ctx context.Context) (err error) {
		found, err = a.Doors.Look(ctx)
		return err
	}, func() {
		s.people, s.recovery, s.looked = found.People, found.Recovery, true
		s.chosen = min(s.chosen, max(len(s.people)-1, 0))
	})
}

// lockedWord says why nobody works at the desk now.
func (a *App) lockedWord() string {
	if s, ok := a.stack[0].(*start); ok && len(s.people) > 0 {
		return "locked"
	}
	return "no_desk"
}

func (s *start) page(l *text.Localizer) page {
	switch {
	case !s.looked:
		return page{Name: l.T("start.name"), Title: l.T("start.title"), Narrow: true, Actions: []action{
			{Key: keyMain, Label: l.T("start.look_again"), Do: s.app.lookForDesk, Tone: primary},
			{Key: keyF5, Label: l.T("start.practice"), Do: s.app.openPractice},
			{Key: keyF10, Label: l.T("start.quit"), Do: s.app.Quit},
		}}
	case len(s.people) == 0:
		return s.welcome(l)
	default:
		return s.unlock(l)
	}
}

func (s *start) welcome(l *text.Localizer) page {
	p := page{
		Name: l.T("start.name"), Title: l.T("start.title"), Lead: l.T("start.lead"), Narrow: true,
		Blocks: []block{
			choices{Rows: []choice{
				{Label: l.T("start.practice"), Detail: l.T("start.practice_detail"), Plain: true, Tone: primary, Do: s.app.openPractice},
				{Label: l.T("start.set_up"), Detail: l.T("start.set_up_detail"), Plain: true, Do: s.setUp},
			}},
		},
		Actions: []action{
			{Key: keyMain, Label: l.T("start.practice"), Do: s.app.openPractice, Tone: primary},
			{Key: keyF4, Label: l.T("settings.open"), Do: s.app.openSettings},
			{Key: keyF10, Label: l.T("start.quit"), Do: s.app.Quit},
		},
	}
	return s.withCrash(l, p)
}

func (s *start) setUp() { s.app.push(newSetup(s.app)) }

func (s *start) unlock(l *text.Localizer) page {
	rows := make([]choice, len(s.people))
	for i, f := range s.people {
		rows[i] = choice{Label: f.Name, On: i == s.chosen, Do: func() { s.chosen, s.wrong = i, "" }}
	}
	p := page{
		Name: l.T("unlock.name"), Title: l.T("unlock.title"), Lead: l.T("unlock.lead"), Focus: "phrase", Narrow: true,
		Blocks: []block{
			choices{Label: l.T("unlock.who"), Rows: rows},
			secret{ID: "phrase", Label: l.T("unlock.phrase"), Hint: l.T("unlock.phrase_hint"), Wrong: s.wrong, From: &s.phrase},
		},
		Actions: []action{
			{Key: keyMain, Label: l.T("unlock.go"), Do: s.open, Tone: primary},
			{Key: keyF2, Label: l.T("forgotten.open"), Do: s.forgot},
			{Key: keyF5, Label: l.T("start.practice"), Do: s.app.openPractice},
			{Key: keyF10, Label: l.T("start.quit"), Do: s.app.Quit},
		},
	}
	if s.people[s.chosen].Remembered {
		p.Actions = slices.Insert(p.Actions, 1, action{Key: keyF3, Label: l.T("unlock.here"), Do: s.openHere})
	}
	return s.withCrash(l, p)
}

func (s *start) withCrash(l *text.Localizer, p page) page {
	if !s.app.Interrupted {
		return p
	}
	n := notice{Tone: caution, Title: l.T("start.crashed"), Text: l.T("start.crashed_advice")}
	if s.app.CrashFile != "" {
		n.Text += " " + l.T("start.crashed_file", "File", s.app.CrashFile)
	}
	p.Blocks = append([]block{n}, p.Blocks...)
	return p
}

func (s *start) open() {
	a, l := s.app, s.app.words.Current()
	if left := s.until.Sub(a.now()); left > 0 {
		s.wrong = l.T("unlock.wait", "Wait", waitInWords(l, left))
		return
	}
	who, phrase := s.people[s.chosen].ID, s.phrase.Take()
	if len(phrase) == 0 {
		s.wrong = l.T("unlock.empty")
		return
	}
	s.admit(l.T("task.unlocking"), func(ctx context.Context) (*Session, error) {
		defer clear(phrase)
		return a.Doors.Unlock(ctx, who, phrase)
	})
}

// forgot leads to a new passphrase by the recovery key.
func (s *start) forgot() {
	if !s.recovery {
		s.app.push(&noKey{app: s.app})
		return
	}
	s.app.push(newForgotten(s.app, s.people[s.chosen]))
}

// openHere unlocks with what the computer's own keyring keeps. Where that fails the passphrase opens as ever.
func (s *start) openHere() {
	a, who := s.app, s.people[s.chosen].ID
	s.admit(a.words.Current().T("task.keyring"), func(ctx context.Context) (*Session, error) { return a.Doors.UnlockHere(ctx, who) })
}

// admit opens a desk, or says why not.
func (s *start) admit(label string, unlock func(context.Context) (*Session, error)) {
	a := s.app
	s.wrong = ""
	var session *Session
	a.worker.run(label, func(ctx context.Context) (err error) {
		session, err = unlock(ctx)
		return err
	}, func(err error) {
		l := a.words.Current()
		var refused WrongPassphrase
		switch {
		case errors.As(err, &refused):
			s.until = a.now().Add(refused.Wait)
			s.wrong = l.T("unlock.wrong")
			if refused.Wait > 0 {
				s.wrong = l.T("unlock.wrong_wait", "Wait", waitInWords(l, refused.Wait))
			}
		case err != nil:
			a.fail(err)
		default:
			a.openSession(session)
		}
	})
}

// waitInWords says how long a wait is, rounded up so that nobody comes back too early.
func waitInWords(l *text.Localizer, d time.Duration) string {
	seconds := int((d + time.Second - 1) / time.Second)
	if seconds < 60 {
		return l.N("wait.seconds", max(seconds, 1))
	}
	return l.N("wait.minutes", (seconds+59)/60)
}

// openPractice opens the practice desk.
func (a *App) openPractice() {
	var session *Session
	a.work(a.words.Current().T("task.practice"), func(ctx context.Context) (err error) {
		session, err = a.Doors.Practice(ctx)
		return err
	}, func() { a.openSession(session) })
}
