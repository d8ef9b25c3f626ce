// Package store keeps what the hub knows: desks, their entries as they came, the records made of them, the answers, and the
// registries that the issuing bodies load.
//
// Only the hub and its tests import it. The SQL is the part of the language that SQLite and PostgreSQL share; storetest is what
// any implementation must pass.
package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"bottega/desk"
	"bottega/desk/civil"
	"bottega/sync/wire"
)

// Store is durable: what a method returned without error is on the disk. Every method is one transaction, safe for concurrent use
// by goroutines and by other processes on the same data.
type Store interface {
	Packs
	// AddCode keeps a one-time code.
	AddCode(ctx context.Context, c Code) error
	// Enrol spends the code with that hash and keeps the desk, or returns ErrNoCode. A spent code is still good for the key that spent
	// it, so that a desk whose answer was lost can ask again. A code made for a desk that exists, or a desk that proved who it is,
	// replaces that desk's certificate; what the hub has of it stays. The site is the code's, when it has one.
	Enrol(ctx context.Context, secretHash string, d Desk) (Desk, error)
	// Desk returns the desk with a certificate, or ErrNotFound, and remembers that it was seen.
	Desk(ctx context.Context, certificate string, now time.Time) (Desk, error)
	// Desks returns every desk, in order of enrolment.
	Desks(ctx context.Context) ([]Desk, error)
	// Append keeps the entries of a push that are new and returns the highest sequence of the epoch that is durable. What it has
	// already, with the same digest, is accepted again. A ForkError or GapError means that nothing was kept.
	Append(ctx context.Context, p Push) (durable uint64, err error)
	// Answer hands to judge, oldest first, records that are new or whose registry has been loaded meanwhile, and keeps what it
	// decides. It returns how many it handed over: fewer than limit means that none is left.
	Answer(ctx context.Context, limit int, judge Judge) (int, error)
	// Replies returns the replies to a desk with numbers above after, in order, and the highest number there is.
	Replies(ctx context.Context, desk string, after uint64, limit int) (replies []desk.Reply, last uint64, err error)
	// Load puts whole registries in place of those that were there, all of it or nothing.
	Load(ctx context.Context, r Registry) error
	// Close releases the data.
	Close() error
}

// Errors that callers tell apart.
var (
	ErrNotFound = errors.New("not in the store")
	ErrNoCode   = errors.New("the enrolment code is unknown, used or expired")
)

// ForkError says that the store has another entry under a sequence.
type ForkError struct {
	// At is the first sequence that is known to differ.
	At uint64
}

// Error implements error.
func (e *ForkError) Error() string {
	return fmt.Sprintf("another entry is known under sequence %d", e.At)
}

// GapError says that entries are missing before those of the push.
type GapError struct {
	// Want is the sequence to go on from.
	Want uint64
}

// Error implements error.
func (e *GapError) Error() string { return fmt.Sprintf("the entries from %d on are missing", e.Want) }

// Code is a one-time code for enrolment. Of its secret only a hash is kept.
type Code struct {
	SecretHash string
	Site       string
	// Desk is set when the code gives an existing desk a new certificate.
	Desk    string
	Expires time.Time
}

// Desk is one enrolled desk, and how it is doing.
type Desk struct {
	ID   string
	Site string
	// Program is the name and version of the desk's program when last heard of.
	Program string
	// Certificate is the SHA-256 of the certificate (DER) it shows, in hex.
	Certificate string
	// Key is the SHA-256 of the public key in the certificate, in hex. Only Enrol looks at it.
	Key      string
	Enrolled time.Time
	// Seen is zero until the desk first called.
	Seen time.Time
	// Skew is how far the desk's clock was ahead of the hub's at the last push.
	Skew time.Duration
	// Entries counts what the hub has of the desk, over all epochs. Only Desks fills it in.
	Entries int
}

// Push is a batch that was checked.
type Push struct {
	Desk    string
	Program string
	Epoch   wire.Epoch
	// Entries follow one another; Raw are their bytes as they came.
	Entries  []wire.Entry
	Raw      []json.RawMessage
	Received time.Time
	Skew     time.Duration
}

// State is how far a record has come.
type State string

// The states of a record. Those that are open are handed to the judge.
const (
	StateNew      State = "new"      // open: not looked at yet
	StateWaiting  State = "waiting"  // open once the registry it needs has been loaded
	StateKept     State = "kept"     // needs no answer
	StateAnswered State = "answered" // a reply was written
	StateUnknown  State = "unknown"  // of a kind that this hub does not know: kept for a later one
	StateErased   State = "erased"   // came without its content
)

// Record is an entry to be judged. The same entry in another epoch is the same record.
type Record struct {
	Desk  string
	Entry wire.Entry
}

// Decision is what becomes of a record.
type Decision struct {
	State State
	// Needs names the registry that a waiting record waits for.
	Needs Kind
	// Reply is numbered by the store; nil when there is nothing to say.
	Reply *desk.Reply
	// Activate is the number of a card that the answer makes active.
	Activate string
}

// Judge decides about one record.
type Judge func(r Record, in Register) (Decision, error)

// Register is what a judge may look up.
type Register interface {
	// Loaded reports whether a registry was ever loaded.
	Loaded(k Kind) (bool, error)
	// Card returns ErrNotFound for a number that is not in the registry.
	Card(number string) (Card, error)
	// Exemptions returns every exemption of a person with a code, the one that ends last first.
	Exemptions(fiscalCode, code string) ([]Exemption, error)
}

// Kind names a registry.
type Kind string

// The registries.
const (
	Cards      Kind = "cards"
	Exemptions Kind = "exemptions"
)

// CardState is what the body that runs the cards says of one.
type CardState string

// The states of a card.
const (
	CardIssued  CardState = "issued" // may be activated
	CardActive  CardState = "active"
	CardRevoked CardState = "revoked"
)

// Card is a row of the registry of cards.
type Card struct {
	Number     string
	FiscalCode string
	State      CardState
	// Expires is zero when the registry does not say.
	Expires civil.Date
}

// Exemption is a row of the registry of exemptions.
type Exemption struct {
	Number, Code, FiscalCode, Surname, Name string
	// ValidTo is zero when the exemption does not expire.
	ValidFrom, ValidTo civil.Date
	Issuer             string
}

// Registry is what Load puts in place: a nil slice leaves that registry alone, an empty one empties it.
type Registry struct {
	Cards      []Card
	Exemptions []Exemption
	At         time.Time
}
