package hub

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hpke"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"bottega/sync/hub/store"
	"bottega/sync/wire"
)

// keys are the secrets of a hub: the authority that certifies desks and the hub itself, the key that signs certificates, the one
// that files on a stick are sealed to, and the one that seals what is personal in the database.
type keys struct {
	authority    *x509.Certificate
	authorityKey crypto.Signer
	token        ed25519.PrivateKey
	parcels      hpke.PrivateKey
	sealer       *store.Sealer

	mu     sync.Mutex
	server map[string]*tls.Certificate // by public host; guarded by mu
}

// How long certificates last. The hub's own is made afresh at every start and before it ends. A desk asks for a new one when a third
// of the year is left; one that was away for longer asks for a code.
const (
	authorityYears = 20
	deskYears      = 1
	serverDays     = 90
	renewBefore    = 30 * 24 * time.Hour
	// clockGrace lets desks in whose clock is behind.
	clockGrace = 24 * time.Hour
)

// The files of the state folder that hold keys.
const (
	authorityFile = "authority.pem"
	tokenFile     = "signing.pem"
	sealingFile   = "sealing.key"
	parcelsFile   = "parcels.key"
)

// The types of PEM block of the keys that are not PKCS #8.
const (
	sealingBlock = "BOTTEGA SEALING KEY"
	parcelsBlock = "BOTTEGA PARCEL KEY"
)

func openKeys(dir string, now time.Time) (*keys, error) {
	blocks, err := openPEM(filepath.Join(dir, authorityFile), func() ([]*pem.Block, error) { return newAuthority(now) })
	if err != nil {
		return nil, fmt.Errorf("opening the hub's authority: %w", err)
	}
	k := &keys{server: map[string]*tls.Certificate{}}
	if len(blocks) != 2 {
		return nil, fmt.Errorf("%s: a certificate and a key expected", authorityFile)
	}
	if k.authority, err = x509.ParseCertificate(blocks[0].Bytes); err != nil {
		return nil, fmt.Errorf("%s: %w", authorityFile, err)
	}
	if k.authorityKey, err = parseKey(blocks[1]); err != nil {
		return nil, fmt.Errorf("%s: %w", authorityFile, err)
	}
	blocks, err = openPEM(filepath.Join(dir, tokenFile), newTokenKey)
	if err != nil {
		return nil, fmt.Errorf("opening the hub's signing key: %w", err)
	}
	signer, err := parseKey(blocks[0])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", tokenFile, err)
	}
	token, ok := signer.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s: not an Ed25519 key", tokenFile)
	}
	k.token = token
	if k.sealer, err = openSealer(dir); err != nil {
		return nil, fmt.Errorf("opening the hub's sealing key: %w", err)
	}
	if k.parcels, err = openParcelKey(dir); err != nil {
		return nil, fmt.Errorf("opening the hub's key for files on a stick: %w", err)
	}
	return k, nil
}

// openSealer opens the key of what is personal in the database.
func openSealer(dir string) (*store.Sealer, error) {
	blocks, err := openPEM(filepath.Join(dir, sealingFile), func() ([]*pem.Block, error) {
		key := make([]byte, store.SealingKeySize)
		_, err := rand.Read(key)
		return []*pem.Block{{Type: sealingBlock, Bytes: key}}, err
	})
	if err != nil {
		return nil, err
	}
	return store.NewSealer(blocks[0].Bytes)
}

// openParcelKey opens the key pair that desks seal files to.
func openParcelKey(dir string) (hpke.PrivateKey, error) {
	kem := hpke.MLKEM768X25519()
	blocks, err := openPEM(filepath.Join(dir, parcelsFile), func() ([]*pem.Block, error) {
		key, err := kem.GenerateKey()
		if err != nil {
			return nil, err
		}
		seed, err := key.Bytes()
		return []*pem.Block{{Type: parcelsBlock, Bytes: seed}}, err
	})
	if err != nil {
		return nil, err
	}
	return kem.NewPrivateKey(blocks[0].Bytes)
}

