package practice

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"bottega/assets/cards"
	"bottega/desk"
	"bottega/desk/cardnumber"
	"bottega/desk/civil"
	"bottega/desk/fiscalcode"
)

// validYears is how long a health card lasts.
const validYears = 6

// issuerTuscany is field 1 of a card of Regione Toscana: a Region's (6), the Region's code (090).
const issuerTuscany = "6090"

// ErrUnknownProfile says that there is no practice card of that name.
var ErrUnknownProfile = errors.New("no such practice card")

// Group is what a practice card is there for. Profiles of a group stand together.
type Group string

// The groups, in the order of the list.
const (
	GroupPeople Group = "people" // cards in order, of people as they come to a desk
	GroupData   Group = "data"   // cards in order whose data are not as one expects
	GroupFault  Group = "fault"  // cards with something wrong
	GroupModel  Group = "model"  // the same card as other makers build it
	GroupOther  Group = "other"  // cards that are not a health card, or not its contacts
)

// Groups returns the closed set, in the order of the list.
func Groups() []Group { return []Group{GroupPeople, GroupData, GroupFault, GroupModel, GroupOther} }

// Profile is one practice card that a volunteer can pick: who is on it and what it is good for.
type Profile struct {
	// ID is the stable name, for command lines and tests.
	ID    string
	Group Group
	// Kind is what the card is, Model the make of chip, Fault what is wrong with it; empty for nothing.
	Kind         desk.CardKind
	Model, Fault string
	// Baud is how slow the card is; 0 for one that loses no time.
	Baud int
	// Holder is the invented person, as far as the card says it; Parent the ID of the profile of a minor's parent.
	Holder desk.Person
	Parent string
	// Number is EF_IDCarta; Issued and Expires are the card's days.
	Number          string
	Issued, Expires civil.Date
	// About says in a few words what the card shows, by language ("it", "en").
	About map[string]string

	chip           chip
	key            int
	issuer         string
	address, notes string
	bornOnCard     string // the birth date as the card writes it, where that is no day
	foreignInField bool   // a foreign birth state stands in its own field, as some issuers write it
	inclusiveTotal bool   // the data's total counts its own six characters, as the newest cards do
	compact        bool   // the height is left out altogether
	latin1         bool   // letters beyond ASCII are written as ISO 8859-1 and not as UTF-8
}

// person is a profile as practice.json writes it. Days that must stay young are written as an age and a birthday.
type person struct {
	ID, Surname, Name, Sex, Parent, Serial, Address, Notes string

	Group   Group
	Model   string
	Manners []string
	Fault   string
	Baud    int
	Issuer  string

	Born        civil.Date
	BornOnCard  string `json:"born_on_card"`
	Age         int
	Birthday    string
	Place       string `json:"birth_place"`
	State       string `json:"birth_state"`
	Residence   string
	IssuedAgo   int    `json:"issued_days_ago"`
	NameInCode  string `json:"surname_in_code"` // the surname that the fiscal code was made from
	Provisional bool
	Omocodia    int
	Inclusive   bool
	Compact     bool
	Latin1      bool `json:"latin1"`
	About       map[string]string
}

// Profiles returns the practice cards as they are on a day: ages and expiries are kept in step with it. The first is the one
// to start with.
func Profiles(today civil.Date) ([]Profile, error) {
	raw, err := cards.Files.ReadFile("practice.json")
	if err != nil {
		return nil, fmt.Errorf("practice cards: %w", err)
	}
	var people []person
	if err := json.Unmarshal(raw, &people); err != nil {
		return nil, fmt.Errorf("practice.json: %w", err)
	}
	profiles := make([]Profile, len(people))
	for i, p := range people {
		if profiles[i], err = p.profile(i, today); err != nil {
			return nil, fmt.Errorf("practice.json: %s: %w", p.ID, err)
		}
	}
	return profiles, nil
}

