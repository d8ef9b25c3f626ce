package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"bottega/sync/wire"
)

// identity is who this desk is for its hub. It holds private keys: it is kept sealed and never logged. A value that is in use is not
// changed: amend makes another one.
type identity struct {
	Desk    string `json:"desk"`
	Site    string `json:"site,omitempty"`
	Host    string `json:"host"`
	Address string `json:"address"`
	// Authority is the hub's, DER.
	Authority []byte `json:"authority"`
	credential
	Keys []wire.TokenKey `json:"keys"`
	// Sealing and PackKeys are as in wire.HubInfo; empty until the hub has told them.
	Sealing  []byte          `json:"sealing,omitempty"`
	PackKeys []wire.TokenKey `json:"pack_keys,omitempty"`
	// ReplyBase is how many replies the journal had from hubs that knew this desk under another identity: the numbers of this
	// hub's replies are kept on top of it.
	ReplyBase uint64 `json:"reply_base,omitempty"`
	// Series is the count that the numbers of the hub's replies belong to.
	Series string `json:"series,omitempty"`
	// Renewal is the key (PKCS #8) that waits for its certificate: a renewal whose answer was lost is asked for again with it.
	Renewal []byte `json:"renewal,omitempty"`
	// Former is what the desk showed before its last renewal. A hub that was put back from a backup may know no other.
	Former *credential `json:"former,omitempty"`
	// AnswerKey is the private key to which answers to parcels are sealed; it is made at the first parcel.
	AnswerKey []byte `json:"answer_key,omitempty"`
	// Parcel is the ID of the last parcel, until the hub was reached over the line: only the answer to it may send the desk back.
	Parcel string `json:"parcel,omitempty"`
}

// credential is what a desk shows: a certificate (DER) and its key (PKCS #8).
type credential struct {
	Certificate []byte `json:"certificate"`
	Key         []byte `json:"key"`
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

// tls returns the key pair for a handshake.
func (c credential) tls() (tls.Certificate, error) {
	key, err := x509.ParsePKCS8PrivateKey(c.Key)
	if err != nil {
		return tls.Certificate{}, errors.New("the key of this desk cannot be read")
	}
	return tls.Certificate{Certificate: [][]byte{c.Certificate}, PrivateKey: key}, nil
}

func (c credential) parsed() (*x509.Certificate, error) {
	parsed, err := x509.ParseCertificate(c.Certificate)
	if err != nil {
		return nil, fmt.Errorf("reading the certificate of this desk: %w", err)
	}
	return parsed, nil
}

// who is the identity in use; nil before enrolment.
func (c *Client) who() *identity {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.identity
}

// keep puts an identity on the disk.
func (c *Client) keep(ctx context.Context, id *identity) error {
	data, err := json.Marshal(id)
	if err != nil {
		return errors.New("the identity of this desk cannot be written")
	}
	return c.params.Identity.SaveIdentity(ctx, data)
}

// amend keeps the identity with a change that leaves the line as it is. The caller holds the turn.
func (c *Client) amend(ctx context.Context, change func(*identity)) error {
	next := *c.who()
	change(&next)
	if err := c.keep(ctx, &next); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.identity = &next
	return nil
}

// use makes the identity the one that the client calls with. The caller holds the turn, or is New.
func (c *Client) use(id *identity) error {
	door, err := c.dial(id)
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
	certificate, err := id.tls()
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
	}, c.params.Clock)
}

func (c *Client) replyBase() uint64 {
	if id := c.who(); id != nil {
		return id.ReplyBase
	}
	return 0
}

// TokenKeys returns the keys that verify certificates with no network; none before enrolment.
func (c *Client) TokenKeys() []wire.TokenKey {
	if id := c.who(); id != nil {
		return slices.Clone(id.Keys)
	}
	return nil
}

// PackKeys returns the keys that verify content packs; none before the hub has told them.
func (c *Client) PackKeys() []wire.TokenKey {
	if id := c.who(); id != nil {
		return slices.Clone(id.PackKeys)
	}
	return nil
}

// TestDoor is where the hub says whose card is shown to it in a handshake.
type TestDoor struct {
	// URL is asked with GET; the answer is a desk.DoorAnswer in JSON.
	URL string
	// Authority is the only one whose certificate the server may show.
	Authority *x509.Certificate
}

// TestDoor returns the test door of this desk's hub, and false before enrolment.
func (c *Client) TestDoor() (TestDoor, bool) {
	id := c.who()
	if id == nil {
		return TestDoor{}, false
	}
	authority, err := x509.ParseCertificate(id.Authority)
	if err != nil { // it was read when the identity was taken into use
		return TestDoor{}, false
	}
	return TestDoor{URL: "https://" + id.Address + wire.PathDoor, Authority: authority}, true
}
