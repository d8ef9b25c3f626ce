package wire

import (
	"bytes"
	"unicode/utf8"
)

// What people read aloud and type, codes and keys, stands in groups of five: four symbols of Crockford's base 32 and a check, which
// depends on the place of the group. The alphabet has no I, L, O, U, so that nothing is mistaken for something else.
//
// Everything here is bytes and never a string, so that a key can be wiped once it was read.
const (
	groupAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	groupLen      = 5
	maxGroups     = 1000
)

// Groups writes data in groups, with hyphens between them.
func Groups(data []byte) []byte {
	symbols := toSymbols(data)
	defer clear(symbols)
	out := make([]byte, 0, len(symbols)/(groupLen-1)*(groupLen+1)+groupLen+1)
	for i := 0; i < len(symbols); i += groupLen - 1 {
		group := symbols[i:min(i+groupLen-1, len(symbols))]
		if i > 0 {
			out = append(out, '-')
		}
		for _, s := range group {
			out = append(out, groupAlphabet[s])
		}
		out = append(out, groupAlphabet[groupCheck(i/(groupLen-1), group)])
	}
	return out
}

// ParseGroups reads groups as people type them: small letters, blanks or hyphens anywhere, O for 0 and I or L for 1. When something
// was mistyped, wrong is the number of the group to look at, from one, and data is nil. An empty text has neither.
func ParseGroups(text []byte) (data []byte, wrong int) {
	typed, wrong := typedSymbols(text)
	defer clear(typed)
	if wrong > 0 {
		return nil, wrong
	}
	symbols := make([]byte, 0, len(typed))
	defer func() { clear(symbols) }()
	for i := 0; i < len(typed); i += groupLen {
		group := typed[i:min(i+groupLen, len(typed))]
		last, place := len(group)-1, i/groupLen
		if last == 0 || groupCheck(place, group[:last]) != group[last] {
			return nil, place + 1
		}
		symbols = append(symbols, group[:last]...)
	}
	return fromSymbols(symbols), 0
}

func typedSymbols(text []byte) (symbols []byte, wrong int) {
	symbols = make([]byte, 0, min(len(text), maxGroups))
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		text = text[size:]
		switch {
		case 'a' <= r && r <= 'z':
			r += 'A' - 'a'
		case bytes.ContainsRune([]byte(" -\t\r\n\u00a0\u2010\u2011\u2013"), r):
			continue
		}
		switch r {
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		i := bytes.IndexRune([]byte(groupAlphabet), r)
		if i < 0 || len(symbols) == maxGroups {
			clear(symbols)
			return nil, len(symbols)/groupLen + 1
		}
		symbols = append(symbols, byte(i))
	}
	return symbols, 0
}

// groupCheck depends on the place of the group too, so that two groups in the wrong order are noticed.
func groupCheck(place int, group []byte) byte {
	sum := place*11 + 5
	for i, s := range group {
		sum += (2*i + 3) * int(s)
	}
	return byte(sum % len(groupAlphabet))
}

func toSymbols(b []byte) []byte {
	out := make([]byte, 0, (len(b)*8+4)/5)
	bits, n := uint32(0), 0
	for _, c := range b {
		bits, n = bits<<8|uint32(c), n+8
		for n >= 5 {
			n -= 5
			out = append(out, byte(bits>>n&31))
		}
	}
	if n > 0 {
		out = append(out, byte(bits<<(5-n)&31))
	}
	return out
}

func fromSymbols(symbols []byte) []byte {
	out := make([]byte, 0, len(symbols)*5/8)
	bits, n := uint32(0), 0
	for _, s := range symbols {
		bits, n = bits<<5|uint32(s), n+5
		if n >= 8 {
			n -= 8
			out = append(out, byte(bits>>n))
		}
	}
	return out
}
