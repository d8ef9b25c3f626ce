package main

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"bottega/cardreader"
	"bottega/cardreader/cns"
	"bottega/desk"
	"bottega/desk/cardcert"
)

type cardCommands struct {
	Status cardStatus `cmd:""`
	Read   cardRead   `cmd:""`
	Watch  cardWatch  `cmd:""`
	Record cardRecord `cmd:""`
	Replay cardReplay `cmd:""`
	PIN    cardPIN    `cmd:"" name:"pin"`
	Login  cardLogin  `cmd:""`
}

type cardStatus struct{}

// readerLine is one reader in the answer of card status.
type readerLine struct {
	Reader string `json:"reader"`
	Card   string `json:"card"`
	ATR    string `json:"atr,omitempty"`
	// Contactless says that the card is only lying on the reader.
	Contactless bool `json:"contactless,omitempty"`
}

// words are what the line says of the card.
func (l readerLine) words(a *app) string {
	if l.Contactless {
		return a.say.T("ctl.card.contactless")
	}
	return a.say.T("ctl.card." + l.Card)
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
		lines = append(lines, readerLine{
			Reader: s.Name, Card: string(s.Card), ATR: strings.ToUpper(hex.EncodeToString(s.ATR)),
			Contactless: s.Card == cardreader.Present && cns.Contactless(s.ATR),
		})
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
			line(w, l.Reader+": "+l.words(a), l.ATR)
		}
	})
	if err == nil && !ready {
		return trouble
	}
	return err
}

type cardRead struct {
	Reader string `placeholder:"NAME"`
	Online bool
}

// Run reads the card once; only when it is told to does it ask anybody else about it. What is wrong with a card that was read is part of the answer and sets the exit code.
func (c cardRead) Run(ctx context.Context, a *app) error {
	port := a.openPort()
	defer closePort(port)
	card, err := cardreader.ReadFirst(ctx, port, a.readCard, c.Reader)
	if err != nil {
		return errors.Join(a.showStranger(card, err), err)
	}
	if c.Online && card.Certificate != nil {
		card = cardcert.Answer(card, a.withdrawn(ctx, card.Certificate))
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

// showStranger shows what a card told that could not be read, where it told at least what it is. The trouble itself is told as an
// error.
func (a *app) showStranger(card desk.Card, err error) error {
	if card.Kind == "" {
		return nil
	}
	report := reportOf(card)
	if trouble, ok := errors.AsType[cardreader.Trouble](err); ok && !slices.Contains(report.Troubles, string(trouble)) {
		report.Troubles = append(report.Troubles, string(trouble))
	}
	return a.show(report, func(w io.Writer) {
		people := report // who read nothing of a card need not be told so part by part
		people.Test = slices.DeleteFunc(slices.Clone(report.Test), func(c desk.PartCheck) bool { return c.Result == desk.PartNotChecked })
		a.factsText(w, people)
	})
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
			if e.Card != nil && e.Card.Kind != "" {
				line(w, " ", a.say.T("ctl.card.kind")+":", a.say.T("card_kind."+string(e.Card.Kind)))
			}
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

// closePort lets go of the readers; a service that is already gone has nothing to say about it.
func closePort(p cardreader.Port) { _ = p.Close() }
