package cardcert

import (
	"encoding/base64"
	"errors"
	"strings"
)

// Name is what the common name of a card's certificate says, "fiscalcode/number.hash".
type Name struct {
	// FiscalCode is in capitals; Number has the sixteen digits of EF_IDCarta.
	FiscalCode string
	Number     string
	// Hash is the SHA-1 over the personal data of the card; nil when the name leaves it out.
	Hash []byte
}

// ErrName says that a common name is not one of a card's certificate.
var ErrName = errors.New("the certificate's name is not made as on a card: fiscal code, card number, hash of the data")

// maxName is longer than any common name that a card can have: 16 characters, 16 digits, 28 of Base64, two separators.
const maxName = 128

// ParseName reads a common name. Spaces around it are forgiven, nothing else is.
func ParseName(commonName string) (Name, error) {
	if len(commonName) > maxName {
		return Name{}, ErrName
	}
	holder, rest, found := strings.Cut(strings.TrimSpace(commonName), "/")
	// Base64 may hold another slash, and never a full stop.
	number, hash, hashed := strings.Cut(rest, ".")
	n := Name{FiscalCode: strings.ToUpper(holder), Number: number}
	switch {
	case !found, len(n.FiscalCode) != 16 && len(n.FiscalCode) != 11, !only(holder, letters+digits):
		return Name{}, ErrName
	case len(n.Number) != 16, !only(n.Number, digits):
		return Name{}, ErrName
	}
	if !hashed {
		return n, nil
	}
	sum, err := base64.StdEncoding.Strict().DecodeString(hash)
	// The decoder forgives line breaks, which no name has.
	if err != nil || len(sum) == 0 || strings.ContainsAny(hash, "\r\n") {
		return Name{}, ErrName
	}
	n.Hash = sum
	return n, nil
}

const (
	digits  = "0123456789"
	letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

func only(s, cutset string) bool { return strings.Trim(s, cutset) == "" }
