package apdu

import (
	"errors"
	"fmt"
)

// Limits of a TLV structure; a health card's control information has a dozen objects, two deep.
const (
	maxObjects = 64
	maxLength  = 1 << 16
)

// ErrTLV says that bytes are no BER-TLV structure within our limits.
var ErrTLV = errors.New("malformed BER-TLV")

// TLV is one BER-TLV data object. Value is a part of the parsed bytes.
type TLV struct {
	Tag   uint32
	Value []byte
}

// ParseTLV reads a sequence of data objects. Padding of 00 or FF between objects is skipped, as ISO/IEC 7816-4 allows.
func ParseTLV(b []byte) ([]TLV, error) {
	var objects []TLV
	for at := 0; at < len(b); {
		if b[at] == 0x00 || b[at] == 0xFF {
			at++
			continue
		}
		if len(objects) == maxObjects {
			return nil, fmt.Errorf("more than %d objects: %w", maxObjects, ErrTLV)
		}
		tag, n, err := parseTag(b[at:])
		if err != nil {
			return nil, fmt.Errorf("at byte %d: %w", at, err)
		}
		length, m, err := parseLength(b[at+n:])
		if err != nil {
			return nil, fmt.Errorf("at byte %d: %w", at+n, err)
		}
		start := at + n + m
		if length > len(b)-start {
			return nil, fmt.Errorf("at byte %d: %d bytes promised, %d there: %w", at, length, len(b)-start, ErrTLV)
		}
		objects = append(objects, TLV{Tag: tag, Value: b[start : start+length]})
		at = start + length
	}
	return objects, nil
}

// parseTag reads a tag of one to three bytes and returns how many it took.
func parseTag(b []byte) (tag uint32, n int, err error) {
	tag = uint32(b[0])
	if b[0]&0x1F != 0x1F {
		return tag, 1, nil
	}
	for n = 1; n < 3; n++ {
		if n >= len(b) {
			return 0, 0, fmt.Errorf("cut tag: %w", ErrTLV)
		}
		tag = tag<<8 | uint32(b[n])
		if b[n]&0x80 == 0 {
			return tag, n + 1, nil
		}
	}
	return 0, 0, fmt.Errorf("tag longer than 3 bytes: %w", ErrTLV)
}

// parseLength reads a definite length and returns how many bytes it took.
func parseLength(b []byte) (length, n int, err error) {
	if len(b) == 0 {
		return 0, 0, fmt.Errorf("no length: %w", ErrTLV)
	}
	if b[0] < 0x80 {
		return int(b[0]), 1, nil
	}
	n = int(b[0] & 0x7F)
	if n == 0 || n > 3 || len(b) < 1+n {
		return 0, 0, fmt.Errorf("length in %d bytes: %w", n, ErrTLV)
	}
	for _, digit := range b[1 : 1+n] {
		length = length<<8 | int(digit)
	}
	if length > maxLength {
		return 0, 0, fmt.Errorf("length %d: %w", length, ErrTLV)
	}
	return length, 1 + n, nil
}

// FCI is what a card says of a file it selected.
type FCI struct {
	// Size is the file's length in bytes, -1 when the card does not say it.
	Size int
	// FID is the file's identifier, 0 when the card does not say it.
	FID uint16
	// DF reports a folder.
	DF bool
}

// Tags inside a file's control information.
const (
	tagFCP, tagFMD, tagFCI = 0x62, 0x64, 0x6F
	tagSize                = 0x80
	tagDescriptor          = 0x82
	tagFID                 = 0x83
)

// ParseFCI reads the answer to a SELECT. Unknown tags are skipped; nothing at all is an FCI that says nothing.
func ParseFCI(b []byte) (FCI, error) {
	fci := FCI{Size: -1}
	objects, err := ParseTLV(b)
	if err != nil {
		return fci, fmt.Errorf("file control information: %w", err)
	}
	for _, o := range objects {
		if o.Tag != tagFCI && o.Tag != tagFCP && o.Tag != tagFMD {
			continue
		}
		inner, err := ParseTLV(o.Value)
		if err != nil {
			return fci, fmt.Errorf("file control information: %w", err)
		}
		for _, i := range inner {
			fci.take(i)
		}
	}
	return fci, nil
}

// take keeps what one object says; a value of an unexpected length says nothing.
func (f *FCI) take(o TLV) {
	switch {
	case o.Tag == tagSize && len(o.Value) >= 1 && len(o.Value) <= 3:
		f.Size = 0
		for _, digit := range o.Value {
			f.Size = f.Size<<8 | int(digit)
		}
	case o.Tag == tagDescriptor && len(o.Value) > 0:
		// 38 is a folder; newer cards write 03 38 00 00.
		kind := o.Value[0]
		if len(o.Value) == 4 && kind == 0x03 {
			kind = o.Value[1]
		}
		f.DF = kind == 0x38
	case o.Tag == tagFID && len(o.Value) == 2:
		f.FID = uint16(o.Value[0])<<8 | uint16(o.Value[1])
	}
}
