package cns_test

import (
	"context"
	"slices"
	"testing"

	"bottega/cardreader"
	"bottega/desk"
)

func TestWhatDoesNotAgreeOnACardIsAWarningAndStopsNothing(t *testing.T) {
	tuscan := numbered("609001234567800")
	tests := []struct {
		name    string
		fields  map[int]string
		number  []byte
		compact bool
		want    []string
	}{
		{"all in order", nil, tuscan, false, nil},
		{"a changed surname", map[int]string{4: "ALTRO"}, tuscan, false, []string{desk.WarningCodeName}},
		{"a cut name", map[int]string{5: "PRO"}, tuscan, false, []string{desk.WarningCodeName}},
		{"another birth date", map[int]string{6: "28021988"}, tuscan, false, []string{desk.WarningCodeBirth}},
		{"another sex", map[int]string{7: "M"}, tuscan, false, []string{desk.WarningCodeBirth}},
		{"another birth place", map[int]string{11: "E715"}, tuscan, false, []string{desk.WarningCodePlace}},
		{"a state beside the place", map[int]string{12: "Z100"}, tuscan, false, nil},
		{"a provisional code", map[int]string{9: "12345678903"}, tuscan, false, []string{desk.WarningProvisional}},
		{"a date that does not exist", map[int]string{6: "31021988"}, tuscan, false, []string{desk.WarningImpossibleDate}},
		{"another issuer in the data", map[int]string{1: "6030"}, tuscan, false, []string{desk.WarningIssuer}},
		{"no issuer in the data", map[int]string{1: ""}, tuscan, false, nil},
		{"the compact layout", nil, tuscan, true, []string{desk.WarningCompact}},
		{"an end in sixty days", map[int]string{3: "20012027"}, tuscan, false, []string{desk.WarningEndsSoon}},
		{"an end in sixty-one days", map[int]string{3: "21012027"}, tuscan, false, nil},
		{"an end today", map[int]string{3: "21112026"}, tuscan, false, []string{desk.WarningEndsSoon}},
		{"an end yesterday, which is a trouble", map[int]string{3: "20112026"}, tuscan, false, nil},
		{"another issuer's card", nil, numbered("712345678901200"), false, []string{desk.WarningNotHealth}},
		{"much at once", map[int]string{4: "ALTRO", 6: "31021988", 7: "M"}, tuscan, true,
			[]string{desk.WarningCodeName, desk.WarningCodeBirth, desk.WarningImpossibleDate, desk.WarningCompact}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fields := changed(tt.fields)
			if tt.compact {
				fields = slices.Delete(fields, 7, 8)
			}
			d := &double{atr: atrClassic, files: filesOfCNS("", tt.number, nil)}
			d.files[personalFile] = fileOf(fields, true)
			card, err := reader().Read(context.Background(), d, func(cardreader.Phase) {})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(card.Warnings, tt.want) {
				t.Errorf("warnings %v, want %v", card.Warnings, tt.want)
			}
			if tt.want != nil && results(card)[desk.PartPersonal] != "works" {
				t.Errorf("the data are not read: %v", results(card))
			}
		})
	}
}

func TestAWrongFiscalCodeOrAProvisionalOneIsJudgedAsWhatItIs(t *testing.T) {
	for code, want := range map[string]string{"SMPPRV88B69D612T": "works", "SMPPRV88B69D61NI": "works", "SMPPRV88B69D612X": "fails check_digit", "12345678903": "works", "12345678900": "fails check_digit", "": "not_checked"} {
		d := &double{atr: atrClassic, files: filesOfCNS("", numbered("609001234567800"), nil)}
		d.files[personalFile] = fileOf(changed(map[int]string{9: code}), true)
		card, err := reader().Read(context.Background(), d, func(cardreader.Phase) {})
		if err != nil {
			t.Fatal(err)
		}
		if got := results(card)[desk.PartFiscalCode]; got != want {
			t.Errorf("%q: %s, want %s", code, got, want)
		}
	}
}
