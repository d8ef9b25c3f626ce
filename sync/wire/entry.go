package wire

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"bottega/desk"
)

// Entry is one fact of a desk's journal as it travels: the header in clear, the payload, and the digests that chain it to the
// entry before it.
//
// # Digests
//
// Two SHA-256 digests stand on each entry. Integers are big-endian; str(x) is the length of x in bytes as 32 bits, then its
// UTF-8 bytes (an absent field has length 0); the quoted prefixes are ASCII, without a terminator.
//
//	payload_digest = SHA-256( "bottega/payload/1" | salt (32 bytes) | payload )
//
//	digest = SHA-256( "bottega/entry/1"
//	                  | seq (64 bits) | str(id) | str(kind) | version (32 bits)
//	                  | at: milliseconds since 1970-01-01T00:00:00Z (signed, 64 bits)
//	                  | at: minutes east of UTC (signed, 16 bits)
//	                  | str(facilitator) | str(visit) | str(supersedes)
//	                  | payload_digest (32 bytes) | prev (32 bytes) )
//
// prev is the digest of entry seq-1; the first entry of a journal has 32 zero bytes there.
//
// # The payload, to the byte
//
// The payload is covered exactly as it stands in the document. It is a JSON object in the form that encoding/json gives to a
// value: no blanks between tokens, and <, >, & and the separators U+2028 and U+2029 escaped in strings, so that encoding an entry
// again leaves its bytes alone.
//
// # Erasure
//
// An erased entry has neither payload nor salt, everywhere and for ever; all the rest stays and still verifies. The salt goes with
// the payload because whoever held salt and digest could try payloads until one fits.
type Entry struct {
	Seq     uint64    `json:"seq" doc:"Position in the journal of the desk, from one, without gaps."`
	ID      string    `json:"id" doc:"UUIDv7 of the entry; the same fact has the same id in every epoch."`
	Kind    desk.Kind `json:"kind" doc:"What the entry says; unknown kinds are kept."`
	Version int       `json:"version" doc:"Schema version of the payload."`
	At      time.Time `json:"at" doc:"When, by the desk's clock, with its offset; whole milliseconds."`
	// Facilitator is a random identifier; the name behind it never leaves the desk.
	Facilitator string `json:"facilitator,omitempty" doc:"Who had unlocked the desk."`
	Visit       string `json:"visit,omitempty" doc:"The visit that the entry belongs to."`
	Supersedes  string `json:"supersedes,omitempty" doc:"Id of the entry that this one corrects."`

	Payload json.RawMessage `json:"payload,omitempty" doc:"The content, a JSON object; absent once erased."`
	Salt    []byte          `json:"salt,omitempty" doc:"32 random bytes, base64; absent once erased."`

	PayloadDigest Digest `json:"payload_digest" doc:"Salted SHA-256 of the payload, lower-case hex."`
	Prev          Digest `json:"prev" doc:"Digest of the entry before."`
	Digest        Digest `json:"digest" doc:"SHA-256 of the header, the payload digest and prev."`
}

// Epoch is one unbroken stream of entries from a desk. A desk that was cloned, or put back from a backup, has entries whose
// sequence the hub already knows with another digest; it starts a new epoch there and goes on. Facts that the hub already had from
// an earlier epoch are recognised by their ID.
type Epoch struct {
	ID string `json:"id" doc:"Random identifier of the epoch."`
	// From is the first sequence that travels in this epoch: one, unless the desk forked.
	From uint64 `json:"from" doc:"First sequence of the epoch."`
	// Prev is the digest of entry From-1 at the desk, from which the hub follows the chain; zero when From is one.
	Prev Digest `json:"prev" doc:"Digest before the first entry of the epoch."`
}

// Position is where a journal stands towards the hub.
type Position struct {
	Epoch Epoch
	// Last is the sequence of the newest entry, zero for an empty journal.
	Last uint64
	// Acknowledged is the sequence up to which the hub said that it has everything.
	Acknowledged uint64
	// Replies is the number of the newest reply that was kept.
	Replies uint64
}

// Limits of what a desk may send; both sides check them.
const (
	// SaltSize is the length of a salt in bytes.
	SaltSize = 32
	// MaxPayload is the longest payload in bytes.
	MaxPayload = 1 << 20
	maxWord    = 64
)

