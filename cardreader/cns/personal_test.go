package cns_test

import (
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"bottega/cardreader/cns"
	"bottega/desk/civil"
)

// fieldsOf is the worked example of the field notes: an invented person.
func fieldsOf() []string {
	return []string{"6090", "15012024", "14012030", "ESEMPIO", "PROVA", "29021988", "F", "", "SMPPRV88B69D612T", "", "D612", "", "", "D612", "", ""}
}

// fileOf encodes fields as a card does and pads them to 400 bytes. The total counts its own six characters when inclusive.
func fileOf(fields []string, inclusive bool) []byte {
	var body strings.Builder
	for _, f := range fields {
		fmt.Fprintf(&body, "%02X%s", len(f), f)
	}
	total := body.Len()
	if inclusive {
		total += 6
	}
	file := make([]byte, 400)
	copy(file, fmt.Sprintf("%06X%s", total, body.String()))
	return file
}

func TestTheWorkedExampleIsEncodedAsTheNotesHaveIt(t *testing.T) {
	for inclusive, want := range map[bool]string{true: "HpFY+vAkKCMV7hVocq0K6wpGStk=", false: "pWBzbSPnQXL4CWKAqhK9hUMsTow="} {
		sum := sha1.Sum(fileOf(fieldsOf(), inclusive))
		if got := base64.StdEncoding.EncodeToString(sum[:]); got != want {
			t.Errorf("inclusive %v: hash %s, want %s", inclusive, got, want)
		}
	}
}

func TestPersonalDataAreReadWhateverTheTotalCounts(t *testing.T) {
	for _, inclusive := range []bool{true, false} {
		p, err := cns.ParsePersonal(fileOf(fieldsOf(), inclusive))
		if err != nil {
			t.Fatal(err)
		}
		want := cns.Personal{
			Issuer: "6090", Issued: civil.Date{Year: 2024, Month: 1, Day: 15}, Expires: civil.Date{Year: 2030, Month: 1, Day: 14},
			Surname: "ESEMPIO", Name: "PROVA", BirthDate: civil.Date{Year: 1988, Month: 2, Day: 29}, Sex: "F",
			FiscalCode: "SMPPRV88B69D612T", BirthPlace: "D612", Residence: "D612",
		}
		if p != want {
			t.Errorf("inclusive %v:\ngot  %+v\nwant %+v", inclusive, p, want)
		}
	}
}

// changed returns the worked example with some fields replaced.
func changed(with map[int]string) []string {
	fields := fieldsOf()
	for i, value := range with {
		fields[i-1] = value
	}
	return fields
}

