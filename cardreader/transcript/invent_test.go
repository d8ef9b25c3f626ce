package transcript

import (
	"bytes"
	"crypto/sha1" // what the cards' certificates hold
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"bottega/desk/cardnumber"
	"bottega/desk/civil"
	"bottega/desk/fiscalcode"
)

func inventing(n byte) *inventor { return newInventor([32]byte{n}, theDay) }

func TestNamesKeepTheirLengthAndKind(t *testing.T) {
	for _, old := range []string{
		"ROSSI", "D'AMBROSIO", "MARIA ANTONIETTA LUISA", "De Santis", "ZOE'", "NICCOLÒ", "DÉSIRÉE", "MÜLLER-LÜDENSCHEIDT", "VIA ROMA 117/B",
		"ŠĆEPANOVIĆ", "\xc0GOSTON", "NICCOL\xd2", "X", "", " ", "ẀXYZ", "𐐀A",
	} {
		for n := range byte(20) {
			fresh := inventing(n).text([]byte(old))
			if len(fresh) != len(old) || utf8.Valid(fresh) != utf8.ValidString(old) {
				t.Fatalf("%q became %q", old, fresh)
			}
			if !utf8.ValidString(old) {
				continue
			}
			for i, runes := 0, []rune(string(fresh)); i < len(runes); i++ {
				was := []rune(old)[i]
				switch now := runes[i]; {
				case wordRune(was) == (was == now):
					t.Errorf("%q became %q: %q stands where %q stood", old, fresh, now, was)
				case strings.ToUpper(string(was)) == string(was) != (strings.ToUpper(string(now)) == string(now)):
					t.Errorf("%q became %q: another case", old, fresh)
				}
			}
		}
	}
}

func TestTheSameWordBecomesTheSameWordEverywhere(t *testing.T) {
	v := inventing(1)
	surname, inTitle := v.text([]byte("ROSSI")), v.text([]byte("Sig. Rossi"))
	if !strings.EqualFold(string(surname), string(inTitle[5:])) || string(inTitle[5:6]) != strings.ToUpper(string(inTitle[5:6])) || inTitle[6] < 'a' {
		t.Errorf("ROSSI became %s, and Sig. Rossi %s", surname, inTitle)
	}
}

// person draws the data of somebody and the sixteen fields of a card.
type person struct {
	surname, name, sex, code, place, residence string
	born, issued, expires                      civil.Date
}

func drawPerson(t *rapid.T) person {
	name := rapid.StringMatching(`[A-Z]{4,12}( [A-Z]{4,10})?'?`)
	day := func(label string, from, to int) civil.Date {
		return theDay.AddDays(rapid.IntRange(from, to).Draw(t, label))
	}
	p := person{
		surname: name.Draw(t, "surname"), name: name.Draw(t, "name"), sex: rapid.SampledFrom([]string{"F", "M"}).Draw(t, "sex"),
		place:     rapid.SampledFrom(append(municipalities, states...)).Draw(t, "place"),
		residence: rapid.SampledFrom(municipalities).Draw(t, "residence"),
		born:      day("born", -36000, -800), issued: day("issued", -2400, 0),
	}
	p.expires = p.issued.AddDays(2190)
	p.code = fiscalcode.Compose(p.surname, p.name, p.born, p.sex, p.place)
	if letters := rapid.IntRange(0, 7).Draw(t, "omocodia"); letters > 0 {
		b := []byte(p.code)
		for _, i := range digitPlaces[:letters] {
			b[i] = omocodia[b[i]-'0']
		}
		b[checkPlace] = fiscalcode.CheckLetter(string(b[:checkPlace]))
		p.code = string(b)
	}
	return p
}

func (p person) file(compact bool) []byte {
	ddmmyyyy := func(d civil.Date) string { return strings.ReplaceAll(d.Italian(), "/", "") }
	fields := []string{"6090", ddmmyyyy(p.issued), ddmmyyyy(p.expires), p.surname, p.name, ddmmyyyy(p.born), p.sex, "170", p.code, "ITA", p.place, "", "", p.residence, "VIA NUOVA 5", ""}
	if compact {
		fields = append(fields[:7], fields[8:]...)
	}
	var b strings.Builder
	for _, f := range fields {
		fmt.Fprintf(&b, "%02X%s", len(f), f)
	}
	return fmt.Appendf(nil, "%06X%s%s", b.Len(), b.String(), strings.Repeat("\x00", 100))
}

