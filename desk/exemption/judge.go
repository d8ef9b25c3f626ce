package exemption

import (
	"slices"

	"bottega/desk/bilingual"
	"bottega/desk/civil"
	"bottega/desk/money"
)

// Verdict is a judgement on one day. Every rule of the set is in exactly one of the lists.
type Verdict struct {
	// Rules names the set, as "id/version".
	Rules string
	On    civil.Date
	// IncomeYear is the year whose income was asked about.
	IncomeYear int
	Fits       []Line
	Fails      []Line
	NotChecked []Line
}

// Line is one code of a verdict.
type Line struct {
	Code  string
	Title bilingual.Text
	// Why says the facts and the limit in words, without any amount of income.
	Why  bilingual.Text
	Norm string
	// From is the day from which the limit is in force.
	From civil.Date
	// ValidTo is the day on which the exemption ends, for a line that fits: the end of the year, or the birthday that ends the
	// right. Zero when NoExpiry.
	ValidTo  civil.Date
	NoExpiry bool
	// Needs are the facts that would settle a line that was not checked.
	Needs []Fact
}

// answer is how one condition of a rule came out.
type answer int

const (
	holds answer = iota
	fails
	unknown
)

// finding is one condition of a rule, judged.
type finding struct {
	answer answer
	text   bilingual.Text
	needs  []Fact
}

// Judge holds the facts against every rule of the set. One condition that certainly fails settles a rule, whatever is not known.
func Judge(rules RuleSet, f Facts, on civil.Date) Verdict {
	if f.Role == "" {
		f.Role = Self
	}
	v := Verdict{Rules: rules.Name(), On: on, IncomeYear: on.Year - 1}
	for _, r := range rules.Rules {
		line := Line{Code: r.Code, Title: r.Title, Norm: r.Norm, From: r.From}
		switch out := r.judge(f, on); out.answer {
		case holds:
			line.ValidTo, line.NoExpiry = rules.validity(r, f, on)
			line.Why = join(out.text, until(line))
			if line.ValidTo == rules.yearEnd(on) {
				line.Why = join(line.Why, r.Renewal)
			}
			v.Fits = append(v.Fits, line)
		case fails:
			line.Why = out.text
			v.Fails = append(v.Fails, line)
		default:
			line.Why, line.Needs = out.text, out.needs
			v.NotChecked = append(v.NotChecked, line)
		}
	}
	return v
}

func (r Rule) judge(f Facts, on civil.Date) finding {
	if !r.NotChecked.IsZero() {
		return finding{answer: unknown, text: r.NotChecked}
	}
	if !covers(r.From, r.To, on) {
		return finding{answer: fails, text: notInForce(r, on)}
	}
	findings := []finding{r.age(f, on), r.work(f), r.pension(f), r.income(f, on.Year-1)}
	all := finding{answer: holds}
	if r.Dependants && f.Role != Self {
		all.text = ofMain()
	}
	for _, one := range findings {
		switch one.answer {
		case fails:
			one.text = join(all.text, one.text)
			return one
		case unknown:
			all.answer = unknown
			all.needs = append(all.needs, one.needs...)
		}
		all.text = join(all.text, one.text)
	}
	if all.answer == unknown {
		all.text = needed(all.needs)
	}
	return all
}

// age judges the age of the person, or, where dependants follow the person, of the one they depend on.
func (r Rule) age(f Facts, on civil.Date) finding {
	if len(r.Ages) == 0 {
		return finding{}
	}
	born, missing := f.BirthDate, FactBirthDate
	if r.Dependants {
		born, missing = f.main()
	}
	if born.IsZero() {
		return finding{answer: unknown, needs: []Fact{missing}}
	}
	age := born.AgeOn(on)
	for _, t := range r.Ages {
		if t.holds(age) {
			return finding{text: ageHolds(t, age)}
		}
	}
	return finding{answer: fails, text: ageFails(r.Ages, age)}
}

func (t AgeTest) holds(age int) bool {
	if t.Below > 0 {
		return age < t.Below
	}
	return age >= t.AtLeast
}

func (r Rule) work(f Facts) finding {
	switch {
	case len(r.Work) == 0:
		return finding{}
	case f.Work == "":
		return finding{answer: unknown, needs: []Fact{FactWork}}
	case !slices.Contains(r.Work, f.Work):
		return finding{answer: fails, text: workFails(f.Work, r.Work)}
	case !r.Registered:
		return finding{text: workHolds(f.Work)}
	case f.Registered == nil:
		return finding{answer: unknown, needs: []Fact{FactRegistered}}
	case !*f.Registered:
		return finding{answer: fails, text: notRegistered()}
	}
	return finding{text: join(workHolds(f.Work), registered())}
}

func (r Rule) pension(f Facts) finding {
	switch {
	case len(r.Pension) == 0:
		return finding{}
	case f.Pension == "":
		return finding{answer: unknown, needs: []Fact{FactPension}}
	case !slices.Contains(r.Pension, f.Pension):
		return finding{answer: fails, text: pensionFails(r.Pension)}
	}
	return finding{text: pensionHolds(f.Pension)}
}

func (r Rule) income(f Facts, year int) finding {
	if r.Income == nil {
		return finding{}
	}
	limit, needs := r.Income.limitFor(f)
	switch {
	case f.Income == nil:
		return finding{answer: unknown, needs: append([]Fact{FactIncome}, needs...)}
	case r.Income.Within(*f.Income, limit):
		// The household can only raise the limit: below the lowest one, nothing more has to be known.
		return finding{text: within(*r.Income, limit, year)}
	case len(needs) > 0:
		return finding{answer: unknown, needs: needs}
	}
	return finding{answer: fails, text: beyond(*r.Income, limit, year)}
}

// limitFor returns the limit for what is known of the household, and the facts that could still raise it.
func (t IncomeTest) limitFor(f Facts) (money.Amount, []Fact) {
	if !t.grows() {
		return t.Limit(false, 0), nil
	}
	var needs []Fact
	spouse, children := false, 0
	if f.Spouse == nil {
		needs = append(needs, FactSpouse)
	} else {
		spouse = *f.Spouse
	}
	if f.Children == nil {
		needs = append(needs, FactChildren)
	} else {
		children = *f.Children
	}
	return t.Limit(spouse, children), needs
}

// validity returns until when an exemption that fits holds.
func (s RuleSet) validity(r Rule, f Facts, on civil.Date) (to civil.Date, noExpiry bool) {
	if r.NoExpiryFrom > 0 && !f.BirthDate.IsZero() && f.BirthDate.AgeOn(on) >= r.NoExpiryFrom {
		return civil.Date{}, true
	}
	to = s.yearEnd(on)
	if !r.To.IsZero() && r.To.Before(to) {
		to = r.To
	}
	for _, t := range r.Ages {
		if t.Below > 0 && !f.BirthDate.IsZero() && t.holds(f.BirthDate.AgeOn(on)) {
			if birthday := Birthday(f.BirthDate, t.Below); birthday.Before(to) {
				to = birthday
			}
		}
	}
	return to, false
}

// Codes returns the codes of some lines.
func Codes(lines []Line) []string {
	codes := make([]string, 0, len(lines))
	for _, l := range lines {
		codes = append(codes, l.Code)
	}
	return codes
}
