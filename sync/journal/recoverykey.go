package journal

import (
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"

	"bottega/desk/bilingual"
	"bottega/sync/wire"
)

// recoveryKeySize is 160 bits: eight groups to type, and nothing that can be tried through. So the key needs no slow derivation, as a
// passphrase does that somebody chose, and no wait after a wrong one.
const recoveryKeySize = 20

// recoveryGroups is how many groups a key has on paper.
const recoveryGroups = recoveryKeySize * 8 / 5 / 4

// RecoveryKey opens a journal whose passphrases are lost, once. It is printed, and kept on paper away from the desk. No verb of fmt
// and no log shows it; only Groups does.
type RecoveryKey struct{ secret []byte }

func newRecoveryKey() RecoveryKey {
	k := RecoveryKey{secret: make([]byte, recoveryKeySize)}
	rand.Read(k.secret) //nolint:errcheck // never fails
	return k
}

// ParseRecoveryKey reads a key as people type it: small letters, blanks or hyphens anywhere, O for 0, I or L for 1. The caller wipes
// text and key. Errors: *MistypedKey.
func ParseRecoveryKey(text []byte) (RecoveryKey, error) {
	secret, wrong := wire.ParseGroups(text)
	if wrong > recoveryGroups {
		wrong = 0 // there are too many, whatever the last ones say
	}
	if wrong > 0 || len(secret) != recoveryKeySize {
		clear(secret)
		return RecoveryKey{}, &MistypedKey{Group: wrong}
	}
	return RecoveryKey{secret: secret}, nil
}

// Groups is the key as it is printed: eight groups of five letters and digits. The caller wipes it.
func (k RecoveryKey) Groups() []byte { return wire.Groups(k.secret) }

// Wipe makes the key useless, and every copy of it.
func (k RecoveryKey) Wipe() { clear(k.secret) }

// Format implements fmt.Formatter and shows nothing of the key.
func (k RecoveryKey) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, hiddenKey) }

// LogValue implements slog.LogValuer and shows nothing of the key.
func (k RecoveryKey) LogValue() slog.Value { return slog.StringValue(hiddenKey) }

// MarshalText implements encoding.TextMarshaler and shows nothing of the key.
func (k RecoveryKey) MarshalText() ([]byte, error) { return []byte(hiddenKey), nil }

const hiddenKey = "[recovery key]"

// MistypedKey is a text that cannot be a recovery key. It is ErrRecoveryMistyped.
type MistypedKey struct {
	// Group is the one to look at, from one; zero when there are too few or too many of them.
	Group int
}

// Text says where to look, in both languages.
func (m *MistypedKey) Text() bilingual.Text {
	if m.Group == 0 {
		w := words().Recovery.Groups
		return bilingual.Text{It: fmt.Sprintf(w.It, recoveryGroups), En: fmt.Sprintf(w.En, recoveryGroups)}
	}
	w := words().Recovery.Group
	return bilingual.Text{It: fmt.Sprintf(w.It, m.Group), En: fmt.Sprintf(w.En, m.Group)}
}

// Error implements error.
func (m *MistypedKey) Error() string { return m.Text().En }

// Unwrap makes errors.Is find ErrRecoveryMistyped.
func (m *MistypedKey) Unwrap() error { return ErrRecoveryMistyped }
