package walk_test

import (
	"strings"
	"testing"

	"bottega/desk/walk"
)

func TestCodesAndNumbersAreTypedOrScanned(t *testing.T) {
	for _, c := range []struct {
		name, typed string
		field       walk.FieldType
		kept        string
		told        string // of what is wrong, in Italian
	}{
		{name: "a fiscal code", typed: "smp prv 88b69 d612t", field: walk.FiscalCodeField, kept: "SMPPRV88B69D612T"},
		{name: "a fiscal code, scanned", typed: "*SMPPRV88B69D612T*", field: walk.FiscalCodeField, kept: "SMPPRV88B69D612T"},
		{name: "a provisional fiscal code", typed: "12345678903", field: walk.FiscalCodeField, kept: "12345678903"},
		{name: "a provisional one, mistyped", typed: "12345678900", field: walk.FiscalCodeField, told: "provvisorio"},
		{name: "a letter short", typed: "SMPPRV88B69D612", field: walk.FiscalCodeField, told: "16 lettere e cifre"},
		{name: "O for zero", typed: "RSSMRA8OA01H501U", field: walk.FiscalCodeField, told: "Il carattere numero 8 dev'essere una cifra"},
		{name: "zero for O", typed: "R0SMRA80A01H501U", field: walk.FiscalCodeField, told: "Il carattere numero 2 dev'essere una lettera"},
		{name: "no such month", typed: "RSSMRA80F01H501U", field: walk.FiscalCodeField, told: "la lettera di un mese"},
		{name: "two letters swapped", typed: "RSSRMA80A01H501U", field: walk.FiscalCodeField, told: "L'ultima lettera"},
		{name: "the number on the back", typed: "80380 00090 01234 56782", field: walk.CardNumberField, kept: "6090012345678000"},
		{name: "the number of the chip", typed: "6090-0123-4567-8000", field: walk.CardNumberField, kept: "6090012345678000"},
		{name: "another country's card", typed: "80250000900123456782", field: walk.CardNumberField, told: "le cifre dalla 3 alla 5, contando da sinistra: ci vuole 380"},
		{name: "no Region", typed: "80380009900123456782", field: walk.CardNumberField, told: "il codice di una Regione"},
		{name: "no card's first digit", typed: "1090012345678004", field: walk.CardNumberField, told: "la cifra numero 1, contando da sinistra: ci vuole 5 o 6"},
		{name: "a digit wrong", typed: "80380000900123456783", field: walk.CardNumberField, told: "L'ultima cifra"},
		{name: "a digit short", typed: "8038000090012345678", field: walk.CardNumberField, told: "conta di nuovo"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := service()
			s.Steps = []walk.Step{{ID: "only", Kind: walk.Form, Fields: []walk.Field{{ID: "x", Type: c.field}}, Next: []walk.Branch{{Outcome: "none"}}}}
			kept, wrong := walk.Start(s).Check(map[string]string{"x": c.typed}, walk.Facts{walk.Today: today.String()})
			if kept["x"] != c.kept || !strings.Contains(wrong["x"].Text.It, c.told) || (c.told == "") != (wrong["x"].Code == "") {
				t.Errorf("kept %q, told %q", kept["x"], wrong["x"].Text.It)
			}
			if c.told != "" && wrong["x"].Text.En == "" {
				t.Error("not told in English")
			}
		})
	}
}
