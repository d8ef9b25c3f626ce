package transcript

import (
	"bytes"
	"crypto/ecdh"
	"encoding/asn1"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"bottega/desk/civil"
)

// maxDepth bounds how deep a certificate is followed; a real one is nine deep.
const maxDepth = 16

// element is one DER element; its bytes are a part of the file's, so that writing into them writes into the file.
type element = asn1.RawValue

// elements cuts DER into its elements. What follows the last one that makes sense is returned as rest.
func elements(b []byte) (found []element, rest []byte) {
	for rest = b; len(rest) > 0; {
		var e element
		next, err := asn1.Unmarshal(rest, &e)
		if err != nil {
			return found, rest
		}
		found, rest = append(found, e), next
	}
	return found, nil
}

// inner returns the elements inside one, as many as wanted at least, or nil.
func inner(e element, wanted int) []element {
	if !e.IsCompound {
		return nil
	}
	found, rest := elements(e.Bytes)
	if len(rest) > 0 || len(found) < wanted {
		return nil
	}
	return found
}

// body is the part of a certificate that is signed (RFC 5280, 4.1).
type body struct {
	serial, issuer, validity, subject, key element
	more                                   []element // unique identifiers and extensions
	signature                              element
}

// certificateBody finds the parts of a certificate, whole or with its end replaced by zeros.
func certificateBody(der []byte) (body, bool) {
	top, _ := elements(der)
	if len(top) == 0 {
		return body{}, false
	}
	parts := inner(top[0], 1)
	if len(parts) == 0 {
		return body{}, false
	}
	signed, _ := elements(parts[0].Bytes)
	if len(signed) > 0 && signed[0].Class == asn1.ClassContextSpecific {
		signed = signed[1:] // the version
	}
	if len(signed) < 6 {
		return body{}, false
	}
	b := body{serial: signed[0], issuer: signed[2], validity: signed[3], subject: signed[4], key: signed[5], more: signed[6:]}
	if len(parts) > 2 {
		b.signature = parts[2]
	}
	return b, b.subject.IsCompound && b.key.IsCompound && b.validity.IsCompound
}

// Identifiers of what is treated in a way of its own.
const (
	oidCommonName = "2.5.4.3"
	oidCountry    = "2.5.4.6"
	oidRSA        = "1.2.840.113549.1.1.1"
	oidEC         = "1.2.840.10045.2.1"
	oidSubjectKey = "2.5.29.14"
)

// publicExtensions are what the authority says of all its certificates alike: uses, policies, addresses, its own key.
var publicExtensions = []string{
	"2.5.29.15", "2.5.29.19", "2.5.29.31", "2.5.29.32", "2.5.29.35", "2.5.29.37", "1.3.6.1.5.5.7.1.1", "1.3.6.1.5.5.7.1.3",
	"2.16.840.1.113730.1.1",
}

// personalNames are parts of a subject that name a person, beside the common name: surname, serial number, given name, e-mail.
var personalNames = []string{"2.5.4.4", "2.5.4.5", "2.5.4.42", "1.2.840.113549.1.9.1"}

// learnCertificate takes in what of a certificate is somebody's, before anything is invented.
func (v *inventor) learnCertificate(der []byte) (begins, ends civil.Date) {
	c, ok := certificateBody(der)
	if !ok {
		return begins, ends
	}
	v.secret(c.serial.Bytes)
	v.secret(c.signature.Bytes)
	if key := inner(c.key, 2); key != nil {
		v.secret(key[1].Bytes)
	}
	for _, attribute := range attributes(c.subject) {
		switch {
		case attribute.oid == oidCommonName:
			for _, part := range strings.FieldsFunc(string(attribute.value.Bytes), func(r rune) bool { return strings.ContainsRune("/. ", r) }) {
				v.secret([]byte(part))
			}
		case slices.Contains(personalNames, attribute.oid):
			v.secret(attribute.value.Bytes)
		}
	}
	if period := inner(c.validity, 2); period != nil {
		begins, _ = derTime(period[0])
		ends, _ = derTime(period[1])
	}
	return begins, ends
}

