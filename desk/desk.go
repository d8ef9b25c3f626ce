package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"bottega/desk/civil"
	"bottega/desk/guard"
)

// Errors that a desk answers with, matched with errors.Is.
var (
	ErrNoVisit       = errors.New("there is no such visit")
	ErrVisitClosed   = errors.New("the visit is closed")
	ErrNoWalk        = errors.New("there is no such walk")
	ErrNoService     = errors.New("there is no such service")
	ErrNoPaper       = errors.New("there is no such paper")
	ErrNoFollowUp    = errors.New("there is no such follow-up")
	ErrNoSite        = errors.New("the desk does not know yet where it stands")
	ErrLooksSecret   = errors.New("this text looks like a code or a password, which is never written down")
	ErrNothingToTell = errors.New("the facts for this paper are not there yet")
)

// Params are what a Desk is made of.
type Params struct {
	Journal Journal
	Clock   Clock
	// NewID returns a fresh unique identifier, a UUIDv7 in the programs.
	NewID func() string
	// Catalogue holds the services that can be walked, and the exemption rules; SetCatalogue changes them later.
	Catalogue Catalogue
	Papers    Papers
	// Practice marks every paper PROVA.
	Practice bool
}

// Desk is the work of one installation: it turns what people do into entries and entries into what is shown. It is safe for
// use by several goroutines.
type Desk struct {
	p Params
	// catalogue is read without mu, and changed by SetCatalogue alone.
	catalogue atomic.Pointer[Catalogue]

	mu    sync.Mutex
	state *state
	runs  map[string]*liveRun

	watchMu  sync.Mutex
	watchers map[int]func()
	nextID   int
}

// Open reads the journal and returns the desk as it was left.
func Open(ctx context.Context, p Params) (*Desk, error) {
	d := &Desk{p: p, state: newState(), runs: map[string]*liveRun{}, watchers: map[int]func(){}}
	d.catalogue.Store(&p.Catalogue)
	if err := d.readOn(ctx); err != nil {
		return nil, err
	}
	return d, nil
}

// Watch calls changed after every change, from the goroutine that made it, until stop is called.
func (d *Desk) Watch(changed func()) (stop func()) {
	d.watchMu.Lock()
	defer d.watchMu.Unlock()
	id := d.nextID
	d.nextID++
	d.watchers[id] = changed
	return func() {
		d.watchMu.Lock()
		defer d.watchMu.Unlock()
		delete(d.watchers, id)
	}
}

func (d *Desk) announce() {
	d.watchMu.Lock()
	calls := make([]func(), 0, len(d.watchers))
	for _, f := range d.watchers {
		calls = append(calls, f)
	}
	d.watchMu.Unlock()
	for _, f := range calls {
		f()
	}
}

// append writes drafts and applies what the journal made of them. The caller holds d.mu.
func (d *Desk) append(ctx context.Context, drafts ...Draft) ([]Entry, error) {
	entries, err := d.p.Journal.Append(ctx, drafts...)
	if err != nil {
		return nil, fmt.Errorf("writing to the journal: %w", err)
	}
	if len(entries) > 0 && entries[0].Seq > d.state.entries+1 { // somebody else wrote meanwhile: those come first
		return entries, d.readOn(ctx)
	}
	for _, e := range entries {
		d.state.apply(e)
	}
	return entries, nil
}

// readOn applies what the journal holds beyond what was applied. The caller holds d.mu.
func (d *Desk) readOn(ctx context.Context) error {
	err := d.p.Journal.Read(ctx, d.state.entries+1, func(e Entry) error {
		d.state.apply(e)
		return nil
	})
	if err != nil {
		return fmt.Errorf("reading the journal: %w", err)
	}
	return nil
}

// CatchUp takes in what was appended to the journal by somebody else, as the line to the hub appends the replies it fetched.
func (d *Desk) CatchUp(ctx context.Context) error {
	if err := d.locked(func() error { return d.readOn(ctx) }); err != nil {
		return err
	}
	d.announce()
	return nil
}

