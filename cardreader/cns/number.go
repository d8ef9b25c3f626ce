package cns

import "errors"

// NumberLength is the length of EF_IDCarta: kind of issuer, issuer, serial, check digit.
const NumberLength = 16

// Errors of CheckNumber.
var (
	ErrNumberShape = errors.New("a card number has 16 digits")
	ErrNumberCheck = errors.New("the card number's check digit does not match")
)

// CheckNumber reports why the content of EF_IDCarta cannot be a card number, or nil.
func CheckNumber(number string) error {
	if len(number) != NumberLength {
		return ErrNumberShape
	}
	for i := range len(number) {
		if number[i] < '0' || number[i] > '9' {
			return ErrNumberShape
		}
	}
	if CheckDigit(number[:NumberLength-1]) != number[NumberLength-1] {
		return ErrNumberCheck
	}
	return nil
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

// PrintedNumber returns the twenty digits on the back of the card (the European health insurance card's field 8) that belong
// to a valid number, or an empty text for cards that are no citizen's from a Region.
func PrintedNumber(number string) string {
	if CheckNumber(number) != nil || number[0] != '6' {
		return ""
	}
	printed := "8038000" + number[1:13]
	return printed + string(CheckDigit(printed))
}
