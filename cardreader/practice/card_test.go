package practice_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"bottega/cardreader/apdu"
	"bottega/cardreader/cns"
	"bottega/cardreader/practice"
	"bottega/desk/cardnumber"
	"bottega/desk/civil"
	"bottega/desk/fiscalcode"
)

var today = civil.Date{Year: 2026, Month: time.November, Day: 21}

func TestEveryProfileIsSomebodyInOrder(t *testing.T) {
	profiles, err := practice.Profiles(today)
	if err != nil {
		t.Fatal(err)
	}
	if len(profiles) < 40 {
		t.Fatalf("%d profiles", len(profiles))
	}
	seen := map[string]bool{}
	for _, p := range profiles {
		t.Run(p.ID, func(t *testing.T) {
			checkCode(t, p)
			if err := cardnumber.Check(p.Number); err != nil {
				t.Errorf("number: %v", err)
			}
			for _, language := range []string{"it", "en"} {
				if p.About[language] == "" {
					t.Errorf("nothing said about it in %s", language)
				}
			}
			if seen[p.Number] || seen[p.Holder.FiscalCode] {
				t.Error("number or fiscal code of another profile")
			}
			seen[p.Number], seen[p.Holder.FiscalCode] = true, true
			if expired := p.Expires.Before(today); expired != (p.ID == "gino") {
				t.Errorf("expires on %v", p.Expires)
			}
		})
	}
}

// checkCode wants a fiscal code that is this person's, as far as the card says who that is.
func checkCode(t *testing.T, p practice.Profile) {
	t.Helper()
	h := p.Holder
	if len(h.FiscalCode) == 11 { // provisional: it tells nothing about the person, and has a check digit as a card number has
		if cardnumber.CheckDigit(h.FiscalCode[:10]) != h.FiscalCode[10] {
			t.Errorf("provisional code %s", h.FiscalCode)
		}
		return
	}
	if err := fiscalcode.Check(h.FiscalCode); err != nil {
		t.Errorf("fiscal code: %v", err)
	}
	born, sex, err := fiscalcode.Birth(h.FiscalCode, today)
	if err != nil || (born != h.BirthDate && !h.BirthDate.IsZero()) || sex != h.Sex || fiscalcode.BirthPlace(h.FiscalCode) != h.BirthPlace {
		t.Errorf("the fiscal code says born %v, %s: %v", born, sex, err)
	}
}

func TestTheChildStaysAChildAndHasItsParent(t *testing.T) {
	for _, day := range []civil.Date{today, {Year: 2031, Month: 3, Day: 14}, {Year: 2031, Month: 3, Day: 15}, {Year: 2040, Month: 1, Day: 1}} {
		child, err := practice.Find("tommaso", day)
		if err != nil {
			t.Fatal(err)
		}
		if age := child.Holder.BirthDate.AgeOn(day); age != 4 {
			t.Errorf("on %v the child is %d", day, age)
		}
		parent, err := practice.Find(child.Parent, day)
		if err != nil || parent.Holder.Surname != child.Holder.Surname {
			t.Errorf("parent %+v, %v", parent.Holder, err)
		}
	}
}

func TestAnUnknownProfileNamesThoseThereAre(t *testing.T) {
	_, err := practice.Find("nobody", today)
	if !errors.Is(err, practice.ErrUnknownProfile) || !strings.Contains(err.Error(), "bruna") {
		t.Errorf("got %v", err)
	}
	first, err := practice.Find("", today)
	if err != nil || first.ID != "bruna" {
		t.Errorf("got %s, %v", first.ID, err)
	}
}