// Errors of Check, Verify and VerifyChain, matched with errors.Is.
var (
	ErrMalformed    = errors.New("the entry is malformed")
	ErrBrokenChain  = errors.New("the entry does not follow the one before it")
	ErrPayloadFault = errors.New("the content of the entry is not the one it was written with")
	ErrHeaderFault  = errors.New("the header of the entry is not the one it was written with")
)

// Erased reports whether the content is gone for ever.
func (e Entry) Erased() bool { return e.Payload == nil && e.Salt == nil }

// Desk returns the entry as the rooms of the desk know it.
func (e Entry) Desk() desk.Entry {
	return desk.Entry{
		Seq: e.Seq, ID: e.ID, Kind: e.Kind, Version: e.Version, At: e.At,
		Facilitator: e.Facilitator, Visit: e.Visit, Supersedes: e.Supersedes, Payload: e.Payload,
	}
}

// Seal sets the digests of an entry that follows prev. Its header, payload and salt must be complete.
func (e *Entry) Seal(prev Digest) error {
	e.PayloadDigest = PayloadDigest(e.Salt, e.Payload)
	e.Prev = prev
	e.Digest = e.headerDigest()
	return e.Check()
}

// Verify checks everything that can be known of an entry from itself and from the digest of the one before it.
func (e Entry) Verify(prev Digest) error {
	if err := e.Check(); err != nil {
		return err
	}
	return e.VerifyDigests(prev)
}

// VerifyDigests is Verify for an entry that Check has passed before, when it was written: it looks at the digests only, which is
// many times faster.
func (e *Entry) VerifyDigests(prev Digest) error {
	if !e.Prev.Equal(prev) {
		return fmt.Errorf("entry %d: %w", e.Seq, ErrBrokenChain)
	}
	if !e.Erased() && !e.PayloadDigest.Equal(PayloadDigest(e.Salt, e.Payload)) {
		return fmt.Errorf("entry %d: %w", e.Seq, ErrPayloadFault)
	}
	if !e.Digest.Equal(e.headerDigest()) {
		return fmt.Errorf("entry %d: %w", e.Seq, ErrHeaderFault)
	}
	return nil
}

// FollowChain holds entries that were checked, as DecodeBatch checks them, against one another from sequence seq on, the first of them
// after prev, and returns the digest of the last. The error is about the first entry at fault.
func FollowChain(seq uint64, prev Digest, entries []Entry) (Digest, error) {
	for i := range entries {
		e := &entries[i]
		if e.Seq != seq {
			return prev, fmt.Errorf("entry %d stands where %d should: %w", e.Seq, seq, ErrBrokenChain)
		}
		if err := e.VerifyDigests(prev); err != nil {
			return prev, err
		}
		seq, prev = seq+1, e.Digest
	}
	return prev, nil
}

// VerifyChain is FollowChain for entries that nobody has checked.
func VerifyChain(seq uint64, prev Digest, entries []Entry) (Digest, error) {
	for i := range entries {
		if err := entries[i].Check(); err != nil {
			return prev, err
		}
		var err error
		if prev, err = FollowChain(seq+uint64(i), prev, entries[i:i+1]); err != nil {
			return prev, err
		}
	}
	return prev, nil
}

// Check reports an entry that no desk writes: a field missing, too long, or of the wrong shape. It looks at no digest.
func (e Entry) Check() error {
	if field := e.oddField(); field != "" {
		return fmt.Errorf("entry %d: %s: %w", e.Seq, field, ErrMalformed)
	}
	if e.Erased() {
		return nil
	}
	if len(e.Salt) != SaltSize {
		return fmt.Errorf("entry %d: salt: %w", e.Seq, ErrMalformed)
	}
	if err := CheckPayload(e.Payload); err != nil {
		return fmt.Errorf("entry %d: %w", e.Seq, err)
	}
	return nil
}

// oddField names the first field of the header that is not as it must be.
func (e Entry) oddField() string {
	if e.Seq == 0 {
		return "sequences start at one"
	}
	if e.Version < 1 || e.Version > 1<<20 {
		return "version"
	}
	if !wholeTime(e.At) {
		return "time finer than a millisecond, or an offset that is not of whole minutes"
	}
	for _, f := range []struct {
		name, value string
		may         bool // be empty
	}{
		{"id", e.ID, false},
		{"kind", string(e.Kind), false},
		{"facilitator", e.Facilitator, true},
		{"visit", e.Visit, true},
		{"supersedes", e.Supersedes, true},
	} {
		if !Word(f.value) && !(f.may && f.value == "") {
			return f.name
		}
	}
	return ""
}