// certificate redacts a certificate in place. One that cannot be followed is filled but for its outermost tag and length.
func (v *inventor) certificate(der []byte) {
	v.replace(ReplacedCertificate)
	c, ok := certificateBody(der)
	if !ok {
		v.fill(der[min(4, len(der)):])
		return
	}
	v.integer(c.serial.Bytes)
	v.period(c.validity)
	if bytes.Equal(c.issuer.FullBytes, c.subject.FullBytes) {
		v.scramble(c.issuer, maxDepth) // self-signed: the issuer is the holder
	}
	v.subject(c.subject)
	v.publicKey(c.key)
	for _, e := range c.more {
		v.extensions(e)
	}
	if len(c.signature.Bytes) > 0 {
		v.fill(c.signature.Bytes[1:])
	}
}

// attribute is one part of a name.
type attribute struct {
	oid   string
	value element
}

func attributes(name element) []attribute {
	var found []attribute
	for _, set := range inner(name, 0) {
		for _, pair := range inner(set, 0) {
			if parts := inner(pair, 2); parts != nil {
				found = append(found, attribute{oid: oidOf(parts[0]), value: parts[1]})
			}
		}
	}
	return found
}

func oidOf(e element) string {
	var oid asn1.ObjectIdentifier
	if _, err := asn1.Unmarshal(e.FullBytes, &oid); err != nil {
		return ""
	}
	return oid.String()
}

// subject replaces every part of the subject but the country.
func (v *inventor) subject(name element) {
	for _, a := range attributes(name) {
		switch a.oid {
		case oidCountry:
		case oidCommonName:
			copy(a.value.Bytes, v.commonName(string(a.value.Bytes)))
		default:
			v.scramble(a.value, maxDepth)
		}
	}
}

// commonName replaces "fiscalcode/number.hash", each part by what it was replaced by elsewhere.
func (v *inventor) commonName(old string) string {
	code, rest, slash := strings.Cut(old, "/")
	number, hash, dot := strings.Cut(rest, ".")
	if !slash {
		return string(v.text([]byte(old)))
	}
	fresh := v.fiscalCode(code) + "/" + v.numberText(number)
	if dot {
		fresh += "." + v.hash(hash)
	}
	return fresh
}

// hash replaces a hash in Base64: by that over the invented data where it was that over the true data.
func (v *inventor) hash(old string) string {
	if fresh, known := v.hashes[old]; known {
		return fresh
	}
	raw, err := base64.StdEncoding.DecodeString(old)
	if err != nil {
		return string(v.text([]byte(old)))
	}
	v.fill(raw)
	return base64.StdEncoding.EncodeToString(raw)
}

func (v *inventor) numberText(old string) string {
	if isCardNumber(old) {
		return v.cardNumber(old)
	}
	return string(v.text([]byte(old)))
}

// integer fills a number that stays positive and of its length.
func (v *inventor) integer(b []byte) {
	if len(b) > 1 && b[0] == 0 {
		v.fill(b[1:])
		b[1] |= 0x80
		return
	}
	v.fill(b)
	if len(b) > 0 {
		b[0] = b[0]&0x7F | 0x01
	}
}

func derTime(e element) (civil.Date, bool) {
	var t time.Time
	if _, err := asn1.Unmarshal(e.FullBytes, &t); err != nil {
		return civil.Date{}, false
	}
	return civil.Of(t.UTC()), true
}

// period moves the dates of a certificate with those of the card; the time of day stays.
func (v *inventor) period(validity element) {
	for _, e := range inner(validity, 0) {
		v.moveTime(e)
	}
}

func (v *inventor) moveTime(e element) {
	d, ok := derTime(e)
	if !ok {
		v.raw(e.Bytes)
		return
	}
	fresh := v.moved(d)
	layout := "060102"
	if e.Tag == asn1.TagGeneralizedTime {
		layout = "20060102"
	}
	copy(e.Bytes, time.Date(fresh.Year, fresh.Month, fresh.Day, 0, 0, 0, 0, time.UTC).Format(layout))
}

