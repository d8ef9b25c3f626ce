package cns

import (
	"encoding/hex"
	"testing"
)

func TestTheReferenceOfThePINIsThatOfTheMask(t *testing.T) {
	layout := &CodesLayout{PIN: 0x10, LocalMasks: []byte{0x09}}
	for name, tc := range map[string]struct {
		atr  string
		want byte
	}{
		"ST 2021, STIncard":                    {"3BFF1800FF8131FE55006B02091617011101434E531131808D", 0x90},
		"Incard of 2010":                       {"3BFF1800FF8131FE55006B02090303010101434E531031809D", 0x90},
		"Athena":                               {"3BDF18008131FE7D006B150C0181011101434E53103180E8", 0x10},
		"IDEMIA 2021":                          {"3BFF1800008131FE45006B05052000012101434E5310318079", 0x10},
		"ACe 2025":                             {"3BFF1800FF8131FE4D006B0404B85B01F101434E531031809D", 0x10},
		"Siemens, over two protocols":          {"3BFF1800FFC10A31FE55006B0508C80C011101434E5310318005", 0x10},
		"an old identity card":                 {"3BF41800FF8131805500318000C7", 0x10},
		"historical bytes of another kind":     {"3BFF1800FF8131FE5500FF02091617011101434E5311318019", 0x10},
		"an answer to reset that is too short": {"3B02006B", 0x10},
		"none at all":                          {"", 0x10},
	} {
		t.Run(name, func(t *testing.T) {
			atr, err := hex.DecodeString(tc.atr)
			if err != nil {
				t.Fatal(err)
			}
			if got := reference(layout, atr); got != tc.want {
				t.Errorf("reference %02X, want %02X", got, tc.want)
			}
		})
	}
}
