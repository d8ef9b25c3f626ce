package exemption

import (
	"errors"
	"fmt"

	"bottega/desk"
	"bottega/desk/bilingual"
	"bottega/desk/civil"
)

// ErrBadFact says that a fact cannot be what it was said to be.
var ErrBadFact = errors.New("a fact of the case cannot be right")

// Book is every rule set a desk has; it is the desk's judge.
type Book struct {
	Sets []RuleSet
}

var _ desk.Judge = Book{}

// Case judges facts by the set that is in force on a day.
func (b Book) Case(f Facts, on civil.Date) (Verdict, error) {
	rules, err := InForce(b.Sets, on)
	if err != nil {
		return Verdict{}, err
	}
	if problems := f.Check(on); len(problems) > 0 {
		return Verdict{}, fmt.Errorf("%s: %s: %w", problems[0].Fact, problems[0].Text.En, ErrBadFact)
	}
	return Judge(rules, f, on), nil
}

// Judge implements desk.Judge.
func (b Book) Judge(answers map[string]string, on civil.Date) (desk.Judgement, error) {
	f, err := FromAnswers(answers)
	if err != nil {
		return desk.Judgement{}, err
	}
	v, err := b.Case(f, on)
	if err != nil {
		return desk.Judgement{}, err
	}
	return v.Judgement(), nil
}

// Describe implements desk.Judge, by the newest set that knows the code.
func (b Book) Describe(code string) bilingual.Text {
	return b.newest(code).Title
}

// newest returns the rule for a code in the set that began last; its Code is empty when there is none.
func (b Book) newest(code string) Rule {
	var found Rule
	var since civil.Date
	for _, s := range b.Sets {
		for _, r := range s.Rules {
			if r.Code == code && (found.Code == "" || s.From.After(since)) {
				found, since = r, s.From
			}
		}
	}
	return found
}

// Judgement returns the verdict as the desk records and prints it.
func (v Verdict) Judgement() desk.Judgement {
	return desk.Judgement{Rules: v.Rules, Fits: judged(v.Fits), Fails: judged(v.Fails), NotChecked: judged(v.NotChecked)}
}

func judged(lines []Line) []desk.JudgedLine {
	out := make([]desk.JudgedLine, len(lines))
	for i, l := range lines {
		out[i] = desk.JudgedLine{Code: l.Code, Description: l.Title, Why: l.Why, Norm: l.Norm, From: l.From, ValidTo: l.ValidTo}
	}
	return out
}

// Declaration begins the declaration for a code with what the answers of a walk say: who declares what, for which income year,
// with which job centre and pension. Person, address and household are the caller's to add.
func (b Book) Declaration(code, lang string, answers map[string]string, on civil.Date) (desk.DeclarationFacts, error) {
	f, err := FromAnswers(answers)
	if err != nil {
		return desk.DeclarationFacts{}, err
	}
	rule := b.newest(code)
	facts := desk.DeclarationFacts{
		Code: code, Description: rule.Title.In(lang), Declares: rule.Declares.In(lang), IncomeYear: on.Year - 1,
		Role: "self", JobCentre: answers["job_centre"],
	}
	if f.Role == Child {
		facts.Role = "parent"
	}
	if len(rule.Pension) > 0 {
		facts.Pension = pensionWords(f.Pension).In(lang)
	}
	if err := facts.DIDDate.UnmarshalText([]byte(answers["did_date"])); err != nil {
		return desk.DeclarationFacts{}, fmt.Errorf("reading the answer did_date: %w", err)
	}
	return facts, nil
}
