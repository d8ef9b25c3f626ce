package revocation

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"bottega/desk"
	"bottega/desk/cardcert"
)

// Limits of one question. The list of a Region may have a million cards in it, at some thirty bytes each.
const (
	wholeTimeout   = time.Minute
	maxList        = 32 << 20
	maxOCSP        = 64 << 10
	maxAddresses   = 3
	maxRemembered  = 128
	clockTolerance = 10 * time.Minute
	// freshWithout is how old an answer may be that does not say until when it is good: it is one made on demand.
	freshWithout = time.Hour
)

// Checker asks authorities. The zero value works, and keeps no lists. All methods may be called from any goroutine.
type Checker struct {
	// Folder is where lists are kept from one start to the next; it is made when it is not there. Empty: they are not kept.
	Folder string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Transport carries the questions; nil is one of its own, by way of the proxy that the computer is set up with.
	Transport http.RoundTripper
	// Timeout bounds a whole question; 0 is a minute.
	Timeout time.Duration
	// Spare says, when a card is asked about, whether the connection costs by what passes: no list is fetched then, since it may be
	// as long as maxList. The short questions go on, and so do the lists that are kept. Nil is never.
	Spare func() bool
	// Log gets what went wrong, with the address of the authority and nothing about the certificate; nil is silent.
	Log *slog.Logger

	mu   sync.Mutex
	said map[[sha256.Size]byte]statement // by certificate; guarded by mu
}

// statement is what an authority says about one certificate.
type statement struct {
	revoked bool
	// at is when it said so, until how long that is good.
	at, until time.Time
}

func (s statement) check() desk.CertificateCheck {
	if s.revoked {
		return desk.CertificateCheck{Aspect: desk.AspectRevocation, Result: desk.PartFails, Reason: desk.ReasonRevoked, At: s.at}
	}
	return desk.CertificateCheck{Aspect: desk.AspectRevocation, Result: desk.PartWorks, At: s.at}
}

// missError is why there is no statement.
type missError struct {
	reason string
	err    error
}

func (e *missError) Error() string { return e.reason + ": " + e.err.Error() }

func (e *missError) Unwrap() error { return e.err }

// silent is an authority that was reached and gave no answer that counts.
func silent(err error) error { return &missError{reason: desk.ReasonNoVerdict, err: err} }

// unreached is a line that leads nowhere, or to somebody else.
func unreached(err error) error { return &missError{reason: desk.ReasonNoLine, err: err} }

func open(reason string) desk.CertificateCheck {
	return desk.CertificateCheck{Aspect: desk.AspectRevocation, Result: desk.PartNotChecked, Reason: reason}
}

// Check asks whether a certificate was withdrawn by the authority that issued it, which is nil when that is not known: an
// authority that is not trusted has no say, and the addresses in its certificates are not called. The result works, fails with
// desk.ReasonRevoked (also for a suspended card), or is not checked, with the reason. It takes at most the Timeout.
func (c *Checker) Check(ctx context.Context, certificate, issuer *x509.Certificate) desk.CertificateCheck {
	if issuer == nil {
		return open(desk.ReasonUntrusted)
	}
	issued := cardcert.Judge{Anchors: []cardcert.Anchor{{Certificate: issuer}}}
	if _, reason, ok := issued.Issuer(certificate, c.now()); !ok {
		return open(reason)
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout())
	defer cancel()
	said, err := c.ask(ctx, certificate, issuer)
	if err != nil {
		return open(reasonOf(err))
	}
	return said.check()
}

func reasonOf(err error) string {
	var miss *missError
	if errors.As(err, &miss) {
		return miss.reason
	}
	return desk.ReasonNotTold
}

// errNowhere says that a certificate gives no address to ask at.
var errNowhere = errors.New("the certificate names no address to ask at")

// ask tries what is known, then each address. Of those that fail, one that was reached says more than one that was not.
func (c *Checker) ask(ctx context.Context, certificate, issuer *x509.Certificate) (statement, error) {
	key := sha256.Sum256(certificate.Raw)
	if said, ok := c.recall(key); ok {
		return said, nil
	}
	failure := errNowhere
	note := func(address string, err error) {
		c.log().Info("an authority was not heard", "address", hostOf(address), "error", err)
		if reasonOf(failure) != desk.ReasonNoVerdict {
			failure = err
		}
	}
	for _, address := range addresses(certificate.OCSPServer) {
		said, err := c.askOCSP(ctx, address, certificate, issuer)
		if err == nil {
			c.remember(key, said)
			return said, nil
		}
		note(address, err)
	}
	for _, address := range addresses(certificate.CRLDistributionPoints) {
		said, err := c.askList(ctx, address, certificate, issuer)
		if err == nil {
			return said, nil
		}
		switch {
		case !errors.Is(err, errSpared):
			note(address, err)
		case reasonOf(failure) != desk.ReasonNoLine: // without a line for a short question there is nothing to spare
			failure = err
		}
	}
	return statement{}, failure
}

// recall returns what OCSP said before, while it is good.
func (c *Checker) recall(key [sha256.Size]byte) (statement, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	said, ok := c.said[key]
	return said, ok && c.now().Before(said.until)
}

// remember keeps what OCSP said. When there are too many, what has ended goes first, then anything.
func (c *Checker) remember(key [sha256.Size]byte, said statement) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.said == nil {
		c.said = map[[sha256.Size]byte]statement{}
	}
	now := c.now()
	if len(c.said) >= maxRemembered {
		for k, s := range c.said {
			if !now.Before(s.until) {
				delete(c.said, k)
			}
		}
	}
	for k := range c.said {
		if len(c.said) < maxRemembered {
			break
		}
		delete(c.said, k)
	}
	c.said[key] = said
}

func (c *Checker) now() time.Time {
	if c.Now != nil {
		return c.Now()
	}
	return time.Now()
}

func (c *Checker) timeout() time.Duration {
	if c.Timeout > 0 {
		return c.Timeout
	}
	return wholeTimeout
}

func (c *Checker) log() *slog.Logger {
	if c.Log != nil {
		return c.Log
	}
	return slog.New(slog.DiscardHandler)
}
