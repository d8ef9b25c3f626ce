package desk

import (
	"bottega/desk/bilingual"
	"bottega/desk/civil"
	"bottega/desk/walk"
)

// Catalogue is the content a desk works with: the services it can walk and the rules it judges exemptions by.
type Catalogue struct {
	Services []*walk.Service
	// Exemptions may be nil; a check is then refused with ErrNoRules.
	Exemptions Judge
}

// Judge weighs exemptions. The rules lie in content files; a judge forgets the incomes it was shown.
type Judge interface {
	// Judge weighs the answers of a walk (the ids of desk/walk's answers, dates as YYYY-MM-DD, money as 8.263,31) on a day.
	Judge(answers map[string]string, on civil.Date) (Judgement, error)
	// Describe says in plain words what a code means; empty when it is not known.
	Describe(code string) bilingual.Text
	// Declaration begins the self-certification for a code with what the answers of a walk say of it; who signs is not its to know.
	Declaration(code, lang string, answers map[string]string, on civil.Date) (DeclarationFacts, error)
}

// Judgement is a verdict in three lists.
type Judgement struct {
	// Rules names the rule set and its version.
	Rules      string       `json:"rules"`
	Fits       []JudgedLine `json:"fits"`
	Fails      []JudgedLine `json:"fails"`
	NotChecked []JudgedLine `json:"not_checked"`
}

// JudgedLine is one exemption in a verdict: the fact it rests on, the limit, the norm and the day they hold from. No amount of
// anybody's income is in it.
type JudgedLine struct {
	Code        string         `json:"code"`
	Description bilingual.Text `json:"description"`
	Why         bilingual.Text `json:"why"`
	Norm        string         `json:"norm"`
	// From is the day the rule is in force from; ValidTo the day the exemption would end, zero where it does not.
	From    civil.Date `json:"from,omitzero"`
	ValidTo civil.Date `json:"valid_to,omitzero"`
}

// Service returns a service by its ID.
func (c Catalogue) Service(id string) (*walk.Service, bool) {
	for _, s := range c.Services {
		if s.ID == id {
			return s, true
		}
	}
	return nil, false
}

// describe says what a code means in a language, or just names the code.
func (c Catalogue) describe(code, lang string) string {
	if c.Exemptions != nil {
		if t := c.Exemptions.Describe(code); !t.IsZero() {
			return t.In(lang)
		}
	}
	return code
}

// lines puts a list of a verdict into the language of a paper.
func lines(judged []JudgedLine, lang string) []VerdictLine {
	out := make([]VerdictLine, len(judged))
	for i, j := range judged {
		out[i] = VerdictLine{Code: j.Code, Description: j.Description.In(lang), Why: j.Why.In(lang), Norm: j.Norm, From: j.From}
	}
	return out
}
