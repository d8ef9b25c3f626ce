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

// Errors of Decode, matched with errors.Is. An entry that is not understood is kept and passed on; nothing of it is shown.
var (
	// ErrNotUnderstood says that this program cannot read the content of an entry, whichever of the reasons it has.
	ErrNotUnderstood = errors.New("this program does not understand the entry")
	// ErrUnknownKind says that a newer program wrote the entry, of a kind that this one does not have.
	ErrUnknownKind = fmt.Errorf("unknown kind of entry: %w", ErrNotUnderstood)
	// ErrNewerPayload says that a newer program wrote the entry, with more in it than this one knows of.
	ErrNewerPayload = fmt.Errorf("a newer version of this kind of entry: %w", ErrNotUnderstood)
	// ErrErased says that the payload is gone for ever: its visit was erased.
	ErrErased = errors.New("the content of this entry was erased")
)

// Decode returns the payload of an entry as a pointer to its type.
func Decode(e Entry) (Payload, error) {
	p, err := empty(e)
	if err != nil {
		return nil, err
	}
	return p, e.fill(p)
}

// empty returns what the payload of an entry is read into.
func empty(e Entry) (Payload, error) {
	create, known := payloads()[e.Kind]
	switch {
	case !known:
		return nil, fmt.Errorf("%s: %w", e.Kind, ErrUnknownKind)
	case e.Payload == nil:
		return nil, fmt.Errorf("%s: %w", e.Kind, ErrErased)
	case e.Version > PayloadVersion:
		return nil, fmt.Errorf("%s, version %d: %w", e.Kind, e.Version, ErrNewerPayload)
	}
	return create(), nil
}

// fill reads the payload. What the JSON says is not repeated in the error: it may be personal.
func (e Entry) fill(p Payload) error {
	if err := json.Unmarshal(e.Payload, p); err != nil {
		return fmt.Errorf("reading entry %d (%s): %w", e.Seq, e.Kind, ErrNotUnderstood)
	}
	return nil
}
