package hub

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"bottega/desk"
	"bottega/desk/cardnumber"
	"bottega/desk/civil"
	"bottega/desk/fiscalcode"
	"bottega/sync/hub/store"
	"bottega/sync/wire"
)

const (
	// lookEvery is how soon an import by another process is noticed.
	lookEvery = time.Second
	// reopenEvery is how soon records are tried again that could not be judged, and those that an older hub on the same data did not
	// understand.
	reopenEvery = 10 * time.Minute
	// answerAtOnce is how many records are judged in one transaction, and answerTime how long that may take.
	answerAtOnce = 500
	answerTime   = 30 * time.Second
)

// answerLoop judges what is open until the context ends.
func (h *Hub) answerLoop(ctx context.Context) {
	tick, reopen := time.NewTicker(lookEvery), time.NewTicker(reopenEvery)
	defer tick.Stop()
	defer reopen.Stop()
	for {
		h.answer(ctx, "")
		select {
		case <-ctx.Done():
			return
		case <-reopen.C:
			if err := h.reopen(ctx); err != nil && ctx.Err() == nil {
				h.failed("looking again at what was not understood failed", err)
			}
		case <-tick.C:
		case <-h.wake:
		}
	}
}

func (h *Hub) reopen(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	return h.store.Reopen(ctx, desk.Knows())
}

// answer judges what is open of a desk, or of all. A failure is logged and tried again by the loop; a fault of this program as well: it
// must not end the process, which would meet the same record again at its next start.
func (h *Hub) answer(ctx context.Context, deskID string) {
	defer func() {
		if fault := recover(); fault != nil {
			h.failed("answering records broke", &store.FaultError{Type: fmt.Sprintf("%T", fault), Stack: debug.Stack()})
		}
	}()
	for ctx.Err() == nil {
		n, err := h.answerSome(ctx, deskID)
		var set *store.SetApartError
		switch {
		case errors.As(err, &set):
			for _, r := range set.Records {
				h.failed("a record cannot be answered for now", r)
			}
		case err != nil && ctx.Err() == nil:
			h.failed("answering records failed", err)
			return
		case err != nil || n == 0:
			return
		}
		h.metrics.records.Add(float64(n))
		h.params.Log.Info("records answered", "count", n)
	}
}

// answerSome judges a few hundred records at most, within a time.
func (h *Hub) answerSome(ctx context.Context, deskID string) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	return h.store.Answer(ctx, deskID, answerAtOnce, h.judge)
}

// failed logs what the store could not do; for a fault of this program also where it happened.
func (h *Hub) failed(what string, err error) {
	h.metrics.failures.Inc()
	log := h.params.Log.With("error", err)
	var fault *store.FaultError
	if errors.As(err, &fault) {
		log = log.With("stack", string(fault.Stack))
	}
	log.Error(what)
}

// triage says how far a record has come when it arrives: most need no judge, and no transaction of their own.
func triage(e wire.Entry) store.State {
	payload, state := read(e)
	if state != store.StateNew || payload == nil {
		return state
	}
	switch payload.(type) {
	case *desk.ActivationRequested, *desk.ExemptionRequested, *desk.VisitErased:
		return store.StateNew
	}
	return store.StateKept
}

// read returns what an entry says, or how far a record without anything to read has come; nil and StateNew for one that makes no
// sense.
func read(e wire.Entry) (desk.Payload, store.State) {
	if e.Erased() {
		return nil, store.StateErased
	}
	if e.Version > desk.PayloadVersion {
		return nil, store.StateUnknown
	}
	payload, err := desk.Decode(e.Desk())
	if errors.Is(err, desk.ErrUnknownKind) {
		return nil, store.StateUnknown
	}
	if err != nil {
		return nil, store.StateNew
	}
	return payload, store.StateNew
}

// wakeUp makes the loop look now.
func (h *Hub) wakeUp() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// today is the day in Italy.
func (h *Hub) today() civil.Date { return civil.Of(h.params.Clock().In(h.rome)) }

// judge decides what becomes of a record. It fails only when the store does: a record that makes no sense is answered so.
func (h *Hub) judge(r store.Record, in store.Register) (store.Decision, error) {
	payload, state := read(r.Entry)
	switch {
	case state != store.StateNew:
		return store.Decision{State: state, Knows: desk.Knows()}, nil
	case payload == nil:
		return h.reply(desk.RecordRefused, wire.ReasonUnreadable), nil
	}
	switch p := payload.(type) {
	case *desk.ActivationRequested:
		return h.activation(*p, in)
	case *desk.ExemptionRequested:
		return h.exemption(*p, in)
	case *desk.VisitErased:
		if !wire.Word(p.Visit) {
			return h.reply(desk.RecordRefused, wire.ReasonUnreadable), nil
		}
		return store.Decision{State: store.StateKept, Erase: p.Visit}, nil
	}
	return store.Decision{State: store.StateKept}, nil
}

