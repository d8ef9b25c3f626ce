package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"golang.org/x/crypto/chacha20poly1305"

	"bottega/desk"
	"bottega/sync/wire"
)

// A stored entry, in bucket "entries" under its sequence (64 bits, big-endian):
//
//	format (1 byte) | id, kind, facilitator, visit, supersedes (each: length, 1 byte; bytes) | version (32 bits)
//	| milliseconds since 1970 (64 bits) | minutes east of UTC (16 bits) | payload digest | prev | digest (32 bytes each)
//	| sealed salt and payload (the rest; empty when erased)
const recordFormat = 1

// sealedOverhead is how much longer sealed bytes are than the payload in them: nonce, salt and tag.
const sealedOverhead = chacha20poly1305.NonceSizeX + wire.SaltSize + chacha20poly1305.Overhead

var errRecord = errors.New("the record cannot be read")

// record is an entry as it is stored: e has neither payload nor salt.
type record struct {
	e      wire.Entry
	sealed []byte
}

func seqKey(seq uint64) []byte { return binary.BigEndian.AppendUint64(nil, seq) }

func (r record) encode() []byte {
	b := make([]byte, 0, 320+len(r.sealed))
	b = append(b, recordFormat)
	for _, s := range []string{r.e.ID, string(r.e.Kind), r.e.Facilitator, r.e.Visit, r.e.Supersedes} {
		b = append(b, byte(len(s))) // Check has limited words to 64 bytes
		b = append(b, s...)
	}
	_, offset := r.e.At.Zone()
	b = binary.BigEndian.AppendUint32(b, uint32(r.e.Version))
	b = binary.BigEndian.AppendUint64(b, uint64(r.e.At.UnixMilli()))
	b = binary.BigEndian.AppendUint16(b, uint16(int16(offset/60)))
	b = append(b, r.e.PayloadDigest[:]...)
	b = append(b, r.e.Prev[:]...)
	b = append(b, r.e.Digest[:]...)
	return append(b, r.sealed...)
}

// decodeRecord reads what encode wrote. The sealed bytes of the result are those of b; with an error it tells the sequence at most.
func decodeRecord(k, b []byte) (r record, err error) {
	r.sealed, err = decodeHeader(&r.e, k, b, &wire.Entry{})
	return r, err
}

// decodeHeader writes the entry of a record to e, without its content, and returns the sealed bytes, which are those of b. Words that
// it has in common with the entry beside it are kept once. With an error it tells the sequence at most.
func decodeHeader(e *wire.Entry, k, b []byte, beside *wire.Entry) (sealed []byte, err error) {
	*e = wire.Entry{}
	if len(k) != 8 {
		return nil, fmt.Errorf("a key of %d bytes: %w", len(k), errRecord)
	}
	e.Seq = binary.BigEndian.Uint64(k)
	if len(b) == 0 || b[0] != recordFormat {
		return nil, fmt.Errorf("unknown format: %w", errRecord)
	}
	rest := b[1:]
	var kind string
	for _, s := range []struct {
		to   *string
		like string
	}{
		{&e.ID, ""},
		{&kind, string(beside.Kind)},
		{&e.Facilitator, beside.Facilitator},
		{&e.Visit, beside.Visit},
		{&e.Supersedes, ""},
	} {
		if len(rest) == 0 || len(rest) < 1+int(rest[0]) {
			return nil, fmt.Errorf("cut off in the header: %w", errRecord)
		}
		word := rest[1 : 1+int(rest[0])]
		rest = rest[1+len(word):]
		if *s.to = s.like; s.like != string(word) {
			*s.to = string(word)
		}
	}
	e.Kind = desk.Kind(kind)
	const fixed = 4 + 8 + 2 + 3*len(wire.Digest{})
	if len(rest) < fixed {
		return nil, fmt.Errorf("cut off in the digests: %w", errRecord)
	}
	e.Version = int(binary.BigEndian.Uint32(rest))
	zone := time.FixedZone("", int(int16(binary.BigEndian.Uint16(rest[12:])))*60)
	e.At = time.UnixMilli(int64(binary.BigEndian.Uint64(rest[4:]))).In(zone)
	copy(e.PayloadDigest[:], rest[14:])
	copy(e.Prev[:], rest[46:])
	copy(e.Digest[:], rest[78:])
	if len(rest) > fixed {
		sealed = rest[fixed:]
	}
	if err := e.Check(); err != nil {
		return nil, fmt.Errorf("%w: %w", errRecord, err)
	}
	return sealed, nil
}

// sealPayload closes salt and payload of an entry under the subkey of its visit.
func sealPayload(subkey *key, e wire.Entry) ([]byte, error) {
	plain := append(append(make([]byte, 0, len(e.Salt)+len(e.Payload)), e.Salt...), e.Payload...)
	defer clear(plain)
	return seal(subkey, bucketEntries, seqKey(e.Seq), plain)
}

// plainSize is how many bytes the content takes that is sealed in so many.
func plainSize(sealed int) int {
	return max(0, sealed-chacha20poly1305.NonceSizeX-chacha20poly1305.Overhead)
}

// openContent puts salt and payload into an entry that has its header. They are written after room, which has no room when it is nil.
func openContent(e *wire.Entry, sealed []byte, subkey *key, room []byte) error {
	plain, err := unsealInto(room, subkey, bucketEntries, seqKey(e.Seq), sealed)
	if err != nil {
		return err
	}
	if len(plain) <= wire.SaltSize {
		return errRecord
	}
	e.Salt, e.Payload = plain[:wire.SaltSize:wire.SaltSize], plain[wire.SaltSize:]
	return nil
}
