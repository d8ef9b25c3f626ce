package walk

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"bottega/desk/civil"
)

// Try is one way to answer a step, with the facts that go with it.
type Try struct {
	Values map[string]string
	Facts  Facts
}

// Tries returns enough ways to answer the step to reach everything that can follow from it: every option, and for every field
// and fact that some condition looks at, a value on each side of each comparison.
func Tries(s *Service, step Step, today civil.Date) []Try {
	return tries(step, landmarks(s, today), today)
}

func tries(step Step, marks map[string][]string, today civil.Date) []Try {
	tries := []Try{{Values: map[string]string{}, Facts: Facts{Today: today.String()}}}
	if step.Kind == Ask {
		var ids []string
		for _, o := range step.Options {
			ids = append(ids, o.ID)
		}
		tries = spreadOver(tries, ids, func(t Try, v string) { t.Values[step.ID] = v })
	}
	for _, f := range step.Fields {
		tries = spreadOver(tries, samples(f, marks[f.ID], today), func(t Try, v string) { t.Values[f.ID] = v })
	}
	for _, fact := range factsIn(step) {
		tries = spreadOver(tries, factValues(step, fact, marks), func(t Try, v string) { t.Facts[fact] = v })
	}
	return tries
}

// factValues returns what a fact may be on a step: not known, and each value that makes a difference there. Over a fact that is not
// known no condition holds, so that any value that the step does not name is like none, unless some condition wants it to differ.
func factValues(step Step, fact Fact, marks map[string][]string) []string {
	closed := factTypes()[fact].values
	if closed == nil {
		return append([]string{""}, marks[string(fact)]...)
	}
	values := []string{""}
	for _, c := range step.conditions() {
		if c.Fact != fact {
			continue
		}
		named := append(slices.Clone(c.In), c.Is, c.Has)
		if c.IsNot != "" {
			named = closed
		}
		for _, v := range named {
			if !slices.Contains(values, v) {
				values = append(values, v)
			}
		}
	}
	return values
}

// spreadOver multiplies the tries by the values.
func spreadOver(tries []Try, values []string, set func(Try, string)) []Try {
	if len(values) == 0 {
		return tries
	}
	var all []Try
	for _, t := range tries {
		for _, v := range values {
			next := Try{Values: maps.Clone(t.Values), Facts: maps.Clone(t.Facts)}
			set(next, v)
			all = append(all, next)
		}
	}
	return all
}

// landmarks returns, for every answer and fact, the values on both sides of each comparison the service makes with it. An
// answer that an action needs is a landmark too: it may be empty.
func landmarks(s *Service, today civil.Date) map[string][]string {
	marks := map[string][]string{}
	add := func(id string, values ...string) {
		for _, v := range values {
			if !slices.Contains(marks[id], v) {
				marks[id] = append(marks[id], v)
			}
		}
	}
	for _, step := range s.Steps {
		for _, n := range actions()[step.Action].needs {
			if step.demands(n.Answer) {
				continue // asked for where it is needed: no way can lack it
			}
			add(n.Answer, "")
			if n.Unless != "" {
				add(n.Unless, n.Is)
			}
		}
		for _, c := range step.conditions() {
			add(c.Answer+string(c.Fact), c.sides(today)...)
		}
	}
	return marks
}

// sides returns values for which the condition holds and values for which it does not.
func (c Condition) sides(today civil.Date) []string {
	around := func(limit string) []string {
		day := today
		if limit != string(Today) {
			day, _ = civil.Parse(limit)
		}
		return []string{day.AddDays(-1).String(), day.String(), day.AddDays(1).String()}
	}
	switch {
	case c.Before != "":
		return around(c.Before)
	case c.NotBefore != "":
		return around(c.NotBefore)
	case c.AtLeast != nil:
		return []string{strconv.Itoa(*c.AtLeast - 1), strconv.Itoa(*c.AtLeast)}
	case c.Below != nil:
		return []string{strconv.Itoa(*c.Below - 1), strconv.Itoa(*c.Below)}
	}
	return append(slices.Clone(c.In), c.Is+c.IsNot+c.Has)
}