// CheckPayload reports a payload that would not survive travelling byte for byte.
func CheckPayload(p json.RawMessage) error {
	switch {
	case len(p) > MaxPayload:
		return fmt.Errorf("content of %d bytes, at most %d fit: %w", len(p), MaxPayload, ErrMalformed)
	case len(p) == 0 || p[0] != '{' || !utf8.Valid(p):
		return fmt.Errorf("content is not a JSON object: %w", ErrMalformed)
	}
	again, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("content is not JSON: %w", errors.Join(ErrMalformed, err))
	}
	if !bytes.Equal(again, p) {
		return fmt.Errorf("content is not in its one canonical form: %w", ErrMalformed)
	}
	return nil
}

// Word reports whether s can be an identifier or a kind: 1 to 64 letters, digits, dots, hyphens and underscores.
func Word(s string) bool {
	if s == "" || len(s) > maxWord {
		return false
	}
	// Without a branch for each byte: this is asked some ten times for every entry.
	sets, all := [4]uint64{wordLow, wordHigh}, uint64(1)
	for i := range len(s) {
		all &= sets[s[i]>>6] >> (s[i] & 63)
	}
	return all == 1
}

// The bytes of a word, one bit each: those below 64, and those from there on.
const (
	wordLow  uint64 = 1<<'-' | 1<<'.' | (1<<10-1)<<'0'
	wordHigh uint64 = ((1<<26-1)<<('A'-64) | (1<<26-1)<<('a'-64)) | 1<<('_'-64)
)

// Moment returns t as an entry keeps it: whole milliseconds, the offset in whole minutes.
func Moment(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.Truncate(time.Millisecond).In(time.FixedZone("", offset/60*60))
}

func wholeTime(t time.Time) bool {
	_, offset := t.Zone()
	return t.Nanosecond()%int(time.Millisecond) == 0 && offset%60 == 0 && t.Year() >= 1 && t.Year() <= 9999
}

// PayloadDigest returns the salted digest of a payload.
func PayloadDigest(salt []byte, payload json.RawMessage) Digest {
	h := sha256.New()
	h.Write([]byte("bottega/payload/1"))
	h.Write(salt)
	h.Write(payload)
	return Digest(h.Sum(nil))
}

func (e *Entry) headerDigest() Digest {
	_, offset := e.At.Zone()
	b := append(make([]byte, 0, longestHeader), "bottega/entry/1"...)
	b = binary.BigEndian.AppendUint64(b, e.Seq)
	b = appendStr(b, e.ID)
	b = appendStr(b, string(e.Kind))
	b = binary.BigEndian.AppendUint32(b, uint32(e.Version))
	b = binary.BigEndian.AppendUint64(b, uint64(e.At.UnixMilli()))
	b = binary.BigEndian.AppendUint16(b, uint16(int16(offset/60)))
	b = appendStr(b, e.Facilitator)
	b = appendStr(b, e.Visit)
	b = appendStr(b, e.Supersedes)
	b = append(b, e.PayloadDigest[:]...)
	b = append(b, e.Prev[:]...)
	return sha256.Sum256(b)
}

// longestHeader is enough for the header of any entry, so that it is put together without growing.
const longestHeader = 15 + 8 + 4 + 8 + 2 + 5*(4+maxWord) + 2*sha256.Size

func appendStr(b []byte, s string) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
	return append(b, s...)
}

// Digest is a SHA-256 digest; in JSON it is 64 lower-case hex digits.
type Digest [sha256.Size]byte

// Equal compares two digests.
func (d Digest) Equal(o Digest) bool { return subtle.ConstantTimeCompare(d[:], o[:]) == 1 }

// IsZero reports whether d is what the first entry of a journal follows.
func (d Digest) IsZero() bool { return d == Digest{} }

// String returns the hex digits.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// MarshalText implements encoding.TextMarshaler.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler; it takes exactly what MarshalText gives.
func (d *Digest) UnmarshalText(text []byte) error {
	parsed, err := ParseDigest(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// ParseDigest reads the hex digits of a digest.
func ParseDigest(s string) (Digest, error) {
	var d Digest
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(d) || hex.EncodeToString(b) != s {
		return Digest{}, fmt.Errorf("%q is not a digest: 64 lower-case hex digits expected: %w", s, ErrMalformed)
	}
	copy(d[:], b)
	return d, nil
}
