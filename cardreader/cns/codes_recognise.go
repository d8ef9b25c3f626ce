package cns

import (
	"context"
	"errors"

	"bottega/cardreader"
	"bottega/cardreader/apdu"
	"bottega/desk/cardnumber"
)

// recognise finds the layout of a card, the first whose number file answers, and the number in it.
func recognise(ctx context.Context, files *reader, atr []byte, layouts []Layout) (Layout, string, error) {
	for _, layout := range layouts {
		err := files.selectFile(ctx, layout.Number)
		if errors.Is(err, apdu.ErrNotFound) || errors.Is(err, apdu.ErrParameters) || errors.Is(err, apdu.ErrUnsupported) {
			continue
		}
		var number []byte
		if err == nil {
			number, err = files.read(ctx, cardnumber.Length, cardnumber.Length, func([]byte) int { return cardnumber.Length })
		}
		if err != nil {
			return Layout{}, "", unanswered(err, cardreader.Unreadable)
		}
		return layout, printable(number), nil
	}
	switch {
	case Contactless(atr):
		return Layout{}, "", cardreader.Contactless
	case ClaimsCNS(atr):
		return Layout{}, "", cardreader.UnknownModel
	default:
		return Layout{}, "", cardreader.NotACNS
	}
}
