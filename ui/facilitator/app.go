package facilitator

import (
	"context"
	"slices"
	"time"

	"bottega/cardreader"
	"bottega/desk"
	"bottega/desk/walk"
	"bottega/ui/citizen"
	"bottega/ui/dispatch"
	"bottega/ui/text"
)

// Params are what the window of the facilitator is made of.
type Params struct {
	Doors    Doors
	Computer Computer
	Doctor   Doctor
	Keeper   Keeper
	Catalog  *text.Catalog
	// Own are the services that travel inside the program: they name those of old visits that newer content has no more.
	Own []*walk.Service
	// Stage is what the citizen sees, with a language of its own.
	Stage *citizen.Stage
	// TurnOver turns the laptop's screen over to the citizen.
	TurnOver func()
	Dispatch dispatch.Func
	Clock    desk.Clock
	// Look applies contrast and size of type to the windows.
	Look func(Settings)
	// Quit ends the program.
	Quit    func()
	Version string
	// Interrupted says that the last run did not end by itself; CrashFile is what it said then, empty when nothing.
	Interrupted bool
	CrashFile   string
	// Practice opens the practice desk at once.
	Practice bool
}

// App is the presenter of the whole window: which screen is on top, who unlocked the desk, what the reader and the line say.
// It is used on the goroutine of the windows only.
type App struct {
	Params
	words        *text.Holder
	citizenWords *text.Holder
	settings     Settings

	stack   []screen
	worker  *worker
	note    *notice
	rest    *page // the page on top as it was last made
	session *Session
	leave   context.CancelFunc // ends the watching that belongs to the session
	present context.Context    // lasts as long as the session
	card    cardState
	// farewell is set from the end of a visit until the facilitator does the next thing.
	farewell bool
	redraw   func()
	// later does something after a while, on the goroutine of the windows, unless it is stopped before; after is the same, for what
	// the desk does by itself.
	later, after func(time.Duration, func()) (stop func())
	idle         *idle
	chores       *chores
}

// screen makes one page out of what the desk knows.
type screen interface {
	page(l *text.Localizer) page
}

// entered screens are told each time they come to the top: what they show may have changed meanwhile.
type entered interface{ enter() }

// guarded screens hold something that must not outlive them: they are told when they go.
type guarded interface{ leave() }

// attentive screens look again when something happened at the reader.
type attentive interface{ refresh() }

// lively screens show how far a task is, and ask nothing that the task could hold.
type lively interface{ lively() }

// New returns the presenter of the window; nothing is drawn before Start.
func New(p Params) *App {
	s := p.Keeper.Load()
	a := &App{Params: p, settings: s, redraw: func() {}}
	a.words = text.NewHolder(p.Catalog, s.Lang)
	a.citizenWords = p.Stage.Language()
	a.citizenWords.Set(s.CitizenLang)
	a.later, a.after = a.afterwards, a.afterwards
	a.idle, a.chores = &idle{app: a}, &chores{app: a}
	return a
}

// afterwards does something after a while on the goroutine of the windows. Stopped there, it is not done even where its time had come
// and it waits for its turn already.
func (a *App) afterwards(wait time.Duration, do func()) (stop func()) {
	stopped := false
	timer := time.AfterFunc(wait, func() {
		a.Dispatch(func() {
			if !stopped {
				do()
			}
		})
	})
	return func() {
		stopped = true
		timer.Stop()
	}
}

// Start shows the first screen and begins to work; redraw is called whenever the page may have changed. Everything that Start
// began ends with ctx.
func (a *App) Start(ctx context.Context, redraw func()) {
	a.redraw = redraw
	a.worker = &worker{base: ctx, dispatch: a.Dispatch, changed: a.changed}
	a.reset(&start{app: a})
	a.Look(a.settings)
	if a.Practice {
		a.openPractice()
		return
	}
	a.lookForDesk()
	a.changed()
}

// changed redraws both windows.
func (a *App) changed() {
	a.redraw()
	if a.worker.current == nil {
		a.showCitizen()
	}
}

func (a *App) top() screen { return a.stack[len(a.stack)-1] }

func (a *App) push(s screen) {
	a.stack = append(a.stack, s)
	a.arrive()
}

// pop goes back to the screen below.
func (a *App) pop() {
	if len(a.stack) < 2 {
		return
	}
	gone := a.stack[len(a.stack)-1:]
	a.stack = a.stack[:len(a.stack)-1]
	part(gone)
	a.arrive()
}