// Find returns the practice card with an ID, or the first one for an empty ID. ErrUnknownProfile names those there are.
func Find(id string, today civil.Date) (Profile, error) {
	profiles, err := Profiles(today)
	if err != nil {
		return Profile{}, err
	}
	names := make([]string, len(profiles))
	for i, p := range profiles {
		if p.ID == id || id == "" {
			return p, nil
		}
		names[i] = p.ID
	}
	return Profile{}, fmt.Errorf("%w: %q (there are %s)", ErrUnknownProfile, id, strings.Join(names, ", "))
}

func (p person) profile(index int, today civil.Date) (Profile, error) {
	born, err := p.birth(today)
	if err != nil {
		return Profile{}, err
	}
	if p.Model == "" {
		p.Model = defaultChip
	}
	model, err := p.chip()
	if err != nil {
		return Profile{}, err
	}
	issuer := p.Issuer
	if issuer == "" {
		issuer = issuerTuscany
	}
	place := p.Place + p.State // one of the two is empty
	issued := today.AddDays(-p.IssuedAgo)
	number := issuer + p.Serial + "00"
	profile := Profile{
		ID: p.ID, Group: p.Group, Kind: model.kind, Model: p.Model, Fault: p.Fault, Baud: p.Baud, Parent: p.Parent, About: p.About,
		Holder: desk.Person{
			Surname: p.Surname, Name: p.Name, Sex: p.Sex, BirthDate: born, BirthPlace: place, Residence: p.Residence,
			FiscalCode: p.fiscalCode(born, place),
		},
		Number: number + string(cardnumber.CheckDigit(number)),
		Issued: issued, Expires: yearsLater(issued, validYears).AddDays(-1),
		chip: model, key: index, issuer: issuer, address: p.Address, notes: p.Notes, bornOnCard: p.BornOnCard,
		inclusiveTotal: p.Inclusive, foreignInField: p.State != "", compact: p.Compact, latin1: p.Latin1,
	}
	if p.BornOnCard != "" {
		profile.Holder.BirthDate = civil.Date{}
	}
	return profile, nil
}

// chip returns the card's make with the manners that were chosen for it.
func (p person) chip() (chip, error) {
	model, known := chips()[p.Model]
	if !known {
		return chip{}, fmt.Errorf("no chip is called %q", p.Model)
	}
	for _, manner := range p.Manners {
		set, known := mannersByName[manner]
		if !known {
			return chip{}, fmt.Errorf("no manner is called %q", manner)
		}
		set(&model.manners)
	}
	return model, nil
}

// fiscalCode returns the person's code: the one that follows from the name, or a provisional one of eleven digits.
func (p person) fiscalCode(born civil.Date, place string) string {
	if p.Provisional {
		digits := "9" + p.Serial
		return digits + string(cardnumber.CheckDigit(digits))
	}
	surname := p.NameInCode
	if surname == "" {
		surname = p.Surname
	}
	return omocodia(fiscalcode.Compose(surname, p.Name, born, p.Sex, place), p.Omocodia)
}

func (p person) birth(today civil.Date) (civil.Date, error) {
	if p.Birthday == "" {
		return p.Born, nil
	}
	born, err := civil.Parse(fmt.Sprintf("%04d-%s", today.Year-p.Age, p.Birthday))
	if err == nil && born.AgeOn(today) < p.Age {
		born, err = civil.Parse(fmt.Sprintf("%04d-%s", today.Year-p.Age-1, p.Birthday))
	}
	return born, err
}

// yearsLater returns the same day of a later year, 1 March for a 29 February that has none.
func yearsLater(d civil.Date, years int) civil.Date {
	return civil.Of(time.Date(d.Year+years, d.Month, d.Day, 0, 0, 0, 0, time.UTC))
}

// omocodia turns the last n digits of a code into letters, as the tax agency does when two people would share one.
func omocodia(code string, n int) string {
	b := []byte(code)
	for i := len(b) - 2; i >= 0 && n > 0; i-- {
		if b[i] >= '0' && b[i] <= '9' {
			b[i] = "LMNPQRSTUV"[b[i]-'0']
			n--
		}
	}
	b[15] = fiscalcode.CheckLetter(string(b[:15]))
	return string(b)
}