// samples returns answers to try in a field: one good one, or all that matter when a condition looks at the field.
func samples(f Field, marks []string, today civil.Date) []string {
	usual := map[FieldType]string{
		TextField: "Esempio", DigitsField: "12345", DateField: today.String(), MoneyField: "1.000,00", YesNoField: Yes,
		FiscalCodeField: "RSSMRA80A01H501U", CardNumberField: "6090012345678000",
	}[f.Type]
	if f.Example != "" {
		usual = f.Example
	}
	values := []string{usual}
	if len(marks) > 0 {
		switch f.Type {
		case ChoiceField:
			values = nil
		case YesNoField:
			values = []string{Yes, No}
		}
		values = append(values, marks...)
	}
	if f.Type == ChoiceField {
		for _, c := range f.Choices {
			values = append(values, c.ID)
			if len(marks) == 0 {
				break
			}
		}
	}
	l := &lookup{facts: Facts{Today: today.String()}, seen: Facts{}}
	var good []string
	for _, v := range values {
		if kept, wrong := f.normalise(v, l); wrong == nil && !slices.Contains(good, kept) {
			good = append(good, kept)
		}
	}
	return good
}

// conditions returns every condition of the step, of its options and of its branches.
func (s Step) conditions() []Condition {
	var all []Condition
	for _, o := range s.Options {
		all = append(all, o.When...)
	}
	for _, b := range s.Next {
		all = append(all, b.When...)
	}
	return all
}

// factsIn returns the facts that the step looks at, today left out.
func factsIn(step Step) []Fact {
	var facts []Fact
	for _, c := range step.conditions() {
		if c.Fact != "" && c.Fact != Today && !slices.Contains(facts, c.Fact) {
			facts = append(facts, c.Fact)
		}
	}
	return facts
}

// Clone returns an independent copy of the run: answering one leaves the other where it is.
func (r *Run) Clone() *Run {
	c := *r
	c.path = slices.Clone(r.path)
	c.kept, c.stale = maps.Clone(r.kept), maps.Clone(r.stale)
	c.records = map[string]record{}
	for id, rec := range r.records {
		c.records[id] = record{values: maps.Clone(rec.values), facts: maps.Clone(rec.facts)}
	}
	return &c
}

// maxStates bounds an exploration; no service that a person can follow comes near it.
const maxStates = 50_000

// exploration is everywhere a service can lead.
type exploration struct {
	steps, outcomes map[string]bool
	// lacks holds, by step, the needs of its action that some way to it left unanswered.
	lacks map[string][]string
	// baseless are paper steps that some way reaches with nothing to print.
	baseless map[string]bool
	// deadEnds are steps from which some state leads to no outcome.
	deadEnds map[string]bool
	tooBig   bool
}

type state struct {
	run  *Run
	from []string
}

// explore visits every state of the service: a step with the answers that a condition or an action looks at.
func explore(s *Service, today civil.Date) exploration {
	x := exploration{
		steps: map[string]bool{}, outcomes: map[string]bool{}, lacks: map[string][]string{},
		baseless: map[string]bool{}, deadEnds: map[string]bool{},
	}
	marks := landmarks(s, today)
	states := map[string]*state{}
	var queue, ends []string
	reach := func(run *Run, from string) {
		key := stateKey(run, marks)
		known, seen := states[key]
		if !seen {
			known = &state{run: run}
			states[key] = known
			queue = append(queue, key)
		}
		known.from = append(known.from, from)
	}
	for reach(Start(s), ""); len(queue) > 0; queue = queue[1:] {
		if len(states) > maxStates {
			x.tooBig = true
			return x
		}
		run := states[queue[0]].run
		if o, ended := run.Ended(); ended {
			x.outcomes[o.ID] = true
			ends = append(ends, queue[0])
			continue
		}
		step, ok := run.Current()
		if !ok {
			continue
		}
		x.steps[step.ID] = true
		if !run.canPrint(step) {
			x.baseless[step.ID] = true
		}
		for _, t := range tries(step, marks, today) {
			next := run.Clone()
			if _, wrong := next.Answer(t.Values, t.Facts); wrong == nil {
				x.miss(step, next.Answers())
				reach(next, queue[0])
			}
		}
	}
	x.findDeadEnds(states, ends)
	return x
}

func (x *exploration) miss(step Step, answers map[string]string) {
	for _, n := range actions()[step.Action].needs {
		held := n.Unless != "" && answers[n.Unless] == n.Is
		if !held && answers[n.Answer] == "" && !slices.Contains(x.lacks[step.ID], n.Answer) {
			x.lacks[step.ID] = append(x.lacks[step.ID], n.Answer)
		}
	}
}

