package cns

import (
	"context"
	"crypto/rsa"
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
// then. So is the card taken: other programs do not wait for a line that is slow, and Windows resets a card that was taken and
// left alone for five seconds.
func (c *Codes) Login(ctx context.Context, reader, url string, pin []byte) (desk.DoorAnswer, error) {
	defer clear(pin)
	limit := loginLimit
	if pin == nil {
		limit += padLimit
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errLate)
	defer cancel()
	var v *visitor
	err := c.converse(ctx, reader, talkLimit, func(ctx context.Context, t *talk) (err error) {
		v, err = newVisitor(ctx, t, pin)
		return err
	})
	if err != nil {
		return desk.DoorAnswer{}, err
	}
	v.open = c.open
	v.key = newKey(ctx, v.layout, v.public)
	return c.enter(ctx, url, v)
}

// enter knocks at a door, and a second time in the older way when the card turns out not to take the padding of the newer one.
// The PIN is not given again: it holds as long as the conversation.
func (c *Codes) enter(ctx context.Context, url string, v *visitor) (desk.DoorAnswer, error) {
	defer v.key.end() // before the PIN is wiped
	newest := uint16(tls.VersionTLS12)
	if v.layout.Key.AnyBlock {
		newest = tls.VersionTLS13
	}
	answer, err := c.Door.Knock(ctx, url, newest, v.show)
	if errors.Is(v.key.why(), errPadding) {
		v.key.retry()
		answer, err = c.Door.Knock(ctx, url, tls.VersionTLS12, v.show)
	}
	switch {
	case v.key.why() != nil:
		return desk.DoorAnswer{}, v.key.why() // the other side saw a handshake break off, and the card knows why
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
	layout      Layout
	seat        seat
	certificate *x509.Certificate
	public      *rsa.PublicKey
	pin         []byte
	key         *key
	open        func(ctx context.Context, reader string) (*talk, error)
}

// newVisitor learns what a card has to show. Nothing of it needs the PIN.
func newVisitor(ctx context.Context, t *talk, pin []byte) (*visitor, error) {
	if pin != nil && !digits(pin, t.layout.Codes.MinPIN, t.layout.Codes.MaxPIN) {
		return nil, t.refuse(t.tries.left(t.seat))
	}
	certificate, err := t.certificate(ctx)
	if err != nil {
		return nil, err
	}
	public, ok := certificate.PublicKey.(*rsa.PublicKey)
	if !ok || t.layout.Key == nil {
		return nil, fmt.Errorf("%w: nobody knows how to use the key of a card of the kind %q", cardreader.KeyFails, t.layout.Name)
	}
	return &visitor{layout: t.layout, seat: t.seat, certificate: certificate, public: public, pin: pin}, nil
}

// Signature schemes by whether the card must take any block for them.
var (
	olderSchemes = []tls.SignatureScheme{tls.PKCS1WithSHA256, tls.PKCS1WithSHA384, tls.PKCS1WithSHA512}
	newerSchemes = []tls.SignatureScheme{tls.PSSWithSHA256, tls.PSSWithSHA384, tls.PSSWithSHA512}
)

// Errors of showing a certificate.
var (
	errNoScheme = fmt.Errorf("%w: it takes no signature that the card can make", cardreader.DoorClosed)
	errSwapped  = fmt.Errorf("%w: the card in the reader is another one by now", cardreader.RemovedEarly)
)

// show is the ShowFunc of a card: it takes the card and gives it the PIN, the first time, and returns the certificate.
func (v *visitor) show(asked *tls.CertificateRequestInfo) (*tls.Certificate, error) {
	schemes := slices.Clone(olderSchemes)
	if v.layout.Key.AnyBlock && !v.key.onlyOlder() {
		schemes = append(slices.Clone(newerSchemes), olderSchemes...)
	}
	if !slices.ContainsFunc(schemes, func(s tls.SignatureScheme) bool { return slices.Contains(asked.SignatureSchemes, s) }) {
		return nil, errNoScheme
	}
	if err := v.key.begin(v.take); err != nil {
		return nil, err
	}
	return &tls.Certificate{
		Certificate: [][]byte{v.certificate.Raw}, Leaf: v.certificate, PrivateKey: v.key, SupportedSignatureAlgorithms: schemes,
	}, nil
}

// take begins the conversation in which the key works, and gives the PIN.
func (v *visitor) take(ctx context.Context) (*talk, error) {
	defer clear(v.pin)
	t, err := v.open(ctx, v.seat.reader)
	if err != nil {
		return nil, err
	}
	if t.seat != v.seat {
		err = errSwapped
	} else {
		err = t.verify(ctx, v.pin)
	}
	if err != nil {
		t.close()
		return nil, err
	}
	return t, nil
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
