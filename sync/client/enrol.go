package client

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"bottega/desk"
	"bottega/sync/wire"
)

// identity is who this desk is for its hub. It holds a private key: it is kept sealed and never logged.
type identity struct {
	Desk    string `json:"desk"`
	Site    string `json:"site,omitempty"`
	Host    string `json:"host"`
	Address string `json:"address"`
	// Certificate, Key (PKCS #8) and Authority are DER.
	Certificate []byte          `json:"certificate"`
	Key         []byte          `json:"key"`
	Authority   []byte          `json:"authority"`
	Keys        []wire.TokenKey `json:"keys"`
	// ReplyBase is how many replies the journal had from hubs that knew this desk under another identity: the numbers of this
	// hub's replies are kept on top of it.
	ReplyBase uint64 `json:"reply_base,omitempty"`
}

func loadIdentity(ctx context.Context, from Identity) (*identity, error) {
	data, err := from.LoadIdentity(ctx)
	if err != nil || data == nil {
		return nil, err
	}
	var id identity
	if err := json.Unmarshal(data, &id); err != nil {
		return nil, errors.New("the identity of this desk cannot be read") // the cause may repeat what it read
	}
	return &id, nil
}

// certificate returns the key pair of the desk for TLS.
func (id *identity) certificate() (tls.Certificate, error) {
	key, err := x509.ParsePKCS8PrivateKey(id.Key)
	if err != nil {
		return tls.Certificate{}, errors.New("the key of this desk cannot be read")
	}
	return tls.Certificate{Certificate: [][]byte{id.Certificate}, PrivateKey: key}, nil
}

// use makes the identity the one that the client calls with. The caller holds the turn, or is New.
func (c *Client) use(id *identity) error {
	door, err := c.doorOf(id)
	if err != nil {
		return err
	}
	if old, ok := c.door.(*httpDoor); ok {
		old.close()
	}
	c.door = door
	c.checked = false
	c.mu.Lock()
	defer c.mu.Unlock()
	c.identity = id
	return nil
}

// doorOf returns the hub of an identity, which trusts its authority alone and shows the certificate of this desk.
func (c *Client) doorOf(id *identity) (*httpDoor, error) {
	certificate, err := id.certificate()
	if err != nil {
		return nil, err
	}
	authority, err := x509.ParseCertificate(id.Authority)
	if err != nil {
		return nil, fmt.Errorf("reading the hub's authority: %w", err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(authority)
	return newDoor(id.Address, &tls.Config{
		MinVersion: tls.VersionTLS13, RootCAs: roots, ServerName: id.Host, Time: c.params.Clock,
		// Always the desk's: a hub that does not name its authority among the acceptable ones still learns who calls.
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &certificate, nil },
	}, c.params.Clock), nil
}

func (c *Client) replyBase() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.identity == nil {
		return 0
	}
	return c.identity.ReplyBase
}

// Enrolled is what a desk learns when it enrols.
type Enrolled struct {
	Desk string
	Site string
}

// Enrol turns a one-time code into this desk's identity. The error is a *Trouble; with CodeMistyped it may hold a
// *wire.CodeGroupError that names the group to look at. A desk that enrols again at the same hub stays itself; at another hub it
// sends everything from the start.
func (c *Client) Enrol(ctx context.Context, text string) (Enrolled, error) {
	code, err := wire.ParseEnrolCode(text)
	if err != nil {
		return Enrolled{}, &Trouble{Word: CodeMistyped, Err: err}
	}
	if err := c.takeTurn(ctx); err != nil {
		return Enrolled{}, err
	}
	defer c.endTurn()
	key, csr, err := c.keyFor(code)
	if err != nil {
		return Enrolled{}, &Trouble{Word: Other, Err: err}
	}
	answer, err := c.callEnrol(ctx, code, csr)
	if err != nil {
		return Enrolled{}, err
	}
	id, err := c.identityOf(code, key, answer)
	if err != nil {
		return Enrolled{}, err
	}
	if err := c.become(ctx, id); err != nil {
		return Enrolled{}, &Trouble{Word: JournalFault, Err: err}
	}
	c.params.Log.Info("enrolled", "desk", id.Desk, "hub", id.Address)
	signal(c.woken)
	return Enrolled{Desk: id.Desk, Site: id.Site}, nil
}

// keyFor returns the key that goes with a code: the same one when the code is tried again.
func (c *Client) keyFor(code wire.EnrolCode) (*ecdsa.PrivateKey, string, error) {
	secret := hex.EncodeToString(code.Secret[:])
	if c.pending.secret != secret {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, "", fmt.Errorf("making the key of this desk: %w", err)
		}
		c.pending = pendingKey{secret: secret, key: key}
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, c.pending.key)
	if err != nil {
		return nil, "", fmt.Errorf("asking for a certificate: %w", err)
	}
	return c.pending.key, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})), nil
}

