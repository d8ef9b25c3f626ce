package transcript

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"net/url"
	"slices"
	"testing"
	"time"
)

// born is an extension that tells the holder's birth (RFC 3739, 3.2.2), as certificates on cards may.
func born(t *testing.T) pkix.Extension {
	t.Helper()
	type attribute struct {
		Type   asn1.ObjectIdentifier
		Values []time.Time `asn1:"set"`
	}
	value, err := asn1.Marshal([]attribute{{Type: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 9, 1}, Values: []time.Time{time.Date(1952, 7, 9, 12, 0, 0, 0, time.UTC)}}})
	if err != nil {
		t.Fatal(err)
	}
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 9}, Value: value}
}

// talkative is a certificate that says of its holder whatever a certificate can say.
func talkative(t *testing.T, key crypto.Signer, selfSigned bool) *x509.Certificate {
	t.Helper()
	authorityKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(7), IsCA: true, BasicConstraintsValid: true, SubjectKeyId: []byte("the authority's key"),
		Subject:   pkix.Name{Country: []string{"IT"}, Organization: []string{"PROVA"}, CommonName: "Regione PROVA - CA Cittadini"},
		NotBefore: time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	page, err := url.Parse("https://example.org/ilaria.vannucchi")
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes([]byte("\x31serialnumber")),
		Subject: pkix.Name{
			Country: []string{"IT"}, Organization: []string{"Vannucchi & C. snc"}, OrganizationalUnit: []string{"Regione PROVA"},
			CommonName: "VNNLRI52L49D612Q/6090012345678000.pWBzbSPnQXL4CWKAqhK9hUMsTow=", SerialNumber: "VNNLRI52L49D612Q",
			ExtraNames: []pkix.AttributeTypeAndValue{
				{Type: asn1.ObjectIdentifier{2, 5, 4, 4}, Value: "VANNUCCHI"}, {Type: asn1.ObjectIdentifier{2, 5, 4, 42}, Value: "Ilaria"},
				{Type: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}, Value: "ilaria@vannucchi.example"},
			},
		},
		NotBefore: time.Date(2024, 1, 15, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2030, 1, 14, 23, 59, 59, 0, time.UTC),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		SubjectKeyId: []byte("the holder's own key"), EmailAddresses: []string{"ilaria@vannucchi.example"}, URIs: []*url.URL{page},
		CRLDistributionPoints: []string{"http://example.org/crl"}, OCSPServer: []string{"http://example.org/ocsp"},
		Policies: []x509.OID{policy(t)}, ExtraExtensions: []pkix.Extension{born(t)},
	}
	parent, signer := authority, crypto.Signer(authorityKey)
	if selfSigned {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func policy(t *testing.T) x509.OID {
	t.Helper()
	oid, err := x509.OIDFromInts([]uint64{1, 3, 76, 16, 2, 1})
	if err != nil {
		t.Fatal(err)
	}
	return oid
}

// redactedFile redacts one file that was read from its start.
func redactedFile(content []byte) []byte {
	i := &image{}
	i.put(0, content)
	redacted([]*image{i}, seeded(1), theDay)
	return i.fresh
}

// told are the words and bytes of talkative that tell whose it is.
func told(c *x509.Certificate) [][]byte {
	return [][]byte{
		[]byte("VNNLRI52L49D612Q"), []byte("6090012345678000"), []byte("pWBzbSPnQXL4CWKAqhK9hUMsTow="), []byte("VANNUCCHI"), []byte("Vannucchi"),
		[]byte("vannucchi"), []byte("Ilaria"), []byte("ilaria"), []byte("serialnumber"), []byte("the holder's own key"), []byte("19520709"), []byte("520709"),
		c.Signature[len(c.Signature)-24:],
	}
}

func TestACertificateStaysOneOfNobody(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]crypto.Signer{"RSA": rsaKey, "P-256": p256, "P-384": p384, "Ed25519": edwards} {
		t.Run(name, func(t *testing.T) {
			old := talkative(t, key, false)
			fresh := redactedFile(append(bytes.Clone(old.Raw), make([]byte, 100)...))
			c, err := x509.ParseCertificate(fresh[:len(old.Raw)])
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range told(old) {
				if bytes.Contains(fresh, b) {
					t.Errorf("%q is left in %q", b, fresh)
				}
			}
			if publicKey := old.RawSubjectPublicKeyInfo[len(old.RawSubjectPublicKeyInfo)-24:]; name != "RSA" && bytes.Contains(fresh, publicKey) {
				t.Error("the key is left")
			}
			if k, ok := c.PublicKey.(*rsa.PublicKey); ok && (k.N.Cmp(rsaKey.N) == 0 || k.Size() != rsaKey.Size() || k.E != rsaKey.E) {
				t.Errorf("the key became one of %d bytes", k.Size())
			}
			if c.Issuer.String() != old.Issuer.String() || c.KeyUsage != old.KeyUsage || !slices.Equal(c.ExtKeyUsage, old.ExtKeyUsage) ||
				!slices.Equal(c.CRLDistributionPoints, old.CRLDistributionPoints) || !slices.Equal(c.OCSPServer, old.OCSPServer) ||
				len(c.Policies) != 1 || !c.Policies[0].Equal(old.Policies[0]) || !bytes.Equal(c.AuthorityKeyId, old.AuthorityKeyId) {
				t.Error("what the authority says of all its certificates has changed")
			}
			if c.NotBefore.Equal(old.NotBefore) || c.NotAfter.Sub(c.NotBefore) != old.NotAfter.Sub(old.NotBefore) {
				t.Errorf("%s to %s became %s to %s", old.NotBefore, old.NotAfter, c.NotBefore, c.NotAfter)
			}
			if c.SerialNumber.Sign() <= 0 || c.Subject.Country[0] != "IT" || len(c.Subject.CommonName) != len(old.Subject.CommonName) {
				t.Errorf("the subject became %s, serial %s", c.Subject, c.SerialNumber)
			}
			if shape(old.Raw) != shape(fresh[:len(old.Raw)]) {
				t.Error("tags or lengths have changed")
			}
		})
	}
}

