package cns

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"bottega/cardreader/apdu"
	"bottega/desk"
	"bottega/desk/cardnumber"
)

// errUnrecognised says that a card answered, and to none of the layouts.
var errUnrecognised = errors.New("the card answers to none of the layouts")

// recognise finds the layout that a card answers to, and returns it with all those that keep number and personal data in the
// same places: what else is on the card tells them apart. The order is that of the attempts.
func (r *reader) recognise(ctx context.Context, layouts []Layout, atr []byte) ([]Layout, error) {
	for _, family := range families(layouts, atr) {
		answers, err := r.answersTo(ctx, family[0])
		var status *apdu.StatusError
		switch {
		case answers:
			return family, nil
		case errors.As(err, &status) && errors.Is(err, apdu.ErrFault) && ClaimsCNS(atr):
			return nil, err // its contacts need cleaning; asking it for other applications would not
		case err != nil && status == nil:
			return nil, err
		}
	}
	return nil, errUnrecognised
}

// answersTo reports whether a card has a layout's application and, where the layout has files, the number or the personal data.
// The error is the last answer that said no, or what the conversation broke with.
func (r *reader) answersTo(ctx context.Context, l Layout) (bool, error) {
	r.enter(l.applicationID())
	if r.application != nil {
		if err := r.follow(ctx, []apdu.Command{r.selectApplication()}); err != nil {
			return false, err
		}
		r.selected = Path{}
	}
	if !l.hasFiles() {
		return true, nil
	}
	var last error
	for _, path := range []Path{l.Number, l.Personal} {
		if len(path) == 0 {
			continue
		}
		last = r.selectFile(ctx, path)
		var status *apdu.StatusError
		if last == nil || !errors.As(last, &status) {
			return last == nil, last
		}
	}
	return false, last
}

// families puts layouts together that no answer before the certificate's tells apart. Those that an answer to reset names come
// first; each family stands where its first layout does. Of layouts whose files are all the same only the first is kept.
func families(layouts []Layout, atr []byte) [][]Layout {
	ordered := slices.Clone(layouts)
	slices.SortStableFunc(ordered, func(a, b Layout) int {
		switch am, bm := a.matches(atr), b.matches(atr); {
		case am && !bm:
			return -1
		case bm && !am:
			return 1
		}
		return 0
	})
	var all [][]Layout
	for _, l := range ordered {
		i := slices.IndexFunc(all, func(f []Layout) bool { return sameStart(f[0], l) })
		switch {
		case i < 0:
			all = append(all, []Layout{l})
		case !slices.ContainsFunc(all[i], func(o Layout) bool { return slices.Equal(o.Certificate, l.Certificate) }):
			all[i] = append(all[i], l)
		}
	}
	return all
}

func sameStart(a, b Layout) bool {
	return a.Application == b.Application && slices.Equal(a.Number, b.Number) && slices.Equal(a.Personal, b.Personal)
}

// readNumber reads EF_IDCarta, or the packed number of a layout that has one where the other file is not.
func (r *reader) readNumber(ctx context.Context, l Layout) ([]byte, error) {
	err := r.selectFile(ctx, l.Number)
	packed := errors.Is(err, apdu.ErrNotFound) && len(l.NumberPacked) > 0
	length := cardnumber.Length
	if packed {
		length = packedStart + cardnumber.Length/2
		err = r.selectFile(ctx, l.NumberPacked)
	}
	if err != nil {
		return nil, err
	}
	content, err := r.read(ctx, length, length, func([]byte) int { return length })
	if packed && len(content) == length {
		content = []byte(strings.ToUpper(hex.EncodeToString(content[packedStart:])))
	}
	return content, err
}

// packedStart is how many bytes stand before the digits of a packed number.
const packedStart = 2

// kindOf tells what a card is: by its number (first digit: 6 a Region's citizen, 5 and 7 other issuers', 8 and 9 an operator's)
// or, where that says nothing, as its layout has it.
func kindOf(l Layout, number string) desk.CardKind {
	if len(number) != cardnumber.Length {
		return l.Kind
	}
	switch number[0] {
	case '6':
		return desk.KindHealth
	case '5', '7', '8', '9':
		if l.Kind == desk.KindHealth {
			return desk.KindCNS
		}
	}
	return l.Kind
}

// candidates are the layouts of a family in whose places a card's certificate is looked for. A health card is none of the others;
// any other card is first looked at as what is rarer.
func candidates(family []Layout, kind desk.CardKind) []Layout {
	health := func(l Layout) bool { return l.Kind == desk.KindHealth }
	sorted := slices.Clone(family)
	if kind == desk.KindHealth {
		if sorted = slices.DeleteFunc(sorted, func(l Layout) bool { return !health(l) }); len(sorted) == 0 {
			return family
		}
		return sorted
	}
	slices.SortStableFunc(sorted, func(a, b Layout) int {
		switch {
		case !health(a) && health(b):
			return -1
		case health(a) && !health(b):
			return 1
		}
		return 0
	})
	return sorted
}
