package revocation

import (
	"bytes"
	"crypto/x509"
	"testing"

	"golang.org/x/crypto/ocsp"
)

// Whatever comes over the line, nothing breaks, and what is found in a list is what the standard library finds in it.
func FuzzReadList(f *testing.F) {
	a := newAuthority(f)
	card := a.card(nil, []string{"http://ca.example.it/1.crl"})
	f.Add(a.list(nil))
	f.Add(a.list(nil, others, mine))
	f.Add(a.list(pointOf("http://ca.example.it/1.crl"), mine))
	f.Add(a.list(func(l *x509.RevocationList) { l.RevokedCertificateEntries[0].ReasonCode = removedFromList }, mine))
	f.Add([]byte{0x30, 0x80, 0x00, 0x00})
	f.Fuzz(func(t *testing.T, data []byte) {
		if said, err := readList(data, card, a.certificate, today); err == nil && !today.Before(said.until) {
			t.Errorf("believed after its time: %+v", said)
		}
		head, entries, err := unfold(data)
		if err != nil {
			return
		}
		covers(head, card)
		found, lookErr := lookUp(entries, card.SerialNumber)
		list, err := x509.ParseRevocationList(data)
		if err != nil || lookErr != nil {
			return
		}
		want := false
		for _, e := range list.RevokedCertificateEntries {
			if e.SerialNumber.Cmp(card.SerialNumber) == 0 {
				want = e.ReasonCode != removedFromList
			}
		}
		if found != want || !bytes.Equal(head.RawTBSRevocationList, list.RawTBSRevocationList) || !head.NextUpdate.Equal(list.NextUpdate) {
			t.Errorf("found %t, the standard library %t", found, want)
		}
	})
}

func FuzzReadOCSP(f *testing.F) {
	a := newAuthority(f)
	card := a.card(nil, nil)
	f.Add(a.says(ocsp.Good))
	f.Add(a.says(ocsp.Revoked, a.signedBy(nil)))
	f.Add(ocsp.TryLaterErrorResponse)
	genuine := a.says(ocsp.Good)
	f.Add(genuine[:len(genuine)/2])
	f.Fuzz(func(t *testing.T, data []byte) {
		said, err := readOCSP(data, card, a.certificate, today)
		if err == nil && said.at.After(today.Add(clockTolerance)) {
			t.Errorf("believed before its time: %+v", said)
		}
	})
}
