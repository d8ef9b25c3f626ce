package cns

import (
	"context"
	"crypto/tls"
	"fmt"
	"sync/atomic"
	"time"

	"bottega/cardreader"
	"bottega/desk"
)

// The limits on one conversation, during which other programs wait for the card. On the reader's own keypad a person is typing.
const (
	talkLimit  = 30 * time.Second
	loginLimit = time.Minute
	padLimit   = 2 * time.Minute
)

// errLate is why a conversation that took too long ends.
var errLate = fmt.Errorf("%w: the conversation took too long", cardreader.MuteCard)

// errUnproved is a door's answer that came without its having seen the key at work.
var errUnproved = fmt.Errorf("%w: it answered without a signature of the card", cardreader.DoorClosed)

// Door is where a card proves its key; login.Door is the one of every program.
type Door interface {
	// Knock opens a TLS connection of at most the given version, and asks for the certificate once the other side has asked for
	// one. What it returns is as Codes.Login says.
	Knock(ctx context.Context, url string, newest uint16, show ShowFunc) (desk.DoorAnswer, error)
}

// ShowFunc returns the certificate to show, with the key on the card behind it.
type ShowFunc = func(*tls.CertificateRequestInfo) (*tls.Certificate, error)

// Codes gives PIN and PUK to the cards in the readers of a port, and lets them prove their keys. It is used over a pointer, and
// may be used from several goroutines: the second one at a reader finds the card Busy when the first takes long.
//
// No VERIFY without a PIN ever leaves it, no code is sent twice, and none is sent of a length that the card does not take.
type Codes struct {
	Port cardreader.Port
	// Layouts are the families of cards to look for, in the order in which they are tried; nil are the embedded ones. SetLayouts
	// changes them later.
	Layouts []Layout
	// Door is needed by Login only.
	Door Door

	tries tries
	newer atomic.Pointer[[]Layout]
}

var _ cardreader.Codes = (*Codes)(nil)

// SetLayouts puts other layouts in place of Layouts, for the conversations that begin from now on.
func (c *Codes) SetLayouts(layouts []Layout) { c.newer.Store(&layouts) }

func (c *Codes) layouts() []Layout {
	if newer := c.newer.Load(); newer != nil {
		return *newer
	}
	return c.Layouts
}

// Ask is as cardreader.Codes says.
func (c *Codes) Ask(ctx context.Context, reader string) (cardreader.CodeNeeds, error) {
	needs := cardreader.CodeNeeds{PINLeft: unknownTries}
	err := c.converse(ctx, reader, talkLimit, func(ctx context.Context, t *talk) error {
		codes := t.layout.Codes
		needs = cardreader.CodeNeeds{
			Pad: t.pad(ctx) != nil, PINLeft: c.tries.left(t.seat), MinPIN: codes.MinPIN, MaxPIN: codes.MaxPIN, PUK: codes.PUK,
		}
		return nil
	})
	return needs, err
}

// Verify is as cardreader.Codes says.
func (c *Codes) Verify(ctx context.Context, reader string, pin []byte) error {
	defer clear(pin)
	return c.converse(ctx, reader, limitFor(pin), func(ctx context.Context, t *talk) error {
		return t.verify(ctx, pin)
	})
}

// Change is as cardreader.Codes says. On a keypad both codes are nil.
func (c *Codes) Change(ctx context.Context, reader string, old, fresh []byte) error {
	defer clear(old)
	defer clear(fresh)
	return c.converse(ctx, reader, limitFor(old), func(ctx context.Context, t *talk) error {
		return t.change(ctx, old, fresh)
	})
}

// Unblock is as cardreader.Codes says. On a keypad both codes are nil.
func (c *Codes) Unblock(ctx context.Context, reader string, puk, fresh []byte) error {
	defer clear(puk)
	defer clear(fresh)
	return c.converse(ctx, reader, limitFor(puk), func(ctx context.Context, t *talk) error {
		return t.unblock(ctx, puk, fresh)
	})
}

// limitFor bounds a conversation: without a code to give, a person types on the reader meanwhile.
func limitFor(code []byte) time.Duration {
	if code == nil {
		return padLimit
	}
	return talkLimit
}

// converse holds one conversation with the card in a reader, whose codes we know how to give.
func (c *Codes) converse(ctx context.Context, reader string, limit time.Duration, do func(context.Context, *talk) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errLate)
	defer cancel()
	t, err := c.open(ctx, reader)
	if err != nil {
		return err
	}
	defer t.close()
	return do(ctx, t)
}

// open begins a conversation with the card in a reader. Whoever opens it closes it.
func (c *Codes) open(ctx context.Context, reader string) (*talk, error) {
	changes, err := c.changes(ctx, reader)
	if err != nil {
		return nil, err
	}
	link, err := c.Port.Connect(ctx, reader)
	if err != nil {
		return nil, fmt.Errorf("connecting to the card: %w", err)
	}
	t := &talk{link: link, files: newReader(link), seat: seat{reader: reader, changes: changes}, tries: &c.tries}
	t.layout, t.seat.number, err = recognise(ctx, t.files, link.ATR(), c.layouts())
	switch {
	case err != nil:
		err = fmt.Errorf("recognising the card: %w", err)
	case !usable(t.layout.Codes):
		err = fmt.Errorf("%w: nobody knows how a card of the kind %q takes codes", cardreader.NotActive, t.layout.Name)
	default:
		return t, nil
	}
	t.close()
	return nil, err
}

// changes returns the count of what happened at a reader, by which a card that was pulled out meanwhile is noticed.
func (c *Codes) changes(ctx context.Context, reader string) (uint32, error) {
	states, err := c.Port.Watch(ctx, nil, 0)
	if err != nil {
		return 0, fmt.Errorf("looking at the reader: %w", err)
	}
	for _, s := range states {
		if s.Name == reader {
			return s.Changes, nil
		}
	}
	return 0, fmt.Errorf("reader %q: %w", reader, cardreader.NoReader)
}
