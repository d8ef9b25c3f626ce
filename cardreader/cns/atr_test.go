package cns_test

import (
	"encoding/hex"
	"testing"

	"bottega/cardreader/cns"
)

func TestAnswersToResetAreUnderstood(t *testing.T) {
	tests := []struct {
		name, atr        string
		cns, contactless bool
	}{
		{"Athena, Tuscany", "3BDF18008131FE7D006B150C0181011101434E53103180E8", true, false},
		{"ST 2021, Tuscany", "3BFF1800FF8131FE55006B0209161701110143" + "4E531131808D", true, false},
		{"Siemens, two protocols", "3BFF1800FFC10A31FE55006B0508C80C011101434E5310318005", true, false},
		{"contactless side", "3B80800101", false, true},
		{"another card", "3B6800000073C84013009000", false, false},
		{"cut short", "3BDF18", false, false},
		{"nothing", "", false, false},
		{"interface bytes without end", "3BFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			atr, err := hex.DecodeString(tt.atr)
			if err != nil {
				t.Fatal(err)
			}
			if got := cns.ClaimsCNS(atr); got != tt.cns {
				t.Errorf("ClaimsCNS is %v", got)
			}
			if got := cns.Contactless(atr); got != tt.contactless {
				t.Errorf("Contactless is %v", got)
			}
		})
	}
}

func FuzzHistorical(f *testing.F) {
	for _, seed := range []string{"3BDF18008131FE7D006B150C0181011101434E53103180E8", "3B80800101", "3BFF"} {
		b, err := hex.DecodeString(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, atr []byte) {
		if got := cns.Historical(atr); len(got) > 15 {
			t.Errorf("%d historical bytes", len(got))
		}
	})
}
