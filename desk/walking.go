package desk

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"bottega/desk/civil"
	"bottega/desk/walk"
)

// liveRun is a walk that goes on, with the transient answers that no entry holds.
type liveRun struct {
	visit string
	run   *walk.Run
}

// Moment is what the desk cannot know by itself while somebody answers: what the reader and the line say right now.
type Moment struct {
	// Card is the reading of the card that is in the reader, nil when there is none or it could not be read.
	Card *Card
	// CardPresent is true for a card that could not be read, too. CardKind is what such a card told that it is.
	CardPresent  bool
	CardKind     CardKind
	HubReachable bool
}

// WalkView is what a window shows of a walk.
type WalkView struct {
	ID, Visit string
	Service   *walk.Service
	// Step is the page to show; its ID is empty once the walk has ended with Outcome.
	Step    walk.Step
	Outcome *walk.Outcome
	// Shown is what the fields of the step start with.
	Shown map[string]string
	Trail []walk.Stop
}

// StartWalk begins the walk through a service and returns its ID.
func (d *Desk) StartWalk(ctx context.Context, visit, service string) (string, error) {
	s, ok := d.Catalogue().Service(service)
	if !ok {
		return "", fmt.Errorf("%s: %w", service, ErrNoService)
	}
	id := d.p.NewID()
	if err := d.record(ctx, visit, WalkStarted{Walk: id, Service: s.ID, ContentVersion: s.Version}); err != nil {
		return "", fmt.Errorf("starting %s: %w", service, err)
	}
	return id, nil
}

// live returns the run of a recorded walk, replaying it where the program was restarted since. The caller holds d.mu.
func (d *Desk) live(id string) (*liveRun, *Visit, error) {
	v := d.state.visitIn(d.state.byWalk, id)
	if v == nil {
		delete(d.runs, id) // erased meanwhile
		return nil, nil, ErrNoWalk
	}
	if l := d.runs[id]; l != nil {
		return l, v, nil
	}
	w := v.walk(id)
	s, ok := d.Catalogue().Service(w.Service)
	if !ok {
		return nil, nil, fmt.Errorf("%s: %w", w.Service, ErrNoService)
	}
	run, err := resume(s, w)
	if err != nil {
		return nil, nil, err
	}
	d.runs[id] = &liveRun{visit: v.ID, run: run}
	return d.runs[id], v, nil
}

func resume(s *walk.Service, w *Walk) (*walk.Run, error) {
	events := make([]walk.Event, len(w.Log))
	for i, m := range w.Log {
		events[i] = walk.Event{Step: m.Step, Answers: m.Answers, Back: m.Back}
	}
	// Content that changed since leaves the run on the last step that still fits, which is where the walk goes on.
	run, err := walk.Resume(s, events)
	if err != nil && !errors.Is(err, walk.ErrChanged) {
		return nil, err
	}
	if _, ended := run.Ended(); !ended && w.Outcome != "" {
		if err := run.Jump(w.Outcome); err != nil {
			return nil, err
		}
	}
	return run, nil
}

// goingOn returns a walk that can still move. The caller holds d.mu.
func (d *Desk) goingOn(id string) (*liveRun, *Visit, error) {
	l, v, err := d.live(id)
	switch {
	case err != nil:
		return nil, nil, err
	case !v.Open():
		return nil, nil, ErrVisitClosed
	case !v.walk(id).EndedAt.IsZero():
		return nil, nil, ErrWalkEnded
	}
	return l, v, nil
}

// Walk returns what to show of a walk.
func (d *Desk) Walk(id string, m Moment) (WalkView, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	l, v, err := d.live(id)
	if err != nil {
		return WalkView{}, err
	}
	return view(id, l, d.facts(v, m)), nil
}

