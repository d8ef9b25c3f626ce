package doctor

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"io/fs"
	"regexp"
	"strings"
	"time"

	"bottega/cardreader"
	"bottega/desk"
	"bottega/ui/checkup"
)

// lookAtCards names the card service, the readers and the card apart.
func (c *Computer) lookAtCards(ctx context.Context, s *sheet) {
	port := c.Cards()
	defer func() { _ = port.Close() }() // a service that does not let go of us is one that was looked at
	states, err := port.Watch(ctx, nil, 0)
	switch {
	case ctx.Err() != nil:
		return // told as late
	case err == nil:
		s.well("service", "runs", "Version", c.serviceVersion(ctx))
	case c.NoCards:
		s.broken("service", "not_built_in")
		return
	case c.System == "linux" && !c.hasFile("usr/sbin/pcscd", "usr/bin/pcscd", "usr/local/sbin/pcscd"):
		s.broken("service", "missing")
		return
	default:
		s.broken("service", "down")
		return
	}
	if len(states) == 0 {
		c.lookForReaders(ctx, s)
	}
	for _, state := range states {
		s.well("reader", "there", "Name", state.Name)
		c.lookAtCard(ctx, s, port, state)
	}
}

func (c *Computer) lookAtCard(ctx context.Context, s *sheet, port cardreader.Port, state cardreader.ReaderState) {
	switch state.Card {
	case cardreader.Empty:
		s.well("card", "none")
	case cardreader.Mute:
		s.broken("card", "mute")
	case cardreader.Present:
		card, err := c.readCard(ctx, port, state.Name)
		if ctx.Err() != nil {
			return // told as late
		}
		if errors.Is(err, cardreader.Busy) {
			s.broken("holder", "busy", "Programs", c.cardPrograms(ctx))
			return
		}
		tellCard(s, card, err, state.ATR)
		s.well("holder", "free")
	}
}

// readCard reads the card as the desk does, again while somebody holds it and patience lasts.
func (c *Computer) readCard(ctx context.Context, port cardreader.Port, reader string) (desk.Card, error) {
	const pause = 500 * time.Millisecond
	for until := time.Now().Add(c.Patience); ; {
		card, err := cardreader.ReadFirst(ctx, port, c.Read, reader)
		if !errors.Is(err, cardreader.Busy) || !time.Now().Before(until) {
			return card, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return card, context.Cause(ctx)
		}
	}
}

// tellCard says what kind of card was read and whether it could be, and nothing of what is on it. A card that answers and is not
// in order is no fault of the computer's.
func tellCard(s *sheet, card desk.Card, err error, atr []byte) {
	kind := checkup.Key("card_kind." + string(cmp.Or(card.Kind, desk.KindOther)))
	answer := strings.ToUpper(hex.EncodeToString(atr))
	trouble := cardreader.Unreadable
	switch {
	case errors.As(err, &trouble), err != nil:
		words := []any{"Trouble", checkup.Opening(trouble.TitleKey()), "Advice", checkup.Key(trouble.AdviceKey())}
		if physical(trouble) {
			s.broken("card", "unreadable", words...)
			return
		}
		s.note("card", "other", words...)
	case len(cardreader.TroublesOf(card)) > 0:
		trouble = cardreader.TroublesOf(card)[0]
		s.note("card", "troubled", "Kind", kind, "Trouble", checkup.Opening(trouble.TitleKey()), "Advice", checkup.Key(trouble.AdviceKey()))
	case card.Kind == "":
		s.well("card", "answers", "ATR", answer)
	default:
		s.well("card", "read", "Kind", kind, "ATR", answer)
	}
}

// physical tells the troubles that come from reader, contacts or service, and not from what the card is.
func physical(t cardreader.Trouble) bool {
	switch t {
	case cardreader.MuteCard, cardreader.Unreadable, cardreader.RemovedEarly, cardreader.ServiceDown, cardreader.NoReader, cardreader.NoCard:
		return true
	}
	return false
}

// hasFile reports whether one of some files of the system is there.
func (c *Computer) hasFile(paths ...string) bool {
	for _, path := range paths {
		if _, err := fs.Stat(c.Files, path); err == nil {
			return true
		}
	}
	return false
}

var versionOfService = regexp.MustCompile(`version ([0-9][0-9.]*[0-9])`)

// serviceVersion is what the card service calls itself; empty where it is part of the system.
func (c *Computer) serviceVersion(ctx context.Context) string {
	if c.System != "linux" {
		return ""
	}
	said, err := c.Run(ctx, "pcscd", "--version")
	found := versionOfService.FindStringSubmatch(said)
	if err != nil || found == nil {
		return ""
	}
	return "pcscd " + found[1]
}
