package journal

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"

	"bottega/desk/fiscalcode"
)

// sealVersion is bound into every seal.
const sealVersion = 1

const keySize = chacha20poly1305.KeySize

var errUnsealed = errors.New("the seal does not open: the bytes or the key are not the ones it was closed with")

type key [keySize]byte

func newKey() key {
	var k key
	rand.Read(k[:]) //nolint:errcheck // never fails: crypto/rand ends the program rather than returning an error
	return k
}

func (k *key) wipe() { clear(k[:]) }

// seal closes plain under k, bound to the place where it will stand: nonce, then ciphertext and tag.
func seal(k *key, bucket string, place, plain []byte) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(k[:])
	if err != nil {
		return nil, err
	}
	out := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	rand.Read(out) //nolint:errcheck // never fails
	return aead.Seal(out, out, plain, additional(bucket, place)), nil
}

// unseal is the reverse of seal.
func unseal(k *key, bucket string, place, sealed []byte) ([]byte, error) {
	return unsealInto(nil, k, bucket, place, sealed)
}

// unsealInto is unseal that appends the plain bytes to dst.
func unsealInto(dst []byte, k *key, bucket string, place, sealed []byte) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(k[:])
	if err != nil {
		return nil, err
	}
	if len(sealed) < aead.NonceSize()+aead.Overhead() {
		return nil, errUnsealed
	}
	nonce, box := sealed[:aead.NonceSize()], sealed[aead.NonceSize():]
	plain, err := aead.Open(dst, nonce, box, additional(bucket, place))
	if err != nil {
		return nil, errUnsealed
	}
	return plain, nil
}

// additional binds a seal to bucket, key and version; the lengths keep "ab"+"c" and "a"+"bc" apart.
func additional(bucket string, place []byte) []byte {
	b := binary.BigEndian.AppendUint32(make([]byte, 0, 12+len(bucket)+len(place)), uint32(len(bucket)))
	b = append(b, bucket...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(place)))
	b = append(b, place...)
	return binary.BigEndian.AppendUint32(b, sealVersion)
}

// keyring is what an unlocked journal holds in memory.
type keyring struct {
	data, wrap, names, settings, index key
}

// newKeyring derives what the data key is used for; each use has its own key.
func newKeyring(data key) (*keyring, error) {
	r := &keyring{data: data}
	for _, use := range []struct {
		k    *key
		info string
	}{
		{&r.wrap, "bottega/journal/1 visit keys"},
		{&r.names, "bottega/journal/1 names"},
		{&r.settings, "bottega/journal/1 settings"},
		{&r.index, "bottega/journal/1 index"},
	} {
		derived, err := hkdf.Key(sha256.New, data[:], nil, use.info, keySize)
		if err != nil {
			return nil, fmt.Errorf("deriving keys: %w", err)
		}
		copy(use.k[:], derived)
		clear(derived)
	}
	return r, nil
}

func (r *keyring) wipe() {
	for _, k := range []*key{&r.data, &r.wrap, &r.names, &r.settings, &r.index} {
		k.wipe()
	}
}

// personHash is how a fiscal code is found again.
func (r *keyring) personHash(code string) []byte {
	mac := hmac.New(sha256.New, r.index[:])
	mac.Write([]byte("fiscal code\x00" + fiscalcode.Normalise(code)))
	return mac.Sum(nil)
}
