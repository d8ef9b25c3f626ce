// Package fiscalcode checks the Italian codice fiscale (DM 12 March 1974 and DM 23 December 1976): its shape, its check letter,
// the substitutions made when two people would share a code (omocodia), and what it says of its holder.
//
// Everything may import it; it imports the standard library and civil.
package fiscalcode

import (
	"errors"
	"strings"
	"time"

	"bottega/desk/civil"
)

// Errors of Check and Parse, matched with errors.Is.
var (
	ErrLength = errors.New("a fiscal code has 16 characters, or 11 digits while it is provisional")
	ErrShape  = errors.New("letters and digits of the fiscal code are not where they belong")
	ErrDate   = errors.New("the birth date inside the fiscal code does not exist")
	ErrCheck  = errors.New("the last letter of the fiscal code does not match the rest")
)

// Normalise returns the code as it is stored: capitals, without blanks and without the asterisks that a Code 39 scanner adds.
func Normalise(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\t', '\r', '\n', '*', '-', '\u00a0':
			return -1
		}
		return r
	}, strings.ToUpper(s))
}

// digitPositions are the indices that hold digits, unless omocodia turned them into letters.
var digitPositions = [...]int{6, 7, 9, 10, 12, 13, 14}

const (
	omocodiaLetters = "LMNPQRSTUV"
	monthLetters    = "ABCDEHLMPRST"
)

// Check reports why a normalised code cannot be right, or nil.
func Check(code string) error {
	if len(code) != 16 {
		return ErrLength
	}
	plain, ok := undoOmocodia(code)
	if !ok || !shaped(plain) {
		return ErrShape
	}
	if CheckLetter(code[:15]) != code[15] {
		return ErrCheck
	}
	if _, _, err := birth(plain, 2000); err != nil {
		return ErrDate
	}
	return nil
}

// shaped reports whether a code without omocodia has letters and digits in their places.
func shaped(plain string) bool {
	const shape = "AAAAAA00A00A000A"
	for i := range shape {
		letter := plain[i] >= 'A' && plain[i] <= 'Z'
		digit := plain[i] >= '0' && plain[i] <= '9'
		if (shape[i] == 'A' && !letter) || (shape[i] == '0' && !digit) {
			return false
		}
	}
	return strings.IndexByte(monthLetters, plain[8]) >= 0
}

func undoOmocodia(code string) (string, bool) {
	b := []byte(code)
	for _, i := range digitPositions {
		if b[i] >= '0' && b[i] <= '9' {
			continue
		}
		d := strings.IndexByte(omocodiaLetters, b[i])
		if d < 0 {
			return "", false
		}
		b[i] = byte('0' + d)
	}
	return string(b), true
}

// oddValues are the values of characters in odd positions, counted from one (DM 23 December 1976, table).
var oddValues = map[byte]int{
	'0': 1, '1': 0, '2': 5, '3': 7, '4': 9, '5': 13, '6': 15, '7': 17, '8': 19, '9': 21,
	'A': 1, 'B': 0, 'C': 5, 'D': 7, 'E': 9, 'F': 13, 'G': 15, 'H': 17, 'I': 19, 'J': 21,
	'K': 2, 'L': 4, 'M': 18, 'N': 20, 'O': 11, 'P': 3, 'Q': 6, 'R': 8, 'S': 12, 'T': 14,
	'U': 16, 'V': 10, 'W': 22, 'X': 25, 'Y': 24, 'Z': 23,
}

// CheckLetter returns the sixteenth character of a code from its first fifteen, as they are written (omocodia included).
func CheckLetter(first15 string) byte {
	sum := 0
	for i := range len(first15) {
		c := first15[i]
		switch {
		case i%2 == 0:
			sum += oddValues[c]
		case c >= '0' && c <= '9':
			sum += int(c - '0')
		case c >= 'A' && c <= 'Z':
			sum += int(c - 'A')
		}
	}
	return byte('A' + sum%26)
}

// Birth returns the birth date and the sex ("M" or "F") that a checked code states. The code holds two digits of the year:
// the latest century that does not put the birth after today is taken.
func Birth(code string, today civil.Date) (civil.Date, string, error) {
	if err := Check(code); err != nil {
		return civil.Date{}, "", err
	}
	plain, _ := undoOmocodia(code)
	century := today.Year / 100 * 100
	d, sex, err := birth(plain, century)
	if err != nil || d.After(today) {
		return birth(plain, century-100)
	}
	return d, sex, nil
}

