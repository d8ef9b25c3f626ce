package cns

import "bytes"

// maxATR is the longest answer to reset there is (ISO/IEC 7816-3).
const maxATR = 33

// ClaimsCNS reports whether an answer to reset says "CNS" in its historical bytes. It only chooses words for a card whose
// files were not found; no card is accepted or refused by it.
func ClaimsCNS(atr []byte) bool {
	historical := Historical(atr)
	return len(historical) == 15 && bytes.Equal(historical[9:12], []byte("CNS"))
}

// Contactless reports whether an answer to reset is one that readers make up for a card that lies on them (PC/SC part 3).
func Contactless(atr []byte) bool {
	return len(atr) >= 4 && len(atr) <= maxATR && atr[0] == 0x3B && atr[1]&0xF0 == 0x80 && atr[2] == 0x80 && atr[3] == 0x01
}

// Historical returns the historical bytes of an answer to reset, or nil for one that is malformed.
func Historical(atr []byte) []byte {
	if len(atr) < 2 || len(atr) > maxATR || (atr[0] != 0x3B && atr[0] != 0x3F) {
		return nil
	}
	count := int(atr[1] & 0x0F)
	at := 2
	for next := atr[1] >> 4; ; {
		more := next&0x8 != 0
		for bit := byte(1); bit <= 8; bit <<= 1 {
			if next&bit != 0 {
				at++
			}
		}
		if !more {
			break
		}
		if at > len(atr) {
			return nil
		}
		next = atr[at-1] >> 4
	}
	if at+count > len(atr) {
		return nil
	}
	return atr[at : at+count]
}
