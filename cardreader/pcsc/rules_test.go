package pcsc

import (
	"encoding/hex"
	"testing"
)

func TestReadersNobodyCanPutACardInAreHidden(t *testing.T) {
	for name, want := range map[string]bool{
		"bit4id miniLector EVO 00 00":                 true,
		"ACS ACR39U ICC Reader 00 00":                 true,
		"Virtual PCD 00 00":                           true,
		"Samsung Smart Reader 0":                      true,
		"Windows Hello for Business 1":                false,
		"Microsoft Virtual Smart Card 0":              false,
		"ACS ACR1281 1S Dual Reader 00 02 SAM 0":      false,
		"Microsoft UICC ISO Reader 0123456789abcdef ": false,
	} {
		if got := shown(name); got != want {
			t.Errorf("%q shown: %v", name, got)
		}
	}
}

func TestUnderT0ACommandLosesTheByteThatHasNoRoom(t *testing.T) {
	for command, want := range map[string]string{
		"00a4080004110011020" + "0": "00a408000411001102",
		"00a4080c0411001102":        "00a4080c0411001102",
		"00b0000000":                "00b0000000",
		"00200090":                  "00200090",
		"002a8086000101":            "002a8086000101",
	} {
		raw, err := hex.DecodeString(command)
		if err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(withoutLe(raw)); got != want {
			t.Errorf("%s became %s, want %s", command, got, want)
		}
	}
}
