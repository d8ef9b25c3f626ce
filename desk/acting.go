package desk

import (
	"errors"
	"fmt"
	"maps"

	"bottega/desk/cardnumber"
	"bottega/desk/civil"
	"bottega/desk/fiscalcode"
	"bottega/desk/walk"
)

// ErrNoCard says that a step needs the card in the reader, and it is not there or cannot be read.
var ErrNoCard = errors.New("there is no card to read in the reader")

// ErrNobodyNamed says that a request needs to know who it is for: the card in the reader, or name and fiscal code typed.
var ErrNobodyNamed = errors.New("the visit does not know yet who it is about")

// ErrCardNumber says that the number of the card cannot be right.
var ErrCardNumber = errors.New("the number of the card is not right")

// ErrNoRules says that the desk has no exemption rules to judge by.
var ErrNoRules = errors.New("there are no exemption rules on this desk")

// act is what an action of a walk has to work with.
type act struct {
	walk    string
	service *walk.Service
	visit   *Visit
	answers map[string]string
	moment  Moment
}

func merged(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// do returns the facts that a step adds to the journal. The caller holds d.mu.
func (d *Desk) do(step walk.Step, a act, run *walk.Run, kept map[string]string) ([]Payload, error) {
	if step.Kind == walk.Card {
		return cardStep(a), nil
	}
	if step.Kind != walk.Act {
		return nil, nil
	}
	if before, done := run.Before(); done && maps.Equal(before, kept) {
		return nil, nil
	}
	action, ok := map[walk.Action]func(act) ([]Payload, error){
		walk.RequestActivation: requestActivation,
		walk.RecordEnvelope:    recordEnvelope,
		walk.GiveReader:        giveReader,
		walk.TestCard:          testCard,
		walk.TestPIN:           noFact,
		walk.ChangePIN:         noFact,
		walk.NameHolder:        d.nameHolder,
		walk.CheckExemption:    d.checkExemption,
		walk.RequestExemption:  requestExemption,
	}[step.Action]
	if !ok {
		return nil, fmt.Errorf("step %s asks for %q, which this program cannot do", step.ID, step.Action)
	}
	return action(a)
}

// cardStep keeps a card that is seen for the first time in this visit, and names the visit after it if nobody was named.
func cardStep(a act) []Payload {
	c := a.moment.Card
	if c == nil || (a.visit.Card != nil && a.visit.Card.Number == c.Number) {
		return nil
	}
	return seen(a.visit, c)
}

func seen(v *Visit, c *Card) []Payload {
	payloads := []Payload{cardRead(c)}
	if v.Person.IsZero() {
		payloads = append(payloads, &VisitNamed{Naming: NamedByCard, Person: c.Holder})
	}
	return payloads
}

func testCard(a act) ([]Payload, error) {
	if a.moment.Card == nil {
		return nil, ErrNoCard
	}
	return seen(a.visit, a.moment.Card), nil
}

func requestActivation(a act) ([]Payload, error) {
	expires, err := civil.Parse(a.answers[walk.AnswerDocumentExpiry])
	if err != nil {
		return nil, fmt.Errorf("expiry of the identity document: %w", err)
	}
	number, err := cardnumber.Parse(a.answers[walk.AnswerCardNumber])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCardNumber, err)
	}
	holder := a.visit.Person
	if c := a.visit.Card; c != nil && c.Number == number {
		holder = c.Holder
	}
	if holder.FiscalCode == "" {
		return nil, ErrNobodyNamed
	}
	notice := ""
	if a.service.Notice != nil {
		notice = a.service.Notice.Version
	}
	return []Payload{&ActivationRequested{
		Walk: a.walk, CardNumber: number, Holder: holder,
		Presence: Presence(a.answers[walk.AnswerPresence]),
		Document: Document{
			Kind: a.answers[walk.AnswerDocumentKind], Number: a.answers[walk.AnswerDocumentNumber], Expires: expires,
		},
		Delegate: a.answers[walk.AnswerDelegate], Notice: notice,
	}}, nil
}

// noFact is for steps whose facts were recorded while the page was open: a PIN that the card took must not wait for a key.
func noFact(act) ([]Payload, error) { return nil, nil }

// nameHolder names the visit after the holder of a card that no chip speaks for.
func (d *Desk) nameHolder(a act) ([]Payload, error) {
	person := TypedPerson(
		a.answers[walk.AnswerFiscalCode], a.answers[walk.AnswerSurname], a.answers[walk.AnswerGivenName], civil.Of(d.p.Clock.Now()),
	)
	return []Payload{&VisitNamed{Naming: NamedByHand, Person: person}}, nil
}

// TypedPerson is a person as a hand or a scanner typed one; what the fiscal code says besides (birth date, sex, birth place) is
// taken from it.
func TypedPerson(code, surname, name string, today civil.Date) Person {
	p := Person{Surname: surname, Name: name, FiscalCode: fiscalcode.Normalise(code)}
	if born, sex, err := fiscalcode.Birth(p.FiscalCode, today); err == nil {
		p.BirthDate, p.Sex, p.BirthPlace = born, sex, fiscalcode.BirthPlace(p.FiscalCode)
	}
	return p
}

// Retyped is a person whose code or names were typed again. What another code says besides is taken from it, as TypedPerson does;
// where it says nothing, as a provisional one, what was known before stays.
func Retyped(was Person, code, surname, name string, today civil.Date) Person {
	right := was
	right.Surname, right.Name, right.FiscalCode = surname, name, fiscalcode.Normalise(code)
	if typed := TypedPerson(code, surname, name, today); typed.FiscalCode != was.FiscalCode && !typed.BirthDate.IsZero() {
		right.BirthDate, right.Sex, right.BirthPlace = typed.BirthDate, typed.Sex, typed.BirthPlace
	}
	return right
}

func recordEnvelope(a act) ([]Payload, error) {
	return []Payload{&EnvelopeRecorded{Number: a.answers[walk.AnswerEnvelope]}}, nil
}

func giveReader(a act) ([]Payload, error) {
	return []Payload{&HandoutGiven{Serial: a.answers[walk.AnswerSerial]}}, nil
}

// checkExemption judges the answers, incomes among them, and keeps the verdict alone.
func (d *Desk) checkExemption(a act) ([]Payload, error) {
	if d.Catalogue().Exemptions == nil {
		return nil, ErrNoRules
	}
	j, err := d.Catalogue().Exemptions.Judge(a.answers, civil.Of(d.p.Clock.Now()))
	if err != nil {
		return nil, fmt.Errorf("judging the exemption: %w", err)
	}
	return []Payload{&ExemptionChecked{Walk: a.walk, Judgement: j}}, nil
}

func requestExemption(a act) ([]Payload, error) {
	if a.visit.Person.FiscalCode == "" {
		return nil, ErrNobodyNamed
	}
	return []Payload{&ExemptionRequested{Walk: a.walk, Person: a.visit.Person, Code: a.answers[walk.AnswerCode]}}, nil
}
