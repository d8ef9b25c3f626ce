package cns

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"

	"bottega/cardreader"
	"bottega/cardreader/apdu"
	"bottega/desk"
)

// Login is as cardreader.Codes says. The PIN is given to the card once the other side has asked for a certificate, and only
// then.
func (c *Codes) Login(ctx context.Context, reader, url string, pin []byte) (desk.DoorAnswer, error) {
	defer clear(pin)
	var answer desk.DoorAnswer
	limit := loginLimit
	if pin == nil {
		limit += padLimit
	}
	err := c.converse(ctx, reader, limit, func(ctx context.Context, t *talk) error {
		if pin != nil && !digits(pin, t.layout.Codes.MinPIN, t.layout.Codes.MaxPIN) {
			return t.refuse(t.tries.left(t.seat))
		}
		certificate, err := t.certificate(ctx)
		if err != nil {
			return err
		}
		k, err := newKey(ctx, t, certificate)
		if err != nil {
			return err
		}
		answer, err = c.enter(ctx, url, &visitor{key: k, certificate: certificate, pin: pin})
		return err
	})
	return answer, err
}

// enter knocks at a door, and a second time in the older way when the card turns out not to take the padding of the newer one.
// The PIN is not given again: it holds as long as the conversation.
func (c *Codes) enter(ctx context.Context, url string, v *visitor) (desk.DoorAnswer, error) {
	defer v.key.end() // before the PIN is wiped and the card let go
	newest := uint16(tls.VersionTLS12)
	if v.key.talk.layout.Key.AnyBlock {
		newest = tls.VersionTLS13
	}
	answer, err := c.Door.Knock(ctx, url, newest, v.show)
	if errors.Is(v.why(), errPadding) {
		v.older()
		answer, err = c.Door.Knock(ctx, url, tls.VersionTLS12, v.show)
	}
	switch {
	case v.why() != nil:
		return desk.DoorAnswer{}, v.why() // the other side saw a handshake break off, and the card knows why
	case ctx.Err() != nil && err != nil:
		return desk.DoorAnswer{}, context.Cause(ctx)
	case err != nil:
		return desk.DoorAnswer{}, err
	case !v.key.hasProved():
		return desk.DoorAnswer{}, errUnproved
	}
	return answer, nil
}

// visitor is a card that shows itself at a door.
type visitor struct {
	key         *key
	certificate *x509.Certificate
	pin         []byte
	given       bool
	onlyOlder   bool
}

// Signature schemes by whether the card must take any block for them.
var (
	olderSchemes = []tls.SignatureScheme{tls.PKCS1WithSHA256, tls.PKCS1WithSHA384, tls.PKCS1WithSHA512}
	newerSchemes = []tls.SignatureScheme{tls.PSSWithSHA256, tls.PSSWithSHA384, tls.PSSWithSHA512}
)

// errNoScheme says that card and door have no signature in common.
var errNoScheme = fmt.Errorf("%w: it takes no signature that the card can make", cardreader.DoorClosed)

// show is the ShowFunc of a card: it gives the PIN, the first time, and returns the certificate.
func (v *visitor) show(asked *tls.CertificateRequestInfo) (*tls.Certificate, error) {
	schemes := slices.Clone(olderSchemes)
	if v.key.talk.layout.Key.AnyBlock && !v.onlyOlder {
		schemes = append(slices.Clone(newerSchemes), olderSchemes...)
	}
	if !slices.ContainsFunc(schemes, func(s tls.SignatureScheme) bool { return slices.Contains(asked.SignatureSchemes, s) }) {
		return nil, errNoScheme
	}
	if err := v.open(); err != nil {
		return nil, err
	}
	return &tls.Certificate{
		Certificate: [][]byte{v.certificate.Raw}, Leaf: v.certificate, PrivateKey: v.key, SupportedSignatureAlgorithms: schemes,
	}, nil
}

// open gives the PIN to the card, once.
func (v *visitor) open() error {
	k := v.key
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.over {
		return errOver
	}
	if v.given {
		return nil
	}
	v.given = true
	if k.failure = k.talk.verify(k.ctx, v.pin); k.failure != nil {
		return k.failure
	}
	return nil
}

// why returns why the card failed, nil when it did not.
func (v *visitor) why() error {
	v.key.mu.Lock()
	defer v.key.mu.Unlock()
	return v.key.failure
}

// older makes the card show itself with the older padding only.
func (v *visitor) older() {
	v.key.mu.Lock()
	defer v.key.mu.Unlock()
	v.onlyOlder, v.key.failure = true, nil
}

func (k *key) hasProved() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.proved
}

// certificate reads the certificate that the card shows.
func (t *talk) certificate(ctx context.Context) (*x509.Certificate, error) {
	if len(t.layout.Certificate) == 0 {
		return nil, cardreader.NoCertificate
	}
	err := t.files.selectFile(ctx, t.layout.Certificate)
	if errors.Is(err, apdu.ErrNotFound) {
		return nil, fmt.Errorf("%w: %w", cardreader.NoCertificate, err)
	}
	var content []byte
	if err == nil {
		content, err = t.files.read(ctx, apdu.MaxNe, maxCertificate, certificateNeeded(t.layout.CertificatePrefix))
	}
	if err != nil {
		return nil, unanswered(fmt.Errorf("reading the certificate: %w", err), cardreader.Unreadable)
	}
	found, err := certificateIn(content, t.layout.CertificatePrefix)
	switch {
	case errors.Is(err, ErrNoCertificate):
		return nil, fmt.Errorf("%w: %w", cardreader.NoCertificate, err)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", cardreader.DataWrong, err)
	}
	return found, nil
}
