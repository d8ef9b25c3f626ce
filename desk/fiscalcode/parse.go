package fiscalcode

import (
	"errors"
	"fmt"
	"strings"
)

// The lengths of a code, and of one given until the real one comes.
const (
	Length            = 16
	ProvisionalLength = 11
)

// ErrProvisionalCheck says that the last digit of an eleven-digit code contradicts the others.
var ErrProvisionalCheck = errors.New("the last digit of the provisional fiscal code does not match the rest")

// PositionError says which character of a code is not what belongs there. It is an ErrShape, and never quotes the code.
type PositionError struct {
	// Position counts from 1.
	Position int
	// Digit says that a digit belongs there, otherwise a letter; Month that it is the letter of a month.
	Digit, Month bool
}

// Error names the place and what belongs there.
func (e *PositionError) Error() string {
	wanted := "a letter"
	switch {
	case e.Month:
		wanted = "the letter of a month (one of " + monthLetters + ")"
	case e.Digit:
		wanted = "a digit"
	}
	return fmt.Sprintf("character %d of the fiscal code must be %s", e.Position, wanted)
}

// Unwrap returns ErrShape.
func (e *PositionError) Unwrap() error { return ErrShape }

// LengthError says how long a code is that has no code's length. It is an ErrLength.
type LengthError struct {
	Got int
}

// Error tells both lengths.
func (e *LengthError) Error() string {
	return fmt.Sprintf("a fiscal code has %d characters, or %d digits while it is provisional; these are %d", Length, ProvisionalLength, e.Got)
}

// Unwrap returns ErrLength.
func (e *LengthError) Unwrap() error { return ErrLength }

// Parse reads a code as people type it or as a scanner reads it from the bar code of a health card (Code 39, with an asterisk at
// both ends): small letters, blanks and hyphens do not matter. Eleven digits are a provisional code. The error says what is wrong
// and where; it is one of the Errs of this package.
func Parse(text string) (string, error) {
	code := Normalise(text)
	switch n := len([]rune(code)); {
	case n == ProvisionalLength && strings.Trim(code, "0123456789") == "":
		if !Provisional(code) {
			return "", ErrProvisionalCheck
		}
		return code, nil
	case n != Length:
		return "", &LengthError{Got: n}
	}
	if err := misplaced(code); err != nil {
		return "", err
	}
	if err := Check(code); err != nil {
		return "", err
	}
	return code, nil
}

// Valid reports whether a normalised code is right: one of sixteen characters, or a provisional one.
func Valid(code string) bool { return Check(code) == nil || Provisional(code) }

// Provisional reports whether a normalised code is an eleven-digit one whose check digit is right.
func Provisional(code string) bool {
	if len(code) != ProvisionalLength || strings.Trim(code, "0123456789") != "" {
		return false
	}
	// The rule is that of VAT numbers: every second digit from the left is doubled (DPR 29 September 1973, 605).
	sum := 0
	for i := range ProvisionalLength {
		d := int(code[i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// Shaped reports whether a normalised code of sixteen characters has letters and digits in their places, whatever its check letter.
func Shaped(code string) bool {
	if len(code) != Length {
		return false
	}
	plain, ok := undoOmocodia(code)
	return ok && shaped(plain)
}

// misplaced finds the first character of a code of sixteen that is not what belongs there.
func misplaced(code string) error {
	const shape = "AAAAAADDMDDADDDA" // letter, digit or its omocodia, month
	for i, r := range []rune(code) {
		e := &PositionError{Position: i + 1, Digit: shape[i] == 'D', Month: shape[i] == 'M'}
		switch shape[i] {
		case 'D':
			if !strings.ContainsRune("0123456789"+omocodiaLetters, r) {
				return e
			}
		case 'M':
			if !strings.ContainsRune(monthLetters, r) {
				return e
			}
		default:
			if r < 'A' || r > 'Z' {
				return e
			}
		}
	}
	return nil
}
