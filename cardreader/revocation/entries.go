package revocation

import (
	"crypto/x509"
	encodingasn1 "encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

var errList = errors.New("not a list of withdrawn certificates")

// unfold returns a list without its entries, and the entries as they came. The standard library makes a value of every entry,
// some hundreds of bytes each: a Region's million of them would take the memory of a small laptop, for one to be looked up.
//
// The signature of what is returned is over the whole list, entries and all, which stands in RawTBSRevocationList.
func unfold(der []byte) (*x509.RevocationList, cryptobyte.String, error) {
	input := cryptobyte.String(der)
	var list, whole, body, algorithm, signature cryptobyte.String
	if !input.ReadASN1(&list, asn1.SEQUENCE) || !input.Empty() || !list.ReadASN1Element(&whole, asn1.SEQUENCE) ||
		!list.ReadASN1Element(&algorithm, asn1.SEQUENCE) || !list.ReadASN1Element(&signature, asn1.BIT_STRING) || !list.Empty() {
		return nil, nil, errList
	}
	rest := whole
	if !rest.ReadASN1(&body, asn1.SEQUENCE) {
		return nil, nil, errList
	}
	kept, entries, ok := without(body)
	if !ok {
		return nil, nil, errList
	}
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddBytes(kept) })
		b.AddBytes(algorithm)
		b.AddBytes(signature)
	})
	short, err := b.Bytes()
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errList, err)
	}
	head, err := x509.ParseRevocationList(short)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errList, err)
	}
	head.RawTBSRevocationList = whole
	return head, entries, nil
}

// without returns the body of a list without its entries, and the entries. What it reads over is verified by the parser of the
// standard library, which gets the rest.
func without(body cryptobyte.String) (kept []byte, entries cryptobyte.String, ok bool) {
	before := body
	if !body.SkipOptionalASN1(asn1.INTEGER) || !body.SkipASN1(asn1.SEQUENCE) || !body.SkipASN1(asn1.SEQUENCE) || !skipTime(&body) {
		return nil, nil, false
	}
	skipTime(&body) // until when it is good, which may be left out
	before = before[:len(before)-len(body)]
	if body.PeekASN1Tag(asn1.SEQUENCE) && !body.ReadASN1(&entries, asn1.SEQUENCE) {
		return nil, nil, false
	}
	extensions := body
	if !body.SkipOptionalASN1(asn1.Tag(0).Constructed().ContextSpecific()) || !body.Empty() {
		return nil, nil, false
	}
	return slices.Concat(before, extensions), entries, true
}

// skipTime reads over a time in either of its forms, the longer one of which is for years from 2050 on. It leaves what is none.
func skipTime(s *cryptobyte.String) bool {
	if s.PeekASN1Tag(asn1.UTCTime) {
		return s.SkipASN1(asn1.UTCTime)
	}
	return s.PeekASN1Tag(asn1.GeneralizedTime) && s.SkipASN1(asn1.GeneralizedTime)
}

// removedFromList is the reason of an entry that is in force no more (RFC 5280, 5.3.1).
const removedFromList = 8

// lookUp reports whether a serial number stands among the entries.
func lookUp(entries cryptobyte.String, serial *big.Int) (bool, error) {
	found := false
	for !entries.Empty() {
		var entry cryptobyte.String
		number := new(big.Int)
		if !entries.ReadASN1(&entry, asn1.SEQUENCE) || !entry.ReadASN1Integer(number) {
			return false, errList
		}
		if number.Cmp(serial) == 0 {
			found = !removed(entry)
		}
	}
	return found, nil
}

// removed reports whether the rest of an entry says that it is in force no more. Where that cannot be read, it is in force.
func removed(entry cryptobyte.String) bool {
	var extensions cryptobyte.String
	if !skipTime(&entry) || !entry.ReadASN1(&extensions, asn1.SEQUENCE) {
		return false
	}
	for !extensions.Empty() {
		var extension, value cryptobyte.String
		var id encodingasn1.ObjectIdentifier
		var reason int
		if !extensions.ReadASN1(&extension, asn1.SEQUENCE) || !extension.ReadASN1ObjectIdentifier(&id) ||
			!extension.SkipOptionalASN1(asn1.BOOLEAN) || !extension.ReadASN1(&value, asn1.OCTET_STRING) {
			return false
		}
		if id.Equal(oidReason()) {
			return value.ReadASN1Enum(&reason) && reason == removedFromList
		}
	}
	return false
}

// oidReason is the extension that says why a certificate was withdrawn (RFC 5280, 5.3.1).
func oidReason() encodingasn1.ObjectIdentifier { return encodingasn1.ObjectIdentifier{2, 5, 29, 21} }
