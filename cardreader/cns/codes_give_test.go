package cns_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"bottega/cardreader"
	"bottega/cardreader/cns"
	"bottega/cardreader/practice"
)

// tapped returns codes over a practice card that is listened to.
func tapped(t testing.TB) (*tap, *cns.Codes) {
	t.Helper()
	reader, _ := plugged(t, "bruna")
	listening := &tap{Port: reader}
	return listening, codesOver(listening)
}

// classic returns the layout of the practice card, to be changed at will.
func classic(t testing.TB) cns.Layout {
	t.Helper()
	layouts, err := cns.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(layouts, func(l cns.Layout) bool { return l.Name == "classic" })
	if i < 0 {
		t.Fatal("there is no classic layout")
	}
	return layouts[i]
}

// answering makes a card answer every code with a status.
func answering(status uint16) func([]byte) ([]byte, error) {
	return func(command []byte) ([]byte, error) {
		if carriesCode(command) {
			return []byte{byte(status >> 8), byte(status)}, nil
		}
		return nil, nil
	}
}

// actions are the three ways in which codes reach a card, with how many codes each carries.
var actions = []struct {
	name  string
	ins   byte
	count int
	run   func(ctx context.Context, c *cns.Codes, first, fresh []byte) error
}{
	{"verify", 0x20, 1, func(ctx context.Context, c *cns.Codes, first, fresh []byte) error {
		clear(fresh) // it takes one code only
		return c.Verify(ctx, seat, first)
	}},
	{"change", 0x24, 2, func(ctx context.Context, c *cns.Codes, first, fresh []byte) error {
		return c.Change(ctx, seat, first, fresh)
	}},
	{"unblock", 0x2C, 2, func(ctx context.Context, c *cns.Codes, first, fresh []byte) error {
		return c.Unblock(ctx, seat, first, fresh)
	}},
}

func TestCodesArePaddedToWhatTheCardStores(t *testing.T) {
	tap, codes := tapped(t)
	if err := codes.Verify(t.Context(), seat, []byte("12345")); err != nil {
		t.Fatal(err)
	}
	if err := codes.Change(t.Context(), seat, []byte("12345"), []byte("87654321")); err != nil {
		t.Fatal(err)
	}
	if err := codes.Unblock(t.Context(), seat, []byte("12345678"), []byte("135792")); err != nil {
		t.Fatal(err)
	}
	want := [][]byte{
		[]byte("\x00\x20\x00\x90\x0812345\xFF\xFF\xFF"),
		[]byte("\x00\x24\x00\x90\x1012345\xFF\xFF\xFF87654321"),
		[]byte("\x00\x2C\x00\x90\x1012345678135792\xFF\xFF"),
	}
	if got := tap.codes(); !slices.EqualFunc(got, want, bytes.Equal) {
		t.Errorf("sent %q", got)
	}
	tap.clean(t)
}

func TestACodeOfTheWrongLengthIsNeverSent(t *testing.T) {
	const good = "12345678"
	for _, wrong := range []string{"", "1234", "123456789", "12 45", "1234a", "١٢٣٤٥", "12345\n"} {
		for _, a := range actions {
			t.Run(fmt.Sprintf("%s %q", a.name, wrong), func(t *testing.T) {
				tap, codes := tapped(t)
				first, fresh := []byte(wrong), []byte("24680")
				err := a.run(t.Context(), codes, first, fresh)
				want := cardreader.WrongPIN
				if a.name == "unblock" {
					want = cardreader.WrongPUK
				}
				if !errors.Is(err, want) || len(tap.codes()) != 0 {
					t.Errorf("as the first code: %v, sent %q", err, tap.codes())
				}
				wiped(t, first, fresh)
				if a.count == 1 {
					return
				}
				first, fresh = []byte(good), []byte(wrong)
				if err := a.run(t.Context(), codes, first, fresh); !errors.Is(err, cardreader.NewPINRefused) || len(tap.codes()) != 0 {
					t.Errorf("as the new PIN: %v, sent %q", err, tap.codes())
				}
				wiped(t, first, fresh)
			})
		}
	}
}

