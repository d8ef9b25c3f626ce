package cns

import (
	"context"
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
	"bottega/desk/cardcert"
	"bottega/desk/cardnumber"
	"bottega/desk/civil"
	"bottega/desk/fiscalcode"
)

// Reader reads cards without any PIN. Its Read is the cardreader.ReadFunc of every program. The zero value works.
type Reader struct {
	// Now is the clock by which expiry is judged; nil is time.Now.
	Now func() time.Time
	// Layouts are the card models that are known, in the order in which they are tried; nil are the embedded ones.
	Layouts []Layout
	// Certificates judges the certificate of a card; nil knows no authority, and judges what needs none.
	Certificates CertificateJudge
}

var _ cardreader.ReadFunc = Reader{}.Read

// Read reads a card over a link, telling each phase as it begins. The holder is known after four commands on a classic card.
//
// The error wraps a Trouble when nobody's data could be read: the card is no health card, is blank, does not answer, or left.
// The card returned with it holds what came until then. A card that was read and is not in order, for instance expired, is no
// error: see cardreader.TroublesOf. Nor is a CNS that is no health card, or a card that lies on the reader and is read all the
// same: Card.Kind and Card.Warnings say so.
func (r Reader) Read(ctx context.Context, link cardreader.Link, phase func(cardreader.Phase)) (desk.Card, error) {
	s, err := r.open(link, phase)
	if err == nil {
		err = s.run(ctx)
	}
	s.card.Test = desk.TestOf(slices.Collect(maps.Values(s.checks))...)
	cost := s.files.card
	s.card.Cost = desk.CardCost{APDUs: cost.APDUs, BytesIn: cost.BytesIn, BytesOut: cost.BytesOut}
	return s.card, err
}

// open prepares a reading.
func (r Reader) open(link cardreader.Link, phase func(cardreader.Phase)) (*session, error) {
	s := &session{
		files: newReader(link), phase: phase, now: time.Now(), layouts: r.Layouts, judge: r.Certificates,
		atr: link.ATR(), checks: map[desk.CardPart]desk.PartCheck{},
		card: desk.Card{Reader: link.Reader(), ATR: strings.ToUpper(hex.EncodeToString(link.ATR()))},
	}
	if r.Now != nil {
		s.now = r.Now()
	}
	if s.judge == nil {
		s.judge = cardcert.Judge{} // knows no authority, and all that needs none
	}
	if s.layouts != nil {
		return s, nil
	}
	var err error
	if s.layouts, err = embedded(); err != nil {
		return s, fmt.Errorf("%w: %w", cardreader.UnknownModel, err)
	}
	return s, nil
}

// session is one reading.
type session struct {
	files   *reader
	phase   func(cardreader.Phase)
	now     time.Time
	layouts []Layout
	judge   CertificateJudge
	atr     []byte
	card    desk.Card
	checks  map[desk.CardPart]desk.PartCheck

	// family are the layouts that the card answered to, layout the one of them that it is of.
	family []Layout
	layout Layout
	// data is what the personal data file says; raw is its content as far as it was read.
	data Personal
	raw  []byte
}

// run reads the three files. What one part says never keeps the next from being tried; a card that left does.
func (s *session) run(ctx context.Context) error {
	s.phase(cardreader.PhaseNumber)
	if err := s.recognise(ctx); err != nil {
		return err
	}
	s.phase(cardreader.PhasePersonal)
	personal := s.personal(ctx)
	if errors.As(personal, new(broken)) {
		return personal
	}
	s.phase(cardreader.PhaseCertificate)
	if err := s.certificate(ctx); err != nil {
		return err
	}
	s.warn()
	return personal
}

// broken is an error that ends the conversation with the card, rather than one answer of it.
type broken struct{ error }

func (b broken) Unwrap() error { return b.error }

// attempt selects and reads one file for a part of the test. What the link fails with is broken; what the card answers is not.
func (s *session) attempt(ctx context.Context, part desk.CardPart, path Path, first, limit int, wanted func([]byte) int) ([]byte, error) {
	err := s.files.selectFile(ctx, path)
	var content []byte
	if err == nil {
		content, err = s.files.read(ctx, first, limit, wanted)
	}
	return content, s.judgeAnswer(part, err)
}

