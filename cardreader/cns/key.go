package cns

import (
	"context"
	"crypto"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"sync"

	"bottega/cardreader"
	"bottega/cardreader/apdu"
)

// Errors of signing with the key on a card, beside the troubles of the card.
var (
	errBlock   = errors.New("the card refuses the block")
	errPadding = errors.New("the card does not take this padding")
	errOver    = errors.New("the conversation with the card is over")
	errOptions = errors.New("not a signature that TLS makes")
)

// key is the authentication key of a card as a crypto.Signer, for as long as the conversation lasts in which the PIN was given.
// Whatever the card answers is checked against the certificate before it is used.
type key struct {
	layout *KeyLayout
	public *rsa.PublicKey
	ctx    context.Context // of the login; a Signer is handed none

	// A handshake that was given up may still ask for a signature: the lock keeps it from a card that others use by then.
	mu    sync.Mutex
	talk  *talk // nil before the PIN was given
	begun bool
	over  bool
	older bool
	// proved says that the key signed; failure is why it did not, which TLS tells as a text only.
	proved  bool
	failure error
}

var _ crypto.Signer = (*key)(nil)

func newKey(ctx context.Context, layout Layout, public *rsa.PublicKey) *key {
	return &key{layout: layout.Key, public: public, ctx: ctx}
}

// Public is as crypto.Signer says.
func (k *key) Public() crypto.PublicKey { return k.public }

// Sign is as crypto.Signer says, for RSA PKCS #1 v1.5 and for PSS with a salt as long as the hash, or of a given length.
func (k *key) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.over || k.talk == nil {
		return nil, errOver
	}
	signature, err := k.sign(random, digest, opts)
	if err != nil {
		k.failure = err
		return nil, err
	}
	k.proved = true
	return signature, nil
}

// begin opens the conversation with the card, once.
func (k *key) begin(take func(context.Context) (*talk, error)) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.over:
		return errOver
	case k.begun:
		return k.failure
	}
	k.begun = true
	k.talk, k.failure = take(k.ctx)
	return k.failure
}

// end keeps the key from being used any more, waits for a signature that is being made, and lets the card go.
func (k *key) end() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.over = true
	if k.talk != nil {
		k.talk.close()
	}
}

// why returns why the card failed, nil when it did not.
func (k *key) why() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.failure
}

// retry lets a key that failed try once more with the older padding only.
func (k *key) retry() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.older, k.failure = true, nil
}

func (k *key) onlyOlder() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.older
}

func (k *key) hasProved() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.proved
}

func (k *key) sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	pss, isPSS := opts.(*rsa.PSSOptions)
	var block []byte
	var err error
	if isPSS {
		block, err = padPSS(random, digest, pss, k.public.N.BitLen())
	} else {
		block, err = padPKCS1(digest, opts.HashFunc(), k.public.Size())
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", cardreader.KeyFails, err)
	}
	signature, err := k.decipher(block)
	switch {
	case isPSS && errors.Is(err, errBlock):
		return nil, fmt.Errorf("%w: %w: %w", cardreader.KeyFails, errPadding, err)
	case err != nil:
		return nil, unanswered(err, cardreader.KeyFails)
	}
	if isPSS {
		err = rsa.VerifyPSS(k.public, pss.Hash, digest, signature, pss)
	} else {
		err = rsa.VerifyPKCS1v15(k.public, opts.HashFunc(), digest, signature)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: what it made is no signature of this certificate", cardreader.KeyFails)
	}
	return signature, nil
}

// Bytes of the commands that use the key.
const (
	insManage    = 0x22
	insPerform   = 0x2A
	restore      = 0xF3
	choose       = 0xF1
	forDecipher  = 0xB8
	tagKey       = 0x83
	plain        = 0x80 // what goes out of the operation
	enciphered   = 0x86 // what goes in
	hostPadded   = 0x00 // the indicator before a block that the host padded
	maxSignature = 512  // bytes; the keys of these cards have 128 or 256
)

// decipher runs a padded block through the private key. These cards sign for authentication with their deciphering command.
func (k *key) decipher(block []byte) ([]byte, error) {
	layout := k.layout
	if err := k.talk.enter(k.ctx, layout.Folder); err != nil {
		return nil, err
	}
	for _, command := range []apdu.Command{
		{INS: insManage, P1: restore, P2: layout.Environment, Ne: apdu.MaxNe},
		{INS: insManage, P1: choose, P2: forDecipher, Data: []byte{tagKey, 1, layout.Reference}},
	} {
		answer, err := k.talk.files.exchange(k.ctx, command)
		if err == nil {
			err = answer.Status.Err()
		}
		if err != nil {
			return nil, fmt.Errorf("choosing the key: %w", err)
		}
	}
	answer, err := k.talk.files.exchange(k.ctx, apdu.Command{
		INS: insPerform, P1: plain, P2: enciphered, Data: append([]byte{hostPadded}, block...), Ne: apdu.MaxNe,
	})
	if err == nil {
		err = answer.Status.Err()
	}
	switch {
	case errors.Is(err, apdu.ErrParameters):
		return nil, fmt.Errorf("%w: %w", errBlock, err)
	case err != nil:
		return nil, fmt.Errorf("using the key: %w", err)
	}
	if len(answer.Data) > maxSignature {
		return nil, fmt.Errorf("using the key: %w", apdu.ErrTooLong)
	}
	return answer.Data, nil
}
