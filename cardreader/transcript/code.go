package transcript

import (
	"fmt"
	"strings"
	"time"

	"bottega/desk/cardnumber"
	"bottega/desk/civil"
	"bottega/desk/fiscalcode"
)

// holder is what the card's data say of a person, as they stand there and as they were invented.
type holder struct {
	surname, name           string
	freshSurname, freshName string
	born, freshBorn         civil.Date
}

const (
	codeLength        = 16
	provisionalLength = 11
	omocodia          = "LMNPQRSTUV" // letters that stand for 0 to 9 (DM 12 March 1974)
	monthLetters      = "ABCDEHLMPRST"
	checkPlace        = codeLength - 1
)

// fiscalCode replaces a fiscal code by a valid one that says of the invented holder what the old one said of the true one; one
// that was not valid is replaced by one that is not valid either.
func (v *inventor) fiscalCode(old string) string {
	if fresh, known := v.codes[old]; known {
		return fresh
	}
	v.replace(ReplacedFiscalCode)
	fresh := ""
	switch {
	case len(old) == codeLength && codeShaped(old):
		fresh = v.personalCode(old)
	case len(old) == provisionalLength && strings.Trim(old, "0123456789") == "":
		fresh = v.provisionalCode(old)
	default:
		fresh = string(v.text([]byte(old)))
	}
	v.codes[old] = fresh
	return fresh
}

// provisionalCode replaces the eleven digits of a provisional code, whose last is a Luhn digit.
func (v *inventor) provisionalCode(old string) string {
	const last = provisionalLength - 1
	digits := string(v.letters([]rune(old[:last])))
	check := cardnumber.CheckDigit(digits)
	if cardnumber.CheckDigit(old[:last]) != old[last] {
		check = '0' + (check-'0'+1)%10
	}
	return digits + string(check)
}

// digitPlaces are the places of digits in a code, which omocodia may have turned into letters.
var digitPlaces = [...]int{6, 7, 9, 10, 12, 13, 14}

// plain undoes the omocodia of a code.
func plain(code string) ([]byte, bool) {
	b := []byte(code)
	for _, i := range digitPlaces {
		if d := strings.IndexByte(omocodia, b[i]); d >= 0 {
			b[i] = byte('0' + d)
		} else if b[i] < '0' || b[i] > '9' {
			return nil, false
		}
	}
	return b, true
}

// codeShaped reports whether letters and digits stand where a code has them.
func codeShaped(code string) bool {
	b, ok := plain(code)
	if !ok {
		return false
	}
	for _, i := range []int{0, 1, 2, 3, 4, 5, 8, 11, checkPlace} {
		if b[i] < 'A' || b[i] > 'Z' {
			return false
		}
	}
	return true
}

func (v *inventor) personalCode(old string) string {
	b, _ := plain(old)
	fresh := []byte(v.codeName(string(b[:3]), fiscalcode.SurnameLetters(v.holder.surname), fiscalcode.SurnameLetters(v.holder.freshSurname)) +
		v.codeName(string(b[3:6]), fiscalcode.NameLetters(v.holder.name), fiscalcode.NameLetters(v.holder.freshName)) +
		v.codeBirth(string(b[6:11])) + v.place(string(b[11:15])))
	for _, i := range digitPlaces {
		if old[i] > '9' {
			fresh[i] = omocodia[fresh[i]-'0']
		}
	}
	check := fiscalcode.CheckLetter(string(fresh))
	if fiscalcode.CheckLetter(old[:checkPlace]) != old[checkPlace] {
		check = 'A' + (check-'A'+1)%26
	}
	return string(append(fresh, check))
}

// codeName replaces three letters of a name: by those of the invented name where they were those of the true one.
func (v *inventor) codeName(old, expected, invented string) string {
	if old == expected {
		return invented
	}
	for {
		if fresh := string(v.letters([]rune(old))); fresh != invented {
			return fresh
		}
	}
}

// codeBirth replaces year, month and day: by those of the invented birth where they were those of the true one. A woman's code
// stays a woman's.
func (v *inventor) codeBirth(old string) string {
	h := v.holder
	for _, woman := range []bool{false, true} {
		if !h.born.IsZero() && old == birthLetters(h.born, woman) {
			return birthLetters(h.freshBorn, woman)
		}
	}
	day := int(old[3]-'0')*10 + int(old[4]-'0')
	woman := day > 40
	if woman {
		day -= 40
	}
	const leap = 2000
	if _, err := civil.New(leap, time.Month(1+strings.IndexByte(monthLetters, old[2])), day); err != nil {
		return v.impossibleBirth(old)
	}
	for {
		d, err := civil.New(1940+v.rng.IntN(70), time.Month(1+v.rng.IntN(12)), 1+v.rng.IntN(28))
		if fresh := birthLetters(d, woman); err == nil && fresh != old && (h.born.IsZero() || fresh != birthLetters(h.freshBorn, woman)) {
			return fresh
		}
	}
}

// impossibleBirth replaces a birth that does not exist by another that does not.
func (v *inventor) impossibleBirth(old string) string {
	year := string(v.letters([]rune(old[:2])))
	month := old[2]
	if strings.IndexByte(monthLetters, month) >= 0 {
		month = monthLetters[v.rng.IntN(len(monthLetters))]
	}
	return year + string(month) + "35"
}

// birthLetters writes a birth as a fiscal code does.
func birthLetters(d civil.Date, woman bool) string {
	day := d.Day
	if woman {
		day += 40
	}
	return fmt.Sprintf("%02d%c%02d", d.Year%100, monthLetters[d.Month-1], day)
}
