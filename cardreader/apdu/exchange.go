package apdu

import (
	"context"
	"errors"
	"fmt"
)

// Limits of one exchange, against a card that never ends.
const (
	maxAnswer    = 1 << 16 // bytes gathered over 61xx answers
	maxFollowUps = 300     // GET RESPONSE rounds, each of at least one byte and mostly of 256
)

// ErrTooLong says that a card went on answering beyond any length a health card has.
var ErrTooLong = errors.New("the card's answer never ends")

// Transmitter sends a command's bytes to a card and returns its answer's.
type Transmitter interface {
	Transmit(ctx context.Context, command []byte) ([]byte, error)
}

// Response is a card's answer: its data and its status.
type Response struct {
	Data   []byte
	Status Status
}

// ParseResponse reads an answer. Data is a part of raw.
func ParseResponse(raw []byte) (Response, error) {
	n := len(raw) - 2
	if n < 0 {
		return Response{}, fmt.Errorf("an answer of %d bytes: %w", len(raw), ErrMalformed)
	}
	return Response{Data: raw[:n], Status: Status(raw[n])<<8 | Status(raw[n+1])}, nil
}

// Exchange sends a command, chained when its data are long, and gathers its whole answer: 61xx is followed with GET RESPONSE
// and 6Cxx with the length that the card wants, as T=0 asks for. The error is the transmitter's; a status other than OK is
// the caller's to judge, in the Response.
func Exchange(ctx context.Context, card Transmitter, c Command) (Response, error) {
	parts := c.Chain()
	for _, part := range parts[:len(parts)-1] {
		r, err := send(ctx, card, part)
		if err != nil || r.Status != OK {
			return r, err
		}
	}
	last := parts[len(parts)-1]
	r, err := send(ctx, card, last)
	if err != nil {
		return Response{}, err
	}
	if r.Status>>8 == 0x6C && len(r.Data) == 0 {
		last.Ne = expected(int(r.Status&0xFF), MaxNe)
		if r, err = send(ctx, card, last); err != nil {
			return Response{}, err
		}
	}
	return gather(ctx, card, c.CLA&^ChainBit, r)
}

// gather follows 61xx answers until the card has said everything.
func gather(ctx context.Context, card Transmitter, cla byte, r Response) (Response, error) {
	data := r.Data
	for round := 0; r.Status>>8 == 0x61; round++ {
		if round == maxFollowUps || len(data) > maxAnswer {
			return Response{}, ErrTooLong
		}
		more := Command{CLA: cla, INS: 0xC0, Ne: expected(int(r.Status&0xFF), MaxNe)}
		var err error
		if r, err = send(ctx, card, more); err != nil {
			return Response{}, err
		}
		data = append(data[:len(data):len(data)], r.Data...)
	}
	return Response{Data: data, Status: r.Status}, nil
}

func send(ctx context.Context, card Transmitter, c Command) (Response, error) {
	raw, err := c.Bytes()
	if err != nil {
		return Response{}, err
	}
	answer, err := card.Transmit(ctx, raw)
	if err != nil {
		return Response{}, err
	}
	return ParseResponse(answer)
}

// Counter counts what passes through a transmitter, both ways: the cost of a reading on the wire.
type Counter struct {
	Card Transmitter
	// APDUs counts the commands; BytesOut their bytes, BytesIn those of the answers.
	APDUs, BytesOut, BytesIn int
}

// Transmit passes a command on and counts it.
func (c *Counter) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	c.APDUs++
	c.BytesOut += len(command)
	answer, err := c.Card.Transmit(ctx, command)
	c.BytesIn += len(answer)
	return answer, err
}