func TestQuirksOfRealCards(t *testing.T) {
	latin := string([]byte{'N', 'I', 'C', 'C', 'O', 'L', 0xD2})
	compact := slices.Delete(fieldsOf(), 7, 8)
	tests := []struct {
		name  string
		file  []byte
		check func(cns.Personal) bool
	}{
		{"letters in ISO 8859-1", fileOf(changed(map[int]string{5: latin}), false), func(p cns.Personal) bool { return p.Name == "NICCOLÒ" }},
		{"letters in UTF-8", fileOf(changed(map[int]string{5: "NICCOLÒ"}), false), func(p cns.Personal) bool { return p.Name == "NICCOLÒ" }},
		{"control characters", fileOf(changed(map[int]string{5: "A\x1b[2JB\r\n"}), false), func(p cns.Personal) bool { return p.Name == "A[2JB" }},
		{"compact, without the height", fileOf(compact, true), func(p cns.Personal) bool {
			return p.Compact && p.FiscalCode == "SMPPRV88B69D612T" && p.BirthPlace == "D612" && p.Residence == "D612" && p.Height == ""
		}},
		{"a day that does not exist", fileOf(changed(map[int]string{6: "31022000"}), false), func(p cns.Personal) bool { return p.BirthDate.IsZero() && p.ImpossibleDate && p.Sex == "F" }},
		{"born abroad, state in its own field", fileOf(changed(map[int]string{9: "PRVSMP70A01Z100V", 11: "", 12: "Z100"}), false),
			func(p cns.Personal) bool { return p.Person().BirthPlace == "Z100" }},
		{"born abroad, state in the place's field", fileOf(changed(map[int]string{9: "PRVSMP70A01Z100V", 11: "Z100"}), false),
			func(p cns.Personal) bool { return p.Person().BirthPlace == "Z100" }},
		{"born abroad, both fields filled", fileOf(changed(map[int]string{9: "PRVSMP70A01Z100V", 11: "D612", 12: "Z100"}), false),
			func(p cns.Personal) bool { return p.Person().BirthPlace == "Z100" }},
		{"compact, with a provisional code", fileOf(slices.Delete(changed(map[int]string{9: "12345678903"}), 7, 8), true), func(p cns.Personal) bool {
			return p.Compact && p.FiscalCode == "12345678903" && p.BirthPlace == "D612"
		}},
		{"compact, with a wrong code", fileOf(slices.Delete(changed(map[int]string{9: "SMPPRV88B69D612X"}), 7, 8), true), func(p cns.Personal) bool {
			return p.Compact && p.FiscalCode == "SMPPRV88B69D612X"
		}},
		{"with the height", fileOf(changed(map[int]string{8: "172", 10: "ITA"}), false), func(p cns.Personal) bool {
			return !p.Compact && p.Height == "172" && p.Citizenship == "ITA" && p.FiscalCode == "SMPPRV88B69D612T"
		}},
		{"everything filled, beyond 255 bytes", fileOf(changed(map[int]string{13: strings.Repeat("9", 60), 15: strings.Repeat("VIA ", 30), 16: "NON VALIDA"}), true),
			func(p cns.Personal) bool {
				return p.Residence == "D612" && len(p.Address) == 119 && p.Notes == "NON VALIDA"
			}},
		{"dates of nothing but zeros", fileOf(changed(map[int]string{2: "00000000"}), false), func(p cns.Personal) bool { return p.Issued.IsZero() && !p.ImpossibleDate }},
		{"a date in letters", fileOf(changed(map[int]string{2: "SCONOSC."}), false), func(p cns.Personal) bool { return p.Issued.IsZero() && p.ImpossibleDate }},
		{"only the first fields, then padding", fileOf(fieldsOf()[:9], false), func(p cns.Personal) bool {
			return p.FiscalCode == "SMPPRV88B69D612T" && p.BirthPlace == ""
		}},
		{"padding of FF", append(fileOf(fieldsOf(), false)[:103], []byte("\xff\xff\xff\xff")...), func(p cns.Personal) bool { return p.Residence == "D612" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := cns.ParsePersonal(tt.file)
			if err != nil {
				t.Fatal(err)
			}
			if !tt.check(p) {
				t.Errorf("read as %+v", p)
			}
		})
	}
}

func TestFilesThatMakeNoSenseAreRefusedWithTheirOffset(t *testing.T) {
	tests := []struct {
		name, file string
		offset     int
	}{
		{"total not hexadecimal", "00XX6704609008", 0},
		{"total cut", "0001", 4},
		{"length not hexadecimal", "00006704ABCDZZ", 12},
		{"a field passing the end", "00000A04ABCDFF", 14},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := cns.ParsePersonal([]byte(tt.file))
			var format *cns.FormatError
			if !errors.As(err, &format) || format.Offset != tt.offset {
				t.Errorf("got %v, want a format error at %d", err, tt.offset)
			}
		})
	}
	for _, blank := range []string{"\x00", "\xff", " ", "000000", "0"} {
		if _, err := cns.ParsePersonal([]byte(strings.Repeat(blank, 400/len(blank)))); !errors.Is(err, cns.ErrBlank) {
			t.Errorf("a file of %q: got %v, want ErrBlank", blank, err)
		}
	}
}

func TestAnErrorNeverQuotesPersonalData(t *testing.T) {
	file := fileOf(fieldsOf(), false)
	copy(file[40:], "ZZ")
	if _, err := cns.ParsePersonal(file); err != nil && strings.Contains(err.Error(), "ESEMPIO") {
		t.Errorf("the error quotes the card: %v", err)
	}
}

func FuzzParsePersonal(f *testing.F) {
	f.Add(fileOf(fieldsOf(), true))
	f.Add(fileOf(fieldsOf(), false))
	f.Add(fileOf(slices.Delete(fieldsOf(), 7, 8), true))
	f.Add([]byte("FFFFFF"))
	f.Add([]byte("00000604ABCDFF"))
	f.Add([]byte(strings.Repeat("\xff", 400)))
	f.Fuzz(func(t *testing.T, file []byte) {
		p, err := cns.ParsePersonal(file)
		if err != nil {
			return
		}
		for _, s := range []string{p.Surname, p.Name, p.FiscalCode, p.Address, p.Notes} {
			if strings.ContainsAny(s, "\x00\x1b\r\n") || len(s) > 4*len(file) {
				t.Errorf("%q came through", s)
			}
		}
	})
}