// send sends a command in hexadecimal and returns the answer in hexadecimal.
func send(t testing.TB, card *practice.Card, command string) string {
	t.Helper()
	raw, err := hex.DecodeString(strings.ReplaceAll(command, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(card.Process(raw))
}

func TestCommandsAreAnsweredAsTheCardsDo(t *testing.T) {
	tests := []struct {
		name     string
		commands []string // all but the last must be OK
		want     string   // how the last one's answer ends
	}{
		{"select by path without FCI", []string{"00a4080c0410001003"}, "9000"},
		{"select with FCI", []string{"00a40800041100110200"}, "8a01059000"},
		{"select by steps", []string{"00a40000023f00", "00a40000021100", "00a40000021102"}, "9000"},
		{"select a sister folder", []string{"00a40000021100", "00a40000021000"}, "9000"},
		{"select the parent", []string{"00a4080c0411001102", "00a4030c"}, "9000"},
		{"select the parent of the root", []string{"00a4030c"}, "6a82"},
		{"select from here", []string{"00a40000021100", "00a4090c021102"}, "9000"},
		{"select an application", []string{"00a4040c05a000000001"}, "6a82"},
		{"select what is not there", []string{"00a4080c022fff"}, "6a82"},
		{"select a path cut short", []string{"00a4080c03100010"}, "6700"},
		{"select in an unknown way", []string{"00a4050c021000"}, "6a86"},
		{"select with an unknown P2", []string{"00a40803021000"}, "6a86"},
		{"read a folder", []string{"00a4080c021100", "00b0000010"}, "6986"},
		{"read whole", []string{"00a4080c0410001003", "00b0000010"}, "9000"},
		{"read across the end", []string{"00a4080c0410001003", "00b0000011"}, "6282"},
		{"read at the end", []string{"00a4080c0410001003", "00b0001001"}, "6282"},
		{"read beyond the end", []string{"00a4080c0410001003", "00b0001101"}, "6b00"},
		{"read by short identifier", []string{"00a4080c0410001003", "00b0810010"}, "6a86"},
		{"verify", []string{"0020009008" + "3132333435ffffff"}, "9000"},
		{"verify another reference", []string{"0020001008" + "3132333435ffffff"}, "6a88"},
		{"verify wrong", []string{"0020009008" + "3132333436ffffff"}, "63c2"},
		{"verify empty", []string{"00200090"}, "63c2"},
		{"change", []string{"0024009010" + "3132333435ffffff" + "3535353535ffffff", "0020009008" + "3535353535ffffff"}, "9000"},
		{"change to four digits", []string{"0024009010" + "3132333435ffffff" + "35353535ffffffff"}, "6a80"},
		{"change to letters", []string{"0024009010" + "3132333435ffffff" + "3535353535ff41ff"}, "6a80"},
		{"change with half the data", []string{"0024009008" + "3132333435ffffff"}, "6700"},
		{"unblock wrong", []string{"002c009010" + "3132333435363739" + "3535353535ffffff"}, "63c2"},
		{"restore the environment", []string{"0022f30300"}, "9000"},
		{"restore another environment", []string{"0022f33000"}, "6a86"},
		{"choose a key", []string{"0022f1b803830101"}, "9000"},
		{"choose another key", []string{"0022f1b803830102"}, "6a88"},
		{"random bytes", []string{"008400000a"}, "9000"},
		{"data objects", []string{"00cadf3005"}, "6a88"},
		{"another class", []string{"80a4080c0410001003"}, "6e00"},
		{"another instruction", []string{"00f1000000"}, "6d00"},
		{"no command", []string{"0020"}, "6700"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			card := cardOf(t, "bruna")
			answer := ""
			for i, command := range tt.commands {
				if answer = send(t, card, command); i < len(tt.commands)-1 && !strings.HasSuffix(answer, "9000") {
					t.Fatalf("%s answered %s", command, answer)
				}
			}
			if !strings.HasSuffix(answer, tt.want) {
				t.Errorf("answered %s, want %s", answer, tt.want)
			}
		})
	}
}

func TestSelectingAFileTellsItsSizeAndName(t *testing.T) {
	answer, err := hex.DecodeString(send(t, cardOf(t, "bruna"), "00a40800041100110200"))
	if err != nil {
		t.Fatal(err)
	}
	fci, err := apdu.ParseFCI(answer[:len(answer)-2])
	if want := (apdu.FCI{Size: 400, FID: 0x1102}); err != nil || fci != want {
		t.Errorf("got %+v, %v", fci, err)
	}
}

const (
	rightPIN = "0020009008" + "3132333435ffffff"
	wrongPIN = "0020009008" + "3939393939ffffff"
	wrongPUK = "002c009010" + "3939393939393939" + "3535353535ffffff"
	rightPUK = "002c009010" + "3132333435363738" + "3535353535ffffff"
)

func TestThePINBlocksAfterThreeWrongTriesAndThePUKUnblocksIt(t *testing.T) {
	card := cardOf(t, "bruna")
	var got []string
	for _, c := range []string{wrongPIN, wrongPIN, rightPIN, wrongPIN, wrongPIN, wrongPIN, rightPIN, rightPUK, rightPIN, "0020009008" + "3535353535ffffff"} {
		got = append(got, send(t, card, c))
	}
	want := []string{"63c2", "63c1", "9000", "63c2", "63c1", "63c0", "6983", "9000", "63c2", "9000"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestThePUKBlocksForGood(t *testing.T) {
	card := cardOf(t, "bruna")
	var got []string
	for _, c := range []string{wrongPUK, wrongPUK, wrongPUK, rightPUK} {
		got = append(got, send(t, card, c))
	}
	if want := []string{"63c2", "63c1", "63c0", "6983"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestCountersOutliveAResetAndTheVerifiedPINDoesNot(t *testing.T) {
	card := cardOf(t, "bruna")
	send(t, card, wrongPIN)
	card.Reset()
	if left := card.TriesLeft(); left != 2 {
		t.Errorf("%d tries left after a reset", left)
	}
	send(t, card, rightPIN)
	card.Reset()
	send(t, card, "0022f1b803830101")
	if got := sign(t, card, make([]byte, 32)); got != nil {
		t.Error("the card signs after a reset without its PIN")
	}
}

// sign asks for a signature the way middleware does: a block padded by the host, chained. It returns nil when refused.
func sign(t testing.TB, card *practice.Card, digest []byte) []byte {
	t.Helper()
	prefix, err := hex.DecodeString("3031300d060960864801650304020105000420")
	if err != nil {
		t.Fatal(err)
	}
	info := slices.Concat(prefix, digest)
	block := append([]byte{0x00, 0x00, 0x01}, bytes.Repeat([]byte{0xFF}, 256-3-len(info))...)
	block = append(append(block, 0x00), info...)
	r, err := apdu.Exchange(context.Background(), direct{card}, apdu.Command{INS: 0x2A, P1: 0x80, P2: 0x86, Data: block, Ne: 256})
	if err != nil {
		t.Fatal(err)
	}
	if r.Status != apdu.OK {
		return nil
	}
	return r.Data
}

type direct struct{ card *practice.Card }

func (d direct) Transmit(_ context.Context, command []byte) ([]byte, error) {
	return d.card.Process(command), nil
}

func certificateOf(t testing.TB, card *practice.Card) *x509.Certificate {
	t.Helper()
	send(t, card, "00a4080c0411001101")
	var file []byte
	for offset := 0; offset < 2048; offset += 0xFF {
		answer := card.Process([]byte{0x00, 0xB0, byte(offset >> 8), byte(offset), 0xFF})
		file = append(file, answer[:len(answer)-2]...)
	}
	c, err := cns.ParseCertificate(file)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTheKeySignsForItsCertificateOnlyAfterThePIN(t *testing.T) {
	card := cardOf(t, "bruna")
	public, ok := certificateOf(t, card).PublicKey.(*rsa.PublicKey)
	if !ok {
		t.Fatal("not an RSA key")
	}
	digest := sha256.Sum256([]byte("prova"))
	send(t, card, "0022f1b803830101")
	if sign(t, card, digest[:]) != nil {
		t.Error("the card signs without its PIN")
	}
	send(t, card, rightPIN)
	if err := rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], sign(t, card, digest[:])); err != nil {
		t.Errorf("DECIPHER: %v", err)
	}
	info := "3031300d060960864801650304020105000420" + hex.EncodeToString(digest[:])
	answer, err := hex.DecodeString(send(t, card, "002a9e9a33"+info+"00"))
	if err != nil || len(answer) != 258 {
		t.Fatalf("%d bytes, %v", len(answer), err)
	}
	if err := rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], answer[:256]); err != nil {
		t.Errorf("COMPUTE DIGITAL SIGNATURE: %v", err)
	}
}

func TestCertificatesSayPROVAAndChainToThePracticeAuthority(t *testing.T) {
	card := cardOf(t, "niccolo")
	c := certificateOf(t, card)
	authority, err := practice.Authority()
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(authority)
	if _, err := c.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
		t.Error(err)
	}
	if !strings.Contains(c.Issuer.String(), "PROVA") || !strings.Contains(c.Subject.String(), "PROVA") {
		t.Errorf("issued by %s to %s", c.Issuer, c.Subject)
	}
	p := card.Profile()
	if prefix := p.Holder.FiscalCode + "/" + p.Number + "."; !strings.HasPrefix(c.Subject.CommonName, prefix) || len(c.Subject.CommonName) != len(prefix)+28 {
		t.Errorf("common name %q", c.Subject.CommonName)
	}
	again := certificateOf(t, cardOf(t, "niccolo"))
	if !bytes.Equal(again.Raw, c.Raw) {
		t.Error("the same card has another certificate each time")
	}
}

func FuzzCard(f *testing.F) {
	for _, seed := range []string{"00a4080c0410001003", "00b0000000", rightPIN, "102a8086ff", "0022f1b803830101", "008400000a"} {
		b, err := hex.DecodeString(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	card := cardOf(f, "bruna")
	f.Fuzz(func(t *testing.T, command []byte) {
		if answer := card.Process(command); len(answer) < 2 || len(answer) > 65538 {
			t.Errorf("%x: an answer of %d bytes", command, len(answer))
		}
	})
}
