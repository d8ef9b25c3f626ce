package walk

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"bottega/desk/bilingual"
	"bottega/desk/civil"
)

// Problem is one thing wrong with a service file: where, and what to write instead.
type Problem struct {
	// At is a path into the file, as "$.steps[2].options[0].goto".
	At   string
	Text bilingual.Text
}

// linter gathers problems.
type linter struct {
	s        *Service
	problems []Problem
}

func (l *linter) add(at, it, en string, args ...any) {
	l.problems = append(l.problems, Problem{At: at, Text: bilingual.Text{It: fmt.Sprintf(it, args...), En: fmt.Sprintf(en, args...)}})
}

// Options and choices may have capitals: the codes of exemptions are E01 and not e01.
var (
	wellFormedID    = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	wellFormedValue = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)
)

// Lint says everything that is wrong with a service. A service without problems can be walked by anybody: every way ends in a
// named outcome, everything written in it can be reached, and no action is short of an answer. Dates are tried around today.
func Lint(s *Service, today civil.Date) []Problem {
	l := &linter{s: s}
	l.head()
	l.texts("$", reflect.ValueOf(*s))
	l.identities()
	for i, c := range s.Fallbacks {
		l.channel(fmt.Sprintf("$.fallbacks[%d]", i), c)
	}
	for i, step := range s.Steps {
		l.step(fmt.Sprintf("$.steps[%d]", i), step)
	}
	for i, o := range s.Outcomes {
		l.outcome(fmt.Sprintf("$.outcomes[%d]", i), o)
	}
	if len(l.problems) == 0 {
		l.ways(today)
	}
	return l.problems
}

func (l *linter) head() {
	s := l.s
	if !regexp.MustCompile(`^[a-z][a-z0-9-]*$`).MatchString(s.ID) {
		l.add("$.id", "L'id %q non va: scrivi lettere minuscole, cifre e trattini", "The id %q will not do: write lower-case letters, digits and hyphens", s.ID)
	}
	if s.Version < 1 {
		l.add("$.version", "Manca la versione: scrivi un numero da 1 in su", "The version is missing: write a number from 1 up")
	}
	if s.Checked.IsZero() {
		l.add("$.checked", "Manca il giorno dell'ultimo controllo: scrivi AAAA-MM-GG", "The day of the last check is missing: write YYYY-MM-DD")
	}
	if len(s.Steps) == 0 {
		l.add("$.steps", "Non c'è nessun passo", "There are no steps")
	}
	if len(s.Outcomes) == 0 {
		l.add("$.outcomes", "Non c'è nessun esito", "There are no outcomes")
	}
	for i, c := range s.Facilita.SE5 {
		if c < 1 || c > 13 {
			l.add(fmt.Sprintf("$.facilita.se5[%d]", i), "La competenza SE5 va da 1 a 13", "An SE5 competence is 1 to 13")
		}
	}
	for i, c := range s.Facilita.SE6 {
		if len(c) != 1 || c < "A" || c > "S" {
			l.add(fmt.Sprintf("$.facilita.se6[%d]", i), "L'ambito SE6 è una lettera da A a S", "An SE6 field is a letter from A to S")
		}
	}
	if s.Notice == nil && slices.ContainsFunc(s.Steps, func(st Step) bool { return st.Action == RequestActivation }) {
		l.add("$", "Manca l'informativa (notice): serve per chiedere un'attivazione", "The privacy notice is missing: an activation cannot be asked for without one")
	}
}

// optionalTexts may be left out altogether; every other text is needed, and each in both languages.
var optionalTexts = []string{"hint", "hours", "note"}

// texts looks at every text of the file.
func (l *linter) texts(at string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			l.texts(at, v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			l.texts(fmt.Sprintf("%s[%d]", at, i), v.Index(i))
		}
	case reflect.Struct:
		if t, ok := v.Interface().(bilingual.Text); ok {
			l.text(at, t)
			return
		}
		for i := range v.NumField() {
			if tag := v.Type().Field(i).Tag.Get("yaml"); tag != "" {
				l.texts(at+"."+tag, v.Field(i))
			}
		}
	}
}

func (l *linter) text(at string, t bilingual.Text) {
	key := at[strings.LastIndex(at, ".")+1:]
	switch {
	case t.IsZero() && slices.Contains(optionalTexts, key):
	case t.IsZero():
		l.add(at, "Manca il testo %q: scrivilo in italiano (it) e in inglese (en)", "The text %q is missing: write it in Italian (it) and English (en)", key)
	case strings.TrimSpace(t.It) == "":
		l.add(at, "Manca l'italiano (it) di %q", "The Italian (it) of %q is missing", key)
	case strings.TrimSpace(t.En) == "":
		l.add(at, "Manca l'inglese (en) di %q", "The English (en) of %q is missing", key)
	}
}