func parseKey(b *pem.Block) (crypto.Signer, error) {
	key, err := x509.ParsePKCS8PrivateKey(b.Bytes)
	if err != nil {
		return nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("not a key that signs")
	}
	return signer, nil
}

// openPEM reads a file of PEM blocks, making it first when it is not there. Of two processes that start together one makes it.
func openPEM(path string, fill func() ([]*pem.Block, error)) ([]*pem.Block, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makePEM(path, fill); err != nil {
			return nil, err
		}
		data, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, err
	}
	var blocks []*pem.Block
	for {
		var b *pem.Block
		if b, data = pem.Decode(data); b == nil {
			break
		}
		blocks = append(blocks, b)
	}
	if len(blocks) == 0 {
		return nil, fmt.Errorf("%s holds no key", filepath.Base(path))
	}
	return blocks, nil
}

func makePEM(path string, fill func() ([]*pem.Block, error)) error {
	blocks, err := fill()
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	for _, b := range blocks {
		err = errors.Join(err, pem.Encode(f, b))
	}
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		// A link never takes the place of a file that is there, as a rename would.
		if err = os.Link(f.Name(), path); errors.Is(err, fs.ErrExist) {
			err = nil
		}
	}
	return errors.Join(err, os.Remove(f.Name()))
}

func newTokenKey() ([]*pem.Block, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return []*pem.Block{{Type: "PRIVATE KEY", Bytes: der}}, err
}

func newAuthority(now time.Time) ([]*pem.Block, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: fmt.Sprintf("Bottega hub authority %X", serial.Bytes()[:4]), Organization: []string{"Bottega"}},
		NotBefore:             now.Add(-clockGrace),
		NotAfter:              now.AddDate(authorityYears, 0, 0),
		KeyUsage:              x509.KeyUsageCertSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	return []*pem.Block{{Type: "CERTIFICATE", Bytes: der}, {Type: "PRIVATE KEY", Bytes: pkcs8}}, err
}

func newSerial() (*big.Int, error) {
	b := make([]byte, 16)
	if _, err := rand.Read(b); err != nil {
		return nil, err
	}
	b[0] = b[0]&0x7f | 0x40 // positive, and of full length
	return new(big.Int).SetBytes(b), nil
}

func (k *keys) tokenKey() wire.TokenKey {
	return wire.NewTokenKey(ed25519.PublicKey(k.token[ed25519.SeedSize:]))
}

// certifyDesk returns a desk's certificate (DER). Its subject names nobody: the hub knows a desk by the certificate itself.
func (k *keys) certifyDesk(public crypto.PublicKey, now time.Time) ([]byte, error) {
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	return x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "Bottega desk", Organization: []string{"Bottega"}},
		NotBefore:    now.Add(-clockGrace),
		NotAfter:     now.AddDate(deskYears, 0, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, k.authority, public, k.authorityKey)
}

// checkDesk reports a certificate that the authority did not give to a desk, or that has ended.
func (k *keys) checkDesk(c *x509.Certificate, now time.Time) error {
	roots := x509.NewCertPool()
	roots.AddCert(k.authority)
	_, err := c.Verify(x509.VerifyOptions{
		Roots: roots, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	return err
}

// serverCertificate returns the hub's certificate for its public host and for this computer.
func (k *keys) serverCertificate(host string, now time.Time) (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if c := k.server[host]; c != nil && now.Add(renewBefore).Before(c.Leaf.NotAfter) {
		return c, nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "Bottega hub", Organization: []string{"Bottega"}},
		NotBefore:    now.Add(-clockGrace),
		NotAfter:     now.AddDate(0, 0, serverDays),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:     []string{"localhost"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = append(template.IPAddresses, ip)
	} else {
		template.DNSNames = append(template.DNSNames, host)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, k.authority, key.Public(), k.authorityKey)
	if err != nil {
		return nil, fmt.Errorf("making the hub's certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	// The authority goes along: a desk that enrols knows only its fingerprint.
	c := &tls.Certificate{Certificate: [][]byte{der, k.authority.Raw}, PrivateKey: key, Leaf: leaf}
	k.server[host] = c
	return c, nil
}
