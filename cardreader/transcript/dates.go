package transcript

import (
	"fmt"
	"time"

	"bottega/desk/civil"
)

// soon is the span before an end in which programs warn of it.
const soon = 60

// chooseShift chooses by how many days all dates of the card are moved: what had begun has begun, what had ended has ended, and
// what ends soon ends soon, on the day of the reading.
func (v *inventor) chooseShift(begins, ends []civil.Date) {
	const most, tries = 400, 200
	for range tries {
		if v.shift = v.rng.IntN(2*most) - most; v.shift != 0 && v.keepsRelations(begins, ends) {
			return
		}
	}
	for days := 1; days <= most; days++ {
		for _, v.shift = range []int{days, -days} {
			if v.keepsRelations(begins, ends) {
				return
			}
		}
	}
	v.shift = -most // nothing keeps them: rather a wrong relation than a true date
}

func (v *inventor) keepsRelations(begins, ends []civil.Date) bool {
	for _, d := range begins {
		if d.After(v.day) != d.AddDays(v.shift).After(v.day) {
			return false
		}
	}
	limit := v.day.AddDays(soon)
	for _, d := range ends {
		moved := d.AddDays(v.shift)
		if d.Before(v.day) != moved.Before(v.day) || d.After(limit) != moved.After(limit) {
			return false
		}
	}
	return true
}

// birth replaces a birth date by one some years from it, on the same side of eighteen years and not in the future.
func (v *inventor) birth(old civil.Date) civil.Date {
	if fresh, known := v.births[old]; known {
		return fresh
	}
	const years, tries = 4, 500
	fresh := old.AddDays(-400)
	for range tries {
		d, err := civil.New(old.Year+v.rng.IntN(2*years+1)-years, time.Month(1+v.rng.IntN(12)), 1+v.rng.IntN(31))
		differs := d.Day != old.Day && d.Month != old.Month && d.Year != old.Year
		if err == nil && differs && !d.After(v.day) && adult(d, v.day) == adult(old, v.day) {
			fresh = d
			break
		}
	}
	v.births[old] = fresh
	return fresh
}

func adult(born, day civil.Date) bool { return born.AgeOn(day) >= 18 }

// dayField replaces a date of eight digits, DDMMYYYY, by what move makes of it. One that does not exist goes on not existing, and
// one that is not known (zeros) stays so.
func (v *inventor) dayField(b []byte, move func(civil.Date) civil.Date) []byte {
	d, exists := parseDay(b)
	switch {
	case exists:
		v.replace(ReplacedDates)
		fresh := move(d)
		return fmt.Appendf(nil, "%02d%02d%04d", fresh.Day, int(fresh.Month), fresh.Year)
	case string(b) == "00000000":
		return b
	}
	v.replace(ReplacedDates)
	fresh := v.text(b)
	if _, exists := parseDay(fresh); exists {
		copy(fresh, "32")
	}
	return fresh
}

// parseDay reads DDMMYYYY.
func parseDay(b []byte) (civil.Date, bool) {
	t, err := time.Parse("02012006", string(b))
	if err != nil || len(b) != 8 {
		return civil.Date{}, false
	}
	return civil.Of(t), true
}

func (v *inventor) moved(d civil.Date) civil.Date { return d.AddDays(v.shift) }
