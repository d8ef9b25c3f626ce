package facilitator

import (
	"context"

	"bottega/desk"
)

// Keyholder is somebody who can unlock the desk.
type Keyholder struct {
	desk.FacilitatorInfo
	// Remembered says that this computer keeps a key of theirs: they may unlock it without the passphrase.
	Remembered bool
}

// Closed is what can be known of a desk that nobody has unlocked.
type Closed struct {
	People []Keyholder
	// Recovery says that there is a recovery key.
	Recovery bool
}

// KeyError says that a recovery key was not taken. A mistyped one has a Group to look at, counted from one, or zero where there are
// too few or too many of them; another one is written well and opens nothing: it was used, or a newer one was made since.
type KeyError struct {
	Mistyped bool
	Group    int
}

func (*KeyError) Error() string { return "the recovery key is not the right one" }

// People are who can unlock a real desk, and by what.
type People interface {
	List(ctx context.Context) ([]Keyholder, error)
	// Add lets one more person unlock. The passphrase is wiped.
	Add(ctx context.Context, name string, passphrase []byte) error
	Remove(ctx context.Context, id string) error
	// ChangePassphrase is for whoever unlocked. Both are wiped; an old one that is not right is a WrongPassphrase.
	ChangePassphrase(ctx context.Context, old, fresh []byte) error
	// Remember lets the computer's own keyring keep a key for whoever unlocked, Forget takes it back. Both may take their time.
	Remember(ctx context.Context) error
	Forget(ctx context.Context) error
}

// Recovery makes the key that opens the desk when a passphrase is forgotten.
type Recovery interface {
	// New makes a recovery key, in the groups in which it is written down; a former one is worth nothing any more. The caller wipes it.
	New(ctx context.Context) (groups [][]byte, err error)
}