// record is append for the public methods: it takes the lock, checks the visit and tells the watchers.
func (d *Desk) record(ctx context.Context, visit string, payloads ...Payload) error {
	err := d.locked(func() error {
		if _, err := d.openVisit(visit); err != nil {
			return err
		}
		_, err := d.append(ctx, drafts(visit, payloads...)...)
		return err
	})
	if err != nil {
		return err
	}
	d.announce()
	return nil
}

func (d *Desk) locked(do func() error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return do()
}

func drafts(visit string, payloads ...Payload) []Draft {
	out := make([]Draft, len(payloads))
	for i, p := range payloads {
		out[i] = Draft{Visit: visit, Payload: p}
	}
	return out
}

// openVisit returns a visit that can still be written to. The caller holds d.mu.
func (d *Desk) openVisit(id string) (*Visit, error) {
	v := d.state.visit(id)
	switch {
	case v == nil:
		return nil, ErrNoVisit
	case !v.Open():
		return nil, ErrVisitClosed
	}
	return v, nil
}

// Practice reports whether this is a practice desk.
func (d *Desk) Practice() bool { return d.p.Practice }

// SetSite says where the desk stands.
func (d *Desk) SetSite(ctx context.Context, s SiteSet) error {
	err := d.locked(func() error {
		_, err := d.append(ctx, Draft{Payload: s})
		return err
	})
	if err != nil {
		return err
	}
	d.announce()
	return nil
}

// Site returns where the desk stands; its ID is empty before SetSite.
func (d *Desk) Site() SiteSet {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.state.site
}

// Opening says how a visit begins.
type Opening struct {
	Naming Naming
	Person Person
	// Card is set when the citizen was named by the card in the reader.
	Card *Card
	// WaitingSince is when the citizen came, where somebody kept note of it.
	WaitingSince time.Time
}

// OpenVisit begins a visit and returns its ID.
func (d *Desk) OpenVisit(ctx context.Context, o Opening) (string, error) {
	id := d.p.NewID()
	if o.Naming == "" {
		o.Naming = Unnamed
	}
	payloads := []Payload{VisitOpened{Naming: o.Naming}}
	if !o.WaitingSince.IsZero() {
		payloads = append(payloads, PeriodStarted{Period: Waiting, Since: o.WaitingSince})
	}
	if !o.Person.IsZero() {
		payloads = append(payloads, VisitNamed{Naming: o.Naming, Person: o.Person})
	}
	if o.Card != nil {
		payloads = append(payloads, cardRead(o.Card))
	}
	payloads = append(payloads, PeriodStarted{Period: Served})
	err := d.locked(func() error {
		if d.state.site.Site.ID == "" {
			return ErrNoSite
		}
		_, err := d.append(ctx, drafts(id, payloads...)...)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("opening a visit: %w", err)
	}
	d.announce()
	return id, nil
}

// OpenVisitByCard begins a visit for the holder of a card.
func (d *Desk) OpenVisitByCard(ctx context.Context, c *Card) (string, error) {
	return d.OpenVisit(ctx, Opening{Naming: NamedByCard, Person: c.Holder, Card: c})
}

func cardRead(c *Card) *CardRead {
	read := &CardRead{
		Holder: c.Holder, Number: c.Number, Issuer: c.Issuer, Model: c.Model, CardKind: c.Kind, Expires: c.Expires, Test: c.Test,
		Warnings: c.Warnings,
	}
	if c.Certificate != nil {
		read.Checks = c.Certificate.Checks
	}
	return read
}

// NameVisit says who the visit is about, or corrects it.
func (d *Desk) NameVisit(ctx context.Context, visit string, how Naming, p Person) error {
	return d.record(ctx, visit, VisitNamed{Naming: how, Person: p})
}

// CardSeen records the card that was put in the reader during a visit. A visit without a name takes the holder's; a visit with
// another name keeps it, since a daughter may come with her father's card.
func (d *Desk) CardSeen(ctx context.Context, visit string, c *Card) error {
	v, err := d.Visit(visit)
	if err != nil {
		return err
	}
	return d.record(ctx, visit, seen(&v, c)...)
}

// StartPeriod says what the time of the visit is spent on from now.
func (d *Desk) StartPeriod(ctx context.Context, visit string, p Period) error {
	return d.record(ctx, visit, PeriodStarted{Period: p})
}

// AddNote keeps a remark; a text that looks like a secret is refused with ErrLooksSecret.
func (d *Desk) AddNote(ctx context.Context, visit, text string) error {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil
	}
	if guard.LooksSecret(text) != guard.Nothing {
		return ErrLooksSecret
	}
	return d.record(ctx, visit, NoteAdded{Text: text})
}

