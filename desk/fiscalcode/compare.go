package fiscalcode

import (
	"slices"

	"bottega/desk/civil"
)

// Difference is a group of a code's characters that is not what the person's data give. None of them proves a code wrong: names
// are changed or cut, and codes that the tax agency assigned win over the rules by which they are made.
type Difference string

// The differences, in the order of the characters.
const (
	DifferentName  Difference = "name"  // characters 1 to 6: surname and name
	DifferentBirth Difference = "birth" // 7 to 11: birth date and sex
	DifferentPlace Difference = "place" // 12 to 15: where
)

// Described is what a document says of a person. What is empty is not compared.
type Described struct {
	Surname, Name string
	Born          civil.Date
	// Sex is "M" or "F".
	Sex string
	// Places are the cadastral codes that may be the birth place's: documents have two fields for it, and differ in which they use.
	Places []string
}

// Compare tells in what a right code differs from a person's data, with omocodia undone. A code that is not right, and a
// provisional one, which says nothing of its holder, differ in nothing.
func Compare(code string, d Described) []Difference {
	if Check(code) != nil {
		return nil
	}
	plain, _ := undoOmocodia(code)
	var found []Difference
	if differs(plain[:3], d.Surname, SurnameLetters) || differs(plain[3:6], d.Name, NameLetters) {
		found = append(found, DifferentName)
	}
	if born, sex, err := birth(plain, 2000); err == nil && (sexDiffers(sex, d.Sex) || dayDiffers(born, d.Born)) {
		found = append(found, DifferentBirth)
	}
	places := slices.DeleteFunc(slices.Clone(d.Places), func(p string) bool { return p == "" })
	if len(places) > 0 && !slices.Contains(places, plain[11:15]) {
		found = append(found, DifferentPlace)
	}
	return found
}

func differs(letters, name string, rule func(string) string) bool {
	return name != "" && rule(name) != letters
}

func sexDiffers(coded, told string) bool { return (told == "M" || told == "F") && told != coded }

// dayDiffers compares two birth dates; a code holds two digits of the year only.
func dayDiffers(coded, told civil.Date) bool {
	return !told.IsZero() && (coded.Day != told.Day || coded.Month != told.Month || coded.Year%100 != told.Year%100)
}
