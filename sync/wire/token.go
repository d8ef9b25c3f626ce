package wire

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"bottega/desk"
	"bottega/desk/civil"
)

// TokenPrefix opens every token of this version; a later layout gets another one.
const TokenPrefix = "BT1"

// Errors of VerifyToken, matched with errors.Is. They are three because a person does three different things: scan again, update
// the keys of this desk, or take the paper for a false one.
var (
	ErrTokenMalformed = errors.New("this is not a whole certificate code")
	ErrTokenKey       = errors.New("the certificate was signed with a key that is not known here")
	ErrTokenForged    = errors.New("the signature does not belong to these facts")
	// ErrTokenFacts says that facts cannot be put in a token: one is missing, too long, or out of range.
	ErrTokenFacts = errors.New("these facts do not fit a certificate code")
)

// TokenKey is the public half of a key that signs certificates. It reaches the desk at enrolment, so that papers are verified with
// no network.
type TokenKey struct {
	ID     string `json:"id" doc:"First four bytes of the SHA-256 of the public key, lower-case hex."`
	Public []byte `json:"public" doc:"Ed25519 public key, 32 bytes, base64."`
}

// NewTokenKey names a public key.
func NewTokenKey(public ed25519.PublicKey) TokenKey {
	id := keyID(public)
	return TokenKey{ID: hex.EncodeToString(id[:]), Public: append([]byte(nil), public...)}
}

// SignedCertificate is what the token of a certificate states, and nothing more: whoever holds the paper in hand reads the same
// facts on it, so that the two can be compared. Income, birth date and residence are not among them.
type SignedCertificate struct {
	Number     string     `json:"number"`
	Code       string     `json:"code"`
	FiscalCode string     `json:"fiscal_code"`
	Surname    string     `json:"surname"`
	Name       string     `json:"name"`
	ValidFrom  civil.Date `json:"valid_from,omitzero"`
	// ValidTo is zero when the exemption does not expire.
	ValidTo civil.Date `json:"valid_to,omitzero"`
	Issuer  string     `json:"issuer"`
	// SignedOn is the day on which the hub looked the exemption up.
	SignedOn civil.Date `json:"signed_on"`
	// Practice marks a certificate of a practice hub: a real one never has it.
	Practice bool `json:"practice,omitempty"`
	// KeyID names the key that signed.
	KeyID string `json:"key_id"`
}

// CertificateOf returns the facts that a token of a registered exemption states.
func CertificateOf(e desk.RegisteredExemption, on civil.Date) SignedCertificate {
	return SignedCertificate{
		Number: e.Number, Code: e.Code, FiscalCode: e.Holder.FiscalCode, Surname: e.Holder.Surname, Name: e.Holder.Name,
		ValidFrom: e.ValidFrom, ValidTo: e.ValidTo, Issuer: e.Issuer, SignedOn: on,
	}
}

// Check reports facts that no token can state, matched with ErrTokenFacts.
func (c SignedCertificate) Check() error {
	_, err := encodeFacts(c)
	return err
}

// ValidOn reports whether the exemption holds on a day, as far as the token can tell.
func (c SignedCertificate) ValidOn(day civil.Date) bool {
	return !day.Before(c.ValidFrom) && (c.ValidTo.IsZero() || !day.After(c.ValidTo))
}

// Exemption returns the facts as a desk keeps them, with the token that states them.
func (c SignedCertificate) Exemption(token string) desk.RegisteredExemption {
	return desk.RegisteredExemption{
		Number: c.Number, Code: c.Code,
		Holder:    desk.Person{Surname: c.Surname, Name: c.Name, FiscalCode: c.FiscalCode},
		ValidFrom: c.ValidFrom, ValidTo: c.ValidTo, Issuer: c.Issuer, Token: token,
	}
}

// The layout. Every fact has exactly one encoding, and a token that decodes to facts is the one token of those facts:
//
//	token     = "BT1" base32( key_id[4] body signature[64] )      RFC 4648, capitals, no padding: alphanumeric mode of a QR
//	signature = Ed25519( "bottega/certificate/1" key_id body )
//	body      = flags[1] signed_on[2] valid_from[2] valid_to[2] text(number) text(code) text(fiscal code)
//	            text(surname) text(name) text(issuer)
//	flags     = 1 for a practice hub, else 0
//	day       = days since 1970-01-01, big-endian; 0 means none
//	text      = length[1], then as many bytes of UTF-8, at most 100
const (
	// MaxTokenText is the longest text that a token can state, in bytes.
	MaxTokenText = 100
	signedPrefix = "bottega/certificate/1"
	maxTokenLen  = 1200
	flagPractice = 1
)

var tokenEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// SignCertificate returns the token of the facts; KeyID of the facts is not looked at.
func SignCertificate(key ed25519.PrivateKey, c SignedCertificate) (string, error) {
	if len(key) != ed25519.PrivateKeySize {
		return "", errors.New("signing a certificate: not an Ed25519 key")
	}
	body, err := encodeFacts(c)
	if err != nil {
		return "", err
	}
	id := keyID(ed25519.PublicKey(key[ed25519.SeedSize:]))
	signed := append(id[:], body...)
	signature := ed25519.Sign(key, append([]byte(signedPrefix), signed...))
	return TokenPrefix + tokenEncoding.EncodeToString(append(signed, signature...)), nil
}

