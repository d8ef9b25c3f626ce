package cns

import (
	"context"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"bottega/cardreader"
	"bottega/cardreader/apdu"
	"bottega/desk"
	"bottega/desk/cardnumber"
	"bottega/desk/civil"
	"bottega/desk/fiscalcode"
)

// Reader reads cards without any PIN. Its Read is the cardreader.ReadFunc of every program.
type Reader struct {
	// Now is the clock by which expiry is judged; nil is time.Now.
	Now func() time.Time
}

var _ cardreader.ReadFunc = Reader{}.Read

// Read reads a card over a link, telling each phase as it begins. The holder is known after four commands on a classic card.
//
// The error wraps a Trouble when nobody's data could be read: the card is no health card, is blank, does not answer, or left.
// The card returned with it holds what came until then. A card that was read and is not in order, for instance expired, is no
// error: see cardreader.TroublesOf.
func (r Reader) Read(ctx context.Context, link cardreader.Link, phase func(cardreader.Phase)) (desk.Card, error) {
	now := time.Now
	if r.Now != nil {
		now = r.Now
	}
	s := &session{
		files: newReader(link), phase: phase, now: now(), checks: map[desk.CardPart]desk.PartCheck{},
		card: desk.Card{Reader: link.Reader(), ATR: strings.ToUpper(hex.EncodeToString(link.ATR()))},
	}
	err := s.run(ctx, Classic())
	s.card.Test = desk.TestOf(slices.Collect(maps.Values(s.checks))...)
	cost := s.files.card
	s.card.Cost = desk.CardCost{APDUs: cost.APDUs, BytesIn: cost.BytesIn, BytesOut: cost.BytesOut}
	return s.card, err
}

// session is one reading.
type session struct {
	files  *reader
	phase  func(cardreader.Phase)
	now    time.Time
	card   desk.Card
	checks map[desk.CardPart]desk.PartCheck
}

// run reads the three files. What one part says never keeps the next from being tried; a card that left does.
func (s *session) run(ctx context.Context, layout Layout) error {
	s.phase(cardreader.PhaseNumber)
	if err := s.number(ctx, layout); err != nil {
		return err
	}
	s.phase(cardreader.PhasePersonal)
	personal := s.personal(ctx, layout)
	if errors.As(personal, new(broken)) {
		return personal
	}
	s.phase(cardreader.PhaseCertificate)
	if err := s.certificate(ctx, layout); err != nil {
		return err
	}
	return personal
}

// broken is an error that ends the conversation with the card, rather than one answer of it.
type broken struct{ error }

func (b broken) Unwrap() error { return b.error }

// attempt selects and reads one file for a part of the test. What the link fails with is broken; what the card answers is not.
func (s *session) attempt(ctx context.Context, part desk.CardPart, path []uint16, first, limit int, wanted func([]byte) int) ([]byte, error) {
	err := s.files.selectFile(ctx, path)
	var content []byte
	if err == nil {
		s.works(desk.PartChip)
		content, err = s.files.read(ctx, first, limit, wanted)
	}
	var status *apdu.StatusError
	if err == nil || errors.As(err, &status) {
		return content, err
	}
	if errors.Is(err, apdu.ErrMalformed) || errors.Is(err, apdu.ErrTooLong) || errors.Is(err, errStopped) {
		err = fmt.Errorf("%w: %w", cardreader.Unreadable, err)
	}
	s.blame(part, err)
	return nil, broken{err}
}

// blame marks a part as failing when the conversation broke through the card's doing. A service that went down, another
// program or a reading that was stopped leave the part unchecked.
func (s *session) blame(part desk.CardPart, err error) {
	switch {
	case errors.Is(err, cardreader.RemovedEarly):
		s.fails(part, desk.ReasonRemoved)
	case errors.Is(err, cardreader.Unreadable):
		s.fails(part, desk.ReasonUnreadable)
	case errors.Is(err, cardreader.MuteCard):
		s.fails(part, desk.ReasonNoAnswer)
	}
}

// number reads EF_IDCarta, and with it learns whether this is a card of the layout at all.
func (s *session) number(ctx context.Context, layout Layout) error {
	content, err := s.attempt(ctx, desk.PartNumber, layout.Number, cardnumber.Length, cardnumber.Length, func([]byte) int { return cardnumber.Length })
	switch {
	case errors.As(err, new(broken)):
		if _, answered := s.checks[desk.PartChip]; !answered {
			s.blame(desk.PartChip, err)
		}
		return err
	case errors.Is(err, apdu.ErrFault):
		s.fails(desk.PartNumber, desk.ReasonUnreadable)
		if _, answered := s.checks[desk.PartChip]; !answered {
			s.fails(desk.PartChip, desk.ReasonUnreadable)
			return fmt.Errorf("%w: %w", cardreader.Unreadable, err)
		}
		return nil
	case err != nil:
		if _, answered := s.checks[desk.PartChip]; answered {
			s.fails(desk.PartNumber, desk.ReasonUnreadable)
			return nil
		}
		s.fails(desk.PartChip, desk.ReasonUnknown)
		return fmt.Errorf("%w: %w", s.strange(), err)
	}
	s.card.Model = layout.Name
	switch {
	case blank(content):
		s.fails(desk.PartNumber, desk.ReasonNotPersonalised)
	case len(content) != cardnumber.Length:
		s.fails(desk.PartNumber, desk.ReasonMalformed)
	default:
		s.card.Number = printable(content)
		s.judgeNumber()
	}
	return nil
}