// publicKey replaces the key by one of the same kind and length to which nobody has a private one.
func (v *inventor) publicKey(key element) {
	parts := inner(key, 2)
	if parts == nil {
		v.scramble(key, maxDepth)
		return
	}
	algorithm, bits := inner(parts[0], 1), parts[1].Bytes
	if len(algorithm) == 0 || len(bits) < 2 {
		v.scramble(parts[1], maxDepth)
		return
	}
	bits = bits[1:] // behind the number of unused bits
	switch oid := oidOf(algorithm[0]); {
	case oid == oidRSA:
		if numbers, _ := elements(bits); len(numbers) == 1 {
			if pair := inner(numbers[0], 2); pair != nil {
				v.integer(pair[0].Bytes)
				return
			}
		}
		v.fill(bits)
	case oid == oidEC:
		v.point(bits)
	default:
		v.fill(bits)
	}
}

// point replaces a point of an elliptic curve by another of the same curve, since programs refuse one beside it.
func (v *inventor) point(b []byte) {
	for _, curve := range []struct {
		curve ecdh.Curve
		size  int // of a private key
	}{{ecdh.P256(), 32}, {ecdh.P384(), 48}} {
		if len(b) != 1+2*curve.size || b[0] != 0x04 {
			continue
		}
		private := make([]byte, curve.size)
		v.fill(private)
		private[0] = 1 // below the order of the curve
		if key, err := curve.curve.NewPrivateKey(private); err == nil {
			copy(b, key.PublicKey().Bytes())
			return
		}
	}
	v.fill(b)
}

// extensions redacts what an authority does not say of all its certificates alike.
func (v *inventor) extensions(e element) {
	if e.Class != asn1.ClassContextSpecific || e.Tag != 3 {
		v.scramble(e, maxDepth)
		return
	}
	for _, list := range inner(e, 0) {
		for _, extension := range inner(list, 0) {
			parts := inner(extension, 2)
			if parts == nil {
				v.scramble(extension, maxDepth)
				continue
			}
			value := parts[len(parts)-1]
			switch oid := oidOf(parts[0]); {
			case slices.Contains(publicExtensions, oid):
			case oid == oidSubjectKey && len(value.Bytes) > 2:
				v.fill(value.Bytes[2:])
			default:
				v.scramble(value, maxDepth)
			}
		}
	}
}

// scramble replaces every value inside an element that could be somebody's, and keeps its tags, lengths and identifiers.
func (v *inventor) scramble(e element, depth int) {
	if e.IsCompound || (e.Class == asn1.ClassUniversal && e.Tag == asn1.TagOctetString) {
		if parts, rest := elements(e.Bytes); depth > 0 && len(parts) > 0 && len(rest) == 0 {
			for _, part := range parts {
				v.scramble(part, depth-1)
			}
			return
		}
	}
	if e.Class != asn1.ClassUniversal {
		v.opaque(e.Bytes)
		return
	}
	switch e.Tag {
	case asn1.TagOID, asn1.TagNull, asn1.TagBoolean:
	case asn1.TagInteger, asn1.TagEnum:
		v.integer(e.Bytes)
	case asn1.TagUTCTime, asn1.TagGeneralizedTime:
		v.moveTime(e)
	case asn1.TagBitString:
		if len(e.Bytes) > 0 {
			v.fill(e.Bytes[1:])
		}
	default:
		v.opaque(e.Bytes)
	}
}

// opaque replaces bytes of unknown meaning: text word by word, everything else by filler.
func (v *inventor) opaque(b []byte) {
	if printable(b) {
		copy(b, v.text(bytes.Clone(b)))
		return
	}
	v.fill(b)
}

// printable reports whether bytes are a text in ASCII.
func printable(b []byte) bool {
	return len(b) > 0 && bytes.IndexFunc(b, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}
