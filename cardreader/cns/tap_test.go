package cns_test

import (
	"bytes"
	"context"
	"sync"
	"testing"

	"bottega/cardreader"
)

// tap is a port whose conversations are listened to, and meddled with.
type tap struct {
	cardreader.Port
	// meddle answers a command in the card's place, unless it returns nil.
	meddle func(command []byte) ([]byte, error)
	// atr is the answer to reset to show instead of the card's.
	atr []byte
	// pad is the reader's keypad, nil for none.
	pad *pad

	mu sync.Mutex
	// said are copies of the commands; sent are the slices that were handed over.
	said, sent [][]byte
}

// pad is a keypad on which somebody types, as far as the card sees it.
type pad struct {
	answer    []byte
	err       error
	templates []cardreader.PadTemplate
	modified  int
}

func (t *tap) Connect(ctx context.Context, reader string) (cardreader.Link, error) {
	link, err := t.Port.Connect(ctx, reader)
	if err != nil {
		return nil, err
	}
	return &tappedLink{Link: link, tap: t}, nil
}

type tappedLink struct {
	cardreader.Link
	tap *tap
}

func (l *tappedLink) ATR() []byte {
	if l.tap.atr != nil {
		return l.tap.atr
	}
	return l.Link.ATR()
}

func (l *tappedLink) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	l.tap.mu.Lock()
	l.tap.said = append(l.tap.said, bytes.Clone(command))
	l.tap.sent = append(l.tap.sent, command)
	l.tap.mu.Unlock()
	if l.tap.meddle != nil {
		if answer, err := l.tap.meddle(command); answer != nil || err != nil {
			return answer, err
		}
	}
	return l.Link.Transmit(ctx, command)
}

func (l *tappedLink) Guard(ctx context.Context) error { return l.Link.(cardreader.Guarded).Guard(ctx) }

func (l *tappedLink) HasPad(context.Context) bool { return l.tap.pad != nil }

func (l *tappedLink) VerifyOnPad(_ context.Context, template cardreader.PadTemplate) ([]byte, error) {
	l.tap.pad.templates = append(l.tap.pad.templates, template)
	return l.tap.pad.answer, l.tap.pad.err
}

func (l *tappedLink) ModifyOnPad(ctx context.Context, template cardreader.PadTemplate) ([]byte, error) {
	l.tap.pad.modified++
	return l.VerifyOnPad(ctx, template)
}

// carriesCode reports a command of the kind that carries PIN or PUK.
func carriesCode(command []byte) bool {
	return command[1] == 0x20 || command[1] == 0x24 || command[1] == 0x2C
}

// codes returns the commands that carried codes, as they were sent.
func (t *tap) codes() [][]byte {
	var all [][]byte
	for _, command := range t.said {
		if carriesCode(command) {
			all = append(all, command)
		}
	}
	return all
}

// clean checks that no code is left in what was handed to the card.
func (t *tap) clean(test testing.TB) {
	test.Helper()
	for i, command := range t.sent {
		if carriesCode(t.said[i]) && !bytes.Equal(command, make([]byte, len(command))) {
			test.Errorf("a command was left in memory: %q", command)
		}
	}
}