func (s *session) judgeNumber() {
	switch err := cardnumber.Check(s.card.Number); {
	case errors.Is(err, cardnumber.ErrShape):
		s.fails(desk.PartNumber, desk.ReasonMalformed)
	case err != nil:
		s.fails(desk.PartNumber, desk.ReasonCheckDigit)
	default:
		s.works(desk.PartNumber)
	}
}

// strange tells what a card is that has none of our files, by its answer to reset: the one use that is made of it.
func (s *session) strange() cardreader.Trouble {
	atr, err := hex.DecodeString(s.card.ATR)
	switch {
	case err != nil:
		return cardreader.NotACNS
	case Contactless(atr):
		return cardreader.Contactless
	case ClaimsCNS(atr):
		return cardreader.UnknownModel
	default:
		return cardreader.NotACNS
	}
}

// firstPersonal is as much as one command brings, and nearly always all of the data.
const firstPersonal = apdu.MaxNe

// personal reads and judges EF.DatiPersonali.
func (s *session) personal(ctx context.Context, layout Layout) error {
	content, err := s.attempt(ctx, desk.PartPersonal, layout.Personal, firstPersonal, maxPersonal, needed)
	if err != nil {
		if !errors.As(err, new(broken)) {
			s.fails(desk.PartPersonal, desk.ReasonUnreadable)
			err = fmt.Errorf("%w: personal data: %w", cardreader.Unreadable, err)
		}
		return err
	}
	p, err := ParsePersonal(content)
	switch {
	case errors.Is(err, ErrBlank):
		s.fails(desk.PartPersonal, desk.ReasonNotPersonalised)
		return fmt.Errorf("%w: %w", cardreader.NotPersonalised, err)
	case err != nil:
		s.fails(desk.PartPersonal, desk.ReasonMalformed)
		return fmt.Errorf("%w: %w", cardreader.DataWrong, err)
	}
	s.works(desk.PartPersonal)
	s.card.Holder, s.card.Issuer, s.card.Issued, s.card.Expires = p.Person(), p.Issuer, p.Issued, p.Expires
	if p.FiscalCode != "" {
		s.verdict(desk.PartFiscalCode, fiscalcode.Check(p.FiscalCode) == nil, desk.ReasonCheckDigit)
	}
	if !p.Expires.IsZero() {
		s.verdict(desk.PartValidity, !p.Expires.Before(civil.Of(s.now)), desk.ReasonExpired)
	}
	return nil
}

// certificate reads and judges EF_C_Carta.
func (s *session) certificate(ctx context.Context, layout Layout) error {
	content, err := s.attempt(ctx, desk.PartCertificate, layout.Certificate, apdu.MaxNe, maxCertificate, certificateNeeded)
	switch {
	case errors.As(err, new(broken)):
		return err
	case errors.Is(err, apdu.ErrNotFound):
		s.fails(desk.PartCertificate, desk.ReasonMissing)
		return nil
	case err != nil:
		s.fails(desk.PartCertificate, desk.ReasonUnreadable)
		return nil
	}
	var c *x509.Certificate
	c, err = ParseCertificate(content)
	switch {
	case errors.Is(err, ErrNoCertificate):
		s.fails(desk.PartCertificate, desk.ReasonMissing)
	case err != nil:
		s.fails(desk.PartCertificate, desk.ReasonMalformed)
	default:
		s.card.Certificate = describe(c)
		reason := judge(c, s.card.Holder.FiscalCode, s.card.Number, s.now)
		s.verdict(desk.PartCertificate, reason == "", reason)
	}
	return nil
}

func (s *session) works(part desk.CardPart) { s.verdict(part, true, "") }

func (s *session) fails(part desk.CardPart, reason string) { s.verdict(part, false, reason) }

func (s *session) verdict(part desk.CardPart, works bool, reason string) {
	check := desk.PartCheck{Part: part, Result: desk.PartWorks}
	if !works {
		check.Result, check.Reason = desk.PartFails, reason
	}
	s.checks[part] = check
}

// printable keeps what of a card's bytes can be shown.
func printable(b []byte) string { return strings.TrimSpace(text(b)) }