func TestAPUKHasExactlyItsDigits(t *testing.T) {
	tap, codes := tapped(t)
	if err := codes.Unblock(t.Context(), seat, []byte("1234567"), []byte("24680")); !errors.Is(err, cardreader.WrongPUK) || len(tap.codes()) != 0 {
		t.Errorf("got %v, sent %q", err, tap.codes())
	}
}

// anyStatus are all the answers that a card may give to a code, and some that it may not.
var anyStatus = []uint16{
	0x9000, 0x6300, 0x63C0, 0x63C1, 0x63C2, 0x63CF, 0x6283, 0x6400, 0x6401, 0x6581, 0x6700, 0x6881, 0x6982, 0x6983, 0x6984, 0x6985, 0x6986,
	0x6A80, 0x6A81, 0x6A82, 0x6A86, 0x6A88, 0x6B00, 0x6C08, 0x6105, 0x6D00, 0x6E00, 0x6F00, 0x9999,
}

func TestNoVerifyIsEverEmptyAndNoCodeIsSentTwice(t *testing.T) {
	layouts := map[string]func(*cns.CodesLayout){
		"as it is":            func(*cns.CodesLayout) {},
		"in a folder":         func(l *cns.CodesLayout) { l.Folder = cns.Path{0x1100} },
		"storing nothing":     func(l *cns.CodesLayout) { l.Stored = 0 },
		"of as few as none":   func(l *cns.CodesLayout) { l.MinPIN = 0 },
		"of no digits at all": func(l *cns.CodesLayout) { l.MinPIN, l.MaxPIN, l.PUK = 0, 0, 0 },
	}
	for name, change := range layouts {
		tap, codes := tapped(t)
		layout := classic(t)
		change(layout.Codes)
		codes.Layouts = []cns.Layout{layout}
		if _, err := codes.Ask(t.Context(), seat); len(tap.codes()) != 0 {
			t.Errorf("%s, ask: sent %q, %v", name, tap.codes(), err)
		}
		for _, status := range anyStatus {
			for _, typed := range [][]byte{nil, {}, []byte("1"), []byte("12345"), []byte("12345678")} {
				for _, a := range actions {
					tap.said, tap.sent, tap.meddle = nil, nil, answering(status)
					err := a.run(t.Context(), codes, bytes.Clone(typed), bytes.Clone(typed))
					if (err == nil) != (status == 0x9000 && len(tap.codes()) == 1) {
						t.Errorf("%s, %s %q answered with %04X: %v", name, a.name, typed, status, err)
					}
					references := map[byte]bool{}
					for _, sent := range tap.codes() {
						if len(sent) != 5+8*a.count || sent[4] != byte(8*a.count) || !bytes.HasPrefix(sent[5:], typed) || len(typed) == 0 {
							t.Errorf("%s, %s %q: sent % X", name, a.name, typed, sent)
						}
						if references[sent[3]] || sent[3]&^0x80 != 0x10 {
							t.Errorf("%s, %s: sent reference %02X after %v", name, a.name, sent[3], references)
						}
						references[sent[3]] = true
					}
					if len(references) > 1 && status != 0x6A86 && status != 0x6A88 {
						t.Errorf("%s, %s: sent %d times after %04X", name, a.name, len(references), status)
					}
				}
			}
		}
	}
}