// replace puts a screen in the place of the one on top.
func (a *App) replace(s screen) {
	gone := a.stack[len(a.stack)-1:]
	a.stack = append(slices.Clip(a.stack[:len(a.stack)-1]), s)
	part(gone)
	a.arrive()
}

// part tells screens that they go, the one on top first.
func part(gone []screen) {
	for _, s := range slices.Backward(gone) {
		if g, ok := s.(guarded); ok {
			g.leave()
		}
	}
}

// reset leaves all screens for one.
func (a *App) reset(s screen) {
	gone := a.stack
	a.stack = []screen{s}
	part(gone)
	a.arrive()
}

func (a *App) arrive() {
	a.rest = nil
	if s, ok := a.top().(entered); ok {
		s.enter()
	}
}

// page is the page on top with what concerns every page: the last notice, the task that goes on, the keys of the window.
func (a *App) page() page {
	l := a.words.Current()
	p := a.still(l)
	if a.note != nil {
		p.Blocks = append([]block{*a.note}, p.Blocks...)
	}
	p.Blocks = append(a.idle.notices(l, p), p.Blocks...)
	if t := a.worker.current; t != nil && t.slow {
		label := t.label
		if t.stopping {
			label = l.T("task.stopping")
		}
		p.Blocks = append([]block{progress{Label: label, Fraction: -1}}, p.Blocks...)
		p.Actions = []action{{Key: keyBack, Label: l.T("task.stop"), Do: a.worker.stop}}
		return p
	}
	p.Actions = append(p.Actions, a.windowActions(l)...)
	return p
}

// still is the page on top. While a task goes on it is the page from before: the task may hold what the page would ask.
func (a *App) still(l *text.Localizer) page {
	_, live := a.top().(lively)
	if a.worker.current == nil || a.rest == nil || live {
		p := a.top().page(l)
		p.Blocks, p.Actions = slices.Clip(p.Blocks), slices.Clip(p.Actions)
		a.rest = &p
	}
	return *a.rest
}

// windowActions work on every page; their buttons are on the bar at the top or in the help.
func (a *App) windowActions(l *text.Localizer) []action {
	actions := []action{
		{Key: keyHelp, Label: l.T("do.help"), Do: a.openHelp, Hidden: true},
		{Key: keyCitizenLang, Label: l.T("do.citizen_lang"), Do: a.toggleCitizenLang, Hidden: true},
		{Key: keyTurnOver, Label: l.T("do.turn_over"), Do: a.TurnOver, Hidden: true},
		{Key: keyBlank, Label: l.T("do.blank"), Do: a.toggleBlank, Hidden: true},
	}
	if a.session == nil {
		return actions
	}
	actions = append(actions, action{Key: keyLock, Label: l.T("do.lock"), Do: a.lock, Hidden: true})
	if a.session.Hand != nil {
		actions = append(actions, action{Key: keyPractice, Label: l.T("do.practice"), Do: a.openPracticeHand, Hidden: true})
	}
	return actions
}

// Press does what a key does now, and reports whether it did anything. While a task goes on only Esc and the keys of the
// citizen's window do. A key that answers the last call before the desk locks itself does nothing else.
func (a *App) Press(k key) bool {
	if a.idle.stillHere() {
		return true
	}
	if k == keyBlank {
		a.toggleBlank()
		a.changed()
		return true
	}
	if a.worker.current != nil {
		if k == keyBack {
			a.worker.stop()
			a.changed()
		}
		return k == keyBack
	}
	do := a.page().does(k)
	a.choose(do)
	return do != nil
}

// choose does what a click on a row or a button does.
func (a *App) choose(do func()) {
	if a.worker.current != nil || do == nil {
		return
	}
	if s := a.session; a.idle.stillHere() && a.session != s {
		return
	}
	a.note, a.farewell = nil, false
	do()
	a.changed()
}

// work runs a task for the page and tells what went wrong with it; then runs only after success.
func (a *App) work(label string, do func(context.Context) error, then func()) {
	a.worker.run(label, do, func(err error) {
		if err != nil {
			a.fail(err)
			return
		}
		if then != nil {
			then()
		}
	})
}

// tell shows a notice on the page until the next action.
func (a *App) tell(t tone, title, body string) { a.note = &notice{Tone: t, Title: title, Text: body} }

