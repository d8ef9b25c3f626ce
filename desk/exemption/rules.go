// Package exemption judges whether a citizen may have one of the exemptions from the health ticket that depend on age, work,
// pension and income (E01 to E04), by rules that are dated content (assets/rules/*.yaml): limits to the cent, who counts, norm,
// and the days between which each holds.
//
// A verdict has three lists, what fits, what does not, and what was not checked, and each line says why. An income is compared
// and forgotten: no text of a verdict contains one.
//
// Everything that checks or prints an exemption may import it; it imports the standard library and desk.
package exemption

import (
	"errors"
	"fmt"
	"time"

	"bottega/desk/bilingual"
	"bottega/desk/civil"
	"bottega/desk/money"
)

// ErrNoRules says that no rule set is in force on a day.
var ErrNoRules = errors.New("no rules are known for that day")

// RuleSet is the rules that are in force between two days.
type RuleSet struct {
	ID      string         `yaml:"id"`
	Version int            `yaml:"version"`
	Title   bilingual.Text `yaml:"title"`
	// From and To bound the days on which the set is used, both included; a zero To means "until further notice".
	From civil.Date `yaml:"from"`
	To   civil.Date `yaml:"to"`
	// Checked is the day on which somebody last held the whole set against the law.
	Checked civil.Date `yaml:"checked"`
	// YearEnds is the last day of the year of an exemption, as MM-DD.
	YearEnds string `yaml:"year_ends"`
	Rules    []Rule `yaml:"rules"`
}

// Rule is one exemption code.
type Rule struct {
	Code  string         `yaml:"code"`
	Title bilingual.Text `yaml:"title"`
	// Norm is the act the limits rest on, as Italian law is cited in any language.
	Norm string `yaml:"norm"`
	// From and To are the days between which the limits of this rule hold.
	From civil.Date `yaml:"from"`
	To   civil.Date `yaml:"to"`
	// Ages are ways to have the right age; one is enough. Whose says whose age counts for a dependant.
	Ages []AgeTest `yaml:"ages"`
	// Dependants says that those fiscally dependent on the person have the exemption too.
	Dependants bool `yaml:"dependants"`
	// Work and Pension are the situations that give the right, empty when they do not count.
	Work    []Work    `yaml:"work"`
	Pension []Pension `yaml:"pension"`
	// Registered asks for the registration at the job centre.
	Registered bool        `yaml:"registered"`
	Income     *IncomeTest `yaml:"income"`
	// NoExpiryFrom is the age from which the exemption does not expire, zero when it always does.
	NoExpiryFrom int `yaml:"no_expiry_from"`
	// Renewal says how an exemption that ends with the year goes on.
	Renewal bilingual.Text `yaml:"renewal"`
	// Declares is what the citizen states in a declaration for this code.
	Declares bilingual.Text `yaml:"declares"`
	// NotChecked is set when the desk does not judge this code, and says why.
	NotChecked bilingual.Text `yaml:"not_checked"`
}

// AgeTest holds for those younger than Below, or of at least AtLeast completed years.
type AgeTest struct {
	Below   int `yaml:"below"`
	AtLeast int `yaml:"at_least"`
}

// IncomeTest is a limit on the income of the tax household in the year before. Exactly one of AtMost (the limit itself is still
// good) and Below (it no longer is) is set.
type IncomeTest struct {
	AtMost money.Amount `yaml:"at_most"`
	Below  money.Amount `yaml:"below"`
	// WithSpouse takes the place of the limit when there is a spouse; PerChild is added for each dependent child.
	WithSpouse money.Amount `yaml:"with_spouse"`
	PerChild   money.Amount `yaml:"per_child"`
}

// Limit returns the limit for a household.
func (t IncomeTest) Limit(spouse bool, children int) money.Amount {
	limit := t.AtMost + t.Below
	if spouse && t.WithSpouse > 0 {
		limit = t.WithSpouse
	}
	return limit + money.Amount(children)*t.PerChild
}

// Within reports whether an income keeps to a limit of this test.
func (t IncomeTest) Within(income, limit money.Amount) bool {
	if t.AtMost > 0 {
		return income <= limit
	}
	return income < limit
}

// grows reports whether the limit depends on the household.
func (t IncomeTest) grows() bool { return t.WithSpouse > 0 || t.PerChild > 0 }

// InForce returns the set to judge by on a day; of several the one that began last.
func InForce(sets []RuleSet, on civil.Date) (RuleSet, error) {
	var best RuleSet
	for _, s := range sets {
		if covers(s.From, s.To, on) && (best.ID == "" || s.From.After(best.From)) {
			best = s
		}
	}
	if best.ID == "" {
		return RuleSet{}, fmt.Errorf("%s: %w", on, ErrNoRules)
	}
	return best, nil
}

func covers(from, to, day civil.Date) bool {
	return !day.Before(from) && (to.IsZero() || !day.After(to))
}

// Name returns "id/version", which is how a verdict remembers what it was judged by.
func (s RuleSet) Name() string { return fmt.Sprintf("%s/%d", s.ID, s.Version) }

// yearEnd returns the last day of the exemption year that a day is in.
func (s RuleSet) yearEnd(on civil.Date) civil.Date {
	t, err := time.Parse("01-02", s.YearEnds)
	if err != nil {
		return civil.Date{}
	}
	end := civil.Date{Year: on.Year, Month: t.Month(), Day: t.Day()}
	if end.Before(on) {
		end.Year++
	}
	return end
}

// Birthday returns the day on which somebody completes a number of years. Born on 29 February one does so on 1 March of a common
// year, as civil.Date.AgeOn counts.
func Birthday(born civil.Date, years int) civil.Date {
	day, err := civil.New(born.Year+years, born.Month, born.Day)
	if err != nil {
		return civil.Date{Year: born.Year + years, Month: time.March, Day: 1}
	}
	return day
}