func (c *Client) callEnrol(ctx context.Context, code wire.EnrolCode, csr string) (wire.Enrolment, error) {
	var answer wire.Enrolment
	body, err := json.Marshal(wire.EnrolRequest{Secret: hex.EncodeToString(code.Secret[:]), CSR: csr, Program: c.params.Program})
	if err != nil {
		return answer, &Trouble{Word: Other, Err: err}
	}
	config, err := c.enrolTLS(code)
	if err != nil {
		return answer, &Trouble{Word: Other, Err: err}
	}
	d := newDoor(code.Address(), config, c.params.Clock)
	defer d.close()
	err = d.ask(ctx, http.MethodPost, wire.PathEnrol, body, "", &answer)
	return answer, asTrouble(err)
}

// enrolTLS trusts the one authority whose fingerprint is in the code, and nobody else: the roots of this computer, to which a proxy
// may have added its own, have no say.
func (c *Client) enrolTLS(code wire.EnrolCode) (*tls.Config, error) {
	config := &tls.Config{
		MinVersion: tls.VersionTLS13, ServerName: code.Host, Time: c.params.Clock,
		InsecureSkipVerify: true, //nolint:gosec // replaced by VerifyConnection, which knows a single authority
		VerifyConnection: func(s tls.ConnectionState) error {
			return verifyHub(s.PeerCertificates, code, c.params.Clock())
		},
	}
	c.mu.Lock()
	id := c.identity
	c.mu.Unlock()
	if id != nil && wire.Fingerprint(id.Authority) == code.Fingerprint {
		// The certificate it has proves that it is the desk that the hub knows.
		certificate, err := id.certificate()
		if err != nil {
			return nil, err
		}
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &certificate, nil }
	}
	return config, nil
}

func verifyHub(chain []*x509.Certificate, code wire.EnrolCode, now time.Time) error {
	i := slices.IndexFunc(chain, func(c *x509.Certificate) bool { return wire.Fingerprint(c.Raw) == code.Fingerprint })
	if i < 1 || !chain[i].IsCA {
		return &wrongHubError{why: "the hub's authority is not the one in the enrolment code"}
	}
	roots := x509.NewCertPool()
	roots.AddCert(chain[i])
	_, err := chain[0].Verify(x509.VerifyOptions{Roots: roots, DNSName: code.Host, CurrentTime: now})
	if err != nil {
		return &tls.CertificateVerificationError{UnverifiedCertificates: chain, Err: err}
	}
	return nil
}

// identityOf holds the answer against what was asked.
func (c *Client) identityOf(code wire.EnrolCode, key *ecdsa.PrivateKey, answer wire.Enrolment) (*identity, error) {
	stranger := func(why string) error { return &Trouble{Word: NotTheHub, Err: errors.New(why)} }
	if answer.Practice != c.params.Practice {
		return nil, &Trouble{Word: PracticeMismatch, Err: fmt.Errorf("practice hub: %t", answer.Practice)}
	}
	authority, certificate := fromPEM(answer.Authority), fromPEM(answer.Certificate)
	if authority == nil || certificate == nil || !wire.Word(answer.Desk) || wire.Fingerprint(authority.Raw) != code.Fingerprint {
		return nil, stranger("the enrolment is incomplete")
	}
	if public, ok := certificate.PublicKey.(*ecdsa.PublicKey); !ok || !public.Equal(key.Public()) {
		return nil, stranger("the certificate is for another key")
	}
	if err := certificate.CheckSignatureFrom(authority); err != nil {
		return nil, stranger("the certificate is not of the hub's authority")
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, &Trouble{Word: Other, Err: err}
	}
	return &identity{
		Desk: answer.Desk, Site: answer.Site, Host: code.Host, Address: code.Address(),
		Certificate: certificate.Raw, Key: der, Authority: authority.Raw, Keys: answer.Keys,
	}, nil
}

func fromPEM(text string) *x509.Certificate {
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" {
		return nil
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil
	}
	return c
}

// become keeps the identity and calls with it from now on.
func (c *Client) become(ctx context.Context, id *identity) error {
	pos, err := c.params.Journal.Position(ctx)
	if err != nil {
		return err
	}
	c.mu.Lock()
	before := c.identity
	c.mu.Unlock()
	id.ReplyBase = pos.Replies
	if before != nil && before.Desk == id.Desk {
		id.ReplyBase = before.ReplyBase
	}
	sealed, err := json.Marshal(id)
	if err != nil {
		return errors.New("the identity of this desk cannot be written")
	}
	if err := c.params.Identity.SaveIdentity(ctx, sealed); err != nil {
		return err
	}
	if err := c.use(id); err != nil {
		return err
	}
	c.pending = pendingKey{}
	c.change(func(s *desk.LineStatus) {
		s.State, s.Problem, s.NextAt = desk.LineIdle, "", time.Time{}
	})
	return nil
}
