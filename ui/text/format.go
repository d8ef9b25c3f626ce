package text

import (
	"strconv"
	"strings"
	"time"

	"bottega/desk/civil"
)

// What Italians write, in both languages: the papers on the desk say 21/11/2026 and 8.263,31 €, and a screen that said
// 11/21/2026 beside them would be read wrongly.
const (
	dateLayout = "02/01/2006"
	timeLayout = "15:04"
)

// Date writes a day as 21/11/2026; a day not known gives an empty text.
func (l *Localizer) Date(d civil.Date) string { return d.Italian() }

// DateLong writes a day with the name of its month: "21 novembre 2026", "21 November 2026".
func (l *Localizer) DateLong(d civil.Date) string {
	if d.IsZero() {
		return ""
	}
	names := months[l.lang]
	return strconv.Itoa(d.Day) + " " + names[d.Month-1] + " " + strconv.Itoa(d.Year)
}

// Time writes the time of day as 14:05, in t's own zone; a zero time gives an empty text.
func (l *Localizer) Time(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(timeLayout)
}

// DateTime writes 21/11/2026, 14:05.
func (l *Localizer) DateTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(dateLayout + ", " + timeLayout)
}

// Int writes a number with its thousands apart: 12.345.
func (l *Localizer) Int(n int) string { return grouped(int64(n)) }

// Euro writes an amount in cents as 8.263,31 €.
func (l *Localizer) Euro(cents int64) string {
	sign := ""
	if cents < 0 {
		sign, cents = "-", -cents
	}
	fraction := strconv.FormatInt(cents%100, 10)
	if len(fraction) == 1 {
		fraction = "0" + fraction
	}
	return sign + grouped(cents/100) + "," + fraction + "\u00a0€"
}

func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte('.')
		}
		b.WriteRune(d)
	}
	return sign + b.String()
}

var months = map[string][12]string{
	Italian: {
		"gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno",
		"luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre",
	},
	English: {
		"January", "February", "March", "April", "May", "June",
		"July", "August", "September", "October", "November", "December",
	},
}
