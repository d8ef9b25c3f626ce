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

// body is a certificate (RFC 5280, 4.1) as far as it is looked at.
type body struct {
	version, serial, algorithm, issuer, validity, subject, key element
	extensions                                                 []element
	outerAlgorithm, signature                                  element
}

// certificateBody finds the parts of a certificate, whole or with its end replaced by zeros. The period with its two dates is the
// mark by which issuer and subject are told apart.
func certificateBody(der []byte) (body, bool) {
	top, _ := elements(der)
	if len(top) == 0 || !top[0].IsCompound {
		return body{}, false
	}
	parts, _ := elements(top[0].Bytes)
	if len(parts) == 0 || !isSequence(parts[0]) {
		return body{}, false
	}
	signed, _ := elements(parts[0].Bytes)
	var version element
	if len(signed) > 0 && signed[0].Class == asn1.ClassContextSpecific && signed[0].Tag == 0 {
		version, signed = signed[0], signed[1:]
	}
	if len(signed) < 6 {
		return body{}, false
	}
	b := body{version: version, serial: signed[0], algorithm: signed[1], issuer: signed[2], validity: signed[3], subject: signed[4], key: signed[5]}
	for _, e := range signed[6:] {
		if e.Class == asn1.ClassContextSpecific && e.Tag == 3 {
			for _, list := range inner(e, 1) {
				b.extensions = append(b.extensions, inner(list, 0)...)
			}
		}
	}
	if len(parts) > 2 {
		b.outerAlgorithm, b.signature = parts[1], parts[2]
	}
	ok := isSequence(b.issuer) && isSequence(b.subject) && isSequence(b.key) && isSequence(b.validity)
	for _, e := range inner(b.validity, 0) {
		_, dated := derTime(e)
		ok = ok && dated
	}
	return b, ok && len(inner(b.validity, 2)) == 2
}

func isSequence(e element) bool {
	return e.Class == asn1.ClassUniversal && e.Tag == asn1.TagSequence && e.IsCompound
}

// Identifiers of what is treated in a way of its own.
const (
	oidCommonName = "2.5.4.3"
	oidCountry    = "2.5.4.6"
	oidRSA        = "1.2.840.113549.1.1.1"
	oidEC         = "1.2.840.10045.2.1"
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

// certificate redacts a certificate in place: first every value in it is replaced, wherever it stands, then what is no person's
// is put back. So a certificate that is damaged, or made otherwise than we know, tells nothing.
func (v *inventor) certificate(der []byte) {
	v.replace(ReplacedCertificate)
	old := bytes.Clone(der)
	top, _ := elements(der)
	if len(top) == 0 {
		v.fill(der[min(4, len(der)):])
		return
	}
	v.scramble(top[0], maxDepth)
	was, known := certificateBody(old)
	now, kept := certificateBody(der)
	if !known || !kept {
		return
	}
	const oneNumber = 5 // bytes
	if len(was.version.FullBytes) == oneNumber {
		copy(now.version.FullBytes, was.version.FullBytes)
	}
	for _, pair := range [][2]element{{now.algorithm, was.algorithm}, {now.outerAlgorithm, was.outerAlgorithm}} {
		if parts := inner(pair[1], 1); parts != nil && oidOf(parts[0]) != "" {
			copy(pair[0].FullBytes, pair[1].FullBytes)
		}
	}
	if !bytes.Equal(was.issuer.FullBytes, was.subject.FullBytes) { // of one that signed itself, the issuer is the holder
		copy(now.issuer.FullBytes, was.issuer.FullBytes)
	}
	v.subject(now.subject, was.subject)
	v.publicKey(now.key, was.key)
	for i, e := range was.extensions {
		if parts := inner(e, 2); parts != nil && slices.Contains(publicExtensions, oidOf(parts[0])) && i < len(now.extensions) {
			copy(now.extensions[i].FullBytes, e.FullBytes)
		}
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

// subject puts the country back, and into the common name what its parts were replaced by elsewhere.
func (v *inventor) subject(now, was element) {
	fresh := attributes(now)
	for i, a := range attributes(was) {
		switch {
		case i >= len(fresh):
		case a.oid == oidCountry && len(a.value.Bytes) == 2:
			copy(fresh[i].value.Bytes, a.value.Bytes)
		case a.oid == oidCommonName:
			copy(fresh[i].value.Bytes, v.commonName(string(a.value.Bytes)))
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

// moveTime moves a date of a certificate with those of the card; the time of day stays.
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

// publicKey puts into a filled key what makes it one of the kind and length of the old, to which nobody has a private one.
func (v *inventor) publicKey(now, was element) {
	parts, fresh := inner(was, 2), inner(now, 2)
	if parts == nil || fresh == nil {
		return
	}
	algorithm, bits, freshBits := inner(parts[0], 1), parts[1].Bytes, fresh[1].Bytes
	if len(algorithm) == 0 || len(bits) < 2 || len(bits) != len(freshBits) {
		return
	}
	bits, freshBits = bits[1:], freshBits[1:] // behind the number of unused bits
	switch oidOf(algorithm[0]) {
	case oidRSA:
		numbers, rest := elements(bits)
		if len(numbers) != 1 || len(rest) > 0 {
			return
		}
		if pair := inner(numbers[0], 2); len(pair) == 2 {
			copy(freshBits, bits)
			modulus := freshBits[len(bits)-len(pair[1].FullBytes)-len(pair[0].Bytes):][:len(pair[0].Bytes)]
			v.integer(modulus)
		}
	case oidEC:
		v.point(freshBits, bits)
	}
}

// point replaces a point of an elliptic curve by another of the same curve, since programs refuse one beside it.
func (v *inventor) point(fresh, b []byte) {
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
			copy(fresh, key.PublicKey().Bytes())
			return
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
	switch {
	case e.Tag == asn1.TagOID && oidOf(e) != "" && !printable(e.Bytes), e.Tag == asn1.TagNull && len(e.Bytes) == 0, e.Tag == asn1.TagBoolean && len(e.Bytes) == 1:
	case e.Tag == asn1.TagInteger, e.Tag == asn1.TagEnum:
		v.integer(e.Bytes)
	case e.Tag == asn1.TagUTCTime, e.Tag == asn1.TagGeneralizedTime:
		v.moveTime(e)
	case e.Tag == asn1.TagBitString && len(e.Bytes) > 0:
		v.fill(e.Bytes[1:])
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
