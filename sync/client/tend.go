package client

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"bottega/sync/wire"
)

const (
	// tendEvery is how often the hub is asked for its keys, and the certificate is looked at; tendAgain when that failed.
	tendEvery = 24 * time.Hour
	tendAgain = time.Hour
	// renewPart is the part of its life that a certificate has left when it is renewed.
	renewPart = 3
)

// span is the versions of the contract from least to most.
type span struct{ least, most int }

// negotiate finds a version that both ends speak, after the hub refused the one that was spoken. Where there is none, the trouble says
// which of the two is to be updated.
func (c *Client) negotiate(ctx context.Context, refusal error) error {
	info, err := c.door.info(ctx)
	switch {
	case wordOf(err) == NotTheHub:
		info = wire.HubInfo{Least: 1, Most: 1} // a hub of 0.1 knows no other, and does not say so
	case err != nil:
		return err
	}
	common, ok := c.versions.common(info)
	switch {
	case info.Most < c.versions.least:
		return &Trouble{Word: HubOlder, Err: refusal}
	case !ok || common == c.speaks:
		return refusal
	}
	c.speaks = common
	return nil
}

// common is the highest version of the contract that both speak.
func (s span) common(info wire.HubInfo) (int, bool) {
	most := min(s.most, info.Most)
	return most, most >= max(s.least, info.Least)
}

// tend learns the hub's keys and renews the certificate of this desk in time, once a day. What goes wrong here is tried again and
// keeps no entry from the hub. The caller holds the turn.
func (c *Client) tend(ctx context.Context) {
	now := c.params.Clock()
	if wait := c.tendAt.Sub(now); wait > 0 && wait <= tendEvery || c.who() == nil {
		return
	}
	c.tendAt = now.Add(tendEvery)
	info, err := c.door.info(ctx)
	if err == nil {
		err = errors.Join(c.learn(ctx, info), c.renewInTime(ctx, now))
	}
	switch {
	case err == nil:
	case wordOf(err) == NotTheHub:
		c.params.Log.Info("the hub does not tell its keys: it is an older one", "error", err)
	default:
		c.tendAt = now.Add(tendAgain)
		c.params.Log.Warn("the hub's keys or a new certificate were not had", "error", err)
	}
}

// learn keeps what the hub told of itself.
func (c *Client) learn(ctx context.Context, info wire.HubInfo) error {
	if common, ok := c.versions.common(info); ok {
		c.speaks = common
	}
	id := c.who()
	if bytes.Equal(id.Sealing, info.Sealing) && sameKeys(id.Keys, info.Keys) && sameKeys(id.PackKeys, info.PackKeys) {
		return nil
	}
	return c.amend(ctx, func(id *identity) {
		id.Sealing, id.PackKeys = info.Sealing, info.PackKeys
		if len(info.Keys) > 0 { // papers that were signed go on being verified
			id.Keys = info.Keys
		}
	})
}

func sameKeys(a, b []wire.TokenKey) bool {
	return slices.EqualFunc(a, b, func(x, y wire.TokenKey) bool { return x.ID == y.ID && bytes.Equal(x.Public, y.Public) })
}

// renewInTime asks for a new certificate when a third of the life of the one in use is left.
func (c *Client) renewInTime(ctx context.Context, now time.Time) error {
	certificate, err := c.who().parsed()
	if err != nil {
		return err
	}
	life := certificate.NotAfter.Sub(certificate.NotBefore)
	if now.Before(certificate.NotAfter.Add(-life / renewPart)) {
		return nil
	}
	return c.renew(ctx)
}

// renew changes the certificate and the key of this desk for new ones. The hub takes both until it is shown the new one; the desk keeps
// the new key before it asks, and what it had before for as long as the new one lasts. So neither an answer that is lost nor a hub that
// is put back shuts the desk out.
func (c *Client) renew(ctx context.Context) error {
	key, err := c.renewalKey(ctx)
	if err != nil {
		return err
	}
	csr, err := requestFor(key)
	if err != nil {
		return err
	}
	answer, err := c.door.renew(ctx, wire.RenewRequest{CSR: csr, Program: c.params.Program})
	if err != nil {
		return fmt.Errorf("renewing the certificate of this desk: %w", err)
	}
	next := *c.who()
	if answer.Desk != next.Desk {
		return &Trouble{Word: NotTheHub, Err: errors.New("the new certificate is for another desk")}
	}
	authority, err := x509.ParseCertificate(next.Authority)
	if err != nil {
		return fmt.Errorf("reading the hub's authority: %w", err)
	}
	shown, err := credentialOf(authority, key, answer)
	if err != nil {
		return err
	}
	former := next.credential
	next.credential, next.Former, next.Renewal = shown, &former, nil
	if err := c.keep(ctx, &next); err != nil {
		return err
	}
	c.params.Log.Info("the certificate of this desk was renewed")
	return c.use(&next)
}

// renewalKey is the key for the next certificate, which was kept before anybody heard of it.
func (c *Client) renewalKey(ctx context.Context) (*ecdsa.PrivateKey, error) {
	if kept := c.who().Renewal; kept != nil {
		if key, err := x509.ParsePKCS8PrivateKey(kept); err == nil {
			if key, ok := key.(*ecdsa.PrivateKey); ok {
				return key, nil
			}
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making a new key for this desk: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("keeping a new key for this desk: %w", err)
	}
	return key, c.amend(ctx, func(id *identity) { id.Renewal = der })
}

// asFormer goes on with what the desk showed before its last renewal, when the hub does not know it by what it shows now: it was put
// back from a backup that is older. A desk that the hub refuses by either is held.
func (c *Client) asFormer(ctx context.Context, refusal error) error {
	id := c.who()
	if id == nil {
		return refusal
	}
	if id.Former != nil {
		former := *id
		former.credential, former.Former = *id.Former, nil
		if err := c.use(&former); err != nil {
			return refusal
		}
		err := c.inStep(ctx)
		if err == nil {
			c.params.Log.Warn("the hub knows this desk by its former certificate only: it will be renewed again")
			c.tendAt = time.Time{}
			return c.keep(ctx, c.who()) // with what the round has learnt
		}
		if use := c.use(id); use != nil {
			return use
		}
		if wordOf(err) != ReEnrol {
			return err
		}
	}
	if certificate, err := id.parsed(); err == nil && c.params.Clock().After(certificate.NotAfter) {
		return &Trouble{Word: CertificateEnded, Err: refusal}
	}
	return refusal
}
