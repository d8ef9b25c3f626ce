// Package cardnumber knows the two numbers of a health card: the sixteen digits that the chip holds (EF_IDCarta) and the twenty
// on its back (field 8 of the European health insurance card), which follow from each other on a citizen's card of a Region.
//
// Everything may import it; it imports the standard library.
package cardnumber

import (
	"errors"
	"fmt"
	"slices"
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
	// citizen is the first digit of a card that a Region issued to a citizen, operator of one it issued to somebody at work.
	citizen  = "6"
	operator = "9"
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

// GroupError says which digits of a card number cannot be. It is an ErrShape, and never quotes the number.
type GroupError struct {
	// From and To count from 1; Of is how many digits the number has in all.
	From, To, Of int
	// Want is what can stand there; nil is the code of a Region.
	Want []string
}

// Error names the digits and what belongs there.
func (e *GroupError) Error() string {
	want := "the code of a Region"
	if len(e.Want) > 0 {
		want = strings.Join(e.Want, " or ")
	}
	if e.From == e.To {
		return fmt.Sprintf("digit %d of the %d of the card number must be %s", e.From, e.Of, want)
	}
	return fmt.Sprintf("digits %d to %d of the %d of the card number must be %s", e.From, e.To, e.Of, want)
}

// Unwrap returns ErrShape.
func (e *GroupError) Unwrap() error { return ErrShape }

// Parse reads either number as people type it or a scanner reads it, and returns the sixteen digits of the chip. Blanks, hyphens
// and the asterisks of a Code 39 do not matter. The error is an ErrShape, where it can be told a *GroupError, or an ErrCheck.
func Parse(text string) (string, error) {
	number := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n\u00a0*-.", r) {
			return -1
		}
		return r
	}, text)
	if !digits(number) {
		return "", ErrShape
	}
	switch len(number) {
	case Length:
		return number, parsed(number)
	case PrintedLength:
		return fromPrinted(number)
	default:
		return "", fmt.Errorf("%w; these are %d", ErrShape, len(number))
	}
}

// firstDigits are those that a card number begins with, by who issued it to whom.
var firstDigits = []string{"5", citizen, "7", "8", operator}

// parsed checks a number of the chip that a person typed, more strictly than one that a card told.
func parsed(number string) error {
	if !slices.Contains(firstDigits, number[:1]) {
		return &GroupError{From: 1, To: 1, Of: Length, Want: slices.Clone(firstDigits)}
	}
	if number[:1] == citizen && Region(number[1:4]) == "" {
		return &GroupError{From: 2, To: 4, Of: Length}
	}
	return check(number)
}

// fromPrinted turns the number on the back into that of the chip.
func fromPrinted(number string) (string, error) {
	for _, fixed := range []struct {
		from   int
		digits string
	}{{1, "80"}, {3, "380"}, {6, "00"}} {
		end := fixed.from - 1 + len(fixed.digits)
		if number[fixed.from-1:end] != fixed.digits {
			return "", &GroupError{From: fixed.from, To: end, Of: PrintedLength, Want: []string{fixed.digits}}
		}
	}
	if Region(number[7:10]) == "" {
		return "", &GroupError{From: 8, To: 10, Of: PrintedLength}
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
