// Package money holds an amount of euro to the cent, read and written as Italians do: 8.263,31.
//
// Limits of income and the incomes held against them use it. It imports the standard library alone.
package money

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Amount is a sum in euro cents.
type Amount int64

// Max is the largest amount that is read: a billion euro, beyond which a slip of the finger is more likely than a fact.
const Max Amount = 1_000_000_000_00

// ErrInvalid says that a text is no amount. The text is not repeated: it may be somebody's income.
var ErrInvalid = errors.New("not an amount of euro")

// Parse reads an amount as people write it: 8263, 8263,31, 8.263,31, 8 263,31 €. A full stop separates thousands and nothing
// else, so 8.5 is refused and never guessed.
func Parse(s string) (Amount, error) {
	text := strings.TrimSpace(strings.NewReplacer("€", "", "euro", "", "eur", "").Replace(strings.ToLower(s)))
	whole, cents, hasCents := strings.Cut(text, ",")
	if !hasCents {
		cents = "00"
	}
	if len(cents) == 1 {
		cents += "0"
	}
	groups := strings.FieldsFunc(whole, func(r rune) bool { return r == '.' || r == ' ' || r == '\u00a0' || r == '\'' })
	digits := strings.Join(groups, "")
	if digits == "" || len(cents) != 2 || !onlyDigits(digits+cents) {
		return 0, ErrInvalid
	}
	for i, g := range groups {
		if len(groups) > 1 && (i == 0 && len(g) > 3 || i > 0 && len(g) != 3) {
			return 0, ErrInvalid
		}
	}
	n, err := strconv.ParseInt(digits+cents, 10, 64)
	if err != nil || Amount(n) > Max {
		return 0, ErrInvalid
	}
	return Amount(n), nil
}

func onlyDigits(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}

// String returns the amount as Italians write it, always with cents: 8.263,31.
func (a Amount) String() string {
	sign := ""
	if a < 0 {
		sign, a = "-", -a
	}
	whole := strconv.FormatInt(int64(a/100), 10)
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "." + whole[i:]
	}
	return fmt.Sprintf("%s%s,%02d", sign, whole, int64(a%100))
}

// English returns the amount as English readers expect it: 8,263.31.
func (a Amount) English() string {
	swap := func(r rune) rune {
		switch r {
		case '.':
			return ','
		case ',':
			return '.'
		}
		return r
	}
	return strings.Map(swap, a.String())
}

// MarshalText writes the Italian form.
func (a Amount) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads what Parse reads.
func (a *Amount) UnmarshalText(text []byte) error {
	v, err := Parse(string(text))
	if err != nil {
		return err
	}
	*a = v
	return nil
}
