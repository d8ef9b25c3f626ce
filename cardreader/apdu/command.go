package apdu

import (
	"errors"
	"fmt"
)

// Limits of short units, the only form every health card and reader takes.
const (
	MaxData = 255 // bytes of data in one command
	MaxNe   = 256 // bytes that one answer can bring, beside its status
)

// ChainBit in CLA says that the next command goes on with this one's data.
const ChainBit = 0x10

// ErrMalformed says that bytes are no command or no answer.
var ErrMalformed = errors.New("malformed APDU")

// Command is one short or extended command unit.
type Command struct {
	CLA, INS, P1, P2 byte
	Data             []byte
	// Ne is how many bytes of answer are wanted at most: 0 for none, 256 for whatever fits a short answer.
	Ne int
}

// Bytes returns the command as it is sent, short. Data beyond MaxData or an Ne beyond MaxNe is ErrMalformed: use Chain.
func (c Command) Bytes() ([]byte, error) {
	if len(c.Data) > MaxData || c.Ne < 0 || c.Ne > MaxNe {
		return nil, fmt.Errorf("%d bytes of data, %d wanted: %w", len(c.Data), c.Ne, ErrMalformed)
	}
	b := make([]byte, 0, 6+len(c.Data))
	b = append(b, c.CLA, c.INS, c.P1, c.P2)
	if len(c.Data) > 0 {
		b = append(b, byte(len(c.Data)))
		b = append(b, c.Data...)
	}
	if c.Ne > 0 {
		b = append(b, byte(c.Ne)) // 256 is written 00
	}
	return b, nil
}

// Chain cuts a command whose data do not fit into as many as are needed; all but the last carry ChainBit and want no answer.
func (c Command) Chain() []Command {
	var chain []Command
	for rest := c.Data; ; rest = rest[MaxData:] {
		part := c
		if len(rest) <= MaxData {
			part.Data = rest
			return append(chain, part)
		}
		part.CLA, part.Data, part.Ne = c.CLA|ChainBit, rest[:MaxData], 0
		chain = append(chain, part)
	}
}

// ParseCommand reads a command as a card receives it, short or extended. Data is a part of raw.
func ParseCommand(raw []byte) (Command, error) {
	if len(raw) < 4 {
		return Command{}, fmt.Errorf("%d bytes: %w", len(raw), ErrMalformed)
	}
	c := Command{CLA: raw[0], INS: raw[1], P1: raw[2], P2: raw[3]}
	body := raw[4:]
	if len(body) >= 3 && body[0] == 0 {
		return parseExtended(c, body[1:])
	}
	switch {
	case len(body) == 0:
		return c, nil
	case len(body) == 1:
		c.Ne = expected(int(body[0]), MaxNe)
		return c, nil
	}
	lc := int(body[0])
	switch rest := body[1:]; {
	case lc == 0 || len(rest) < lc || len(rest) > lc+1:
		return Command{}, fmt.Errorf("a length of %d with %d bytes after it: %w", lc, len(rest), ErrMalformed)
	case len(rest) == lc+1:
		c.Data, c.Ne = rest[:lc], expected(int(rest[lc]), MaxNe)
	default:
		c.Data = rest
	}
	return c, nil
}

// parseExtended reads the body of an extended command after its leading 00.
func parseExtended(c Command, body []byte) (Command, error) {
	n := int(body[0])<<8 | int(body[1])
	rest := body[2:]
	switch {
	case len(rest) == 0:
		c.Ne = expected(n, 65536)
	case n > 0 && len(rest) == n:
		c.Data = rest
	case n > 0 && len(rest) == n+2:
		c.Data, c.Ne = rest[:n], expected(int(rest[n])<<8|int(rest[n+1]), 65536)
	default:
		return Command{}, fmt.Errorf("an extended length of %d with %d bytes after it: %w", n, len(rest), ErrMalformed)
	}
	return c, nil
}

// expected turns a length byte into the number it stands for: zero means as many as there can be.
func expected(n, most int) int {
	if n == 0 {
		return most
	}
	return n
}
