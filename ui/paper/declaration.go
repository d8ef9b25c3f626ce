package paper

import (
	"slices"
	"strconv"

	"bottega/desk"
)

// declaration writes the self-certification for signature, with everything that is not known left as a dotted line.
func (b *builder) declaration() ([]Block, error) {
	f := b.paper.Declaration
	if f == nil {
		return nil, ErrNoFacts
	}
	blocks := []Block{Paragraph{Text: b.say("declaration.subtitle"), Tone: Strong}}
	if b.lang == "en" {
		blocks = append(blocks, Banner{Text: b.say("declaration.english")})
	}
	blocks = append(blocks,
		Paragraph{Text: b.say("declaration.to")},
		Heading{Text: b.say("declaration.beneficiary")},
		Facts{Rows: b.beneficiary(*f)},
	)
	blocks = append(blocks, b.signer(*f)...)
	blocks = append(blocks,
		Notice{Title: b.say("declaration.warning.title"), Texts: b.list("declaration.warning"), Grave: true},
		Together{Blocks: []Block{
			Heading{Text: b.say("declaration.declares")},
			Paragraph{Text: b.say("declaration.aware")},
			Facts{Rows: b.declared(*f)},
		}},
		Heading{Text: b.say("declaration.household")},
		Paragraph{Text: b.say("declaration.household_note"), Introduces: true},
		b.household(f.Household),
		b.closing(*f),
	)
	return blocks, nil
}

// person are the facts that a form asks of anybody.
func (b *builder) person(p desk.Person, birthPlace string) []Fact {
	place := Fact{Label: b.say("declaration.birth_place"), Value: birthPlace}
	if birthPlace == "" && p.BirthPlace != "" {
		place.After = "(" + p.BirthPlace + ")"
	}
	return []Fact{
		{Label: b.say("declaration.surname"), Value: p.Surname},
		{Label: b.say("declaration.name"), Value: p.Name},
		{Label: b.say("common.fiscal_code"), Value: p.FiscalCode, Look: LookCode},
		{Label: b.say("common.born"), Value: b.date(p.BirthDate)},
		place,
	}
}

func (b *builder) beneficiary(f desk.DeclarationFacts) []Fact {
	return append(b.person(f.Beneficiary, f.BirthPlace),
		Fact{Label: b.say("declaration.address"), Value: f.Address},
		Fact{Label: b.say("declaration.phone"), Value: f.Phone},
		Fact{Label: b.say("declaration.email"), Value: f.Email},
	)
}

// signer is the choice of who signs; all choices are printed, as on the forms that offices know.
func (b *builder) signer(f desk.DeclarationFacts) []Block {
	var choices Checks
	choices.Title = b.say("declaration.role")
	for _, role := range []string{"self", "parent", "guardian", "curator", "relative"} {
		mark := MarkOpen
		if role == f.Role {
			mark = MarkTicked
		}
		choices.Items = append(choices.Items, Check{Mark: mark, Title: b.say("declaration.role." + role)})
	}
	blocks := []Block{choices}
	if f.Role == "self" {
		return blocks
	}
	var declarant desk.Person
	if f.Declarant != nil {
		declarant = *f.Declarant
	}
	return append(blocks, Together{Blocks: []Block{
		Heading{Text: b.say("declaration.declarant")},
		Facts{Rows: b.person(declarant, "")},
	}})
}

// Codes that ask for a fact of their own (domain: E02 and E90, E92 rest on the availability declared to a job centre, E03 and
// E04 on a pension).
var (
	jobCentreCodes = []string{"E02", "E90", "E92"}
	pensionCodes   = []string{"E03", "E04"}
)

func (b *builder) declared(f desk.DeclarationFacts) []Fact {
	year := ""
	if f.IncomeYear > 0 {
		year = strconv.Itoa(f.IncomeYear)
	}
	rows := []Fact{
		{Label: b.say("declaration.right"), Value: f.Code, Look: LookBig, After: f.Description},
		{Label: b.say("declaration.statement"), Value: f.Declares},
		{Label: b.say("declaration.year"), Value: year},
	}
	if f.JobCentre != "" || !f.DIDDate.IsZero() || slices.Contains(jobCentreCodes, f.Code) {
		rows = append(rows,
			Fact{Label: b.say("declaration.job_centre"), Value: f.JobCentre},
			Fact{Label: b.say("declaration.did_date"), Value: b.date(f.DIDDate)})
	}
	if f.Pension != "" || slices.Contains(pensionCodes, f.Code) {
		rows = append(rows, Fact{Label: b.say("declaration.pension"), Value: f.Pension})
	}
	return rows
}

// The household table has room for this many people, written by hand where fewer are known; in large print a row takes a
// quarter of a page, and empty ones are left to a second form.
const (
	leastRows      = 4
	leastRowsLarge = 1
)

func (b *builder) household(members []desk.HouseholdMember) Table {
	t := Table{Columns: []Column{
		{Title: b.say("declaration.col.name"), Weight: 30},
		{Title: b.say("declaration.col.code"), Weight: 29, Look: LookCode},
		{Title: b.say("declaration.col.born"), Weight: 18, Short: true},
		{Title: b.say("declaration.col.spouse"), Weight: 12, Centre: true, Short: true},
		{Title: b.say("declaration.col.dependant"), Weight: 15, Centre: true, Short: true},
	}}
	yesNo := func(yes bool) string {
		if yes {
			return b.say("declaration.yes")
		}
		return b.say("declaration.no")
	}
	for _, m := range members {
		t.Rows = append(t.Rows, []string{
			b.name(m.Person), m.Person.FiscalCode, m.Person.BirthDate.Italian(), yesNo(m.Spouse), yesNo(m.Dependant),
		})
	}
	least := leastRows
	if b.paper.Large {
		least = leastRowsLarge
	}
	for len(t.Rows) < least {
		t.Rows = append(t.Rows, make([]string, len(t.Columns)))
	}
	return t
}

// closing is what is signed, on one page with the line to sign on.
func (b *builder) closing(f desk.DeclarationFacts) Block {
	labels := []string{b.say("declaration.place_date"), b.say("declaration.signature")}
	if f.Role == "curator" {
		labels = append(labels, b.say("declaration.signature_curator"))
	}
	return Together{Blocks: []Block{
		Heading{Text: b.say("declaration.undertakes")},
		Bullets{Items: b.list("declaration.undertake")},
		Heading{Text: b.say("declaration.sign")},
		Paragraph{Text: b.say("declaration.privacy")},
		Paragraph{Text: b.say("declaration.attach")},
		Signature{Labels: labels},
	}}
}
