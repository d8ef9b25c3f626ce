package desk

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Kind names what an entry says. Kinds are never renamed: entries written years ago must still be read.
type Kind string

// Entry is one fact in the journal, as the desk sees it once unlocked.
type Entry struct {
	// Seq counts from one without gaps; it orders the entries of a desk even where its clock jumped.
	Seq uint64 `json:"seq"`
	// ID is a UUIDv7.
	ID      string `json:"id"`
	Kind    Kind   `json:"kind"`
	Version int    `json:"version"`
	// At is UTC with the offset of the desk kept, so that "in the morning" stays the morning.
	At          time.Time `json:"at"`
	Facilitator string    `json:"facilitator,omitempty"`
	Visit       string    `json:"visit,omitempty"`
	// Supersedes is the ID of the entry that this one corrects.
	Supersedes string `json:"supersedes,omitempty"`
	// Payload is the JSON of a Payload; nil when the visit was erased.
	Payload json.RawMessage `json:"payload,omitempty"`
}

// Draft is a fact before the journal gives it its place: sequence, identity, time and facilitator are the journal's to set.
type Draft struct {
	Visit      string
	Supersedes string
	Payload    Payload
}

// Payload is the content of an entry. Each kind has one Go type.
type Payload interface {
	Kind() Kind
}

// PayloadVersion is the schema version written today with every kind.
const PayloadVersion = 1

var (
	// ErrUnknownKind says that an entry was written by a newer program: keep it, pass it on, show nothing of it.
	ErrUnknownKind = errors.New("unknown kind of entry")
	// ErrErased says that the payload is gone for ever: its visit was erased.
	ErrErased = errors.New("the content of this entry was erased")
)

// Decode returns the payload of an entry as a pointer to its type.
func Decode(e Entry) (Payload, error) {
	create, known := payloads()[e.Kind]
	if !known {
		return nil, fmt.Errorf("%s: %w", e.Kind, ErrUnknownKind)
	}
	if e.Payload == nil {
		return nil, fmt.Errorf("%s: %w", e.Kind, ErrErased)
	}
	p := create()
	if err := json.Unmarshal(e.Payload, p); err != nil {
		return nil, fmt.Errorf("reading entry %d (%s): %w", e.Seq, e.Kind, err)
	}
	return p, nil
}
