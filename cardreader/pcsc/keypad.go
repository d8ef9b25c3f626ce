package pcsc

import (
	"encoding/binary"

	"bottega/cardreader"
)

// What a keypad is told, beside the command (PC/SC part 10, 2.5).
const (
	padSeconds    = 30   // for one code; then the reader gives up
	asciiFromLeft = 0x82 // codes as ASCII, counted in bytes, from the left
	onKeyPressed  = 0x02 // typing ends with the confirmation key
	confirmBoth   = 0x03 // the old code is asked for, and the new one twice
	italian       = 0x0410
	padding       = 0xFF
)

// verifyStructure returns the PIN_VERIFY_STRUCTURE for a command with one code. Its words are little-endian, its fields packed.
func verifyStructure(t cardreader.PadTemplate) []byte {
	b := []byte{padSeconds, padSeconds, asciiFromLeft, byte(t.Stored), 0x00, byte(t.Max), byte(t.Min), onKeyPressed, 1}
	b = binary.LittleEndian.AppendUint16(b, italian)
	b = append(b, 0x00)    // the first of the reader's own messages: enter the PIN
	b = append(b, 0, 0, 0) // for T=1 blocks; the driver fills them
	return appendCommand(b, t, 1)
}

// modifyStructure returns the PIN_MODIFY_STRUCTURE for a command with an old code and a new one.
func modifyStructure(t cardreader.PadTemplate) []byte {
	b := []byte{padSeconds, padSeconds, asciiFromLeft, byte(t.Stored), 0x00, 0, byte(t.Stored)} // where the two codes go
	b = append(b, byte(t.Max), byte(t.Min), confirmBoth, onKeyPressed, 3)
	b = binary.LittleEndian.AppendUint16(b, italian)
	b = append(b, 0x00, 0x01, 0x02) // old PIN, new PIN, new PIN again
	b = append(b, 0, 0, 0)
	return appendCommand(b, t, 2)
}

// appendCommand ends a structure with the command that the reader fills, codes times padding.
func appendCommand(b []byte, t cardreader.PadTemplate, codes int) []byte {
	const header = 5
	b = binary.LittleEndian.AppendUint32(b, uint32(header+codes*t.Stored))
	b = append(b, t.CLA, t.INS, t.P1, t.P2, byte(codes*t.Stored))
	for range codes * t.Stored {
		b = append(b, padding)
	}
	return b
}

// Features of a reader that matter here (PC/SC part 10, 2.2).
const (
	featureVerify = 0x06
	featureModify = 0x07
)

// features are the codes by which a reader is told to let somebody type; 0 where it cannot.
type features struct {
	verify, modify uint32
}

// parseFeatures reads the reader's answer to the question for its features: tag, a length of 4, and a control code in the
// network's order. What is cut short or of another length is left out: the answer is the driver's, and drivers differ.
func parseFeatures(answer []byte) features {
	const header, width = 2, 4
	var f features
	for len(answer) >= header {
		tag, length := answer[0], int(answer[1])
		if len(answer) < header+length {
			break
		}
		if length == width {
			code := binary.BigEndian.Uint32(answer[header:])
			switch tag {
			case featureVerify:
				f.verify = code
			case featureModify:
				f.modify = code
			}
		}
		answer = answer[header+length:]
	}
	return f
}
