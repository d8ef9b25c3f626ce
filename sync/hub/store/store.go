// Package store keeps what the hub knows: desks, their entries as they came, the records made of them, the answers, and the
// registries that the issuing bodies load.
//
// Only the hub and its tests import it. The SQL is the part of the language that SQLite and PostgreSQL share, with what differs in
// dialect.go; storetest is what any implementation must pass.
//
// What is personal is sealed before it reaches the database, with a key that is not in it (Sealer). In clear stand the headers of
// entries, which name nobody, and keyed hashes to look things up by.
//
// Whoever changes something about a desk holds the row of that desk, in this process or another: it is the first thing that a
// transaction touches, and its only lock.
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
	// replaces that desk's certificates and lets in again one that was revoked; what the hub has of it stays. The site is the code's,
	// when it has one.
	Enrol(ctx context.Context, secretHash string, d Desk) (Desk, error)
	// Renew gives a desk one more certificate, which takes the place of the others once it is first shown. A desk that asks with
	// another key before that gives up the one that it asked for first.
	Renew(ctx context.Context, d Desk) error
	// Desk returns the desk with a certificate, or ErrNotFound, and remembers that it was seen, unless now is zero: Append remembers it
	// too, and a write for each of many desks that come back at once is one too many.
	Desk(ctx context.Context, certificate string, now time.Time) (Desk, error)
	// Desks returns every desk, in order of enrolment.
	Desks(ctx context.Context) ([]Desk, error)
	// Revoke shuts a desk out: its certificates and its codes are good no more. What the hub has of it stays.
	Revoke(ctx context.Context, desk string, now time.Time) error
	// Append keeps the entries of a push that are new and returns the highest sequence of the epoch that is durable. What it has
	// already, with the same digest, is accepted again. A ForkError or GapError means that nothing was kept, ErrNotFound that the desk
	// is not known any more. The content of a visit that was erased is not kept, whichever way it comes, and an entry that another
	// one corrects is not judged any more.
	Append(ctx context.Context, p Push) (durable uint64, err error)
	// Answer hands to judge, oldest first, records of a desk, or of any when it is empty, that are new or whose registry has been
	// loaded meanwhile, and keeps what it decides. It returns how many it handed over: none means that none is left, or that the rest is
	// in other hands. Records that cannot be judged, or whose decision cannot be kept, do not hold up the others: they are set apart until
	// Reopen, and a SetApartError names them. The judge may see a record more than once before its decision is kept.
	Answer(ctx context.Context, desk string, limit int, judge Judge) (int, error)
	// Reopen hands to the judge again the records that were set apart, and those of unknown kinds that a program found unknown which
	// knows less. Several programs on the same data may be of different ages: each asks from time to time, and not only when it starts.
	Reopen(ctx context.Context, knows int) error
	// Replies returns the replies to a desk with numbers above after, in order, and the highest number there is.
	Replies(ctx context.Context, desk string, after uint64, limit int) (replies []desk.Reply, last uint64, err error)
	// Load puts whole registries in place of those that were there, all of it or nothing. Of two loads at the same time the one that
	// began later stays.
	Load(ctx context.Context, r Registry) error
	// Stats counts what there is.
	Stats(ctx context.Context) (Stats, error)
	// Copy writes what there is at one moment into a new file, while others go on writing, or returns ErrNoCopy.
	Copy(ctx context.Context, path string) error
	// Ping reports whether the data can be reached.
	Ping(ctx context.Context) error
	// Series names the count that replies are numbered in, and begins another one first when asked to.
	Series(ctx context.Context, anew bool) (string, error)
	// Close releases the data.
	Close() error
}

// Errors that callers tell apart.
var (
	ErrNotFound = errors.New("not in the store")
	ErrNoCode   = errors.New("the enrolment code is unknown, used or expired")
	// ErrOtherKey says that what is personal in the database was sealed with another key than the one at hand.
	ErrOtherKey = errors.New("the database was sealed with another key")
	// ErrNotSwept says that the file of the database may still hold what a hub of version 0.1 kept in clear. The next opening tries again.
	ErrNotSwept = errors.New("what stood in clear could not be swept out of the database's file, which needs as much free space again as it takes")
	// ErrNoCopy says that the database is copied with its own tools.
	ErrNoCopy = errors.New("the database is copied with its own tools")
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
	// Certificate is the SHA-256 of a certificate (DER) that it shows, in hex. Desks leaves it out.
	Certificate string
	// Key is the SHA-256 of the public key in the certificate, in hex. Only Enrol and Renew look at it.
	Key      string
	Enrolled time.Time
	// Revoked is zero for a desk that is let in.
	Revoked time.Time
	// Seen is zero until the desk first called.
	Seen time.Time
	// Skew is how far the desk's clock was ahead of the hub's at the last push.
	Skew time.Duration
	// Entries counts what the hub has of the desk, over all epochs. Only Desks fills it in.
	Entries int
	// Unknown counts those of kinds that this hub does not know. Only Desks fills it in.
	Unknown int
}

// Stats are counts over all desks.
type Stats struct {
	Desks, Revoked int
	// Open counts the records that wait to be judged: for a registry, for their turn, or set apart to be tried again.
	Open int
	// Unknown counts the records of kinds that this hub does not know, Broken those that somebody changed in the database.
	Unknown, Broken int
}

// Push is a batch that was checked.
type Push struct {
	Desk    string
	Program string
	Epoch   wire.Epoch
	// Entries follow one another; Raw are their bytes as they came.
	Entries []wire.Entry
	Raw     []json.RawMessage
	// States are how far their records have come when they are kept; nil stands for StateNew everywhere. An entry without content is
	// StateErased whatever stands here.
	States []State
	// Knows is how much the program knows that found kinds unknown: a number that grows with what it understands.
	Knows    int
	Received time.Time
	// Skew is how far the desk's clock is ahead; nil when the push says nothing of it, as one that came in a file.
	Skew *time.Duration
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
	StateErased   State = "erased"   // came without its content, or lost it here
	// StateSuperseded is that of a record that another one corrects.
	StateSuperseded State = "superseded"
	// StateFailed is that of a record that could not be judged, or its decision not be kept: set apart until it is tried again.
	StateFailed State = "failed"
	// StateBroken is that of a record whose content does not open with the sealing key: somebody changed it in the database.
	StateBroken State = "broken"
)

// Record is an entry to be judged. The same entry in another epoch is the same record.
type Record struct {
	Desk  string
	Entry wire.Entry
}

// Decision is what becomes of a record.
type Decision struct {
	State State
	// Knows is as in Push, for a record of an unknown kind.
	Knows int
	// Needs names the registry that a waiting record waits for.
	Needs Kind
	// Reply is numbered by the store; nil when there is nothing to say.
	Reply *desk.Reply
	// Activate is the number of a card that the answer makes active.
	Activate string
	// Erase is a visit of the same desk whose content goes, for ever.
	Erase string
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
