package wire

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/klauspost/compress/zstd"
)

// EncodeBatch returns the batch as JSON, compressed with zstd.
func EncodeBatch(b Batch) ([]byte, error) {
	plain, err := EncodeJSON(b)
	if err != nil {
		return nil, err
	}
	p, err := NewPacker()
	if err != nil {
		return nil, err
	}
	return p.Pack(plain), nil
}

// EncodeJSON returns the batch as JSON.
func EncodeJSON(b Batch) ([]byte, error) {
	entries, err := AppendEntries(nil, b.Entries)
	if err != nil {
		return nil, err
	}
	head, tail, err := Around(b, len(entries))
	if err != nil {
		return nil, err
	}
	return slices.Concat(head, entries, tail), nil
}

// AppendEntries appends entries as they stand in a batch, for Around. Payloads go as they are: whoever wrote an entry saw to it
// that its payload is JSON in the one form that travels (CheckPayload).
func AppendEntries(list []byte, entries []Entry) ([]byte, error) {
	room := 0
	for i := range entries {
		room += len(entries[i].Payload) + headerRoom
	}
	list = slices.Grow(list, room)
	var err error
	for i := range entries {
		if i > 0 {
			list = append(list, ',')
		}
		if list, err = entries[i].appendJSON(list); err != nil {
			return nil, fmt.Errorf("encoding entry %d: %w", entries[i].Seq, err)
		}
	}
	return list, nil
}

// Around returns what stands before and after the entries of a batch whose JSON, as AppendEntries gave it, is of so many bytes.
func Around(b Batch, entries int) (head, tail []byte, err error) {
	n := len(b.Entries)
	b.Entries = []Entry{}
	whole, err := json.Marshal(b)
	if err != nil {
		return nil, nil, fmt.Errorf("encoding a batch: %w", err)
	}
	if size := len(whole) + entries; size > MaxBatch || n > MaxBatchEntries {
		return nil, nil, fmt.Errorf("a batch of %d entries, %d bytes: %w", n, size, ErrTooLarge)
	}
	// The entries are the last field: they go in before its bracket and the one of the whole.
	cut := len(whole) - len("]}")
	return whole[:cut], whole[cut:], nil
}

// headerRoom is what the header of an entry takes as JSON, and some more.
const headerRoom = 800

// appendJSON appends what encoding/json makes of the entry, which it would take ten times as long for: it would parse the payload.
func (e *Entry) appendJSON(b []byte) ([]byte, error) {
	if !wholeTime(e.At) {
		return nil, fmt.Errorf("a time that no entry has: %w", ErrMalformed)
	}
	b = append(b, `{"seq":`...)
	b = strconv.AppendUint(b, e.Seq, 10)
	b = appendWord(b, `,"id":`, e.ID)
	b = appendWord(b, `,"kind":`, string(e.Kind))
	b = append(b, `,"version":`...)
	b = strconv.AppendInt(b, int64(e.Version), 10)
	b = append(b, `,"at":"`...)
	b = e.At.AppendFormat(b, time.RFC3339Nano)
	b = append(b, '"')
	b = appendWordIfAny(b, `,"facilitator":`, e.Facilitator)
	b = appendWordIfAny(b, `,"visit":`, e.Visit)
	b = appendWordIfAny(b, `,"supersedes":`, e.Supersedes)
	if len(e.Payload) > 0 {
		b = append(b, `,"payload":`...)
		b = append(b, e.Payload...)
	}
	if len(e.Salt) > 0 {
		b = append(b, `,"salt":"`...)
		b = base64.StdEncoding.AppendEncode(b, e.Salt)
		b = append(b, '"')
	}
	b = append(b, `,"payload_digest":"`...)
	b = hex.AppendEncode(b, e.PayloadDigest[:])
	b = append(b, `","prev":"`...)
	b = hex.AppendEncode(b, e.Prev[:])
	b = append(b, `","digest":"`...)
	b = hex.AppendEncode(b, e.Digest[:])
	return append(b, `"}`...), nil
}

// appendWord appends a field whose value is mostly a Word, which stands in quotes as it is.
func appendWord(b []byte, name, value string) []byte {
	b = append(b, name...)
	if Word(value) {
		b = append(b, '"')
		b = append(b, value...)
		return append(b, '"')
	}
	text, err := json.Marshal(value)
	if err != nil { // no string is refused
		text = []byte(`""`)
	}
	return append(b, text...)
}

func appendWordIfAny(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	return appendWord(b, name, value)
}

// Packer compresses one body after another: the tables of the compression are made once.
type Packer struct{ zstd *zstd.Encoder }

// NewPacker returns a packer, which may be used from several goroutines.
func NewPacker() (*Packer, error) {
	// Entries are short and much alike: what the faster level finds is as much as what the default one finds.
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(1<<20))
	if err != nil {
		return nil, fmt.Errorf("compressing: %w", err)
	}
	return &Packer{zstd: w}, nil
}

// Pack returns data as EncodingZstd.
func (p *Packer) Pack(data []byte) []byte {
	return p.zstd.EncodeAll(data, make([]byte, 0, len(data)/2))
}
