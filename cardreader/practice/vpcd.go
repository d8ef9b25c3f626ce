package practice

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// What a virtual reader (vpcd) asks of a card in messages of one byte; anything longer is a command for the card.
const (
	vpcdPowerOff = 0x00
	vpcdPowerOn  = 0x01
	vpcdReset    = 0x02
	vpcdATR      = 0x04
)

const (
	dialLimit   = 5 * time.Second
	redialPause = time.Second
)

// Serve plugs a card into the virtual reader at an address and answers for it until the context ends, which pulls it out.
// It returns an error when there is no virtual reader at the address; once the card was in, a reader that goes away is waited
// for and the card plugged in again. baud slows the card down to the speed of a real reader (9600, say); 0 is the profile's speed.
func Serve(ctx context.Context, address string, card *Card, baud int) error {
	for first := true; ; first = false {
		conn, err := dial(ctx, address)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && first:
			return fmt.Errorf("no virtual reader at %s (is pcscd running, with the vsmartcard-vpcd driver?): %w", address, err)
		case err == nil:
			answerFor(ctx, conn, card, baud)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(redialPause):
		}
	}
}

func dial(ctx context.Context, address string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: dialLimit}
	return dialer.DialContext(ctx, "tcp", address)
}

// answerFor serves one plugging-in to its end: the reader went away, or the context ended.
func answerFor(ctx context.Context, conn net.Conn, card *Card, baud int) {
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // the read below returns
	defer stop()
	defer func() { _ = conn.Close() }()
	if baud == 0 {
		baud = card.profile.Baud
	}
	card.insert()
	for {
		message, err := readMessage(conn)
		if err != nil || card.leaves() {
			return
		}
		answer, wanted := respond(card, message)
		if !wanted {
			continue
		}
		if len(message) > 1 && !slowly(ctx, len(message)+len(answer), baud) {
			return
		}
		if err := writeMessage(conn, answer); err != nil {
			return
		}
	}
}

// muteATR is what a mute card answers: a virtual reader takes no answer for an empty slot, and one that is longer than any answer
// to reset can be for a chip that cannot be understood.
var muteATR = make([]byte, 40)

// respond does what a message asks and returns the answer, where one is wanted.
func respond(card *Card, message []byte) (answer []byte, wanted bool) {
	if len(message) != 1 {
		return card.Process(message), true
	}
	switch message[0] {
	case vpcdATR:
		if card.mute() {
			return muteATR, true
		}
		return card.ATR(), true
	case vpcdPowerOff, vpcdPowerOn, vpcdReset:
		card.Reset()
	}
	return nil, false
}

// bitsPerByte is what a byte takes on a card's line: start, eight, parity and two of guard time.
const bitsPerByte = 12

// wireTime is what bytes take on a card's line at a speed; at none they take no time.
func wireTime(bytes, baud int) time.Duration {
	if baud <= 0 {
		return 0
	}
	return time.Duration(bytes*bitsPerByte) * time.Second / time.Duration(baud)
}

// slowly waits as long as the bytes would take, and reports whether it did to the end.
func slowly(ctx context.Context, bytes, baud int) bool {
	limit := wireTime(bytes, baud)
	if limit == 0 {
		return ctx.Err() == nil
	}
	select {
	case <-time.After(limit):
		return true
	case <-ctx.Done():
		return false
	}
}

// readMessage reads one message: two bytes of length and the body.
func readMessage(conn net.Conn) ([]byte, error) {
	var header [2]byte
	acknowledgeAtOnce(conn)
	if _, err := io.ReadFull(conn, header[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint16(header[:])
	if n == 0 {
		return nil, errors.New("an empty message")
	}
	body := make([]byte, n)
	acknowledgeAtOnce(conn)
	_, err := io.ReadFull(conn, body)
	return body, err
}

// writeMessage sends header and body in one write, so that they travel in one packet.
func writeMessage(conn net.Conn, body []byte) error {
	message := binary.BigEndian.AppendUint16(make([]byte, 0, 2+len(body)), uint16(len(body)))
	_, err := conn.Write(append(message, body...))
	return err
}
