package cns

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"math/big"
	"testing"
	"testing/iotest"
)

// rawPower is what a card does with a block.
func rawPower(key *rsa.PrivateKey, block []byte) []byte {
	input := new(big.Int).SetBytes(block)
	return input.Exp(input, key.D, key.N).FillBytes(make([]byte, key.Size()))
}

func TestABlockThatWasPaddedHereBecomesASignature(t *testing.T) {
	hashes := []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512}
	for _, bits := range []int{1024, 1025, 1031, 2048} { // the odd ones leave a different number of bits at the top
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			t.Fatal(err)
		}
		for _, hash := range hashes {
			t.Run(fmt.Sprintf("%d bits, %v", bits, hash), func(t *testing.T) {
				h := hash.New()
				h.Write([]byte("prova di firma"))
				digest := h.Sum(nil)
				block, err := padPKCS1(digest, hash, key.Size())
				if err != nil {
					t.Fatal(err)
				}
				if err := rsa.VerifyPKCS1v15(&key.PublicKey, hash, digest, rawPower(key, block)); err != nil {
					t.Errorf("PKCS #1: %v", err)
				}
				for name, salt := range map[string]int{"as long as the hash": rsa.PSSSaltLengthEqualsHash, "of 20 bytes": 20} {
					opts := &rsa.PSSOptions{Hash: hash, SaltLength: salt}
					block, err = padPSS(rand.Reader, digest, opts, bits)
					if _, refused := rsa.SignPSS(rand.Reader, key, hash, digest, opts); refused != nil {
						if !errors.Is(err, errOptions) {
							t.Errorf("PSS with a salt %s does not fit: %v", name, err)
						}
						continue
					}
					if err != nil {
						t.Fatal(err)
					}
					if err := rsa.VerifyPSS(&key.PublicKey, hash, digest, rawPower(key, block), opts); err != nil {
						t.Errorf("PSS with a salt %s: %v", name, err)
					}
				}
			})
		}
	}
}

func TestWhatTLSDoesNotSignIsRefusedBeforeTheCardIsAsked(t *testing.T) {
	for name, pad := range map[string]func() ([]byte, error){
		"SHA-1":               func() ([]byte, error) { return padPKCS1(make([]byte, 20), crypto.SHA1, 256) },
		"no hash at all":      func() ([]byte, error) { return padPKCS1(make([]byte, 20), 0, 256) },
		"a digest cut short":  func() ([]byte, error) { return padPKCS1(make([]byte, 31), crypto.SHA256, 256) },
		"a key far too short": func() ([]byte, error) { return padPKCS1(make([]byte, 64), crypto.SHA512, 64) },
		"PSS of SHA-1": func() ([]byte, error) {
			return padPSS(rand.Reader, make([]byte, 20), &rsa.PSSOptions{Hash: crypto.SHA1}, 2048)
		},
		"a salt without bounds": func() ([]byte, error) {
			return padPSS(rand.Reader, make([]byte, 32), &rsa.PSSOptions{Hash: crypto.SHA256, SaltLength: 1 << 30}, 2048)
		},
		"a salt of less than no": func() ([]byte, error) {
			return padPSS(rand.Reader, make([]byte, 32), &rsa.PSSOptions{Hash: crypto.SHA256, SaltLength: -7}, 2048)
		},
	} {
		t.Run(name, func(t *testing.T) {
			if block, err := pad(); !errors.Is(err, errOptions) {
				t.Errorf("padded % X, %v", block, err)
			}
		})
	}
}

func TestWithoutChanceThereIsNoPSS(t *testing.T) {
	dry := iotest.ErrReader(errors.New("no more"))
	if _, err := padPSS(dry, make([]byte, 32), &rsa.PSSOptions{Hash: crypto.SHA256, SaltLength: 32}, 2048); err == nil {
		t.Error("a salt came from nowhere")
	}
	first, err := padPSS(rand.Reader, make([]byte, 32), &rsa.PSSOptions{Hash: crypto.SHA256, SaltLength: 32}, 2048)
	if err != nil {
		t.Fatal(err)
	}
	second, err := padPSS(rand.Reader, make([]byte, 32), &rsa.PSSOptions{Hash: crypto.SHA256, SaltLength: 32}, 2048)
	if err != nil || bytes.Equal(first, second) {
		t.Errorf("two signatures alike, %v", err)
	}
}
