package store

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"
)

// SealingKeySize is the length of the key of a Sealer in bytes.
const SealingKeySize = 32

// Sealer seals what is personal before it reaches the database (XChaCha20-Poly1305) and makes the keyed hashes by which it is found
// again (HMAC-SHA-256). Every process on one database has the same key.
type Sealer struct {
	aead   cipher.AEAD
	lookup []byte
}

// NewSealer returns the Sealer of a key.
func NewSealer(key []byte) (*Sealer, error) {
	if len(key) != SealingKeySize {
		return nil, fmt.Errorf("a sealing key of %d bytes, %d expected", len(key), SealingKeySize)
	}
	sealing, err := hkdf.Key(sha256.New, key, nil, "bottega/hub/seal/1", chacha20poly1305.KeySize)
	if err != nil {
		return nil, fmt.Errorf("deriving the sealing key: %w", err)
	}
	lookup, err := hkdf.Key(sha256.New, key, nil, "bottega/hub/lookup/1", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("deriving the key of the lookups: %w", err)
	}
	aead, err := chacha20poly1305.NewX(sealing)
	if err != nil {
		return nil, fmt.Errorf("preparing to seal: %w", err)
	}
	return &Sealer{aead: aead, lookup: lookup}, nil
}

// seal returns plain sealed and bound to a place: nonce and box. Put anywhere else it does not open.
func (s *Sealer) seal(plain []byte, place ...string) ([]byte, error) {
	out := make([]byte, s.aead.NonceSize(), s.aead.NonceSize()+len(plain)+s.aead.Overhead())
	if _, err := rand.Read(out); err != nil {
		return nil, fmt.Errorf("sealing: %w", err)
	}
	return s.aead.Seal(out, out, plain, join(place)), nil
}

// errSealed does not say what was being opened: the place is told by whoever asked.
var errSealed = errors.New("does not open with the hub's sealing key, or was changed")

func (s *Sealer) open(sealed []byte, place ...string) ([]byte, error) {
	n := s.aead.NonceSize()
	if len(sealed) < n {
		return nil, errSealed
	}
	plain, err := s.aead.Open(nil, sealed[:n], sealed[n:], join(place))
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}

// hash returns what stands in the database for a text that is looked up.
func (s *Sealer) hash(what ...string) string {
	mac := hmac.New(sha256.New, s.lookup)
	mac.Write(join(what))
	return hex.EncodeToString(mac.Sum(nil))
}

// join puts texts together so that no two lists give the same bytes.
func join(texts []string) []byte {
	var b []byte
	for _, t := range texts {
		b = binary.BigEndian.AppendUint32(b, uint32(len(t)))
		b = append(b, t...)
	}
	return b
}
