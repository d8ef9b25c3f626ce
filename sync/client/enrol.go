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
	csr, err := requestFor(c.pending.key)
	return c.pending.key, csr, err
}

// requestFor asks for a certificate for a key, in PEM.
func requestFor(key *ecdsa.PrivateKey) (string, error) {
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		return "", fmt.Errorf("asking for a certificate: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})), nil
}

func (c *Client) callEnrol(ctx context.Context, code wire.EnrolCode, csr string) (wire.Enrolment, error) {
	var answer wire.Enrolment
	data, err := json.Marshal(wire.EnrolRequest{Secret: hex.EncodeToString(code.Secret[:]), CSR: csr, Program: c.params.Program})
	if err != nil {
		return answer, &Trouble{Word: Other, Err: err}
	}
	config, err := c.enrolTLS(code)
	if err != nil {
		return answer, &Trouble{Word: Other, Err: err}
	}
	d, err := newDoor(code.Address(), config, c.params.Clock)
	if err != nil {
		return answer, &Trouble{Word: Other, Err: err}
	}
	defer d.close()
	_, err = d.ask(ctx, http.MethodPost, wire.PathEnrol, &body{parts: [][]byte{data}}, "", &answer)
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
	if id := c.who(); id != nil && wire.Fingerprint(id.Authority) == code.Fingerprint {
		// The certificate it has proves that it is the desk that the hub knows.
		certificate, err := id.tls()
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
	if answer.Practice != c.params.Practice {
		return nil, &Trouble{Word: PracticeMismatch, Err: fmt.Errorf("practice hub: %t", answer.Practice)}
	}
	authority := fromPEM(answer.Authority)
	if authority == nil || wire.Fingerprint(authority.Raw) != code.Fingerprint {
		return nil, &Trouble{Word: NotTheHub, Err: errors.New("the enrolment is of another authority")}
	}
	shown, err := credentialOf(authority, key, answer)
	if err != nil {
		return nil, err
	}
	return &identity{
		Desk: answer.Desk, Site: answer.Site, Host: code.Host, Address: code.Address(), Authority: authority.Raw, credential: shown,
		Keys: answer.Keys, Sealing: answer.Sealing, PackKeys: answer.PackKeys,
	}, nil
}

// credentialOf returns what the desk shows from now on, if the authority gave it to the key that the desk made.
func credentialOf(authority *x509.Certificate, key *ecdsa.PrivateKey, answer wire.Enrolment) (credential, error) {
	stranger := func(why string) error { return &Trouble{Word: NotTheHub, Err: errors.New(why)} }
	certificate := fromPEM(answer.Certificate)
	if certificate == nil || !wire.Word(answer.Desk) {
		return credential{}, stranger("the answer is incomplete")
	}
	if public, ok := certificate.PublicKey.(*ecdsa.PublicKey); !ok || !public.Equal(key.Public()) {
		return credential{}, stranger("the certificate is for another key")
	}
	if err := certificate.CheckSignatureFrom(authority); err != nil {
		return credential{}, stranger("the certificate is not of the hub's authority")
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return credential{}, &Trouble{Word: Other, Err: err}
	}
	return credential{Certificate: certificate.Raw, Key: der}, nil
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
	id.ReplyBase = pos.Replies
	if before := c.who(); before != nil && before.Desk == id.Desk {
		id.ReplyBase, id.Series, id.AnswerKey, id.Parcel = before.ReplyBase, before.Series, before.AnswerKey, before.Parcel
	}
	if err := c.keep(ctx, id); err != nil {
		return err
	}
	if err := c.use(id); err != nil {
		return err
	}
	c.pending, c.speaks, c.tendAt = pendingKey{}, c.versions.most, time.Time{}
	c.change(func(s *desk.LineStatus) {
		s.State, s.Problem, s.NextAt = desk.LineIdle, "", time.Time{}
	})
	return nil
}