func view(id string, l *liveRun, facts walk.Facts) WalkView {
	w := WalkView{ID: id, Visit: l.visit, Service: l.run.Service(), Trail: l.run.Trail(), Shown: l.run.Shown(facts)}
	w.Step, _ = l.run.Current()
	w.Step.Options = l.run.Options(facts)
	if o, ended := l.run.Ended(); ended {
		w.Outcome = &o
	}
	return w
}

// facts tells a walk what the desk knows.
func (d *Desk) facts(v *Visit, m Moment) walk.Facts {
	today := civil.Of(d.p.Clock.Now())
	f := walk.Facts{
		walk.Today:        today.String(),
		walk.CardPresent:  walk.Bool(m.CardPresent || m.Card != nil),
		walk.HubReachable: walk.Bool(m.HubReachable),
		walk.HolderNamed:  walk.Bool(!v.Person.IsZero()),
	}
	person := v.Person
	card := v.Card
	if m.Card != nil {
		card = &SeenCard{CardRead: *cardRead(m.Card)}
		if v.Card != nil && v.Card.Number == card.Number {
			card.Proof = v.Card.Proof
		}
		if person.IsZero() {
			person = m.Card.Holder
		}
	}
	if m.Card == nil && m.CardKind != "" { // another card than the one that was read before
		f[walk.CardKind] = string(m.CardKind)
	}
	for fact, value := range map[walk.Fact]string{
		walk.HolderSurname: person.Surname, walk.HolderName: person.Name,
		walk.HolderFiscalCode: person.FiscalCode, walk.HolderBirthDate: person.BirthDate.String(),
	} {
		if value != "" {
			f[fact] = value
		}
	}
	if !person.BirthDate.IsZero() {
		f[walk.Age] = strconv.Itoa(person.BirthDate.AgeOn(today))
	}
	if card != nil {
		f[walk.CardNumber] = card.Number
		f[walk.CardExpires] = card.Expires.String()
		f[walk.CardExpired] = walk.Bool(!card.Expires.IsZero() && card.Expires.Before(today))
		f[walk.CardWorks] = walk.Bool(card.Test.Works())
		if _, told := f[walk.CardKind]; !told && card.CardKind != "" {
			f[walk.CardKind] = string(card.CardKind)
		}
		maps.Copy(f, proofFacts(card))
	}
	if v.Check != nil {
		f[walk.VerdictFits] = walk.Bool(len(v.Check.Fits) > 0)
		f[walk.VerdictCodes] = strings.Join(codesOf(v.Check.Fits), ",")
		f[walk.VerdictOpen] = walk.Bool(len(v.Check.NotChecked) > 0)
	}
	if asked := v.asked(""); asked != nil {
		f[walk.RegistryAnswer] = registryAnswer(asked.Reply)
	}
	return f
}

func codesOf(judged []JudgedLine) []string {
	codes := make([]string, len(judged))
	for i, j := range judged {
		codes[i] = j.Code
	}
	return codes
}

func registryAnswer(r *Reply) string {
	if r != nil {
		if answer, ok := map[ReplyKind]string{
			ExemptionFound: "found", ExemptionNotFound: "not_found", ExemptionExpired: "expired",
		}[r.Kind]; ok {
			return answer
		}
	}
	return "waiting"
}

// Answer leaves the current step of a walk: it checks the answers, does what the step does, and records all of it as one
// append. Refused answers come back as field errors and change nothing.
func (d *Desk) Answer(ctx context.Context, id string, values map[string]string, m Moment) (WalkView, walk.FieldErrors, error) {
	var shown WalkView
	var wrong walk.FieldErrors
	err := d.locked(func() error {
		l, v, err := d.goingOn(id)
		if err != nil {
			return err
		}
		wrong, err = d.answer(ctx, id, l, v, values, m)
		if err != nil || wrong != nil {
			return err
		}
		shown = view(id, l, d.facts(v, m))
		return nil
	})
	if err != nil || wrong != nil {
		return WalkView{}, wrong, err
	}
	d.announce()
	return shown, nil, nil
}

