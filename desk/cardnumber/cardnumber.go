// Package cardnumber knows the two numbers of a health card: the sixteen digits that the chip holds (EF_IDCarta) and the twenty
// on its back (field 8 of the European health insurance card), which follow from each other on a citizen's card of a Region.
//
// Everything may import it; it imports the standard library.
package cardnumber

import (
	"errors"
	"strings"
)

// Length is the length of EF_IDCarta: kind of issuer, issuer, serial, check digit. PrintedLength is that of the number on the
// back.
const (
	Length        = 16
	PrintedLength = 20
)

// Errors of Check and Parse.
var (
	ErrShape = errors.New("a card number has 16 digits, or 20 as printed on the back")
	ErrCheck = errors.New("the card number's check digit does not match")
)

const (
	// printedStart is what stands before region and serial on the back: personal (80), Italy (380), the health service (00).
	printedStart = "8038000"
	// citizen is the first digit of a card that a Region issued to a citizen.
	citizen = "6"
	// serialEnd is what TS-CNS cards write between serial and check digit.
	serialEnd = "00"
)

// Check reports why the content of EF_IDCarta cannot be a card number, or nil.
func Check(number string) error {
	if len(number) != Length || !digits(number) {
		return ErrShape
	}
	return check(number)
}

func check(number string) error {
	last := len(number) - 1
	if CheckDigit(number[:last]) != number[last] {
		return ErrCheck
	}
	return nil
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// Parse reads either number as people type it and returns the sixteen digits of the chip.
func Parse(text string) (string, error) {
	number := strings.Join(strings.Fields(text), "")
	if len(number) != PrintedLength {
		return number, Check(number)
	}
	if !digits(number) || !strings.HasPrefix(number, printedStart) {
		return "", ErrShape
	}
	if err := check(number); err != nil {
		return "", err
	}
	chip := citizen + number[len(printedStart):PrintedLength-1] + serialEnd
	return chip + string(CheckDigit(chip)), nil
}

// CheckDigit returns the Luhn digit (ISO/IEC 7812-1) that follows the given digits.
func CheckDigit(digits string) byte {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return byte('0' + (10-sum%10)%10)
}

// Printed returns the twenty digits on the back of the card that belong to a valid number, or an empty text for cards that are
// no citizen's from a Region.
func Printed(number string) string {
	if Check(number) != nil || !strings.HasPrefix(number, citizen) {
		return ""
	}
	printed := printedStart + number[1:13]
	return printed + string(CheckDigit(printed))
}
