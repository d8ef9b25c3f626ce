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
	"strings"
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
	return selfSigned("PROVA - CA carte di prova", key)
}

// selfSigned makes the certificate of an authority.
func selfSigned(name string, key *rsa.PrivateKey) (*x509.Certificate, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject: pkix.Name{
			Country: []string{"IT"}, Organization: []string{"PROVA"}, OrganizationalUnit: []string{"Bottega della Salute"}, CommonName: name,
		},
		SignatureAlgorithm:    x509.SHA256WithRSA,
		BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		NotBefore: time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2110, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	return issue{template: template, parent: template, signer: key}.sign(&key.PublicKey)
}

// issue is a certificate about to be signed.
type issue struct {
	template, parent *x509.Certificate
	signer           *rsa.PrivateKey
}

// sign makes the certificate. PKCS #1 v1.5 signatures have no chance in them, so equal input gives equal bytes.
func (i issue) sign(public crypto.PublicKey) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, i.template, i.parent, public, i.signer)
	if err != nil {
		return nil, fmt.Errorf("practice certificate: %w", err)
	}
	return x509.ParseCertificate(der)
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
	policy, err := x509.OIDFromInts(policyCNS)
	if err != nil {
		return nil, fmt.Errorf("practice certificate: %w", err)
	}
	i := issue{signer: key, parent: authority, template: &x509.Certificate{
		SerialNumber: serial,
		Subject: pkix.Name{
			Country: []string{"IT"}, Organization: []string{"PROVA"}, OrganizationalUnit: []string{"Regione PROVA", "Carte di prova"},
			CommonName: p.commonName(),
		},
		SignatureAlgorithm: x509.SHA256WithRSA,
		NotBefore:          midnight(p.Issued), NotAfter: midnight(p.Expires.AddDays(1)).Add(-time.Second),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageEmailProtection},
		BasicConstraintsValid: true,
		Policies:              []x509.OID{policy},
	}}
	if spoil, spoilt := certificateFaults[p.Fault]; spoilt {
		if err := spoil(&i); err != nil {
			return nil, err
		}
	}
	return i.sign(public)
}

// commonName is "fiscalcode/number.hash". Of what exactly the hash is taken no public text tells: some of our cards take it of
// the whole file of personal data, some of the used part.
func (p Profile) commonName() string {
	data, used := p.personalFile()
	if p.chip.hashesUsed {
		data = data[:used]
	}
	hash := sha1.Sum(data)
	return fmt.Sprintf("%s/%s.%s", p.Holder.FiscalCode, p.Number, base64.StdEncoding.EncodeToString(hash[:]))
}

// certificateFaults are what can be wrong with a certificate, by the fault's name.
var certificateFaults = map[string]func(*issue) error{
	// An authority that nobody here knows.
	"other_authority": func(i *issue) (err error) {
		if i.signer, err = cardKey(0, 2048); err != nil {
			return err
		}
		i.parent, err = selfSigned("PROVA - CA sconosciuta", i.signer)
		return err
	},
	// The authority's name stands on it, and somebody else signed it.
	"forged": func(i *issue) (err error) {
		named := *i.parent
		named.PublicKey = nil // else the library would refuse to sign with another's key
		i.parent = &named
		i.signer, err = cardKey(0, 2048)
		return err
	},
	"old_algorithm": func(i *issue) error {
		i.template.SignatureAlgorithm = x509.SHA1WithRSA
		return nil
	},
	// A certificate for signing papers, which must not log in.
	"for_signing": func(i *issue) error {
		i.template.KeyUsage, i.template.ExtKeyUsage = x509.KeyUsageContentCommitment, nil
		return nil
	},
	"other_policy": func(i *issue) error {
		other, err := x509.OIDFromInts([]uint64{1, 3, 76, 16, 2, 99})
		i.template.Policies = []x509.OID{other}
		return err
	},
	"other_card": func(i *issue) error {
		_, hash, _ := strings.Cut(i.template.Subject.CommonName, ".")
		i.template.Subject.CommonName = "PRVSMP70A01Z100V/6090012345678000." + hash
		return nil
	},
	// The card is good for three years more than its certificate.
	"certificate_expired": func(i *issue) error {
		i.template.NotAfter = i.template.NotBefore.AddDate(validYears/2, 0, 0).Add(-time.Second)
		return nil
	},
}

// policyCNS is the national policy that certificates on these cards are issued under.
var policyCNS = []uint64{1, 3, 76, 16, 2, 1}

func midnight(d civil.Date) time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

func authorityKey() (*rsa.PrivateKey, error) { return loadKey("practice_ca.key.pem", 0) }

// cardKey returns the key of the practice card at a place in practice.json. There are a few keys of each length, which the cards
// take in turn.
func cardKey(index, bits int) (*rsa.PrivateKey, error) {
	return loadKey(fmt.Sprintf("practice_cards_%d.key.pem", bits), index)
}

// loadKey returns a key from a file of PEM blocks, beginning again at the first one after the last.
func loadKey(file string, index int) (*rsa.PrivateKey, error) {
	rest, err := cards.Files.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("practice key: %w", err)
	}
	var blocks []*pem.Block
	for block, more := pem.Decode(rest); block != nil; block, more = pem.Decode(more) {
		blocks = append(blocks, block)
	}
	if len(blocks) == 0 {
		return nil, fmt.Errorf("%s holds no key", file)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(blocks[index%len(blocks)].Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s holds a key that is not RSA", file)
	}
	return key, nil
}
