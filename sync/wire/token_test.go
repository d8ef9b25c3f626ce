package wire_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bottega/desk"
	"bottega/desk/civil"
	"bottega/desk/fiscalcode"
	"bottega/sync/wire"
)

var update = flag.Bool("update", false, "write the vectors of this package again")

// tokenVector is one published token; Error is empty for a good one, else malformed, key or forged.
type tokenVector struct {
	Name  string                  `json:"name"`
	Token string                  `json:"token"`
	Facts *wire.SignedCertificate `json:"facts,omitempty"`
	Error string                  `json:"error,omitempty"`
}

type tokenVectors struct {
	// Seed makes the private key; it is public, as this file is, and signs nothing else.
	Seed   []byte          `json:"seed"`
	Keys   []wire.TokenKey `json:"keys"`
	Tokens []tokenVector   `json:"tokens"`
}

func testKey() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
}

func day(t testing.TB, s string) civil.Date {
	t.Helper()
	d, err := civil.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func facts(t testing.TB) wire.SignedCertificate {
	code := fiscalcode.Compose("Bianchi", "Nella", day(t, "1948-03-05"), "F", "E715")
	return wire.CertificateOf(desk.RegisteredExemption{
		Number: "E01-2026-000123", Code: "E01", Holder: desk.Person{Surname: "Bianchi", Name: "Nella", FiscalCode: code},
		ValidFrom: day(t, "2026-04-01"), ValidTo: day(t, "2027-03-31"), Issuer: "Azienda USL Toscana nord ovest",
	}, day(t, "2026-11-21"))
}

func sign(t testing.TB, c wire.SignedCertificate) string {
	t.Helper()
	token, err := wire.SignCertificate(testKey(), c)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func publicKeys() []wire.TokenKey {
	return []wire.TokenKey{wire.NewTokenKey(ed25519.PublicKey(testKey()[ed25519.SeedSize:]))}
}

func writeTokenVectors(t *testing.T) {
	c := facts(t)
	noEnd := c
	noEnd.ValidTo, noEnd.Surname, noEnd.Name = civil.Date{}, "Dell'Àcqua", "Ștefan"
	practice := c
	practice.Practice = true
	good := sign(t, c)
	last := good[len(good)-1:]
	other := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, ed25519.SeedSize))
	stranger, err := wire.SignCertificate(other, c)
	if err != nil {
		t.Fatal(err)
	}
	v := tokenVectors{Seed: testKey().Seed(), Keys: publicKeys(), Tokens: []tokenVector{
		{Name: "with an end", Token: good},
		{Name: "without an end, letters with accents", Token: sign(t, noEnd)},
		{Name: "practice hub", Token: sign(t, practice)},
		{Name: "empty", Token: "", Error: "malformed"},
		{Name: "another version", Token: "BT2" + good[3:], Error: "malformed"},
		{Name: "small letters", Token: strings.ToLower(good), Error: "malformed"},
		{Name: "cut short", Token: good[:len(good)-8], Error: "malformed"},
		{Name: "line break inside", Token: good[:40] + "\n" + good[40:], Error: "malformed"},
		{Name: "one letter of the name changed", Token: otherFacts(t, good), Error: "forged"},
		{Name: "last letter changed", Token: good[:len(good)-1] + swap(last), Error: "either"},
		{Name: "signed by a stranger", Token: stranger, Error: "key"},
	}}
	for i := range v.Tokens {
		if v.Tokens[i].Error != "" {
			continue
		}
		got, err := wire.VerifyToken(v.Tokens[i].Token, v.Keys)
		if err != nil {
			t.Fatal(err)
		}
		v.Tokens[i].Facts = &got
	}
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("testdata/tokens.json", append(data, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// otherFacts changes one letter such that the token still reads as facts, only not as the signed ones.
func otherFacts(t *testing.T, good string) string {
	for at := 60; at < 160; at++ {
		changed := good[:at] + swap(good[at:at+1]) + good[at+1:]
		if _, err := wire.VerifyToken(changed, publicKeys()); errors.Is(err, wire.ErrTokenForged) {
			return changed
		}
	}
	t.Fatal("no letter can be changed")
	return ""
}

func swap(letter string) string {
	if letter == "A" {
		return "B"
	}
	return "A"
}

func TestPublishedTokens(t *testing.T) {
	if *update {
		writeTokenVectors(t)
	}
	data, err := os.ReadFile("testdata/tokens.json")
	if err != nil {
		t.Fatal(err)
	}
	var v tokenVectors
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	for _, tc := range v.Tokens {
		t.Run(tc.Name, func(t *testing.T) {
			got, err := wire.VerifyToken(tc.Token, v.Keys)
			if tc.Facts == nil {
				if !refusedAs(err, tc.Error) {
					t.Fatalf("VerifyToken = %v, want %s", err, tc.Error)
				}
				return
			}
			if err != nil || got != *tc.Facts {
				t.Fatalf("VerifyToken = %+v, %v", got, err)
			}
			again, err := wire.SignCertificate(ed25519.NewKeyFromSeed(v.Seed), *tc.Facts)
			if err != nil || again != tc.Token {
				t.Errorf("signing the facts again gives %s, %v", again, err)
			}
		})
	}
}

func refusedAs(err error, word string) bool {
	switch word {
	case "malformed":
		return errors.Is(err, wire.ErrTokenMalformed)
	case "key":
		return errors.Is(err, wire.ErrTokenKey)
	case "forged":
		return errors.Is(err, wire.ErrTokenForged)
	}
	return errors.Is(err, wire.ErrTokenMalformed) || errors.Is(err, wire.ErrTokenForged)
}

// Version 9 of a QR code at level M holds 262 alphanumeric characters, version 11 holds 366.
func TestATokenFitsAQRCodeOfModerateSize(t *testing.T) {
	long := facts(t)
	long.Surname, long.Name = "Della Gherardesca Ugolini", "Maria Maddalena Annunziata"
	for name, tc := range map[string]struct {
		c    wire.SignedCertificate
		most int
	}{"usual names": {facts(t), 311}, "long names": {long, 366}} {
		t.Run(name, func(t *testing.T) {
			token := sign(t, tc.c)
			if len(token) > tc.most {
				t.Errorf("%d characters, at most %d wanted", len(token), tc.most)
			}
			if strings.Trim(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
				t.Errorf("%s is not alphanumeric", token)
			}
		})
	}
}

func TestEveryOtherTextIsNotTheToken(t *testing.T) {
	good := sign(t, facts(t))
	rapid.Check(t, func(t *rapid.T) {
		b := []byte(good)
		at := rapid.IntRange(0, len(b)-1).Draw(t, "at")
		b[at] = rapid.SampledFrom([]byte("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567=\n ")).Filter(func(c byte) bool { return c != good[at] }).Draw(t, "letter")
		if c, err := wire.VerifyToken(string(b), publicKeys()); err == nil {
			t.Fatalf("a changed token verifies: %+v", c)
		}
	})
}

func TestSigningRefusesFactsThatDoNotFit(t *testing.T) {
	for name, touch := range map[string]func(*wire.SignedCertificate){
		"no number":      func(c *wire.SignedCertificate) { c.Number = "" },
		"no day":         func(c *wire.SignedCertificate) { c.SignedOn = civil.Date{} },
		"endless name":   func(c *wire.SignedCertificate) { c.Name = strings.Repeat("a", 101) },
		"not UTF-8":      func(c *wire.SignedCertificate) { c.Name = "\xff" },
		"before 1970":    func(c *wire.SignedCertificate) { c.ValidFrom = day(t, "1969-12-31") },
		"no fiscal code": func(c *wire.SignedCertificate) { c.FiscalCode = "" },
	} {
		t.Run(name, func(t *testing.T) {
			c := facts(t)
			touch(&c)
			if _, err := wire.SignCertificate(testKey(), c); !errors.Is(err, wire.ErrTokenFacts) {
				t.Errorf("SignCertificate = %v", err)
			}
		})
	}
}

func TestFindTokenTakesWhatAScannerReads(t *testing.T) {
	good := sign(t, facts(t))
	for name, text := range map[string]string{
		"bare": good, "small letters": strings.ToLower(good), "broken into lines": good[:50] + "\n" + good[50:] + " \n",
		"page": "https://hub.example.it/verify?t=" + good, "page with more": "https://hub.example.it/verify?t=" + good + "&lang=en",
	} {
		t.Run(name, func(t *testing.T) {
			if got := wire.FindToken(text); got != good {
				t.Errorf("FindToken = %q", got)
			}
		})
	}
	if got := wire.FindToken("https://example.it/menu"); got != "" {
		t.Errorf("FindToken found %q in a menu", got)
	}
}

func TestACertificateHoldsFromItsFirstToItsLastDay(t *testing.T) {
	c := facts(t)
	for on, want := range map[string]bool{"2026-03-31": false, "2026-04-01": true, "2027-03-31": true, "2027-04-01": false} {
		if c.ValidOn(day(t, on)) != want {
			t.Errorf("ValidOn(%s) = %t", on, !want)
		}
	}
	c.ValidTo = civil.Date{}
	if !c.ValidOn(day(t, "2099-01-01")) {
		t.Error("without an end it should hold in 2099")
	}
}

func FuzzToken(f *testing.F) {
	f.Add(sign(f, facts(f)))
	f.Add("BT1")
	f.Add("BT1" + strings.Repeat("A", 200))
	f.Fuzz(func(t *testing.T, token string) {
		c, err := wire.VerifyToken(token, publicKeys())
		if err != nil {
			return
		}
		if again := sign(t, c); again != token {
			t.Fatalf("two tokens for the same facts: %q and %q", token, again)
		}
	})
}
