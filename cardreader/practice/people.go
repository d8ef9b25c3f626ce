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

// Faults that a practice card can have from the start.
const (
	faultNoCertificate   = "no_certificate"
	faultNotPersonalised = "not_personalised"
)

// validYears is how long a health card lasts.
const validYears = 6

// issuerTuscany is field 1 of a card of Regione Toscana: a Region's (6), the Region's code (090).
const issuerTuscany = "6090"

// ErrUnknownProfile says that there is no practice card of that name.
var ErrUnknownProfile = errors.New("no such practice card")

// Profile is one practice card that a volunteer can pick: who is on it and what it is good for.
type Profile struct {
	// ID is the stable name, for command lines and tests.
	ID string
	// Holder is the invented person, Parent the ID of the profile of a minor's parent.
	Holder desk.Person
	Parent string
	// Number is EF_IDCarta; Issued and Expires are the card's days.
	Number          string
	Issued, Expires civil.Date
	// About says in a few words what the card shows, by language ("it", "en").
	About map[string]string

	key             int
	address, notes  string
	foreignInField  bool // a foreign birth state stands in its own field, as some issuers write it
	inclusiveTotal  bool // the data's total counts its own six characters, as the newest cards do
	missingHolder   bool // the data file was never written
	missingCertFile bool
}

// person is a profile as practice.json writes it. Days that must stay young are written as an age and a birthday.
type person struct {
	ID, Surname, Name, Sex, Parent, Serial, Fault, Address, Notes string

	Born      civil.Date
	Age       int
	Birthday  string
	Place     string `json:"birth_place"`
	State     string `json:"birth_state"`
	Residence string
	IssuedAgo int `json:"issued_days_ago"`
	Omocodia  int
	Inclusive bool
	About     map[string]string
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
	place := p.Place + p.State // one of the two is empty
	issued := today.AddDays(-p.IssuedAgo)
	number := issuerTuscany + p.Serial + "00"
	return Profile{
		ID: p.ID, Parent: p.Parent, About: p.About,
		Holder: desk.Person{
			Surname: p.Surname, Name: p.Name, Sex: p.Sex, BirthDate: born, BirthPlace: place, Residence: p.Residence,
			FiscalCode: omocodia(fiscalcode.Compose(p.Surname, p.Name, born, p.Sex, place), p.Omocodia),
		},
		Number: number + string(cardnumber.CheckDigit(number)),
		Issued: issued, Expires: yearsLater(issued, validYears).AddDays(-1),
		key: index, address: p.Address, notes: p.Notes, inclusiveTotal: p.Inclusive, foreignInField: p.State != "",
		missingHolder: p.Fault == faultNotPersonalised, missingCertFile: p.Fault == faultNoCertificate || p.Fault == faultNotPersonalised,
	}, nil
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

// personalFile returns the content of EF.DatiPersonali, padded to its size on every health card.
func (p Profile) personalFile() []byte {
	const size = 400
	file := make([]byte, size)
	if p.missingHolder {
		return file
	}
	h := p.Holder
	place, state := h.BirthPlace, ""
	if p.foreignInField {
		place, state = "", h.BirthPlace
	}
	var fields strings.Builder
	for _, value := range []string{
		issuerTuscany, ddmmyyyy(p.Issued), ddmmyyyy(p.Expires), h.Surname, h.Name, ddmmyyyy(h.BirthDate), h.Sex, "",
		h.FiscalCode, "", place, state, "", h.Residence, p.address, p.notes,
	} {
		fmt.Fprintf(&fields, "%02X%s", len(value), value)
	}
	total := fields.Len()
	if p.inclusiveTotal {
		total += 6
	}
	copy(file, fmt.Sprintf("%06X%s", total, fields.String()))
	return file
}

func ddmmyyyy(d civil.Date) string { return fmt.Sprintf("%02d%02d%04d", d.Day, int(d.Month), d.Year) }