func TestWhatACardAnswersToACodeIsATrouble(t *testing.T) {
	type told struct {
		trouble cardreader.Trouble
		left    int
	}
	for _, tc := range []struct {
		status   uint16
		pin, puk told
	}{
		{0x63C9, told{cardreader.WrongPIN, 9}, told{cardreader.WrongPUK, 9}},
		{0x63C2, told{cardreader.WrongPIN, 2}, told{cardreader.WrongPUK, 2}},
		{0x63C1, told{cardreader.PINTriesLow, 1}, told{cardreader.WrongPUK, 1}},
		{0x63C0, told{cardreader.PINBlocked, 0}, told{cardreader.PUKBlocked, 0}},
		{0x6300, told{cardreader.WrongPIN, -1}, told{cardreader.WrongPUK, -1}},
		{0x6983, told{cardreader.PINBlocked, 0}, told{cardreader.PUKBlocked, 0}},
		{0x6984, told{cardreader.NotActive, -1}, told{cardreader.NotActive, -1}},
		{0x6985, told{cardreader.NotActive, -1}, told{cardreader.NotActive, -1}},
		{0x6283, told{cardreader.NotActive, -1}, told{cardreader.NotActive, -1}},
		{0x6A86, told{cardreader.NotActive, -1}, told{cardreader.NotActive, -1}},
		{0x6A88, told{cardreader.NotActive, -1}, told{cardreader.NotActive, -1}},
		{0x6D00, told{cardreader.NotActive, -1}, told{cardreader.NotActive, -1}},
		{0x6982, told{cardreader.NotActive, -1}, told{cardreader.NotActive, -1}},
		{0x6F00, told{cardreader.Unreadable, -1}, told{cardreader.Unreadable, -1}},
		{0x6581, told{cardreader.Unreadable, -1}, told{cardreader.Unreadable, -1}},
		{0x6400, told{cardreader.Unreadable, -1}, told{cardreader.Unreadable, -1}},
	} {
		for _, a := range actions {
			t.Run(fmt.Sprintf("%s %04X", a.name, tc.status), func(t *testing.T) {
				tap, codes := tapped(t)
				tap.meddle = answering(tc.status)
				want := tc.pin
				if a.name == "unblock" {
					want = tc.puk
				}
				first, fresh := []byte("12345678"), []byte("24680")
				err := a.run(t.Context(), codes, first, fresh)
				left, counted := cardreader.TriesLeft(err)
				if !errors.Is(err, want.trouble) || counted != (want.left >= 0) || counted && left != want.left {
					t.Errorf("got %v with %d left (%t), want %+v", err, left, counted, want)
				}
				wiped(t, first, fresh)
				tap.clean(t)
			})
		}
	}
}

func TestANewPINThatTheCardRefusesIsNotAWrongOne(t *testing.T) {
	for _, a := range actions[1:] {
		tap, codes := tapped(t)
		tap.meddle = answering(0x6A80)
		if err := a.run(t.Context(), codes, []byte("12345678"), []byte("11111")); !errors.Is(err, cardreader.NewPINRefused) {
			t.Errorf("%s: %v", a.name, err)
		}
	}
}

func TestTheReferenceIsLocalWhereTheMaskWantsItSo(t *testing.T) {
	athena := []byte{
		0x3B, 0xDF, 0x18, 0x00, 0x81, 0x31, 0xFE, 0x7D, 0x00, 0x6B, 0x15, 0x0C, 0x01, 0x81, 0x01, 0x11, 0x01, 0x43, 0x4E, 0x53, 0x10, 0x31, 0x80, 0xE8,
	}
	for name, tc := range map[string]struct {
		atr  []byte
		want []byte
	}{
		"STIncard":                           {nil, []byte{0x90}},
		"Athena, which then says it is not":  {athena, []byte{0x10, 0x90}},
		"an answer to reset that is no CNS'": {[]byte{0x3B, 0x00}, []byte{0x10, 0x90}},
	} {
		t.Run(name, func(t *testing.T) {
			tap, codes := tapped(t) // the card underneath knows 90 only
			tap.atr = tc.atr
			if err := codes.Verify(t.Context(), seat, []byte(practice.DefaultPIN)); err != nil {
				t.Fatal(err)
			}
			var got []byte
			for _, sent := range tap.codes() {
				got = append(got, sent[3])
			}
			if !bytes.Equal(got, tc.want) {
				t.Errorf("references % X", got)
			}
			tap.clean(t)
		})
	}
}