// VerifyToken returns the facts of a token that one of the keys signed.
func VerifyToken(token string, keys []TokenKey) (SignedCertificate, error) {
	raw, err := rawToken(token)
	if err != nil {
		return SignedCertificate{}, err
	}
	id, body, signature := raw[:4], raw[4:len(raw)-ed25519.SignatureSize], raw[len(raw)-ed25519.SignatureSize:]
	c, err := decodeFacts(body)
	if err != nil {
		return SignedCertificate{}, err
	}
	c.KeyID = hex.EncodeToString(id)
	known := false
	for _, k := range keys {
		if k.ID != c.KeyID || len(k.Public) != ed25519.PublicKeySize {
			continue
		}
		known = true
		signed := append([]byte(signedPrefix), raw[:len(raw)-ed25519.SignatureSize]...)
		if ed25519.Verify(k.Public, signed, signature) {
			return c, nil
		}
	}
	if !known {
		return SignedCertificate{}, ErrTokenKey
	}
	return SignedCertificate{}, ErrTokenForged
}

// FindToken returns the token inside what a scanner or a person hands over: a token with blanks or in small letters, or the
// address of a hub's page that carries one. It returns an empty text when there is none.
func FindToken(text string) string {
	if _, after, found := strings.Cut(text, "?t="); found {
		text, _, _ = strings.Cut(after, "&")
	}
	text = strings.ToUpper(strings.Join(strings.Fields(text), ""))
	if !strings.HasPrefix(text, TokenPrefix) {
		return ""
	}
	return text
}

func rawToken(token string) ([]byte, error) {
	text, found := strings.CutPrefix(token, TokenPrefix)
	if !found || len(token) > maxTokenLen {
		return nil, ErrTokenMalformed
	}
	raw, err := tokenEncoding.DecodeString(text)
	// The decoder skips line breaks and ignores the bits after the last byte: only the one encoding is a token.
	if err != nil || tokenEncoding.EncodeToString(raw) != text || len(raw) < 4+ed25519.SignatureSize {
		return nil, ErrTokenMalformed
	}
	return raw, nil
}

func encodeFacts(c SignedCertificate) ([]byte, error) {
	if c.Number == "" || c.Code == "" || c.FiscalCode == "" || c.SignedOn.IsZero() {
		return nil, fmt.Errorf("number, code, fiscal code and day are needed: %w", ErrTokenFacts)
	}
	b := []byte{0}
	if c.Practice {
		b[0] = flagPractice
	}
	for _, d := range []civil.Date{c.SignedOn, c.ValidFrom, c.ValidTo} {
		n, err := dayNumber(d)
		if err != nil {
			return nil, err
		}
		b = binary.BigEndian.AppendUint16(b, n)
	}
	for _, s := range []string{c.Number, c.Code, c.FiscalCode, c.Surname, c.Name, c.Issuer} {
		if len(s) > MaxTokenText || !utf8.ValidString(s) {
			return nil, fmt.Errorf("a text of %d bytes, at most %d fit: %w", len(s), MaxTokenText, ErrTokenFacts)
		}
		b = append(append(b, byte(len(s))), s...)
	}
	return b, nil
}

func decodeFacts(b []byte) (SignedCertificate, error) {
	var c SignedCertificate
	if len(b) < 7 || b[0] > flagPractice {
		return c, ErrTokenMalformed
	}
	c.Practice = b[0] == flagPractice
	for i, d := range []*civil.Date{&c.SignedOn, &c.ValidFrom, &c.ValidTo} {
		*d = dayOf(binary.BigEndian.Uint16(b[1+2*i:]))
	}
	b = b[7:]
	for _, s := range []*string{&c.Number, &c.Code, &c.FiscalCode, &c.Surname, &c.Name, &c.Issuer} {
		if len(b) == 0 || len(b) < 1+int(b[0]) || b[0] > MaxTokenText || !utf8.Valid(b[1:1+int(b[0])]) {
			return c, ErrTokenMalformed
		}
		*s, b = string(b[1:1+int(b[0])]), b[1+int(b[0]):]
	}
	if len(b) != 0 || c.Number == "" || c.Code == "" || c.FiscalCode == "" || c.SignedOn.IsZero() {
		return c, ErrTokenMalformed
	}
	return c, nil
}

const daySeconds = 24 * 60 * 60

func dayNumber(d civil.Date) (uint16, error) {
	if d.IsZero() {
		return 0, nil
	}
	n := time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Unix() / daySeconds
	if n < 1 || n > 0xFFFF {
		return 0, fmt.Errorf("%s is before 1970 or after 2149: %w", d, ErrTokenFacts)
	}
	return uint16(n), nil
}

func dayOf(n uint16) civil.Date {
	if n == 0 {
		return civil.Date{}
	}
	return civil.Of(time.Unix(int64(n)*daySeconds, 0).UTC())
}

func keyID(public ed25519.PublicKey) [4]byte {
	sum := sha256.Sum256(public)
	return [4]byte(sum[:4])
}