// identities looks for ids that are malformed or used twice. Steps and fields share one space: both name answers.
func (l *linter) identities() {
	answers, outcomes, channels := map[string]bool{}, map[string]bool{}, map[string]bool{}
	claim := func(seen map[string]bool, form *regexp.Regexp, at, id string) {
		switch {
		case !form.MatchString(id):
			l.add(at+".id", "L'id %q non va: scrivi lettere minuscole, cifre e _", "The id %q will not do: write lower-case letters, digits and _", id)
		case seen[id]:
			l.add(at+".id", "L'id %q è già usato: scegline un altro", "The id %q is already in use: choose another", id)
		case isFactKey(id):
			l.add(at+".id", "%q è il nome di un fatto: scegli un altro id", "%q is the name of a fact: choose another id", id)
		}
		seen[id] = true
	}
	for i, step := range l.s.Steps {
		at := fmt.Sprintf("$.steps[%d]", i)
		claim(answers, wellFormedID, at, step.ID)
		options := map[string]bool{}
		for j, o := range step.Options {
			claim(options, wellFormedValue, fmt.Sprintf("%s.options[%d]", at, j), o.ID)
		}
		for j, f := range step.Fields {
			claim(answers, wellFormedID, fmt.Sprintf("%s.fields[%d]", at, j), f.ID)
			choices := map[string]bool{}
			for k, c := range f.Choices {
				claim(choices, wellFormedValue, fmt.Sprintf("%s.fields[%d].choices[%d]", at, j, k), c.ID)
			}
		}
	}
	for i, o := range l.s.Outcomes {
		claim(outcomes, wellFormedID, fmt.Sprintf("$.outcomes[%d]", i), o.ID)
	}
	for i, c := range l.s.Fallbacks {
		claim(channels, wellFormedID, fmt.Sprintf("$.fallbacks[%d]", i), c.ID)
	}
}

var wellFormedPhone = regexp.MustCompile(`^\+?[0-9]+( [0-9]+)*$`)

func (l *linter) channel(at string, c Channel) {
	if c.Phone != "" && !wellFormedPhone.MatchString(c.Phone) {
		l.add(at+".phone", "Il numero %q non va: scrivi solo cifre e spazi", "The number %q will not do: write digits and spaces only", c.Phone)
	}
	if c.URL != "" {
		l.url(at+".url", c.URL)
	}
	if c.Phone == "" && c.URL == "" && c.Note.IsZero() {
		l.add(at, "Questo canale non dice come arrivarci: scrivi phone, url o note", "This channel does not say how to get there: write phone, url or note")
	}
	if c.Checked.IsZero() {
		l.add(at+".checked", "Manca il giorno dell'ultima verifica: scrivi AAAA-MM-GG", "The day it was last checked is missing: write YYYY-MM-DD")
	}
}

func (l *linter) url(at, url string) {
	if !strings.HasPrefix(url, "https://") || strings.ContainsAny(url, " \t") || len(url) <= len("https://") {
		l.add(at, "L'indirizzo %q non va: deve cominciare con https://", "The address %q will not do: it must begin with https://", url)
	}
}

func (l *linter) channels(at string, ids []string) {
	for i, id := range ids {
		if len(l.s.ChannelsNamed([]string{id})) == 0 {
			l.add(fmt.Sprintf("%s.channels[%d]", at, i), "Nessun canale si chiama %q tra i fallbacks", "No channel among the fallbacks is called %q", id)
		}
	}
}

func (l *linter) outcome(at string, o Outcome) {
	if !slices.Contains(Classes(), o.Class) {
		l.add(at+".class", "La classe %q non esiste: scrivi done, partly, sent o stopped", "There is no class %q: write done, partly, sent or stopped", o.Class)
	}
	l.channels(at, o.Channels)
	if o.FollowUp == nil {
		return
	}
	if !slices.Contains([]string{"activation", "exemption", "person"}, o.FollowUp.Kind) {
		l.add(at+".follow_up.kind", "Il tipo %q non esiste: scrivi activation, exemption o person", "There is no kind %q: write activation, exemption or person", o.FollowUp.Kind)
	}
	if o.FollowUp.Days < 1 {
		l.add(at+".follow_up.days", "Scrivi dopo quanti giorni, da 1 in su", "Write after how many days, from 1 up")
	}
}

// ways walks the whole service and says what cannot be reached, what leads nowhere, and which action is short of an answer.
func (l *linter) ways(today civil.Date) {
	x := explore(l.s, today)
	if x.tooBig {
		l.add("$.steps", "Il percorso ha troppi incroci per essere provato tutto: dividi il servizio in due", "The walk has too many ways to be tried: split the service in two")
		return
	}
	for i, step := range l.s.Steps {
		at := fmt.Sprintf("$.steps[%d]", i)
		if !x.steps[step.ID] {
			l.add(at+".id", "Nessuna strada porta al passo %q: toglilo, o fai puntare qui un goto", "No way leads to the step %q: remove it, or let a goto point here", step.ID)
		}
		if x.deadEnds[step.ID] {
			l.add(at+".id", "Dal passo %q si può restare senza uscita: manca una strada verso un esito", "From the step %q one can be left without a way out: a way to an outcome is missing", step.ID)
		}
		if x.baseless[step.ID] {
			l.add(at+".paper", "Su qualche strada il foglio %s non ha niente da dire: prima serve l'azione che racconta", "On some way the paper %s has nothing to say: the action it tells of must come first", step.Paper)
		}
		for _, need := range x.lacks[step.ID] {
			l.add(at+".action", "L'azione %s ha bisogno di %q, che su qualche strada non è stato chiesto: aggiungilo prima", "The action %s needs %q, which some way here does not ask: add it before", step.Action, need)
		}
	}
	for i, o := range l.s.Outcomes {
		if !x.outcomes[o.ID] && !o.Anytime {
			l.add(fmt.Sprintf("$.outcomes[%d].id", i), "Nessuna strada porta all'esito %q: toglilo, o segnalo anytime: true", "No way leads to the outcome %q: remove it, or mark it anytime: true", o.ID)
		}
	}
}
