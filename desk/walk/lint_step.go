package walk

import (
	"fmt"
	"regexp"
	"slices"

	"bottega/desk/civil"
)

// part is something a step has or lacks, with what its kind says of it.
type part struct {
	key    string
	there  bool
	needed bool
	may    bool
}

func (l *linter) step(at string, s Step) {
	if kinds := Kinds(); !slices.Contains(kinds, s.Kind) {
		l.add(at+".kind", "Il tipo di passo %q non esiste: scrivi uno di %v", "There is no kind of step %q: write one of %v", s.Kind, kinds)
		return
	}
	pages := s.Kind == OpenPage || s.Kind == QR
	for _, p := range []part{
		{key: "options", there: len(s.Options) > 0, needed: s.Kind == Ask},
		{key: "fields", there: len(s.Fields) > 0, needed: s.Kind == Form, may: s.Kind == Act},
		{key: "url", there: s.URL != "", needed: pages, may: s.Kind == CitizenTypes},
		{key: "action", there: s.Action != "", needed: s.Kind == Act},
		{key: "paper", there: s.Paper != "", needed: s.Kind == Paper},
	} {
		if p.needed && !p.there {
			l.add(at+".kind", "A un passo %s serve %q: aggiungilo", "A step of kind %s needs %q: add it", s.Kind, p.key)
		}
		if p.there && !p.needed && !p.may {
			l.add(at+"."+p.key, "Un passo %s non può avere %q: toglilo o cambia kind", "A step of kind %s cannot have %q: remove it or change the kind", s.Kind, p.key)
		}
	}
	if s.URL != "" {
		l.url(at+".url", s.URL)
	}
	if _, known := actions()[s.Action]; s.Action != "" && !known {
		l.add(at+".action", "L'azione %q non esiste", "There is no action %q", s.Action)
	}
	if s.Paper != "" && !slices.Contains(Papers(), s.Paper) {
		l.add(at+".paper", "Il foglio %q non esiste: scrivi uno di %v", "There is no paper %q: write one of %v", s.Paper, Papers())
	}
	l.channels(at, s.Channels)
	l.options(at, s)
	for i, f := range s.Fields {
		l.field(fmt.Sprintf("%s.fields[%d]", at, i), f)
	}
	for i, id := range s.DependsOn {
		if _, isStep := l.s.Step(id); !isStep && l.fieldNamed(id) == nil {
			l.add(fmt.Sprintf("%s.depends_on[%d]", at, i), "Nessun passo o campo si chiama %q", "No step or field is called %q", id)
		}
	}
	l.branches(at, s)
}

// fieldNamed finds a field by id anywhere in the service.
func (l *linter) fieldNamed(id string) *Field {
	for _, s := range l.s.Steps {
		for _, f := range s.Fields {
			if f.ID == id {
				return &f
			}
		}
	}
	return nil
}

func (l *linter) options(at string, s Step) {
	if len(s.Options) == 1 {
		l.add(at+".options", "Una domanda con una sola risposta non è una domanda: usa kind: say", "A question with one answer is no question: use kind: say")
	}
	always := func(o Option) bool { return len(o.When) == 0 }
	if len(s.Options) > 0 && !slices.ContainsFunc(s.Options, always) {
		l.add(at+".options", "Tutte le risposte hanno un when: se nessuna vale non si va più avanti. Togline uno", "Every answer has a when: if none holds there is no way on. Remove one")
	}
	for i, o := range s.Options {
		here := fmt.Sprintf("%s.options[%d]", at, i)
		l.target(here, o.Goto, o.Outcome, false)
		for j, c := range o.When {
			l.condition(fmt.Sprintf("%s.when[%d]", here, j), c)
		}
	}
}

// target looks at where an option or a branch leads.
func (l *linter) target(at, step, outcome string, needed bool) {
	if step != "" && outcome != "" {
		l.add(at, "Scrivi goto oppure outcome, non tutti e due", "Write goto or outcome, not both")
	}
	if needed && step == "" && outcome == "" {
		l.add(at, "Questa strada non porta da nessuna parte: scrivi goto o outcome", "This branch leads nowhere: write goto or outcome")
	}
	if _, known := l.s.Step(step); step != "" && !known {
		l.add(at+".goto", "Nessun passo si chiama %q", "No step is called %q", step)
	}
	if _, known := l.s.Outcome(outcome); outcome != "" && !known {
		l.add(at+".outcome", "Nessun esito si chiama %q", "No outcome is called %q", outcome)
	}
}

