package transcript

import (
	"fmt"
	"strings"

	"bottega/cardreader/apdu"
)

// instructions in words, for those that need no more than their name (ISO/IEC 7816-4, -8 and -9).
var instructions = map[byte]string{
	0x20: "verify a code", 0x24: "change a code", 0x2C: "unblock a code", 0x2A: "use the key", 0x82: "prove ourselves to the card",
	0x84: "ask for random bytes", 0x88: "ask the card to prove itself", 0xB2: "read a record", 0xC0: "fetch the rest of the answer",
	0xCA: "get a data object", 0xCB: "get a data object",
}

// Words says in a few words what a command does, for whoever reads a transcript. They hold no colon.
func Words(u Unit) string {
	c, err := apdu.ParseCommand(u.Bytes())
	if err != nil {
		return "a malformed command"
	}
	switch {
	case c.INS == 0xA4:
		return selectWords(c)
	case c.INS == 0xB0 && c.P1&0x80 != 0:
		return fmt.Sprintf("read %d bytes of short file %d at %d", c.Ne, c.P1&0x1F, c.P2)
	case c.INS == 0xB0:
		return fmt.Sprintf("read %d bytes at %d", c.Ne, int(c.P1)<<8|int(c.P2))
	case c.INS == 0x22 && c.P1 == 0xF3:
		return fmt.Sprintf("restore security environment %02X", c.P2)
	case c.INS == 0x22:
		return "choose a key"
	}
	words, known := instructions[c.INS]
	if !known {
		return fmt.Sprintf("instruction %02X", c.INS)
	}
	if u.Hidden > 0 && c.CLA&apdu.ChainBit != 0 {
		words += ", more to come"
	}
	return words
}

func selectWords(c apdu.Command) string {
	what := "file " + pathWords(c.Data)
	switch c.P1 {
	case 0x03:
		what = "the folder above"
	case 0x04:
		if what = fmt.Sprintf("application %X", c.Data); len(c.Data) == 0 {
			what = "whatever application comes first"
		}
	case 0x08:
		what += " from the master file"
	case 0x09:
		what += " from here"
	}
	if c.P2 == 0x0C {
		what += ", no information wanted"
	}
	return "select " + what
}

// pathWords writes a path as people do: 1100/1102.
func pathWords(path []byte) string {
	if len(path) == 0 {
		return "3F00"
	}
	var steps []string
	for ; len(path) > 2; path = path[2:] {
		steps = append(steps, fmt.Sprintf("%X", path[:2]))
	}
	return strings.Join(append(steps, fmt.Sprintf("%X", path)), "/")
}
