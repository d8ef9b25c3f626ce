package walk

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ErrChanged says that recorded events do not fit the service file any more. The run stands where the last event that fitted
// led to, and the walk goes on from there.
var ErrChanged = errors.New("the recorded walk does not fit the service file")

// ErrUnknownOutcome says that a walk cannot end that way.
var ErrUnknownOutcome = errors.New("no such outcome")

// Event is what is recorded of a walk: a step left with its answers, or a return to a step. Answers never hold a
// transient field; beside the answers they hold the facts that a branch of the step looked at, so that a replay takes the same way.
type Event struct {
	Step    string
	Answers map[string]string
	Back    bool
}

// record is what was last answered on a step. It outlives a return.
type record struct {
	values map[string]string
	facts  Facts
}

// Run is one walk through a service. It is not safe for concurrent use.
type Run struct {
	service *Service
	path    []string          // the steps answered, in order
	records map[string]record // by step
	kept    map[string]bool   // answered before a return and not touched by a change since
	stale   map[string]bool   // answered before a return, and to be asked again because of a change
	current string            // empty once ended
	outcome string
	jumped  bool
	// replaying passes over what a live run would ask again: the events say what was.
	replaying bool
}

// Start begins a walk on the first step.
func Start(s *Service) *Run {
	r := &Run{service: s, records: map[string]record{}, kept: map[string]bool{}, stale: map[string]bool{}}
	if len(s.Steps) > 0 {
		r.current = s.Steps[0].ID
	}
	return r
}

// Resume replays recorded events. Transient answers are gone: the run stands on the earliest step whose transient answers an
// action still needs. With an error wrapping ErrChanged the run is usable too.
func Resume(s *Service, events []Event) (*Run, error) {
	r := Start(s)
	r.replaying = true
	defer func() { r.replaying = false }()
	for i, e := range events {
		if !r.replay(e) {
			return r, fmt.Errorf("event %d, step %q of %s: %w", i+1, e.Step, s.ID, ErrChanged)
		}
	}
	r.askLostAgain()
	return r, nil
}

func (r *Run) replay(e Event) bool {
	// A run that was resumed before may have stood further back than its events tell, to ask for a transient answer again.
	for r.current != e.Step && slices.Contains(r.path, e.Step) {
		r.Back()
	}
	if e.Back {
		return r.current == e.Step
	}
	step, known := r.service.Step(e.Step)
	if !known || r.current != e.Step {
		return false
	}
	values, facts := map[string]string{}, Facts{}
	for key, v := range e.Answers {
		if isFactKey(key) {
			facts[Fact(key)] = v
		} else {
			values[key] = v
		}
	}
	r.leave(step, values, facts)
	return true
}

// askLostAgain goes back to the earliest step with transient answers that no action has used yet.
func (r *Run) askLostAgain() {
	for i, id := range r.path {
		step, _ := r.service.Step(id)
		lost := step.transient()
		if len(lost) == 0 {
			continue
		}
		used := slices.ContainsFunc(r.path[i:], func(later string) bool {
			s, _ := r.service.Step(later)
			return s.readsAny(lost)
		})
		if used {
			continue
		}
		for r.current != id {
			r.Back()
		}
		return
	}
}

// Service returns what is walked through.
func (r *Run) Service() *Service { return r.service }

// Current returns the step to show; false once the walk has ended.
func (r *Run) Current() (Step, bool) {
	if r.outcome != "" {
		return Step{}, false
	}
	return r.service.Step(r.current)
}

// Ended returns the outcome; false while the walk goes on.
func (r *Run) Ended() (Outcome, bool) {
	return r.service.Outcome(r.outcome)
}

// Answers returns every answer on the way that led here, transient ones included: what an action reads.
func (r *Run) Answers() map[string]string {
	all := map[string]string{}
	for _, id := range r.path {
		maps.Copy(all, r.records[id].values)
	}
	return all
}

// Shown returns what the fields of the current step start with, as a form shows them: what was answered before, else what the
// facts propose. The answer of an Ask is under the step's id.
func (r *Run) Shown(facts Facts) map[string]string {
	step, ok := r.Current()
	shown := map[string]string{}
	if !ok {
		return shown
	}
	before := r.records[step.ID].values
	if v := before[step.ID]; v != "" && step.Kind == Ask {
		shown[step.ID] = v
	}
	for _, f := range step.Fields {
		v, answered := before[f.ID]
		if !answered {
			v = facts[f.Prefill]
		}
		if v != "" {
			shown[f.ID] = f.Shown(v)
		}
	}
	return shown
}