func (l *linter) branches(at string, s Step) {
	follower := l.s.follower(s.ID)
	if len(s.Next) == 0 {
		leadsOn := func(o Option) bool { return o.Goto == "" && o.Outcome == "" }
		if follower == "" && (s.Kind != Ask || slices.ContainsFunc(s.Options, leadsOn)) {
			l.add(at+".id", "L'ultimo passo del file deve dire dove andare: aggiungi next", "The last step of the file must say where to go: add next")
		}
		return
	}
	for i, b := range s.Next {
		here := fmt.Sprintf("%s.next[%d]", at, i)
		last := i == len(s.Next)-1
		l.target(here, b.Goto, b.Outcome, true)
		if len(b.When) == 0 && !last {
			l.add(here, "Questa strada vale sempre: quelle sotto non verranno mai prese", "This branch always holds: those below are never taken")
		}
		if len(b.When) > 0 && last && follower == "" {
			l.add(here, "Se nessuna condizione vale non si sa dove andare: aggiungi in fondo una strada senza when", "When no condition holds there is nowhere to go: add a branch without when at the end")
		}
		for j, c := range b.When {
			l.condition(fmt.Sprintf("%s.when[%d]", here, j), c)
		}
	}
}

func (l *linter) condition(at string, c Condition) {
	operators := 0
	for _, set := range []bool{
		c.Is != "", c.IsNot != "", len(c.In) > 0, c.Has != "", c.Before != "", c.NotBefore != "", c.AtLeast != nil, c.Below != nil,
	} {
		if set {
			operators++
		}
	}
	if operators != 1 {
		l.add(at, "Scrivi un solo confronto tra is, is_not, in, has, before, not_before, at_least, below", "Write exactly one comparison of is, is_not, in, has, before, not_before, at_least, below")
	}
	for _, day := range []string{c.Before, c.NotBefore} {
		l.bound(at, day)
	}
	if (c.Answer == "") == (c.Fact == "") {
		l.add(at, "Scrivi answer oppure fact", "Write answer or fact, one of the two")
		return
	}
	var values []string
	if c.Fact != "" {
		kind, known := factTypes()[c.Fact]
		if !known {
			l.add(at+".fact", "Il fatto %q non esiste", "There is no fact %q", c.Fact)
		}
		values = kind.values
	} else {
		values = l.answerValues(at, c.Answer)
	}
	for _, v := range append(slices.Clone(c.In), c.Is, c.IsNot) {
		if v != "" && values != nil && !slices.Contains(values, v) {
			l.add(at, "%q non può mai valere: le risposte sono %v", "%q can never hold: the answers are %v", v, values)
		}
	}
}

// answerValues returns the closed list of values of an answer, nil when it is free.
func (l *linter) answerValues(at, id string) []string {
	if s, ok := l.s.Step(id); ok && s.Kind == Ask {
		var ids []string
		for _, o := range s.Options {
			ids = append(ids, o.ID)
		}
		return ids
	}
	f := l.fieldNamed(id)
	switch {
	case f == nil:
		l.add(at+".answer", "Nessuna domanda o campo si chiama %q", "No question or field is called %q", id)
	case f.Transient:
		l.add(at+".answer", "%q si dimentica: una strada non può dipenderne, dopo un'interruzione non si ritroverebbe", "%q is forgotten: no branch can depend on it, or it could not be found again after a crash", id)
	case f.Type == YesNoField:
		return []string{Yes, No}
	case f.Type == ChoiceField:
		var ids []string
		for _, c := range f.Choices {
			ids = append(ids, c.ID)
		}
		return ids
	}
	return nil
}

func (l *linter) field(at string, f Field) {
	if types := FieldTypes(); !slices.Contains(types, f.Type) {
		l.add(at+".type", "Il tipo di campo %q non esiste: scrivi uno di %v", "There is no type of field %q: write one of %v", f.Type, types)
		return
	}
	if f.Type == MoneyField && !f.Transient {
		l.add(at, "Un importo si usa e si dimentica: aggiungi transient: true", "An amount is used and forgotten: add transient: true")
	}
	if (f.Type == ChoiceField) != (len(f.Choices) > 0) {
		l.add(at, "choices va scritto per type: choice, e solo per quello", "choices goes with type: choice, and only with that")
	}
	if _, known := factTypes()[f.Prefill]; f.Prefill != "" && !known {
		l.add(at+".prefill", "Il fatto %q non esiste", "There is no fact %q", f.Prefill)
	}
	l.bound(at, f.NotBefore)
	l.bound(at, f.NotAfter)
	l.pattern(at, f)
}

func (l *linter) pattern(at string, f Field) {
	if f.Pattern == "" {
		return
	}
	if _, err := regexp.Compile(f.Pattern); err != nil {
		l.add(at+".pattern", "L'espressione non va: %v", "The expression will not do: %v", err)
		return
	}
	if !f.matches(f.Example) {
		l.add(at+".pattern", "Serve un example che vada bene per il pattern: %q non va", "An example that matches the pattern is needed: %q does not", f.Example)
	}
	if !f.Hint.Complete() {
		l.add(at+".pattern", "Serve un hint che dica come scrivere: lo si legge quando il formato non torna", "A hint that says how to write it is needed: it is what people read when the format is not right")
	}
}

func (l *linter) bound(at, day string) {
	if day == "" || day == string(Today) {
		return
	}
	if _, err := civil.Parse(day); err != nil {
		l.add(at, "%q non è un giorno: scrivi today o AAAA-MM-GG", "%q is no day: write today or YYYY-MM-DD", day)
	}
}