// openSession makes a session the window's: its reader and its line are watched until it is locked.
func (a *App) openSession(s *Session) {
	a.session = s
	a.card = cardState{}
	ctx, cancel := context.WithCancel(a.worker.base)
	a.leave, a.present = cancel, ctx
	refresh := func() { a.Dispatch(a.changedIf(s)) }
	stopDesk := s.Desk.Watch(refresh)
	stopLine := s.Line.Watch(refresh)
	context.AfterFunc(ctx, func() { stopDesk(); stopLine() })
	go s.Watch(ctx, func(e cardreader.Event) {
		a.Dispatch(func() {
			if a.session == s {
				a.cardEvent(e)
			}
		})
	})
	a.reset(&home{app: a})
	if s.SetMetered != nil {
		s.SetMetered(a.settings.Metered)
	}
	a.idle.begin(s)
	a.idle.goBack(s)
	a.chores.begin(s)
}

// changedIf redraws if the session is still the one that changed.
func (a *App) changedIf(s *Session) func() {
	return func() {
		if a.session == s {
			a.changed()
		}
	}
}

func (a *App) cardEvent(e cardreader.Event) {
	a.card.apply(e)
	if e.Kind == cardreader.CardInserted || e.Kind == cardreader.CardRemoved {
		if a.Active(); a.session == nil {
			return
		}
	}
	if e.Kind == cardreader.CardRead {
		a.askAuthority(e.Card)
		a.worker.after(func() { a.keepCard(e.Card) })
	}
	for _, s := range a.stack { // help may stand over a page that must know
		if s, ok := s.(attentive); ok {
			s.refresh()
		}
	}
	a.changed()
}

// visitAtHand is the visit whose screens are open, empty when the desk is at rest.
func (a *App) visitAtHand() string {
	for _, s := range a.stack {
		if v, ok := s.(*visit); ok {
			return v.id
		}
	}
	return ""
}

// keepCard records a card that comes in during a visit, once.
func (a *App) keepCard(c *desk.Card) {
	id := a.visitAtHand()
	if id == "" {
		return
	}
	d := a.session.Desk
	if x, err := d.Visit(id); err != nil || !x.Open() || (x.Card != nil && x.Card.Number == c.Number) {
		return
	}
	a.work(a.words.Current().T("task.saving"), func(ctx context.Context) error { return d.CardSeen(ctx, id, c) }, nil)
}

// lock closes the session and goes back to the first screen.
func (a *App) lock() {
	s := a.session
	a.forgetSession()
	a.work(a.words.Current().T("task.locking"), func(context.Context) error { return s.Close() }, nil)
	a.reset(&start{app: a})
	a.worker.after(a.lookForDesk)
}

func (a *App) forgetSession() {
	part(a.stack)
	a.idle.end()
	a.chores.end()
	a.leave()
	a.session, a.leave = nil, nil
	a.card = cardState{}
	a.forgetCitizen()
	a.forgetPapers()
}

// Close ends what the window began, at the end of the program.
func (a *App) Close() error {
	if a.worker == nil { // never started
		return nil
	}
	if a.leave != nil {
		a.leave() // what the desk does by itself need not be waited for
	}
	a.worker.end()
	if a.session == nil {
		return nil
	}
	s := a.session
	a.forgetSession()
	return s.Close()
}

// services are what can be walked or recorded.
func (a *App) services() []*walk.Service { return a.session.Desk.Catalogue().Services }

func (a *App) now() time.Time { return a.Clock.Now() }

// cardState is what the reader says, as events added up.
type cardState struct {
	Readers []string
	Reader  string
	Phase   cardreader.Phase
	Card    *desk.Card
	Trouble cardreader.Trouble
}

func (c *cardState) apply(e cardreader.Event) {
	switch e.Kind {
	case cardreader.ReadersChanged:
		c.Readers, c.Trouble = e.Readers, ""
		if len(e.Readers) == 0 {
			c.Trouble = cardreader.NoReader
		}
	case cardreader.CardInserted:
		*c = cardState{Readers: c.Readers, Reader: e.Reader, Phase: cardreader.PhaseConnecting}
	case cardreader.ReadingPhase:
		c.Phase = e.Phase
	case cardreader.CardRead:
		c.Phase, c.Card, c.Trouble = "", e.Card, ""
		if troubles := cardreader.TroublesOf(*e.Card); len(troubles) > 0 {
			c.Trouble = troubles[0]
		}
	case cardreader.CardRemoved:
		*c = cardState{Readers: c.Readers}
	case cardreader.TroubleMet:
		c.Phase, c.Card, c.Trouble = "", e.Card, e.Trouble
	}
}