// RecordService records a plain visit: how long and what; when and where are known.
func (d *Desk) RecordService(ctx context.Context, visit string, r VisitRecorded) error {
	if _, ok := d.Catalogue().Service(r.Service); !ok {
		return fmt.Errorf("%s: %w", r.Service, ErrNoService)
	}
	return d.record(ctx, visit, r)
}

// GiveReader records that a card reader was given to the citizen.
func (d *Desk) GiveReader(ctx context.Context, visit, serial string) error {
	return d.record(ctx, visit, HandoutGiven{Serial: serial})
}

// Closing is the one closing act of a visit.
type Closing struct {
	CleanUp []CleanUp
	Left    bool
	// Record is the plain service to record in the same act, when the visit had no walk.
	Record *VisitRecorded
	// FollowUps are opened in the same act.
	FollowUps []FollowUpOpened
}

// CloseVisit ends the visit. Walks that were left open stay without an outcome and say so in the counts.
func (d *Desk) CloseVisit(ctx context.Context, visit string, c Closing) error {
	var payloads []Payload
	if c.Record != nil {
		if _, ok := d.Catalogue().Service(c.Record.Service); !ok {
			return fmt.Errorf("%s: %w", c.Record.Service, ErrNoService)
		}
		payloads = append(payloads, *c.Record)
	}
	for _, f := range c.FollowUps {
		if f.ID == "" {
			f.ID = d.p.NewID()
		}
		payloads = append(payloads, f)
	}
	payloads = append(payloads, VisitClosed{CleanUp: c.CleanUp, Left: c.Left})
	if err := d.record(ctx, visit, payloads...); err != nil {
		return err
	}
	d.forgetRuns(visit)
	return nil
}

// SuggestedMinutes is the length to offer for a plain record: the time the visit took, rounded up to five minutes, at least five.
func (d *Desk) SuggestedMinutes(visit string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	v := d.state.visit(visit)
	if v == nil {
		return 5
	}
	minutes := int(v.TimeIn(Served, d.p.Clock.Now()).Minutes())
	return max(5, (minutes+4)/5*5)
}

// Visit returns a copy of a visit.
func (d *Desk) Visit(id string) (Visit, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v := d.state.visit(id)
	if v == nil {
		return Visit{}, ErrNoVisit
	}
	return v.clone(), nil
}

// OpenVisits returns the visits that go on, the newest first.
func (d *Desk) OpenVisits() []Visit {
	return d.visitsIn(func() []*folder { return d.state.going })
}

// VisitsOf returns the visits of a fiscal code, the newest first.
func (d *Desk) VisitsOf(fiscalCode string) []Visit {
	return d.visitsIn(func() []*folder { return d.state.byCode[fiscalCode] })
}

// VisitsOn returns the visits opened on a day, the newest first.
func (d *Desk) VisitsOn(day civil.Date) []Visit {
	return d.visitsIn(func() []*folder { return d.state.byDay[day] })
}

func (d *Desk) visitsIn(list func() []*folder) []Visit {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []Visit
	for _, f := range slices.Backward(list()) {
		out = append(out, d.state.look(f).clone())
	}
	return out
}

// NotUnderstood counts the entries that a newer program wrote, or that are spoilt, so that this one shows nothing of them. They are
// kept and passed on. After a start it has to read every entry once.
func (d *Desk) NotUnderstood() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.state.notUnderstood()
}

// Now returns the desk's time.
func (d *Desk) Now() time.Time { return d.p.Clock.Now() }
