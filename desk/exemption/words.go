package exemption

import (
	"fmt"
	"slices"
	"strings"

	"bottega/desk/bilingual"
	"bottega/desk/civil"
	"bottega/desk/money"
)

// The sentences of a verdict. None takes an income: only limits come in here.

func say(it, en string, args ...any) bilingual.Text {
	return bilingual.Text{It: fmt.Sprintf(it, args...), En: fmt.Sprintf(en, args...)}
}

func join(a, b bilingual.Text) bilingual.Text {
	switch {
	case a.IsZero():
		return b
	case b.IsZero():
		return a
	}
	return bilingual.Text{It: a.It + " " + b.It, En: a.En + " " + b.En}
}

func notInForce(r Rule, on civil.Date) bilingual.Text {
	if on.Before(r.From) {
		return say("Questa esenzione vale solo dal %s.", "This exemption holds only from %s.", r.From.Italian())
	}
	return say("Questa esenzione non vale più dal %s.", "This exemption no longer holds after %s.", r.To.Italian())
}

func ageHolds(t AgeTest, age int) bilingual.Text {
	if t.Below > 0 {
		return say("Non ha ancora compiuto %d anni.", "Not yet %d years old.", t.Below)
	}
	return say("Ha compiuto %d anni (ne ha %d).", "At least %d years old (%d).", t.AtLeast, age)
}

func ageFails(tests []AgeTest, age int) bilingual.Text {
	var it, en []string
	for _, t := range tests {
		if t.Below > 0 {
			it, en = append(it, fmt.Sprintf("meno di %d anni", t.Below)), append(en, fmt.Sprintf("under %d years of age", t.Below))
			continue
		}
		it, en = append(it, fmt.Sprintf("almeno %d anni compiuti", t.AtLeast)), append(en, fmt.Sprintf("at least %d years of age", t.AtLeast))
	}
	return bilingual.Text{
		It: fmt.Sprintf("Ha %d anni: servono %s.", age, strings.Join(it, " oppure ")),
		En: fmt.Sprintf("Age %d: it takes %s.", age, strings.Join(en, ", or ")),
	}
}

func workWords(w Work) bilingual.Text {
	return map[Work]bilingual.Text{
		Working:  {It: "lavora", En: "in work"},
		LostJob:  {It: "ha perso il lavoro", En: "has lost a job"},
		FirstJob: {It: "cerca il primo lavoro", En: "looking for a first job"},
		Retired:  {It: "è in pensione", En: "retired"},
		NoWork:   {It: "non lavora e non cerca lavoro", En: "neither in work nor looking for it"},
	}[w]
}

func workHolds(w Work) bilingual.Text {
	t := workWords(w)
	return say("Situazione di lavoro: %[1]s.", "Work: %[2]s.", t.It, t.En)
}

func workFails(w Work, wanted []Work) bilingual.Text {
	var it, en []string
	for _, other := range wanted {
		t := workWords(other)
		it, en = append(it, t.It), append(en, t.En)
	}
	return join(workHolds(w), say("Servirebbe: %[1]s.", "Needed instead: %[2]s.", strings.Join(it, ", oppure "), strings.Join(en, ", or ")))
}

func registered() bilingual.Text {
	return say("È iscritto al Centro per l'impiego.", "Registered at the job centre.")
}

func notRegistered() bilingual.Text {
	return say("Non è iscritto al Centro per l'impiego: serve l'iscrizione con la DID.", "Not registered at the job centre: the registration (DID) is needed.")
}

func pensionWords(p Pension) bilingual.Text {
	return map[Pension]bilingual.Text{
		Social:  {It: "pensione o assegno sociale", En: "social pension or allowance"},
		Minimum: {It: "pensione al minimo", En: "minimum pension"},
		Other:   {It: "un'altra pensione", En: "another pension"},
	}[p]
}

func pensionHolds(p Pension) bilingual.Text {
	t := pensionWords(p)
	return say("Ha la %[1]s.", "Has a %[2]s.", t.It, t.En)
}

func pensionFails(wanted []Pension) bilingual.Text {
	t := pensionWords(wanted[0])
	return say("Serve la %[1]s.", "It takes a %[2]s.", t.It, t.En)
}

func within(t IncomeTest, limit money.Amount, year int) bilingual.Text {
	if t.AtMost > 0 {
		return say("Il reddito %[1]d del nucleo non supera il limite di %[2]s euro.", "The household's %[1]d income does not exceed the limit of %[3]s euro.", year, limit, limit.English())
	}
	return say("Il reddito %[1]d del nucleo è sotto il limite di %[2]s euro.", "The household's %[1]d income is below the limit of %[3]s euro.", year, limit, limit.English())
}

func beyond(t IncomeTest, limit money.Amount, year int) bilingual.Text {
	if t.AtMost > 0 {
		return say("Il reddito %[1]d del nucleo è sopra il limite di %[2]s euro.", "The household's %[1]d income is above the limit of %[3]s euro.", year, limit, limit.English())
	}
	return say("Il reddito %[1]d del nucleo non è sotto il limite di %[2]s euro.", "The household's %[1]d income is not below the limit of %[3]s euro.", year, limit, limit.English())
}

// Words returns the name of a fact as people say it.
func (f Fact) Words() bilingual.Text {
	return map[Fact]bilingual.Text{
		FactBirthDate:     {It: "la data di nascita", En: "the birth date"},
		FactRole:          {It: "per chi è l'esenzione", En: "whom the exemption is for"},
		FactMainBirthDate: {It: "la data di nascita della persona di cui è a carico", En: "the birth date of the person depended on"},
		FactWork:          {It: "la situazione di lavoro", En: "the situation of work"},
		FactRegistered:    {It: "se è iscritto al Centro per l'impiego", En: "whether registered at the job centre"},
		FactPension:       {It: "che pensione ha", En: "which pension, if any"},
		FactSpouse:        {It: "se c'è il coniuge", En: "whether there is a spouse"},
		FactChildren:      {It: "quanti figli a carico", En: "how many dependent children"},
		FactIncome:        {It: "il reddito del nucleo dell'anno scorso", En: "last year's income of the household"},
	}[f]
}

func until(l Line) bilingual.Text {
	if l.NoExpiry {
		return say("Una volta riconosciuta non scade, finché reddito e situazione non cambiano.", "Once granted it does not expire, as long as income and situation stay the same.")
	}
	return say("Una volta riconosciuta vale fino al %[1]s.", "Once granted it holds until %[1]s.", l.ValidTo.Italian())
}

// ofMain says whose facts a sentence is about, when they are not those of the person the exemption is for.
func ofMain() bilingual.Text {
	return say("Conta la persona di cui è a carico.", "What counts is the person depended on.")
}

func needed(facts []Fact) bilingual.Text {
	var it, en []string
	for _, f := range slices.Compact(facts) {
		it, en = append(it, f.Words().It), append(en, f.Words().En)
	}
	return bilingual.Text{
		It: "Manca " + strings.Join(it, ", ") + ".",
		En: "Missing: " + strings.Join(en, ", ") + ".",
	}
}