// invented redacts one file that holds a person's data and returns it with what it was made by.
func invented(old []byte) ([]byte, *inventor) {
	i := &image{}
	i.put(0, old)
	n := byte(0)
	v := redacted([]*image{i}, func() [32]byte { n++; return [32]byte{n} }, theDay)
	return i.fresh, v
}

func parsed(t *rapid.T, file []byte) []string {
	fields, _, ok := splitPersonal(file)
	if !ok {
		t.Fatalf("no personal data: %q", file)
	}
	values := make([]string, fieldKinds)
	for _, f := range fields {
		values[f.kind] = string(file[f.start:f.end])
	}
	return values
}

func TestTheInventedHolderAgreesWithItselfAsTheTrueOneDid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPerson(t)
		old := p.file(rapid.Bool().Draw(t, "compact"))
		file, v := invented(old)
		fields := parsed(t, file)
		if len(file) != len(old) || bytes.Equal(file, old) {
			t.Fatalf("%q became %q", old, file)
		}
		code := fields[kindCode]
		if err := fiscalcode.Check(code); err != nil {
			t.Errorf("the code %s became %s: %v", p.code, code, err)
		}
		born, _ := parseDay([]byte(fields[kindBirth]))
		plainCode, _ := plain(code)
		want := fiscalcode.Compose(fields[kindSurname], fields[kindName], born, p.sex, fields[kindPlace])
		if string(plainCode[:checkPlace]) != want[:checkPlace] {
			t.Errorf("the code %s is not that of %q: %s", code, fields, want)
		}
		for _, i := range digitPlaces {
			if (p.code[i] > '9') != (code[i] > '9') {
				t.Errorf("omocodia of %s became %s", p.code, code)
			}
		}
		if adult(born, theDay) != adult(p.born, theDay) {
			t.Errorf("%s became %s", p.born, born)
		}
		expires, _ := parseDay([]byte(fields[kindExpires]))
		if expires.Before(theDay) != p.expires.Before(theDay) || expires.After(theDay.AddDays(soon)) != p.expires.After(theDay.AddDays(soon)) {
			t.Errorf("a card that ends on %s became one that ends on %s", p.expires, expires)
		}
		hash := func(b []byte) string {
			sum := sha1.Sum(append(bytes.Clone(b), make([]byte, 400-len(b))...))
			return base64.StdEncoding.EncodeToString(sum[:])
		}
		if v.hash(hash(old)) != hash(file) {
			t.Error("the hash of the data is not that of the invented data")
		}
		for _, s := range []string{p.surname, p.name, p.code, p.place, p.residence, strings.ReplaceAll(p.born.Italian(), "/", "")} {
			if bytes.Contains(file, []byte(s)) {
				t.Errorf("%s is left in %q", s, file)
			}
		}
	})
}

func TestACodeThatDoesNotAgreeGoesOnNotAgreeing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, other := drawPerson(t), drawPerson(t)
		p.code = other.code
		file, _ := invented(p.file(false))
		fields := parsed(t, file)
		if (fields[kindCode][:3] == fiscalcode.SurnameLetters(fields[kindSurname])) != (p.code[:3] == fiscalcode.SurnameLetters(p.surname)) {
			t.Errorf("code %s of %s became %s of %s", p.code, p.surname, fields[kindCode], fields[kindSurname])
		}
		if err := fiscalcode.Check(fields[kindCode]); err != nil {
			t.Errorf("%s: %v", fields[kindCode], err)
		}
	})
}