func (d *Desk) answer(ctx context.Context, id string, l *liveRun, v *Visit, values map[string]string, m Moment) (walk.FieldErrors, error) {
	facts := d.facts(v, m)
	kept, wrong := l.run.Check(values, facts)
	if wrong != nil {
		return wrong, nil
	}
	step, _ := l.run.Current()
	payloads, err := d.do(step, act{walk: id, service: l.run.Service(), visit: v, answers: merged(l.run.Answers(), kept), moment: m}, l.run, kept)
	if err != nil {
		return nil, err
	}
	// The step's own act may be what its branches look at, so they are shown the world after it.
	after := v.clone()
	for _, p := range payloads {
		if fact, ok := p.(visitFact); ok {
			fact.applyTo(&after, Entry{At: d.p.Clock.Now()})
		}
	}
	event, wrong := l.run.Answer(values, d.facts(&after, m))
	if wrong != nil {
		return wrong, nil
	}
	payloads = append(payloads, WalkAnswered{Walk: id, Step: event.Step, Answers: event.Answers})
	payloads = append(payloads, d.ending(id, l.run)...)
	if _, err := d.append(ctx, drafts(v.ID, payloads...)...); err != nil {
		// What was not written did not happen: the run is made again from what was.
		delete(d.runs, id)
		return nil, err
	}
	// Until then an income stays in memory, so that one fact can be changed and the verdict seen again.
	if _, ended := l.run.Ended(); ended {
		l.run.Forget()
	}
	return nil, nil
}

// ending returns what to record when the last answer ended the walk.
func (d *Desk) ending(id string, run *walk.Run) []Payload {
	o, ended := run.Ended()
	if !ended {
		return nil
	}
	payloads := []Payload{WalkEnded{Walk: id, Service: run.Service().ID, Outcome: o.ID}}
	// A request to the hub is a follow-up already; only what a person has to remember needs one of its own.
	if o.FollowUp != nil && FollowUpKind(o.FollowUp.Kind) == FollowPerson {
		payloads = append(payloads, FollowUpOpened{
			ID: d.p.NewID(), Type: FollowPerson, Due: civil.Of(d.p.Clock.Now()).AddDays(o.FollowUp.Days), Text: o.FollowUp.Text.It,
		})
	}
	return payloads
}

// Back returns to the step before; its answers are kept.
func (d *Desk) Back(ctx context.Context, id string, m Moment) (WalkView, error) {
	var shown WalkView
	err := d.locked(func() error {
		l, v, err := d.goingOn(id)
		if err != nil {
			return err
		}
		if e, moved := l.run.Back(); moved {
			if _, err := d.append(ctx, drafts(v.ID, WalkBack{Walk: id, Step: e.Step})...); err != nil {
				delete(d.runs, id)
				return err
			}
		}
		shown = view(id, l, d.facts(v, m))
		return nil
	})
	if err != nil {
		return WalkView{}, err
	}
	d.announce()
	return shown, nil
}

// ErrWalkEnded says that a walk is over; another one can be started.
var ErrWalkEnded = errors.New("the walk has ended")

// EndWalk ends a walk with one of its outcomes from wherever it stands: the portal is down, the citizen has to leave.
func (d *Desk) EndWalk(ctx context.Context, id, outcome string) error {
	err := d.locked(func() error {
		l, v, err := d.goingOn(id)
		if err != nil {
			return err
		}
		if err := l.run.Jump(outcome); err != nil {
			return err
		}
		if _, err := d.append(ctx, drafts(v.ID, d.ending(id, l.run)...)...); err != nil {
			delete(d.runs, id)
			return err
		}
		return nil
	})
	if err != nil {
		return err
	}
	d.announce()
	return nil
}

func (d *Desk) forgetRuns(visit string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, l := range d.runs {
		if l.visit == visit {
			delete(d.runs, id)
		}
	}
}