func (h *Hub) reply(kind desk.ReplyKind, reason string) store.Decision {
	return store.Decision{State: store.StateAnswered, Reply: &desk.Reply{Kind: kind, Reason: reason, At: h.params.Clock().UTC().Truncate(time.Millisecond)}}
}

// activation answers a request from the registry of cards, as the body that runs them would.
func (h *Hub) activation(p desk.ActivationRequested, in store.Register) (store.Decision, error) {
	number, holder := normaliseCard(p.CardNumber), fiscalcode.Normalise(p.Holder.FiscalCode)
	if number == "" || holder == "" {
		return h.reply(desk.RecordRefused, wire.ReasonIncomplete), nil
	}
	if !fiscalcode.Valid(holder) {
		return h.reply(desk.RecordRefused, wire.ReasonFiscalCode), nil
	}
	if loaded, err := in.Loaded(store.Cards); err != nil || !loaded {
		return store.Decision{State: store.StateWaiting, Needs: store.Cards}, err
	}
	card, err := in.Card(number)
	if errors.Is(err, store.ErrNotFound) {
		return h.reply(desk.ActivationRefused, wire.ReasonCardUnknown), nil
	}
	if err != nil {
		return store.Decision{}, err
	}
	switch {
	case card.FiscalCode != holder:
		return h.reply(desk.ActivationRefused, wire.ReasonHolderMismatch), nil
	case card.State == store.CardRevoked:
		return h.reply(desk.ActivationRefused, wire.ReasonCardRevoked), nil
	case !card.Expires.IsZero() && h.today().After(card.Expires):
		return h.reply(desk.ActivationRefused, wire.ReasonCardExpired), nil
	case card.State == store.CardActive:
		return h.reply(desk.ActivationRefused, wire.ReasonAlreadyActive), nil
	}
	d := h.reply(desk.ActivationConfirmed, "")
	d.Activate = number
	return d, nil
}

// exemption answers a request from the registry of exemptions as it stands today, whenever the citizen asked: the certificate is
// printed after the answer, and says what is true then.
func (h *Hub) exemption(p desk.ExemptionRequested, in store.Register) (store.Decision, error) {
	code, holder := strings.ToUpper(strings.TrimSpace(p.Code)), fiscalcode.Normalise(p.Person.FiscalCode)
	if code == "" || holder == "" {
		return h.reply(desk.RecordRefused, wire.ReasonIncomplete), nil
	}
	if !fiscalcode.Valid(holder) {
		return h.reply(desk.RecordRefused, wire.ReasonFiscalCode), nil
	}
	if loaded, err := in.Loaded(store.Exemptions); err != nil || !loaded {
		return store.Decision{State: store.StateWaiting, Needs: store.Exemptions}, err
	}
	rows, err := in.Exemptions(holder, code)
	if err != nil || len(rows) == 0 {
		return h.reply(desk.ExemptionNotFound, ""), err
	}
	today, later := h.today(), false
	for _, row := range rows {
		c := certificateOf(row, today)
		later = later || today.Before(row.ValidFrom)
		if !c.ValidOn(today) {
			continue
		}
		return h.found(c)
	}
	if later {
		return h.reply(desk.ExemptionNotFound, wire.ReasonNotYetValid), nil
	}
	d := h.reply(desk.ExemptionExpired, "")
	expired := certificateOf(rows[0], today).Exemption("")
	d.Reply.Exemption = &expired
	return d, nil
}

func (h *Hub) found(c wire.SignedCertificate) (store.Decision, error) {
	c.Practice = h.params.Practice
	token, err := wire.SignCertificate(h.keys.token, c)
	if err != nil {
		return store.Decision{}, fmt.Errorf("signing an exemption: %w", err)
	}
	d := h.reply(desk.ExemptionFound, "")
	exemption := c.Exemption(token)
	d.Reply.Exemption = &exemption
	return d, nil
}

func certificateOf(e store.Exemption, on civil.Date) wire.SignedCertificate {
	return wire.SignedCertificate{
		Number: e.Number, Code: e.Code, FiscalCode: e.FiscalCode, Surname: e.Surname, Name: e.Name,
		ValidFrom: e.ValidFrom, ValidTo: e.ValidTo, Issuer: e.Issuer, SignedOn: on,
	}
}

// normaliseCard returns the number as the chip has it, whichever of a card's two numbers was written; one that is neither only
// loses its blanks.
func normaliseCard(number string) string {
	if chip, err := cardnumber.Parse(number); err == nil {
		return chip
	}
	return strings.Join(strings.Fields(number), "")
}