func TestCodesAreWipedHoweverTheConversationEnds(t *testing.T) {
	failing := func(why error) func([]byte) ([]byte, error) {
		return func(command []byte) ([]byte, error) {
			if carriesCode(command) {
				return nil, why
			}
			return nil, nil
		}
	}
	for name, tc := range map[string]struct {
		prepare func(t *testing.T, tap *tap, cancel context.CancelFunc)
		want    error
	}{
		"the card leaves":           {func(_ *testing.T, tap *tap, _ context.CancelFunc) { tap.meddle = failing(cardreader.RemovedEarly) }, cardreader.RemovedEarly},
		"another program resets it": {func(_ *testing.T, tap *tap, _ context.CancelFunc) { tap.meddle = failing(cardreader.ErrReset) }, cardreader.Busy},
		"it was never there":        {func(_ *testing.T, tap *tap, _ context.CancelFunc) { tap.Port.(*practice.Reader).Remove() }, cardreader.NoCard},
		"the service is down":       {func(t *testing.T, tap *tap, _ context.CancelFunc) { _ = tap.Close() }, cardreader.ServiceDown},
		"somebody gives up before":  {func(_ *testing.T, _ *tap, cancel context.CancelFunc) { cancel() }, context.Canceled},
		"nonsense comes back": {func(_ *testing.T, tap *tap, _ context.CancelFunc) {
			tap.meddle = func([]byte) ([]byte, error) { return []byte{1}, nil }
		}, cardreader.Unreadable},
		"it is a card of no layout": {func(_ *testing.T, tap *tap, _ context.CancelFunc) {
			tap.meddle = func([]byte) ([]byte, error) { return []byte{0x6A, 0x82}, nil }
		}, cardreader.UnknownModel},
		"half an answer to the code": {func(_ *testing.T, tap *tap, _ context.CancelFunc) { tap.meddle = half }, cardreader.Unreadable},
		"somebody gives up while it is sent": {func(_ *testing.T, tap *tap, cancel context.CancelFunc) {
			tap.meddle = func(command []byte) ([]byte, error) {
				if carriesCode(command) {
					cancel()
					return nil, context.Canceled
				}
				return nil, nil
			}
		}, context.Canceled},
	} {
		for _, a := range actions {
			t.Run(a.name+", "+name, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				tap, codes := tapped(t)
				tc.prepare(t, tap, cancel)
				first, fresh := []byte("12345678"), []byte("24680")
				if err := a.run(ctx, codes, first, fresh); !errors.Is(err, tc.want) {
					t.Errorf("got %v", err)
				}
				wiped(t, first, fresh)
				tap.clean(t)
				if len(tap.codes()) > 1 {
					t.Errorf("sent %q", tap.codes())
				}
			})
		}
	}
}

func half(command []byte) ([]byte, error) {
	if carriesCode(command) {
		return []byte{0x90}, nil
	}
	return nil, nil
}

func TestWhatACardDidNotFinishSayingIsNotRemembered(t *testing.T) {
	tap, codes := tapped(t)
	if err := codes.Verify(t.Context(), seat, []byte("99999")); !errors.Is(err, cardreader.WrongPIN) {
		t.Fatal(err)
	}
	tap.meddle = half
	if err := codes.Verify(t.Context(), seat, []byte("99999")); !errors.Is(err, cardreader.Unreadable) {
		t.Fatal(err)
	}
	if needs, err := codes.Ask(t.Context(), seat); err != nil || needs.PINLeft != -1 {
		t.Errorf("needs %+v, %v", needs, err)
	}
}

func TestCodesAreTypedOnTheReaderWhereItHasAKeypad(t *testing.T) {
	for _, a := range actions {
		for name, tc := range map[string]struct {
			answer []byte
			want   error
		}{
			"right":                {[]byte{0x90, 0x00}, nil},
			"nothing typed":        {[]byte{0x64, 0x00}, cardreader.PadCancelled},
			"cancelled":            {[]byte{0x64, 0x01}, cardreader.PadCancelled},
			"too short":            {[]byte{0x64, 0x03}, cardreader.PadCancelled},
			"the card is blocked":  {[]byte{0x69, 0x83}, map[string]error{"unblock": cardreader.PUKBlocked}[a.name]},
			"the card has a fault": {[]byte{0x6F, 0x00}, cardreader.Unreadable},
		} {
			t.Run(a.name+", "+name, func(t *testing.T) {
				if name == "the card is blocked" && tc.want == nil {
					tc.want = cardreader.PINBlocked
				}
				tap, codes := tapped(t)
				tap.pad = &pad{answer: tc.answer}
				if needs, err := codes.Ask(t.Context(), seat); err != nil || !needs.Pad {
					t.Errorf("needs %+v, %v", needs, err)
				}
				if err := a.run(t.Context(), codes, nil, nil); !errors.Is(err, tc.want) {
					t.Errorf("got %v", err)
				}
				want := cardreader.PadTemplate{INS: a.ins, P2: 0x90, Stored: 8, Min: 5, Max: 8}
				if len(tap.pad.templates) != 1 || tap.pad.templates[0] != want || tap.pad.modified != a.count-1 {
					t.Errorf("the keypad was told %+v", tap.pad)
				}
				if len(tap.codes()) != 0 {
					t.Errorf("sent %q beside the keypad", tap.codes())
				}
			})
		}
	}
}

