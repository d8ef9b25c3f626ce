package cns_test

import (
	"bytes"
	"errors"
	"testing"

	"bottega/cardreader/cns"
	"bottega/cardreader/practice"
)

func practiceDER(t testing.TB) []byte {
	t.Helper()
	c, err := practice.Authority()
	if err != nil {
		t.Fatal(err)
	}
	return c.Raw
}

func TestACertificateIsFoundInItsPaddedFile(t *testing.T) {
	der := practiceDER(t)
	c, err := cns.ParseCertificate(append(bytes.Clone(der), make([]byte, 500)...))
	if err != nil {
		t.Fatal(err)
	}
	if c.Subject.CommonName != "PROVA - CA carte di prova" {
		t.Errorf("found %q", c.Subject.CommonName)
	}
}

func TestFilesWithoutACertificateSaySo(t *testing.T) {
	der := practiceDER(t)
	tests := []struct {
		name string
		file []byte
		want error
	}{
		{"nothing", nil, cns.ErrNoCertificate},
		{"zeros", make([]byte, 2048), cns.ErrNoCertificate},
		{"FF", bytes.Repeat([]byte{0xFF}, 2048), cns.ErrNoCertificate},
		{"cut", der[:200], cns.ErrCertificateContent},
		{"a length of 4 GB", []byte{0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 1}, cns.ErrCertificateContent},
		{"a prefix before it", append([]byte{1, 2}, der...), cns.ErrCertificateContent},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := cns.ParseCertificate(tt.file); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func FuzzParseCertificate(f *testing.F) {
	der := practiceDER(f)
	f.Add(der)
	f.Add(append(bytes.Clone(der), make([]byte, 100)...))
	f.Add([]byte{0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF})
	f.Add([]byte{0x30, 0x80})
	f.Fuzz(func(t *testing.T, file []byte) {
		c, err := cns.ParseCertificate(file)
		if err == nil && len(c.Raw) > len(file) {
			t.Errorf("%d bytes of certificate from %d", len(c.Raw), len(file))
		}
	})
}