// Options returns the answers of the current step that can be chosen as things stand; none where the step asks nothing.
func (r *Run) Options(facts Facts) []Option {
	step, _ := r.Current()
	l := r.lookup(step, facts)
	var open []Option
	for _, o := range step.Options {
		if l.all(o.When) {
			open = append(open, o)
		}
	}
	return open
}

// lookup is what the conditions of a step may see; most steps have none.
func (r *Run) lookup(step Step, facts Facts) *lookup {
	l := &lookup{facts: facts, seen: Facts{}}
	if len(step.conditions()) > 0 {
		l.answers = r.Answers()
	}
	return l
}

// Before returns what the current step was answered with before a return, and whether that still holds: then an action on it was
// already done, and is done again only when the answers differ.
func (r *Run) Before() (map[string]string, bool) {
	rec, answered := r.records[r.current]
	return maps.Clone(rec.values), answered && !r.stale[r.current] && !slices.Contains(r.path, r.current)
}

// Check says what Answer would refuse, and returns the answers as they would be kept. An action is done between the two.
func (r *Run) Check(values map[string]string, facts Facts) (map[string]string, FieldErrors) {
	step, ok := r.Current()
	if !ok {
		return nil, FieldErrors{"": *fieldError(WalkIsOver)}
	}
	l := &lookup{facts: facts, seen: Facts{}}
	kept, wrong := map[string]string{}, FieldErrors{}
	if step.Kind == Ask {
		id := strings.TrimSpace(values[step.ID])
		switch {
		case id == "":
			wrong[step.ID] = *fieldError(Missing)
		case !slices.ContainsFunc(r.Options(facts), func(o Option) bool { return o.ID == id }):
			wrong[step.ID] = *fieldError(NotChoice)
		default:
			kept[step.ID] = id
		}
	}
	for _, f := range step.Fields {
		v, err := f.normalise(values[f.ID], l)
		if err != nil {
			wrong[f.ID] = *err
			continue
		}
		kept[f.ID] = v
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	return kept, nil
}

// Answer leaves the current step. On success it returns the event to record and no errors; refused answers change nothing.
// After a return, steps whose answers still hold are passed over without being asked again.
func (r *Run) Answer(values map[string]string, facts Facts) (Event, FieldErrors) {
	kept, wrong := r.Check(values, facts)
	if wrong != nil {
		return Event{}, wrong
	}
	step, _ := r.Current()
	return r.leave(step, kept, facts), nil
}

// leave records the answers, follows the branch, and passes over the steps that a return left untouched.
func (r *Run) leave(step Step, values map[string]string, facts Facts) Event {
	before, again := r.records[step.ID]
	seen := r.pass(step, values, facts)
	if again {
		r.spread(changes(step, before, r.records[step.ID]))
	}
	for r.kept[r.current] && (r.replaying || !r.lost(r.current)) {
		next, _ := r.service.Step(r.current)
		old := r.records[next.ID]
		r.pass(next, old.values, old.facts)
	}
	return event(step, values, seen)
}

// lost reports whether the step had transient answers that are gone, and that an action has yet to read.
func (r *Run) lost(id string) bool {
	step, _ := r.service.Step(id)
	gone := slices.DeleteFunc(step.transient(), func(f string) bool {
		_, there := r.records[id].values[f]
		return there
	})
	return len(gone) > 0 && !slices.ContainsFunc(r.service.Steps, func(s Step) bool { return r.kept[s.ID] && s.readsAny(gone) })
}

// pass puts one step behind, and stands on the one its branch leads to.
func (r *Run) pass(step Step, values map[string]string, facts Facts) Facts {
	r.path = append(r.path, step.ID)
	r.records[step.ID] = record{values: values}
	l := r.lookup(step, facts)
	next, outcome := "", ""
	for _, o := range step.Options {
		if o.ID == values[step.ID] {
			next, outcome = o.Goto, o.Outcome
		}
	}
	if next == "" && outcome == "" {
		next, outcome = take(step.Next, l)
	}
	if next == "" && outcome == "" {
		next = r.service.follower(step.ID)
	}
	r.records[step.ID] = record{values: values, facts: l.seen}
	r.current, r.outcome, r.jumped = next, outcome, false
	delete(r.kept, step.ID)
	delete(r.stale, step.ID)
	return l.seen
}

// changes returns the ids whose value is not what it was. A transient answer always counts as changed: what it was is not
// known after a crash, and a replay must decide as the walk did.
func changes(step Step, before, after record) map[string]bool {
	changed := map[string]bool{}
	for _, values := range []map[string]string{before.values, after.values} {
		for id := range values {
			if before.values[id] != after.values[id] {
				changed[id] = true
			}
		}
	}
	for _, id := range step.transient() {
		changed[id] = true
	}
	if !maps.Equal(before.facts, after.facts) || len(changed) > 0 {
		changed[step.ID] = true
	}
	return changed
}

// spread greys out the kept steps that depend on what changed, and those that depend on these.
func (r *Run) spread(changed map[string]bool) {
	for again := true; again; {
		again = false
		for _, step := range r.service.Steps {
			if !r.kept[step.ID] {
				continue
			}
			depends := append(step.reads(), step.DependsOn...)
			if slices.ContainsFunc(depends, func(id string) bool { return changed[id] }) {
				delete(r.kept, step.ID)
				r.stale[step.ID] = true
				changed[step.ID] = true
				again = true
			}
		}
	}
}

// event leaves out what is transient and what is empty.
func event(step Step, values map[string]string, seen Facts) Event {
	e := Event{Step: step.ID, Answers: map[string]string{}}
	transient := step.transient()
	for id, v := range values {
		if v != "" && !slices.Contains(transient, id) {
			e.Answers[id] = v
		}
	}
	for f, v := range seen {
		e.Answers[string(f)] = v
	}
	return e
}

func (s Step) transient() []string {
	var ids []string
	for _, f := range s.Fields {
		if f.Transient {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

// Back returns to the step before and keeps its answers; false on the first step. Out of an outcome it returns to the step that
// led there.
func (r *Run) Back() (Event, bool) {
	if r.jumped {
		r.outcome, r.jumped = "", false
		return Event{Step: r.current, Back: true}, true
	}
	if len(r.path) == 0 {
		return Event{}, false
	}
	if r.current != "" {
		if _, answered := r.records[r.current]; answered && !r.stale[r.current] && !slices.Contains(r.path, r.current) {
			r.kept[r.current] = true
		}
	}
	last := r.path[len(r.path)-1]
	r.path = r.path[:len(r.path)-1]
	r.current, r.outcome = last, ""
	return Event{Step: last, Back: true}, true
}

// Jump ends the walk with a named outcome from wherever it stands.
func (r *Run) Jump(outcome string) error {
	if _, known := r.service.Outcome(outcome); !known {
		return fmt.Errorf("%s of %s: %w", outcome, r.service.ID, ErrUnknownOutcome)
	}
	r.outcome, r.jumped = outcome, true
	return nil
}

// Forget wipes the transient answers, once the action that needed them is done.
func (r *Run) Forget() {
	for id, rec := range r.records {
		step, _ := r.service.Step(id)
		for _, f := range step.transient() {
			delete(rec.values, f)
		}
	}
}

// Mark is how a step stands in the list beside a walk.
type Mark string

// The marks.
const (
	Behind Mark = "behind" // answered
	Here   Mark = "here"
	Kept   Mark = "kept"  // answered before a return, still good
	Stale  Mark = "stale" // answered before a return, to be asked again
)

// Stop is a step of the way so far.
type Stop struct {
	Step Step
	Mark Mark
}

// Trail returns the steps behind, the current one, and those that a return left ahead, greyed where they must be asked again.
func (r *Run) Trail() []Stop {
	var stops []Stop
	for _, id := range r.path {
		step, _ := r.service.Step(id)
		stops = append(stops, Stop{Step: step, Mark: Behind})
	}
	if step, ok := r.Current(); ok {
		stops = append(stops, Stop{Step: step, Mark: Here})
	}
	for _, step := range r.service.Steps {
		switch {
		case step.ID == r.current:
		case r.kept[step.ID]:
			stops = append(stops, Stop{Step: step, Mark: Kept})
		case r.stale[step.ID]:
			stops = append(stops, Stop{Step: step, Mark: Stale})
		}
	}
	return stops
}
