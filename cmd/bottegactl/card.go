package main

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"time"

	"bottega/cardreader"
	"bottega/desk"
	"bottega/desk/civil"
)

type cardCommands struct {
	Status cardStatus `cmd:""`
	Read   cardRead   `cmd:""`
	Watch  cardWatch  `cmd:""`
	Record cardRecord `cmd:""`
	Replay cardReplay `cmd:""`
}

type cardStatus struct{}

// readerLine is one reader in the answer of card status.
type readerLine struct {
	Reader string `json:"reader"`
	Card   string `json:"card"`
	ATR    string `json:"atr,omitempty"`
}

// Run tells which readers there are and what is in them. It fails with the trouble that keeps a card from being read.
func (cardStatus) Run(ctx context.Context, a *app) error {
	port := a.openPort()
	defer closePort(port)
	states, err := port.Watch(ctx, nil, 0)
	if err != nil {
		return err
	}
	lines := make([]readerLine, 0, len(states))
	trouble := cardreader.NoReader
	ready := false
	for _, s := range states {
		lines = append(lines, readerLine{Reader: s.Name, Card: string(s.Card), ATR: strings.ToUpper(hex.EncodeToString(s.ATR))})
		switch {
		case s.Card == cardreader.Present:
			ready = true
		case s.Card == cardreader.Mute:
			trouble = cardreader.MuteCard
		case trouble == cardreader.NoReader:
			trouble = cardreader.NoCard
		}
	}
	err = a.show(map[string]any{"readers": lines}, func(w io.Writer) {
		for _, l := range lines {
			line(w, l.Reader+": "+a.say.T("ctl.card."+l.Card), l.ATR)
		}
	})
	if err == nil && !ready {
		return trouble
	}
	return err
}

type cardRead struct {
	Reader string `placeholder:"NAME"`
}

// Run reads the card once. What is wrong with a card that was read is part of the answer and sets the exit code.
func (c cardRead) Run(ctx context.Context, a *app) error {
	port := a.openPort()
	defer closePort(port)
	card, err := cardreader.ReadFirst(ctx, port, a.readCard, c.Reader)
	if err != nil {
		return err
	}
	report := reportOf(card)
	if err := a.show(report, func(w io.Writer) { a.cardText(w, report) }); err != nil {
		return err
	}
	if len(report.Troubles) > 0 {
		return errCardTroubled
	}
	return nil
}

// errCardTroubled ends a reading that was shown with its troubles.
var errCardTroubled = errors.New("the card is not in order")

type cardWatch struct {
	For time.Duration `placeholder:"30s"`
}

// Run tells what happens at the readers until it is interrupted.
func (c cardWatch) Run(ctx context.Context, a *app) error {
	port := a.openPort()
	defer closePort(port)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if c.For > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, c.For)
		defer stop()
	}
	var broken error
	watcher := cardreader.Watcher{Port: port, Read: a.readCard, Deliver: func(e cardreader.Event) {
		if err := a.showEvent(e); err != nil && broken == nil { // whoever read our output went away
			broken = err
			cancel()
		}
	}}
	err := watcher.Run(ctx)
	switch {
	case broken != nil:
		return broken
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return nil
	}
	return err
}

// eventLine is one event of card watch; each is one line of JSON.
type eventLine struct {
	Event   cardreader.EventKind `json:"event"`
	Readers []string             `json:"readers,omitempty"`
	Reader  string               `json:"reader,omitempty"`
	Phase   cardreader.Phase     `json:"phase,omitempty"`
	Trouble string               `json:"trouble,omitempty"`
	Card    *cardReport          `json:"card,omitempty"`
}

func (a *app) showEvent(e cardreader.Event) error {
	l := eventLine{Event: e.Kind, Readers: e.Readers, Reader: e.Reader, Phase: e.Phase, Trouble: string(e.Trouble)}
	if e.Card != nil {
		report := reportOf(*e.Card)
		l.Card = &report
	}
	return a.show(l, func(w io.Writer) {
		switch e.Kind {
		case cardreader.ReadersChanged:
			line(w, a.say.N("ctl.event.readers", len(e.Readers)), strings.Join(e.Readers, ", "))
		case cardreader.TroubleMet:
			line(w, strings.TrimSpace(e.Reader+" "+sentence(a.say.T(e.Trouble.TitleKey()))), a.say.T(e.Trouble.AdviceKey()))
		case cardreader.ReadingPhase:
			line(w, e.Reader+":", a.say.T("card_phase."+string(e.Phase)))
		case cardreader.CardRead:
			line(w, e.Reader+":", a.say.T("ctl.event.card_read"))
			a.cardText(w, *l.Card)
		case cardreader.CardInserted, cardreader.CardRemoved:
			line(w, e.Reader+":", a.say.T("ctl.event."+string(e.Kind)))
		}
	})
}

