// Package civil holds the calendar day, the only notion of time most of a desk's facts need: a birth date, an expiry, a limit
// that holds from a day on. A day has no clock and no zone, so a card that expires on the 14th expires on the 14th everywhere.
//
// Everything may import it; it imports the standard library alone.
package civil

import (
	"encoding"
	"errors"
	"fmt"
	"time"
)

// ErrInvalidDate says that a text is no day of the calendar.
var ErrInvalidDate = errors.New("not a date")

// Date is one day of the Gregorian calendar. The zero Date means "not known" and is written as an empty text.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

var (
	_ encoding.TextMarshaler   = Date{}
	_ encoding.TextUnmarshaler = (*Date)(nil)
)

// Of returns the day on which t falls in t's own zone.
func Of(t time.Time) Date {
	y, m, d := t.Date()
	return Date{Year: y, Month: m, Day: d}
}

// New returns the given day, or ErrInvalidDate where the calendar has no such day.
func New(year int, month time.Month, day int) (Date, error) {
	d := Date{Year: year, Month: month, Day: day}
	if Of(d.in(time.UTC)) != d {
		return Date{}, fmt.Errorf("%04d-%02d-%02d: %w", year, int(month), day, ErrInvalidDate)
	}
	return d, nil
}

// Parse reads YYYY-MM-DD.
func Parse(s string) (Date, error) { return parse("2006-01-02", s) }

// ParseItalian reads a day as people type it: 5/3/1950, 05-03-1950, 05.03.1950.
func ParseItalian(s string) (Date, error) {
	for _, layout := range []string{"2/1/2006", "2-1-2006", "2.1.2006"} {
		if d, err := parse(layout, s); err == nil {
			return d, nil
		}
	}
	return Date{}, fmt.Errorf("%q: %w", s, ErrInvalidDate)
}

func parse(layout, s string) (Date, error) {
	t, err := time.Parse(layout, s)
	if err != nil {
		return Date{}, fmt.Errorf("%q: %w", s, ErrInvalidDate)
	}
	return Of(t), nil
}

// IsZero reports whether the day is not known.
func (d Date) IsZero() bool { return d == Date{} }

// String returns YYYY-MM-DD, or an empty text for the zero Date.
func (d Date) String() string { return d.format("2006-01-02") }

// Italian returns DD/MM/YYYY, or an empty text for the zero Date.
func (d Date) Italian() string { return d.format("02/01/2006") }

func (d Date) format(layout string) string {
	if d.IsZero() {
		return ""
	}
	return d.in(time.UTC).Format(layout)
}

func (d Date) in(loc *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, loc)
}

// Before reports whether d is earlier than e.
func (d Date) Before(e Date) bool { return d.in(time.UTC).Before(e.in(time.UTC)) }

// After reports whether d is later than e.
func (d Date) After(e Date) bool { return e.Before(d) }

// AddDays returns the day n days later, or earlier when n is negative.
func (d Date) AddDays(n int) Date { return Of(d.in(time.UTC).AddDate(0, 0, n)) }

// AgeOn returns the completed years of a person born on d. Someone born on 29 February turns a year older on 1 March in
// common years, as art. 2963 of the Italian civil code counts terms.
func (d Date) AgeOn(day Date) int {
	age := day.Year - d.Year
	if day.Month < d.Month || (day.Month == d.Month && day.Day < d.Day) {
		age--
	}
	return age
}

// MarshalText writes YYYY-MM-DD.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads YYYY-MM-DD; an empty text is the zero Date.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	parsed, err := Parse(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}
