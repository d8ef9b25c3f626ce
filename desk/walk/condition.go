package walk

import (
	"slices"
	"strconv"
	"strings"

	"bottega/desk/civil"
)

// Condition compares one answer or one fact with values written in the file. Exactly one comparison is set. Over something that
// is not known no condition holds, not even is_not: the branch without conditions is there for that.
type Condition struct {
	Answer string `yaml:"answer"`
	Fact   Fact   `yaml:"fact"`

	Is    string   `yaml:"is"`
	IsNot string   `yaml:"is_not"`
	In    []string `yaml:"in"`
	// Has looks for one value in a fact that is a list.
	Has string `yaml:"has"`
	// Before and NotBefore compare dates with a day or with the word today.
	Before    string `yaml:"before"`
	NotBefore string `yaml:"not_before"`
	// AtLeast and Below compare numbers.
	AtLeast *int `yaml:"at_least"`
	Below   *int `yaml:"below"`
}

// lookup is what a condition may see, and remembers which facts it saw.
type lookup struct {
	answers map[string]string
	facts   Facts
	seen    Facts
}

func (l *lookup) fact(f Fact) string {
	v := l.facts[f]
	if v != "" {
		l.seen[f] = v
	}
	return v
}

func (c Condition) holds(l *lookup) bool {
	value := l.answers[c.Answer]
	if c.Fact != "" {
		value = l.fact(c.Fact)
	}
	if value == "" {
		return false
	}
	switch {
	case c.Is != "":
		return value == c.Is
	case c.IsNot != "":
		return value != c.IsNot
	case len(c.In) > 0:
		return slices.Contains(c.In, value)
	case c.Has != "":
		return slices.Contains(strings.Split(value, ","), c.Has)
	case c.Before != "":
		day, limit, ok := l.days(value, c.Before)
		return ok && day.Before(limit)
	case c.NotBefore != "":
		day, limit, ok := l.days(value, c.NotBefore)
		return ok && !day.Before(limit)
	case c.AtLeast != nil:
		n, err := strconv.Atoi(value)
		return err == nil && n >= *c.AtLeast
	case c.Below != nil:
		n, err := strconv.Atoi(value)
		return err == nil && n < *c.Below
	}
	return false
}

// all reports whether every condition holds.
func (l *lookup) all(conditions []Condition) bool {
	return !slices.ContainsFunc(conditions, func(c Condition) bool { return !c.holds(l) })
}

func (l *lookup) days(value, limit string) (day, bound civil.Date, ok bool) {
	if limit == string(Today) {
		limit = l.fact(Today)
	}
	day, err := civil.Parse(value)
	if err != nil {
		return day, bound, false
	}
	bound, err = civil.Parse(limit)
	return day, bound, err == nil
}

// take returns where the first branch that holds leads; a step without a branch that holds leads to the step below.
func take(branches []Branch, l *lookup) (step, outcome string) {
	for _, b := range branches {
		if l.all(b.When) {
			return b.Goto, b.Outcome
		}
	}
	return "", ""
}