// judgeAnswer returns what the card answered as it is, and wraps as broken what ended the conversation, which is then the fault of
// the part that it ended at.
func (s *session) judgeAnswer(part desk.CardPart, err error) error {
	var status *apdu.StatusError
	if err == nil || errors.As(err, &status) || errors.Is(err, errUnrecognised) {
		return err
	}
	if errors.Is(err, apdu.ErrMalformed) || errors.Is(err, apdu.ErrTooLong) || errors.Is(err, errStopped) {
		err = fmt.Errorf("%w: %w", cardreader.Unreadable, err)
	}
	s.blame(part, err)
	return broken{err}
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

// recognise learns which layout the card answers to, and reads EF_IDCarta, which tells what the card is to its holder.
func (s *session) recognise(ctx context.Context) error {
	family, err := s.files.recognise(ctx, s.layouts, s.atr)
	if err = s.judgeAnswer(desk.PartChip, err); err != nil {
		return s.unrecognised(err)
	}
	s.family, s.layout = family, family[0]
	s.card.Model, s.card.Kind = s.layout.Name, s.layout.Kind
	if !s.layout.hasFiles() {
		s.works(desk.PartChip) // it does, for somebody else
		s.fails(desk.PartNumber, desk.ReasonNotHealth)
		return fmt.Errorf("%w: it is of the model %s", cardreader.NotACNS, s.layout.Name)
	}
	s.works(desk.PartChip)
	if len(s.layout.Number) == 0 {
		return nil
	}
	return s.number(ctx)
}

// unrecognised tells why a card is of none of the layouts.
func (s *session) unrecognised(err error) error {
	switch {
	case errors.As(err, new(broken)):
		return err
	case errors.Is(err, apdu.ErrFault):
		s.fails(desk.PartChip, desk.ReasonUnreadable)
		return fmt.Errorf("%w: %w", cardreader.Unreadable, err)
	}
	trouble := strange(s.atr)
	if trouble != cardreader.NotACNS {
		s.fails(desk.PartChip, desk.ReasonUnknown)
		return fmt.Errorf("%w: %w", trouble, err)
	}
	s.card.Kind = desk.KindOther
	s.works(desk.PartChip)
	s.fails(desk.PartNumber, desk.ReasonNotHealth)
	return fmt.Errorf("%w: %w", trouble, err)
}

// strange tells what a card is that answers to none of the layouts, by its answer to reset: the one use that is made of it.
func strange(atr []byte) cardreader.Trouble {
	switch {
	case Contactless(atr):
		return cardreader.Contactless
	case ClaimsCNS(atr):
		return cardreader.UnknownModel
	default:
		return cardreader.NotACNS
	}
}

// number reads EF_IDCarta.
func (s *session) number(ctx context.Context) error {
	content, err := s.files.readNumber(ctx, s.layout)
	err = s.judgeAnswer(desk.PartNumber, err)
	switch {
	case errors.As(err, new(broken)):
		return err
	case err != nil:
		s.fails(desk.PartNumber, reasonOf(err))
	case blank(content):
		s.fails(desk.PartNumber, desk.ReasonNotPersonalised)
	default:
		s.takeNumber(printable(content))
	}
	return nil
}

// takeNumber keeps the card's number, which says what kind of card it is.
func (s *session) takeNumber(number string) {
	s.card.Number, s.card.Kind = number, kindOf(s.layout, number)
	if s.card.Kind == desk.KindCIE1 || s.card.Kind == desk.KindCIE2 {
		s.works(desk.PartNumber) // the numbers of identity cards have a form of their own
		return
	}
	s.judgeNumber()
}

// reasonOf is why a part that the card does not hand out fails.
func reasonOf(err error) string {
	if errors.Is(err, apdu.ErrNotActive) {
		return desk.ReasonNotActive
	}
	return desk.ReasonUnreadable
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

// firstPersonal is as much as one command brings, and nearly always all of the data.
const firstPersonal = apdu.MaxNe

// personal reads and judges EF.DatiPersonali.
func (s *session) personal(ctx context.Context) error {
	if len(s.layout.Personal) == 0 {
		return nil
	}
	content, err := s.attempt(ctx, desk.PartPersonal, s.layout.Personal, firstPersonal, maxPersonal, needed)
	if err != nil {
		if !errors.As(err, new(broken)) {
			s.fails(desk.PartPersonal, reasonOf(err))
			trouble := cardreader.Unreadable
			if errors.Is(err, apdu.ErrNotActive) {
				trouble = cardreader.NotActive
			}
			err = fmt.Errorf("%w: personal data: %w", trouble, err)
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
	s.data, s.raw = p, content
	s.works(desk.PartPersonal)
	s.card.Holder, s.card.Issuer, s.card.Issued, s.card.Expires = p.Person(), p.Issuer, p.Issued, p.Expires
	if p.FiscalCode != "" {
		s.verdict(desk.PartFiscalCode, fiscalcode.Valid(p.FiscalCode), desk.ReasonCheckDigit)
	}
	if !p.Expires.IsZero() {
		s.verdict(desk.PartValidity, !p.Expires.Before(civil.Of(s.now)), desk.ReasonExpired)
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
