package revocation

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bottega/desk"
)

// made is the day after the files in testdata/openssl were made; they are good for a hundred years.
var made = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

func file(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "openssl", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func certificateFile(t *testing.T, name string) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode(file(t, name))
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Answers that other software made are understood: OpenSSL knows how authorities make theirs, and shares no code with ours.
func TestWhatOpenSSLAnswersIsUnderstood(t *testing.T) {
	ca := certificateFile(t, "ca.pem")
	for name, tc := range map[string]struct {
		card, file string
		want       desk.PartResult
	}{
		"the part of the list that has the card":        {"withdrawn.pem", "part1.crl", desk.PartFails},
		"the same part, about another card":             {"good.pem", "part1.crl", desk.PartWorks},
		"another part of the list":                      {"withdrawn.pem", "part2.crl", desk.PartNotChecked},
		"an answer by a delegate, withdrawn":            {"withdrawn.pem", "withdrawn.ocsp", desk.PartFails},
		"an answer by a delegate, good":                 {"good.pem", "good.ocsp", desk.PartWorks},
		"an answer by a delegate, about the other card": {"withdrawn.pem", "good.ocsp", desk.PartNotChecked},
	} {
		t.Run(name, func(t *testing.T) {
			read := readList
			if filepath.Ext(tc.file) == ".ocsp" {
				read = readOCSP
			}
			said, err := read(file(t, tc.file), certificateFile(t, tc.card), ca, made)
			got := open("").Result
			if err == nil {
				got = said.check().Result
			}
			if got != tc.want {
				t.Errorf("%s, %v", got, err)
			}
		})
	}
}
