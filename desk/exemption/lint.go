package exemption

import (
	"fmt"
	"regexp"
	"time"

	"bottega/desk/bilingual"
	"bottega/desk/civil"
)

// Mistake is one thing wrong with a rule file: where ("$.rules[2].income"), and what to write instead.
type Mistake struct {
	At   string
	Text bilingual.Text
}

type linter struct{ mistakes []Mistake }

func (l *linter) add(at, it, en string, args ...any) {
	l.mistakes = append(l.mistakes, Mistake{At: at, Text: say(it, en, args...)})
}

// need reports a text that is missing in one of the languages.
func (l *linter) need(at, key string, t bilingual.Text) {
	if !t.Complete() {
		l.add(at+"."+key, "Il testo %q va scritto in italiano (it) e in inglese (en)", "The text %q is needed in Italian (it) and English (en)", key)
	}
}

var codeForm = regexp.MustCompile(`^[A-Z][0-9]{2}$`)

// Lint says everything that is wrong with a rule set.
func Lint(s RuleSet) []Mistake {
	l := &linter{}
	if s.ID == "" {
		l.add("$", "Manca l'id dell'insieme di regole", "The id of the rule set is missing")
	}
	if s.Version < 1 {
		l.add("$.version", "Manca la versione: scrivi un numero da 1 in su", "The version is missing: write a number from 1 up")
	}
	l.need("$", "title", s.Title)
	l.days("$", s.From, s.To)
	if s.Checked.IsZero() {
		l.add("$.checked", "Manca il giorno dell'ultimo controllo: scrivi AAAA-MM-GG", "The day of the last check is missing: write YYYY-MM-DD")
	}
	// 2023 is a common year: a year that ended on 29 February would end on no day at all three times out of four.
	if _, err := time.Parse("2006-01-02", "2023-"+s.YearEnds); err != nil {
		l.add("$.year_ends", "L'ultimo giorno dell'anno si scrive MM-GG, per esempio \"03-31\"", "The last day of the year is written MM-DD, for example \"03-31\"")
	}
	if len(s.Rules) == 0 {
		l.add("$.rules", "Non c'è nessuna regola", "There are no rules")
	}
	seen := map[string]bool{}
	for i, r := range s.Rules {
		at := fmt.Sprintf("$.rules[%d]", i)
		if !codeForm.MatchString(r.Code) {
			l.add(at+".code", "Il codice %q non va: una lettera e due cifre, per esempio E01", "The code %q will not do: a letter and two digits, for example E01", r.Code)
		}
		if seen[r.Code] {
			l.add(at+".code", "Il codice %s c'è due volte", "The code %s is there twice", r.Code)
		}
		seen[r.Code] = true
		l.rule(at, r)
	}
	return l.mistakes
}

func (l *linter) days(at string, from, to civil.Date) {
	if from.IsZero() {
		l.add(at+".from", "Manca il giorno da cui vale: scrivi from: AAAA-MM-GG", "The day from which it holds is missing: write from: YYYY-MM-DD")
	}
	if !to.IsZero() && to.Before(from) {
		l.add(at+".to", "L'ultimo giorno viene prima del primo", "The last day comes before the first")
	}
}

func (l *linter) rule(at string, r Rule) {
	l.need(at, "title", r.Title)
	l.days(at, r.From, r.To)
	if r.Norm == "" {
		l.add(at, "Manca la norma (norm)", "The norm is missing")
	}
	if !r.NotChecked.IsZero() {
		l.need(at, "not_checked", r.NotChecked)
		return
	}
	l.need(at, "declares", r.Declares)
	if !r.Renewal.IsZero() {
		l.need(at, "renewal", r.Renewal)
	}
	if len(r.Ages)+len(r.Work)+len(r.Pension) == 0 && r.Income == nil {
		l.add(at, "Questa regola non chiede niente: scrivi ages, work, pension o income", "This rule asks for nothing: write ages, work, pension or income")
	}
	for i, t := range r.Ages {
		if (t.Below > 0) == (t.AtLeast > 0) {
			l.add(fmt.Sprintf("%s.ages[%d]", at, i), "Scrivi below oppure at_least, uno dei due", "Write below or at_least, one of the two")
		}
	}
	for i, w := range r.Work {
		if w == "" || !oneOf(w, Working, LostJob, FirstJob, Retired, NoWork) {
			l.add(fmt.Sprintf("%s.work[%d]", at, i), "La situazione di lavoro %q non esiste", "There is no situation of work %q", w)
		}
	}
	for i, p := range r.Pension {
		if p == "" || !oneOf(p, Social, Minimum) {
			l.add(fmt.Sprintf("%s.pension[%d]", at, i), "Una regola può volere solo la pensione social o minimum, non %q", "A rule can only ask for a social or minimum pension, not for %q", p)
		}
	}
	l.income(at+".income", r.Income)
}

func (l *linter) income(at string, t *IncomeTest) {
	if t == nil {
		return
	}
	if (t.AtMost > 0) == (t.Below > 0) {
		l.add(at, "Scrivi at_most (il limite va ancora bene) oppure below (non va più), uno dei due", "Write at_most (the limit itself is still good) or below (it is not), one of the two")
	}
	if t.WithSpouse > 0 && t.WithSpouse < t.AtMost+t.Below {
		l.add(at+".with_spouse", "Il limite con il coniuge è più basso di quello senza", "The limit with a spouse is lower than the one without")
	}
}