func birth(plain string, century int) (civil.Date, string, error) {
	year := century + number(plain[6:8])
	month := time.Month(strings.IndexByte(monthLetters, plain[8]) + 1)
	day, sex := number(plain[9:11]), "M"
	if day > 40 {
		day, sex = day-40, "F"
	}
	d, err := civil.New(year, month, day)
	return d, sex, err
}

func number(digits string) int { return int(digits[0]-'0')*10 + int(digits[1]-'0') }

// BirthPlace returns the cadastral code of the birth municipality or foreign state, with omocodia undone.
func BirthPlace(code string) string {
	if len(code) != 16 {
		return ""
	}
	plain, ok := undoOmocodia(code)
	if !ok {
		return ""
	}
	return plain[11:15]
}

// SurnameLetters and NameLetters return the three letters that a surname and a name give to the code.
func SurnameLetters(surname string) string {
	consonants, vowels := split(surname)
	return pad(consonants + vowels)
}

// NameLetters returns the three letters of a name: with four or more consonants the first, third and fourth are taken.
func NameLetters(name string) string {
	consonants, vowels := split(name)
	if len(consonants) >= 4 {
		consonants = consonants[:1] + consonants[2:4]
	}
	return pad(consonants + vowels)
}

// filler stands for the letters that a short name does not have, as the rules of the code have it.
const filler = "X"

func pad(letters string) string {
	const count = 3
	return (letters + strings.Repeat(filler, count))[:count]
}

// accents maps the letters of Europe's Latin alphabets to those that Italian registers write instead.
var accents = strings.NewReplacer(
	"À", "A", "Á", "A", "Â", "A", "Ã", "A", "Ä", "A", "Å", "A", "Ā", "A", "Ă", "A", "Ą", "A", "Æ", "AE",
	"Ç", "C", "Ć", "C", "Č", "C", "Ď", "D", "Đ", "D", "Ð", "D",
	"È", "E", "É", "E", "Ê", "E", "Ë", "E", "Ē", "E", "Ė", "E", "Ę", "E", "Ě", "E", "Ğ", "G", "Ģ", "G",
	"Ì", "I", "Í", "I", "Î", "I", "Ï", "I", "Ī", "I", "Į", "I", "İ", "I", "Ķ", "K", "Ĺ", "L", "Ļ", "L", "Ľ", "L", "Ł", "L",
	"Ñ", "N", "Ń", "N", "Ņ", "N", "Ň", "N", "Ò", "O", "Ó", "O", "Ô", "O", "Õ", "O", "Ö", "O", "Ø", "O", "Ő", "O", "Œ", "OE",
	"Ŕ", "R", "Ř", "R", "Ś", "S", "Ş", "S", "Š", "S", "Ș", "S", "ß", "SS", "ẞ", "SS", "Ţ", "T", "Ť", "T", "Ț", "T", "Þ", "TH",
	"Ù", "U", "Ú", "U", "Û", "U", "Ü", "U", "Ū", "U", "Ů", "U", "Ű", "U", "Ų", "U", "Ý", "Y", "Ÿ", "Y", "Ź", "Z", "Ż", "Z", "Ž", "Z",
)

// Plain returns a text in capitals, with the letters that Italian registers write: Nicolò and NICOLO, Șerban and SERBAN are one.
func Plain(s string) string { return accents.Replace(strings.ToUpper(s)) }

func split(s string) (consonants, vowels string) {
	for _, r := range Plain(s) {
		switch {
		case strings.ContainsRune("AEIOU", r):
			vowels += string(r)
		case r >= 'A' && r <= 'Z':
			consonants += string(r)
		}
	}
	return consonants, vowels
}

// Compose returns the code that the algorithm gives to a person, for invented people and for warnings: codes assigned by the
// tax agency win over it.
func Compose(surname, name string, born civil.Date, sex, place string) string {
	day := born.Day
	if sex == "F" {
		day += 40
	}
	b := []byte(SurnameLetters(surname) + NameLetters(name))
	b = append(b, byte('0'+born.Year/10%10), byte('0'+born.Year%10), monthLetters[born.Month-1], byte('0'+day/10), byte('0'+day%10))
	b = append(b, place...)
	return string(append(b, CheckLetter(string(b))))
}