func TestTwoNewPINsThatDifferOnTheKeypadAreRefused(t *testing.T) {
	tap, codes := tapped(t)
	tap.pad = &pad{answer: []byte{0x64, 0x02}}
	if err := codes.Change(t.Context(), seat, nil, nil); !errors.Is(err, cardreader.NewPINRefused) {
		t.Errorf("got %v", err)
	}
}

func TestNothingTypedWithoutAKeypadIsSaidSo(t *testing.T) {
	tap, codes := tapped(t)
	for _, a := range actions {
		if err := a.run(t.Context(), codes, nil, nil); !errors.Is(err, cardreader.PadCancelled) || len(tap.codes()) != 0 {
			t.Errorf("%s: %v, sent %q", a.name, err, tap.codes())
		}
	}
}

func TestACardWhoseCodesNobodyKnowsIsLeftAlone(t *testing.T) {
	tap, codes := tapped(t)
	layout := classic(t)
	layout.Codes = nil
	codes.Layouts = []cns.Layout{layout}
	if _, err := codes.Ask(t.Context(), seat); !errors.Is(err, cardreader.NotActive) {
		t.Errorf("ask: %v", err)
	}
	if err := codes.Verify(t.Context(), seat, []byte("12345")); !errors.Is(err, cardreader.NotActive) || len(tap.codes()) != 0 {
		t.Errorf("verify: %v, sent %q", err, tap.codes())
	}
}

func TestLayoutsThatComeLaterCountFromTheNextConversation(t *testing.T) {
	tap, codes := tapped(t)
	codes.SetLayouts([]cns.Layout{classic(t)})
	if err := codes.Verify(t.Context(), seat, []byte(practice.DefaultPIN)); err != nil {
		t.Fatal(err)
	}
	layout := classic(t)
	layout.Codes = nil
	codes.SetLayouts([]cns.Layout{layout})
	given := len(tap.codes())
	if err := codes.Verify(t.Context(), seat, []byte(practice.DefaultPIN)); !errors.Is(err, cardreader.NotActive) || len(tap.codes()) != given {
		t.Errorf("verify: %v, sent %q", err, tap.codes())
	}
}

func TestTheFolderOfTheCodesIsSelectedBeforeThem(t *testing.T) {
	tap, codes := tapped(t)
	layout := classic(t)
	layout.Codes.Folder = cns.Path{0x1100}
	codes.Layouts = []cns.Layout{layout}
	if err := codes.Verify(t.Context(), seat, []byte(practice.DefaultPIN)); err != nil {
		t.Fatal(err)
	}
	last := len(tap.said) - 1
	if !carriesCode(tap.said[last]) || !bytes.Equal(tap.said[last-1], []byte{0x00, 0xA4, 0x08, 0x0C, 0x02, 0x11, 0x00}) {
		t.Errorf("sent % X", tap.said)
	}
	layout.Codes.Folder = cns.Path{0x1400, 0x9002}
	if err := codes.Verify(t.Context(), seat, []byte(practice.DefaultPIN)); !errors.Is(err, cardreader.NotActive) || len(tap.codes()) != 1 {
		t.Errorf("without the folder: %v, sent %q", err, tap.codes())
	}
}
