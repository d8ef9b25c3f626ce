package paper

import (
	"fmt"
	"strings"
	"time"

	"bottega/desk"
	"bottega/desk/civil"
	"bottega/desk/guard"
)

// This file holds what several kinds of paper ask of their facts.

func day(t time.Time) civil.Date { return civil.Of(t) }

func nonEmpty(list ...string) []string {
	var out []string
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// unbroken keeps a number on one line.
func unbroken(s string) string { return strings.ReplaceAll(s, " ", "\u00a0") }

// code is a fact to be compared character by character.
func (b *builder) code(label, value string) Fact {
	if strings.TrimSpace(value) == "" {
		return Fact{Label: b.say(label), Value: b.say("common.missing")}
	}
	return Fact{Label: b.say(label), Value: value, Look: LookCode}
}

func joined(by string, list ...string) string { return strings.Join(nonEmpty(list...), by) }

// place is where the paper was made: the municipality only where the name of the site does not say it already.
func (b *builder) place() []string {
	site := b.paper.Site
	if strings.Contains(strings.ToLower(site.Name), strings.ToLower(site.Municipality)) {
		return nonEmpty(site.Name)
	}
	return nonEmpty(site.Name, site.Municipality)
}

// holder are the facts that name a person on a paper.
func (b *builder) holder(p desk.Person) []Fact {
	rows := []Fact{
		{Label: b.say("common.holder"), Value: b.or(b.name(p))},
		b.code("common.fiscal_code", p.FiscalCode),
	}
	if !p.BirthDate.IsZero() {
		rows = append(rows, Fact{Label: b.say("common.born"), Value: b.date(p.BirthDate)})
	}
	return rows
}

// validity says from when to when an exemption holds.
func (b *builder) validity(e desk.RegisteredExemption) string {
	from, to := b.date(e.ValidFrom), b.date(e.ValidTo)
	switch {
	case from != "" && to != "":
		return b.say("certificate.from_to", "from", from, "to", to)
	case to != "":
		return b.say("certificate.to", "to", to)
	case from != "":
		return b.say("certificate.from_open", "from", from)
	}
	return b.say("certificate.open")
}

// moment writes a day and the time of day, in the zone of the desk that recorded it.
func (b *builder) moment(t time.Time) string {
	if t.IsZero() {
		return b.say("common.missing")
	}
	return b.say("receipt.at", "date", b.date(day(t)), "time", t.Format("15:04"))
}

// refuseSecrets looks at every text of a paper but the signature, which is made of letters by chance.
func refuseSecrets(p desk.Paper) error {
	return eachText(p, func(field, text string) error {
		if field != "token" && guard.NamesSecret(text) != guard.Nothing {
			return fmt.Errorf("%s: %w", field, ErrSecret)
		}
		return nil
	})
}