// shape writes the tags and lengths of DER.
func shape(der []byte) string {
	found, _ := elements(der)
	var s []byte
	for _, e := range found {
		s = append(s, byte(e.Class), byte(e.Tag), byte(len(e.Bytes)>>8), byte(len(e.Bytes)))
		if e.IsCompound {
			s = append(s, shape(e.Bytes)...)
		}
	}
	return string(s)
}

func TestTheIssuerOfACertificateThatSignedItselfIsTheHolder(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	old := talkative(t, key, true)
	fresh := redactedFile(old.Raw)
	for _, b := range told(old) {
		if bytes.Contains(fresh, b) {
			t.Errorf("%q is left", b)
		}
	}
	if _, err := x509.ParseCertificate(fresh); err != nil {
		t.Error(err)
	}
}

func TestACertificateThatWasNotReadToItsEndTellsNothingEither(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	old := talkative(t, key, false)
	for n := 0; n < len(old.Raw); n += 5 {
		fresh := redactedFile(old.Raw[:n])
		if len(fresh) != n {
			t.Fatalf("%d bytes became %d", n, len(fresh))
		}
		for _, b := range told(old) {
			if bytes.Contains(fresh, b) {
				t.Fatalf("%q is left of %d bytes: %q", b, n, fresh)
			}
		}
	}
}

func TestADamagedCertificateTellsNothingEither(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	old := talkative(t, key, false)
	for at := 0; at < len(old.Raw)-128; at += 3 { // not in the signature
		damaged := bytes.Clone(old.Raw)
		damaged[at] ^= 0x84
		fresh := redactedFile(damaged)
		for _, b := range told(old) {
			if bytes.Contains(fresh, b) {
				t.Fatalf("%q is left, damaged at %d: %q", b, at, fresh)
			}
		}
	}
}