// cardReport is the answer of card read. Its shape is fixed: scripts rely on it.
type cardReport struct {
	Reader       string             `json:"reader"`
	ATR          string             `json:"atr"`
	Model        string             `json:"model"`
	Troubles     []string           `json:"troubles"`
	Holder       holderReport       `json:"holder"`
	Card         numberReport       `json:"card"`
	Certificate  *certificateReport `json:"certificate"`
	Test         []desk.PartCheck   `json:"test"`
	PINTriesLeft *int               `json:"pin_tries_left"` // null: nobody asked the card, since the question needs no answer to read it
	APDUs        int                `json:"apdus"`
	BytesIn      int                `json:"bytes_in"`
	BytesOut     int                `json:"bytes_out"`
}

type holderReport struct {
	Surname    string     `json:"surname"`
	Name       string     `json:"name"`
	FiscalCode string     `json:"fiscal_code"`
	BirthDate  civil.Date `json:"birth_date"`
	Sex        string     `json:"sex"`
	BirthPlace string     `json:"birth_place_code"`
	Residence  string     `json:"residence_code"`
}

type numberReport struct {
	Number  string     `json:"number"`
	Issuer  string     `json:"issuer"`
	Issued  civil.Date `json:"issued"`
	Expires civil.Date `json:"expires"`
}

type certificateReport struct {
	Subject   string `json:"subject"`
	Issuer    string `json:"issuer"`
	NotBefore string `json:"not_before"`
	NotAfter  string `json:"not_after"`
	Serial    string `json:"serial"`
}

func reportOf(c desk.Card) cardReport {
	r := cardReport{
		Reader: c.Reader, ATR: c.ATR, Model: c.Model, Troubles: []string{}, Test: c.Test.Parts,
		Holder: holderReport{
			Surname: c.Holder.Surname, Name: c.Holder.Name, FiscalCode: c.Holder.FiscalCode, BirthDate: c.Holder.BirthDate,
			Sex: c.Holder.Sex, BirthPlace: c.Holder.BirthPlace, Residence: c.Holder.Residence,
		},
		Card:  numberReport{Number: c.Number, Issuer: c.Issuer, Issued: c.Issued, Expires: c.Expires},
		APDUs: c.Cost.APDUs, BytesIn: c.Cost.BytesIn, BytesOut: c.Cost.BytesOut,
	}
	for _, t := range cardreader.TroublesOf(c) {
		r.Troubles = append(r.Troubles, string(t))
	}
	if c.Certificate != nil {
		r.Certificate = &certificateReport{
			Subject: c.Certificate.Subject, Issuer: c.Certificate.Issuer, Serial: c.Certificate.Serial,
			NotBefore: c.Certificate.NotBefore.Format(time.DateOnly), NotAfter: c.Certificate.NotAfter.Format(time.DateOnly),
		}
	}
	return r
}

// cardText writes a card as a person reads it.
func (a *app) cardText(w io.Writer, r cardReport) {
	for _, row := range [][2]string{
		{"holder", strings.TrimSpace(r.Holder.Name + " " + r.Holder.Surname)}, {"fiscal_code", r.Holder.FiscalCode},
		{"birth_date", a.say.Date(r.Holder.BirthDate)}, {"number", r.Card.Number}, {"expires", a.say.Date(r.Card.Expires)}, {"reader", r.Reader},
	} {
		if row[1] != "" {
			line(w, a.say.T("ctl.card."+row[0])+":", row[1])
		}
	}
	for _, part := range r.Test {
		text := a.say.T("card_part."+string(part.Part)) + ": " + a.say.T("card_result."+string(part.Result))
		if part.Reason != "" {
			text += " (" + a.say.T("card_reason."+part.Reason) + ")"
		}
		line(w, " ", text)
	}
	for _, code := range r.Troubles {
		t := cardreader.Trouble(code)
		line(w, sentence(a.say.T(t.TitleKey())), a.say.T(t.AdviceKey()))
	}
}

// closePort lets go of the readers; a service that is already gone has nothing to say about it.
func closePort(p cardreader.Port) { _ = p.Close() }
