// Package oskeyring keeps the secrets of facilitators who unlock without a passphrase in the keyring of the computer: the Secret
// Service on Linux, the Credential Manager on Windows, the Keychain on macOS. It is the only package that knows go-keyring; programs
// (cmd) hand it to the journal. It imports sync/journal.
package oskeyring

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/zalando/go-keyring"

	"bottega/sync/journal"
)

// service is the name under which the computer shows what we keep.
const service = "Bottega"

// Ring is the keyring of this computer, for the user who is logged in. It implements journal.Keyring.
type Ring struct{}

var _ journal.Keyring = Ring{}

// Get implements journal.Keyring.
func (Ring) Get(ctx context.Context, id, facilitator string) ([]byte, error) {
	text, err := within(ctx, func() (string, error) { return keyring.Get(service, account(id, facilitator)) })
	if err != nil {
		return nil, fmt.Errorf("asking the keyring for a secret: %w", err)
	}
	secret, err := base64.StdEncoding.DecodeString(text)
	if err != nil { // somebody else wrote under our name
		return nil, fmt.Errorf("reading the secret of the keyring: %w", journal.ErrNotRemembered)
	}
	return secret, nil
}

// Set implements journal.Keyring.
func (Ring) Set(ctx context.Context, id, facilitator string, secret []byte) error {
	text := base64.StdEncoding.EncodeToString(secret)
	_, err := within(ctx, func() (string, error) { return "", keyring.Set(service, account(id, facilitator), text) })
	if err != nil {
		return fmt.Errorf("giving the keyring a secret: %w", err)
	}
	return nil
}

// Delete implements journal.Keyring.
func (Ring) Delete(ctx context.Context, id, facilitator string) error {
	_, err := within(ctx, func() (string, error) { return "", keyring.Delete(service, account(id, facilitator)) })
	if err != nil && !errors.Is(err, journal.ErrNotRemembered) {
		return fmt.Errorf("taking a secret out of the keyring: %w", err)
	}
	return nil
}

// account tells desks and facilitators apart; both identifiers are random and say nothing of anybody.
func account(id, facilitator string) string { return id + "/" + facilitator }

// within gives up when the context ends. The library takes no context: a call that hangs is left to end by itself, which it does with
// the connection to the keyring, and its result is dropped.
func within(ctx context.Context, call func() (string, error)) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	type answer struct {
		text string
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		text, err := call()
		done <- answer{text, err}
	}()
	select {
	case got := <-done:
		if errors.Is(got.err, keyring.ErrNotFound) {
			return "", journal.ErrNotRemembered
		}
		return got.text, got.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