func TestCodesThatAreNotValidGoOnNotBeingValid(t *testing.T) {
	for _, test := range []struct{ name, old string }{
		{"a wrong check letter", "RSSMRA80A01H501V"}, {"too short", "RSSMRA80A01H501"}, {"a day that does not exist", "RSSMRA80B31H501" + string(fiscalcode.CheckLetter("RSSMRA80B31H501"))},
		{"a month that does not exist", "RSSMRA80Z01H501" + string(fiscalcode.CheckLetter("RSSMRA80Z01H501"))}, {"no code", "NON DISPONIBILE."}, {"a wrong provisional code", "12345678900"},
	} {
		for n := range byte(20) {
			fresh := inventing(n).fiscalCode(test.old)
			if len(fresh) != len(test.old) || fresh == test.old {
				t.Errorf("%s: %s became %s", test.name, test.old, fresh)
			}
			valid := fiscalcode.Check(fresh) == nil
			if len(fresh) == provisionalLength {
				valid = cardnumber.CheckDigit(fresh[:10]) == fresh[10]
			}
			if valid {
				t.Errorf("%s: %s became %s, which is valid", test.name, test.old, fresh)
			}
		}
	}
	if fresh := inventing(1).fiscalCode("12345678903"); cardnumber.CheckDigit(fresh[:10]) != fresh[10] {
		t.Errorf("a provisional code became %s", fresh)
	}
}

func TestACardNumberKeepsItsIssuerAndItsCheck(t *testing.T) {
	for old, kept := range map[string]int{"6090012345678000": 4, "6090012345678001": 4, "7420001234567890": 7} {
		fresh := inventing(3).cardNumber(old)
		if fresh[:kept] != old[:kept] || fresh[kept:kept+5] == old[kept:kept+5] || (cardnumber.Check(fresh) == nil) != (cardnumber.Check(old) == nil) {
			t.Errorf("%s became %s", old, fresh)
		}
		if old[13:15] == "00" && fresh[13:15] != "00" {
			t.Errorf("%s became %s", old, fresh)
		}
	}
}

func TestDatesThatDoNotExistGoOnNotExisting(t *testing.T) {
	v := inventing(1)
	v.shift = 100
	for _, old := range []string{"31022020", "99999999", "01131990", "ABCDEFGH", "1011980"} {
		fresh := v.dayField([]byte(old), v.moved)
		if _, exists := parseDay(fresh); exists || len(fresh) != len(old) || string(fresh) == old {
			t.Errorf("%s became %s", old, fresh)
		}
	}
	if fresh := v.dayField([]byte("00000000"), v.moved); string(fresh) != "00000000" {
		t.Errorf("no date became %s", fresh)
	}
}

func TestWhatBeganAndEndedIsKeptByAllDatesTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := newInventor([32]byte{rapid.Byte().Draw(t, "seed")}, theDay)
		issued := theDay.AddDays(rapid.IntRange(-2500, -1).Draw(t, "issued"))
		expires := issued.AddDays(rapid.IntRange(30, 3000).Draw(t, "valid"))
		v.chooseShift([]civil.Date{issued}, []civil.Date{expires})
		if v.shift == 0 {
			t.Fatal("the dates stay")
		}
		moved := v.moved(expires)
		if v.moved(issued).After(theDay) || moved.Before(theDay) != expires.Before(theDay) {
			t.Errorf("%s to %s became %s to %s", issued, expires, v.moved(issued), moved)
		}
	})
}

func TestWhatSaysNothingIsNotTakenForSomebodys(t *testing.T) {
	fields := []string{"6090", "15012024", "14012030", "ADA", "LI", "00000000", "F", "", "LIXDAA80A41H501" + string(fiscalcode.CheckLetter("LIXDAA80A41H501")), "", "H501", "", "001", "D612", "9", "000"}
	var b strings.Builder
	for _, f := range fields {
		fmt.Fprintf(&b, "%02X%s", len(f), f)
	}
	old := fmt.Appendf(nil, "%06X%s", b.Len(), b.String())
	fresh, _ := invented(old)
	was, _, _ := splitPersonal(old)
	now, end, ok := splitPersonal(fresh)
	if !ok || end != len(old) || len(now) != len(was) || string(fresh[:totalLength]) != string(old[:totalLength]) {
		t.Fatalf("%q became %q", old, fresh)
	}
	for i, f := range now {
		value := string(fresh[f.start:f.end])
		switch kept := value == fields[f.kind]; {
		case was[i] != f:
			t.Errorf("field %d stood at %v and stands at %v", f.kind, was[i], f)
		case f.kind == kindIssuer || f.kind == kindSex || f.kind == kindBirth || value == "":
			if !kept {
				t.Errorf("%q became %q", fields[f.kind], value)
			}
		case kept:
			t.Errorf("%q is left", value)
		}
	}
}
