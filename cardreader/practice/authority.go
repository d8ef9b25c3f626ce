package practice

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" // the card specification puts this hash into the certificate's name; nothing relies on it
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"time"

	"bottega/assets/cards"
	"bottega/desk/civil"
)

// Authority returns the certificate of the practice certification authority, the same bytes every time.
func Authority() (*x509.Certificate, error) {
	key, err := authorityKey()
	if err != nil {
		return nil, err
	}
	name := pkix.Name{
		Country: []string{"IT"}, Organization: []string{"PROVA"}, OrganizationalUnit: []string{"Bottega della Salute"},
		CommonName: "PROVA - CA carte di prova",
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: name, BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		NotBefore: time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2110, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	return sign(template, template, &key.PublicKey, key)
}

// certificate returns the authentication certificate of a practice card, issued with the card and ending with it.
func (p Profile) certificate(public crypto.PublicKey) (*x509.Certificate, error) {
	authority, err := Authority()
	if err != nil {
		return nil, err
	}
	key, err := authorityKey()
	if err != nil {
		return nil, err
	}
	serial, ok := new(big.Int).SetString(p.Number, 10)
	if !ok {
		return nil, fmt.Errorf("card number %q is no number", p.Number)
	}
	hash := sha1.Sum(p.personalFile())
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject: pkix.Name{
			Country: []string{"IT"}, Organization: []string{"PROVA"}, OrganizationalUnit: []string{"Regione PROVA", "Carte di prova"},
			CommonName: fmt.Sprintf("%s/%s.%s", p.Holder.FiscalCode, p.Number, base64.StdEncoding.EncodeToString(hash[:])),
		},
		NotBefore: midnight(p.Issued), NotAfter: midnight(p.Expires.AddDays(1)).Add(-time.Second),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageEmailProtection},
		BasicConstraintsValid: true,
	}
	policy, err := x509.OIDFromInts(policyCNS)
	if err != nil {
		return nil, fmt.Errorf("practice certificate: %w", err)
	}
	template.Policies = []x509.OID{policy}
	return sign(template, authority, public, key)
}

// policyCNS is the national policy that certificates on these cards are issued under.
var policyCNS = []uint64{1, 3, 76, 16, 2, 1}

// sign makes a certificate. PKCS #1 v1.5 signatures have no chance in them, so equal input gives equal bytes.
func sign(template, parent *x509.Certificate, public crypto.PublicKey, key *rsa.PrivateKey) (*x509.Certificate, error) {
	template.SignatureAlgorithm = x509.SHA256WithRSA
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, key)
	if err != nil {
		return nil, fmt.Errorf("practice certificate: %w", err)
	}
	return x509.ParseCertificate(der)
}

func midnight(d civil.Date) time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

func authorityKey() (*rsa.PrivateKey, error) { return loadKey("practice_ca.key.pem", 0) }

// cardKey returns the key of the practice card at a place in practice.json.
func cardKey(index int) (*rsa.PrivateKey, error) { return loadKey("practice_cards.key.pem", index) }

// loadKey returns the key at a place in a file of PEM blocks.
func loadKey(file string, index int) (*rsa.PrivateKey, error) {
	rest, err := cards.Files.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("practice key: %w", err)
	}
	var block *pem.Block
	for range index + 1 {
		if block, rest = pem.Decode(rest); block == nil {
			return nil, fmt.Errorf("%s holds no key number %d", file, index+1)
		}
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s: key %d is not RSA", file, index+1)
	}
	return key, nil
}
