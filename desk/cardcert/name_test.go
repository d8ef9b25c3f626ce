package cardcert_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"bottega/desk/cardcert"
)

const hash = "HpFY+vAkKCMV7hVocq0K6wpGStk="

func TestTheNameOnACertificateIsTakenApart(t *testing.T) {
	for name, tc := range map[string]struct {
		commonName, code, number string
		hashed                   bool
	}{
		"as on every card":    {"SMPPRV88B69D612T/6090012345678000." + hash, "SMPPRV88B69D612T", "6090012345678000", true},
		"a slash in the hash": {"SMPPRV88B69D612T/6090012345678000.dU8XLqXM/PWeQC7g34503PyazFQ=", "SMPPRV88B69D612T", "6090012345678000", true},
		"no hash":             {"SMPPRV88B69D612T/6090012345678000", "SMPPRV88B69D612T", "6090012345678000", false},
		"small letters":       {" smpprv88b69d612t/6090012345678000 ", "SMPPRV88B69D612T", "6090012345678000", false},
		"a provisional code":  {"12345678903/6090012345678000." + hash, "12345678903", "6090012345678000", true},
	} {
		t.Run(name, func(t *testing.T) {
			n, err := cardcert.ParseName(tc.commonName)
			if err != nil || n.FiscalCode != tc.code || n.Number != tc.number || (n.Hash != nil) != tc.hashed {
				t.Errorf("%+v, %v", n, err)
			}
		})
	}
}

func TestANameThatIsNotACardsIsRefused(t *testing.T) {
	for name, commonName := range map[string]string{
		"empty":                       "",
		"a person":                    "Bianchi Nella",
		"no slash":                    "SMPPRV88B69D612T6090012345678000",
		"a short code":                "SMPPRV88B69D612/6090012345678000",
		"a code of other signs":       "SMPPRV88B69D612é/6090012345678000",
		"a letter that becomes an I":  "SMPPRV88B69D612ı/6090012345678000",
		"a short number":              "SMPPRV88B69D612T/609001234567800",
		"letters in the number":       "SMPPRV88B69D612T/609001234567800O." + hash,
		"a hash that is not Base64":   "SMPPRV88B69D612T/6090012345678000.??",
		"an empty hash":               "SMPPRV88B69D612T/6090012345678000.",
		"a line break in the hash":    "SMPPRV88B69D612T/6090012345678000.HpFY+vAkKCMV7hVo\ncq0K6wpGStk=",
		"longer than a name can be":   "SMPPRV88B69D612T/6090012345678000." + strings.Repeat("A", 200),
		"a full stop before a slash":  "SMPPRV88B69D612T.6090012345678000/" + hash,
		"somebody else put behind it": "SMPPRV88B69D612T/6090012345678000/RSSMRA80A01H501U",
	} {
		t.Run(name, func(t *testing.T) {
			if n, err := cardcert.ParseName(commonName); !errors.Is(err, cardcert.ErrName) {
				t.Errorf("%+v, %v", n, err)
			}
		})
	}
}

func FuzzParseName(f *testing.F) {
	f.Add("SMPPRV88B69D612T/6090012345678000." + hash)
	f.Add("SMPPRV88B69D612T/6090012345678000")
	f.Add("//..")
	f.Fuzz(func(t *testing.T, commonName string) {
		n, err := cardcert.ParseName(commonName)
		if err != nil {
			return
		}
		again := n.FiscalCode + "/" + n.Number
		if n.Hash != nil {
			again += "." + base64.StdEncoding.EncodeToString(n.Hash)
		}
		if !strings.EqualFold(again, strings.TrimSpace(commonName)) {
			t.Errorf("%q was read as %q", commonName, again)
		}
	})
}