// canPrint reports whether the way to a paper step did what the paper says.
func (r *Run) canPrint(step Step) bool {
	from, bound := madeFrom()[step.Paper]
	card := step.Paper == PaperCardTest
	return !bound && !card || slices.ContainsFunc(r.path, func(id string) bool {
		before, _ := r.service.Step(id)
		return slices.Contains(from, before.Action) || card && (before.Kind == Card || before.Action == TestCard)
	})
}

// told reports whether some paper tells what was done on a step.
func told(step Step) bool {
	if step.Kind == Card || step.Action == TestCard {
		return true
	}
	for _, from := range madeFrom() {
		if slices.Contains(from, step.Action) {
			return true
		}
	}
	return false
}

// demands reports whether a step cannot be left without an answer.
func (s Step) demands(answer string) bool {
	return slices.ContainsFunc(s.Fields, func(f Field) bool { return f.ID == answer && f.Required })
}

// findDeadEnds walks back from the ends; what is not met on the way leads nowhere.
func (x *exploration) findDeadEnds(states map[string]*state, ends []string) {
	alive := map[string]bool{}
	for len(ends) > 0 {
		key := ends[0]
		ends = ends[1:]
		if key != "" && !alive[key] {
			alive[key] = true
			ends = append(ends, states[key].from...)
		}
	}
	for key, st := range states {
		if !alive[key] {
			x.deadEnds[lastStep(st.run)] = true
		}
	}
}

func lastStep(r *Run) string {
	if r.current == "" && len(r.path) > 0 {
		return r.path[len(r.path)-1]
	}
	return r.current
}

// stateKey tells apart what can lead to different places.
func stateKey(r *Run, marks map[string][]string) string {
	answers := r.Answers()
	parts := []string{r.current, r.outcome}
	for _, id := range slices.Sorted(maps.Keys(marks)) {
		v := answers[id]
		if v != "" && !slices.Contains(marks[id], v) {
			v = "*"
		}
		parts = append(parts, v)
	}
	// What was done matters where a paper tells of it.
	for _, step := range r.service.Steps {
		if told(step) {
			parts = append(parts, Bool(slices.Contains(r.path, step.ID)))
		}
	}
	return strings.Join(parts, "\x00")
}

// EachPath calls each for ways through the service that together give every answer in every state, as the answers that lead
// along them. Two answers that lead to the same place with the same consequences count as one; a loop is gone round once; and a
// way that comes to where another one has been goes on to the end as that one did: from there nothing new can happen.
func EachPath(s *Service, today civil.Date, each func(path []Try) error) error {
	w := &ways{marks: landmarks(s, today), today: today, visits: map[string]int{}, gone: map[string]bool{}, each: each}
	_, err := w.follow(Start(s), false)
	return err
}

// ways is one pass over the ways through a service.
type ways struct {
	marks  map[string][]string
	today  civil.Date
	path   []Try
	visits map[string]int  // states on the path
	gone   map[string]bool // states from which every answer was, or is being, tried
	each   func(path []Try) error
}

// follow goes on from a run, with every answer or, where short is set, with one that leads to an end. It reports whether an end
// was reached.
func (w *ways) follow(run *Run, short bool) (bool, error) {
	step, ok := run.Current()
	if !ok {
		return true, w.each(slices.Clone(w.path))
	}
	here := stateKey(run, w.marks)
	if w.visits[here] == 2 {
		return false, nil
	}
	w.visits[here]++
	defer func() { w.visits[here]-- }()
	short = short || w.gone[here]
	w.gone[here] = true
	taken, ended := map[string]bool{}, false
	for _, t := range tries(step, w.marks, w.today) {
		next := run.Clone()
		if _, wrong := next.Answer(t.Values, t.Facts); wrong != nil || taken[stateKey(next, w.marks)] {
			continue
		}
		taken[stateKey(next, w.marks)] = true
		w.path = append(w.path, t)
		reached, err := w.follow(next, short)
		w.path = w.path[:len(w.path)-1]
		if err != nil {
			return false, err
		}
		if ended = ended || reached; ended && short {
			return true, nil
		}
	}
	return ended, nil
}
