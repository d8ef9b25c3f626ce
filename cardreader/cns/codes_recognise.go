package cns

import (
	"context"
	"errors"
	"fmt"

	"bottega/cardreader"
	"bottega/cardreader/apdu"
)

// recognise finds the layout of a card, without reading more than its number and the first bytes of its certificate, and returns
// it with the number, empty where the card does not tell it.
func recognise(ctx context.Context, files *reader, atr []byte, layouts []Layout) (Layout, string, error) {
	if layouts == nil {
		var err error
		if layouts, err = embedded(); err != nil {
			return Layout{}, "", fmt.Errorf("%w: %w", cardreader.UnknownModel, err)
		}
	}
	family, err := files.recognise(ctx, layouts, atr)
	switch {
	case errors.Is(err, errUnrecognised):
		return Layout{}, "", fmt.Errorf("%w: %w", strange(atr), err)
	case err != nil:
		return Layout{}, "", unanswered(err, cardreader.Unreadable)
	case !family[0].hasFiles():
		return Layout{}, "", fmt.Errorf("%w: it is of the model %s", cardreader.NotACNS, family[0].Name)
	}
	var number string
	if len(family[0].Number) > 0 {
		content, err := files.readNumber(ctx, family[0])
		var status *apdu.StatusError
		if err != nil && !errors.As(err, &status) {
			return Layout{}, "", unanswered(err, cardreader.Unreadable)
		}
		number = printable(content)
	}
	layout, err := files.locate(ctx, family, kindOf(family[0], number))
	if err != nil {
		return Layout{}, "", unanswered(err, cardreader.Unreadable)
	}
	return layout, number, nil
}
