package exemption

import (
	"fmt"
	"slices"
	"strconv"

	"bottega/desk/bilingual"
	"bottega/desk/civil"
	"bottega/desk/money"
)

// Role is how the person for whom the exemption is asked stands in the household.
type Role string

// The roles. Of a dependant and of a child, work and pension are those of the person they depend on.
const (
	Self      Role = "self"
	Child     Role = "child"
	Dependant Role = "dependant"
)

// Work is how somebody stands with work.
type Work string

// The situations of work. A first-job seeker has lost no job, which is why E02 tells the two apart.
const (
	Working  Work = "working"
	LostJob  Work = "lost_job"
	FirstJob Work = "first_job"
	Retired  Work = "retired"
	NoWork   Work = "no_work"
)

// Pension is the kind of pension somebody has.
type Pension string

// The kinds of pension.
const (
	NoPension Pension = "none"
	Social    Pension = "social"
	Minimum   Pension = "minimum"
	Other     Pension = "other"
)

// Fact names one fact, as case files and services do.
type Fact string

// The facts.
const (
	FactBirthDate     Fact = "birth_date"
	FactRole          Fact = "role"
	FactMainBirthDate Fact = "main_birth_date"
	FactWork          Fact = "work"
	FactRegistered    Fact = "registered"
	FactPension       Fact = "pension"
	FactSpouse        Fact = "spouse"
	FactChildren      Fact = "children"
	FactIncome        Fact = "income"
)

// Facts is what is known of a case. Zero and nil mean "not known"; an unknown fact leaves unchecked what depends on it.
type Facts struct {
	// BirthDate is that of the person for whom the exemption is asked.
	BirthDate civil.Date `yaml:"birth_date"`
	Role      Role       `yaml:"role"`
	// MainBirthDate is that of the person a dependant or child depends on.
	MainBirthDate civil.Date `yaml:"main_birth_date"`
	Work          Work       `yaml:"work"`
	Registered    *bool      `yaml:"registered"`
	Pension       Pension    `yaml:"pension"`
	// Spouse: there is a spouse who is not legally separated. Children are those fiscally dependent.
	Spouse   *bool `yaml:"spouse"`
	Children *int  `yaml:"children"`
	// Income is that of the tax household in the year before.
	Income *money.Amount `yaml:"income"`
}

// MaxChildren is more than any household has; above it a slip of the finger is likelier.
const MaxChildren = 20

// Problem is one fact that cannot be.
type Problem struct {
	Fact Fact
	Text bilingual.Text
}

// Check says which facts cannot be, on the day of the judgement.
func (f Facts) Check(on civil.Date) []Problem {
	var problems []Problem
	wrong := func(fact Fact, it, en string) {
		problems = append(problems, Problem{Fact: fact, Text: bilingual.Text{It: it, En: en}})
	}
	if f.BirthDate.After(on) {
		wrong(FactBirthDate, "La data di nascita è nel futuro", "The birth date is in the future")
	}
	if f.MainBirthDate.After(on) {
		wrong(FactMainBirthDate, "La data di nascita è nel futuro", "The birth date is in the future")
	}
	if !oneOf(f.Role, Self, Child, Dependant) {
		wrong(FactRole, "role può essere self, child o dependant", "role is self, child or dependant")
	}
	if !oneOf(f.Work, Working, LostJob, FirstJob, Retired, NoWork) {
		wrong(FactWork, "work può essere working, lost_job, first_job, retired o no_work", "work is working, lost_job, first_job, retired or no_work")
	}
	if !oneOf(f.Pension, NoPension, Social, Minimum, Other) {
		wrong(FactPension, "pension può essere none, social, minimum o other", "pension is none, social, minimum or other")
	}
	if f.Children != nil && (*f.Children < 0 || *f.Children > MaxChildren) {
		wrong(FactChildren, fmt.Sprintf("I figli a carico vanno da 0 a %d", MaxChildren), fmt.Sprintf("Dependent children are 0 to %d", MaxChildren))
	}
	return problems
}

// oneOf accepts the unknown value too.
func oneOf[T ~string](v T, known ...T) bool { return v == "" || slices.Contains(known, v) }

// FromAnswers reads the facts out of the answers of a walk; the ids are the names of the facts. What was not answered stays
// unknown, what cannot be read is an error that names the fact and never repeats its value.
func FromAnswers(answers map[string]string) (Facts, error) {
	var f Facts
	f.Role = Role(answers[string(FactRole)])
	f.Work = Work(answers[string(FactWork)])
	f.Pension = Pension(answers[string(FactPension)])
	f.Registered = yesNo(answers[string(FactRegistered)])
	f.Spouse = yesNo(answers[string(FactSpouse)])
	dates := map[Fact]*civil.Date{FactBirthDate: &f.BirthDate, FactMainBirthDate: &f.MainBirthDate}
	for fact, into := range dates {
		if err := into.UnmarshalText([]byte(answers[string(fact)])); err != nil {
			return Facts{}, fmt.Errorf("reading the answer %s: %w", fact, civil.ErrInvalidDate)
		}
	}
	if v := answers[string(FactChildren)]; v != "" {
		n, err := strconv.Atoi(v)
		if err != nil {
			return Facts{}, fmt.Errorf("reading the answer %s: not a whole number", FactChildren)
		}
		f.Children = &n
	}
	if v := answers[string(FactIncome)]; v != "" {
		amount, err := money.Parse(v)
		if err != nil {
			return Facts{}, fmt.Errorf("reading the answer %s: %w", FactIncome, err)
		}
		f.Income = &amount
	}
	return f, nil
}

func yesNo(answer string) *bool {
	if answer != "yes" && answer != "no" {
		return nil
	}
	yes := answer == "yes"
	return &yes
}

// main returns the birth date of the person whose work and pension count.
func (f Facts) main() (born civil.Date, unknown Fact) {
	if f.Role == Self {
		return f.BirthDate, FactBirthDate
	}
	return f.MainBirthDate, FactMainBirthDate
}
