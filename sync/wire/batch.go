package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/klauspost/compress/zstd"

	"bottega/desk"
)

// Version is the version of the whole contract, and Oldest the lowest that this program still speaks. A hub that cannot read a
// desk's version answers with ProblemUpgrade.
const (
	Version = 1
	Oldest  = 1
)

// The doors of the hub, and the media types on them.
const (
	PathJournal = "/v1/journal"
	PathReplies = "/v1/replies"
	PathEnrol   = "/v1/enrol"
	// PathDoor is the test door: whoever shows the certificate of a card in the handshake is told whose it is.
	PathDoor = "/v1/door"
	// PathRenew gives an enrolled desk a new certificate before the one that it shows ends.
	PathRenew = "/v1/renew"
	// PathHub tells an enrolled desk what it may know of its hub: versions, keys, clock.
	PathHub = "/v1/hub"
	// PathPack is the content that the hub published last; it honours If-None-Match.
	PathPack   = "/v1/pack"
	PathVerify = "/verify"

	MediaJSON    = "application/json"
	MediaProblem = "application/problem+json"
	EncodingZstd = "zstd"
)

// Limits of one request or answer; both sides check them.
const (
	// MaxBatchEntries is the most entries in one batch.
	MaxBatchEntries = 500
	// MaxBatch is the longest batch in bytes of JSON, and also of what travels, compressed or not. The longest entry fits twice.
	MaxBatch = 8 << 20
	// MaxAnswer is the longest answer of a hub in bytes.
	MaxAnswer = 4 << 20
	// MaxReplies is the most replies in one answer.
	MaxReplies = 200
)

// Batch is a run of consecutive entries of one epoch. An empty one asks how far the hub has come.
type Batch struct {
	Version int `json:"wire" doc:"Version of the contract that the desk speaks."`
	// Program is the name and version of the sender, for the list of desks.
	Program string    `json:"program" doc:"Name and version of the desk's program."`
	SentAt  time.Time `json:"sent_at" doc:"The desk's clock at sending, from which the hub tells how far it is off."`
	Epoch   Epoch     `json:"epoch"`
	Entries []Entry   `json:"entries" nullable:"false" doc:"Consecutive, in order; may be empty."`
}

// Ack says how much of an epoch is durable at the hub.
type Ack struct {
	Epoch string `json:"epoch" doc:"Id of the epoch."`
	// Durable is the highest sequence before which nothing is missing. It is one less than the epoch's first when nothing has come.
	Durable uint64 `json:"durable" doc:"Highest contiguous sequence that is on the hub's disk."`
	// SkewMS is how far the desk's clock was ahead of the hub's when the batch came, in milliseconds; negative when it is behind.
	SkewMS int64 `json:"skew_ms,omitempty" doc:"How far the desk's clock is ahead of the hub's, in milliseconds."`
}

// HubInfo is what an enrolled desk may know of its hub. A desk that was enrolled by an older hub learns the keys here.
type HubInfo struct {
	// Least and Most are the versions of the contract that the hub speaks.
	Least int `json:"wire_least" doc:"Lowest version of the contract that the hub takes."`
	Most  int `json:"wire_most" doc:"Highest version of the contract that the hub takes."`
	// Program is the name and version of the hub's program.
	Program string    `json:"program" doc:"Name and version of the hub's program."`
	Now     time.Time `json:"now" doc:"The hub's clock."`
	// DeskUntil is when the certificate that the desk shows ends.
	DeskUntil time.Time `json:"desk_until" doc:"When the desk's certificate ends."`
	// Sealing is the public key to which files on a stick are sealed (HPKE, MLKEM768X25519).
	Sealing  []byte     `json:"sealing" doc:"HPKE public key for sealed files, base64."`
	Keys     []TokenKey `json:"keys" nullable:"false" doc:"Public keys that sign certificates."`
	PackKeys []TokenKey `json:"pack_keys" nullable:"false" doc:"Public keys that sign content packs."`
}

// RenewRequest asks for a new certificate for a new key. Who asks is told from the certificate that the desk shows.
type RenewRequest struct {
	// CSR is a PKCS #10 request, signed with the new key; only its public key counts.
	CSR     string `json:"csr" doc:"PKCS #10 certificate request, PEM." maxLength:"8192"`
	Program string `json:"program" doc:"Name and version of the desk's program." maxLength:"100"`
}

// Replies is one page of the hub's answers to a desk.
type Replies struct {
	Replies []desk.Reply `json:"replies" nullable:"false" doc:"In order of number, without gaps."`
	// Last is the highest number that the hub has for this desk: when it is higher than the page's last, there is more to fetch.
	Last uint64 `json:"last" doc:"Highest reply number for this desk."`
	// Series names this count of replies. A hub that was put back from a backup gives out numbers again that a desk has seen, and
	// begins another series: the desk then fetches all of it.
	Series string `json:"series,omitempty" doc:"Names this count of replies; another one begins at number one again."`
}

// EnrolRequest turns a one-time code into a desk.
type EnrolRequest struct {
	Secret string `json:"secret" doc:"Secret of the enrolment code, lower-case hex." minLength:"20" maxLength:"20"`
	// CSR is a PKCS #10 request, signed with the key that the desk made for itself; only its public key counts.
	CSR     string `json:"csr" doc:"PKCS #10 certificate request, PEM." maxLength:"8192"`
	Program string `json:"program" doc:"Name and version of the desk's program." maxLength:"100"`
}

// Enrolment is what a desk gets for its code.
type Enrolment struct {
	Desk string `json:"desk" doc:"Identifier that the hub gave to the desk."`
	Site string `json:"site,omitempty" doc:"Where the hub thinks that the desk stands."`
	// Certificate is the desk's, for mutual TLS; Authority is the one that signed it and the hub's own.
	Certificate string `json:"certificate" doc:"Certificate of the desk, PEM."`
	Authority   string `json:"authority" doc:"Certificate of the hub's authority, PEM."`
	// Keys verify the tokens of certificates off line.
	Keys []TokenKey `json:"keys" nullable:"false" doc:"Public keys that sign certificates."`
	// Sealing and PackKeys are as in HubInfo; a hub of version 0.1 does not send them.
	Sealing  []byte     `json:"sealing,omitempty" doc:"HPKE public key for sealed files, base64."`
	PackKeys []TokenKey `json:"pack_keys,omitempty" doc:"Public keys that sign content packs."`
	// Practice says that this is a practice hub: a real desk refuses it.
	Practice bool `json:"practice,omitempty" doc:"True for a practice hub."`
}

var (
	// ErrTooLarge says that something is longer than both sides agreed on.
	ErrTooLarge = errors.New("longer than desk and hub agreed on")
	// ErrBatch says that a batch is not one that a desk sends.
	ErrBatch = errors.New("not a batch of entries")
)

// Decompress returns at most limit bytes, or ErrTooLarge: what unfolds to more is never held in memory.
func Decompress(data []byte, limit int64) ([]byte, error) {
	r, err := zstd.NewReader(bytes.NewReader(data), zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(MaxBatch))
	if err != nil {
		return nil, fmt.Errorf("decompressing: %w", err)
	}
	defer r.Close()
	plain, err := io.ReadAll(io.LimitReader(r, limit+1))
	if errors.Is(err, zstd.ErrWindowSizeExceeded) || errors.Is(err, zstd.ErrDecoderSizeExceeded) || int64(len(plain)) > limit {
		return nil, ErrTooLarge
	}
	if err != nil {
		return nil, fmt.Errorf("decompressing: %w", err)
	}
	return plain, nil
}

// DecodeBatch reads a batch that EncodeBatch made, or the same JSON when encoding is empty. Each entry comes with the bytes that it
// had, so that fields of a newer program are kept. The entries are checked one by one, not yet held against each other.
func DecodeBatch(data []byte, encoding string) (Batch, []json.RawMessage, error) {
	switch encoding {
	case "", "identity":
	case EncodingZstd:
		plain, err := Decompress(data, MaxBatch)
		if errors.Is(err, ErrTooLarge) {
			return Batch{}, nil, err
		}
		if err != nil {
			return Batch{}, nil, fmt.Errorf("%w: %w", ErrBatch, err)
		}
		data = plain
	default:
		return Batch{}, nil, fmt.Errorf("content encoding %q: %w", encoding, ErrBatch)
	}
	if len(data) > MaxBatch {
		return Batch{}, nil, ErrTooLarge
	}
	var b struct {
		Batch
		Entries []json.RawMessage `json:"entries"`
	}
	if err := json.Unmarshal(data, &b); err != nil {
		return Batch{}, nil, fmt.Errorf("%w: %s", ErrBatch, jsonFault(err))
	}
	if len(b.Entries) > MaxBatchEntries {
		return b.Batch, nil, ErrTooLarge
	}
	b.Batch.Entries = make([]Entry, len(b.Entries))
	for i, raw := range b.Entries {
		if err := json.Unmarshal(raw, &b.Batch.Entries[i]); err != nil {
			return b.Batch, nil, fmt.Errorf("entry %d of the batch: %w: %s", i+1, ErrBatch, jsonFault(err))
		}
	}
	return b.Batch, b.Entries, b.Batch.Check()
}

// Check reports a batch that no desk sends. It looks at no digest of an entry.
func (b Batch) Check() error {
	switch {
	case !Word(b.Epoch.ID):
		return fmt.Errorf("%w: epoch id", ErrBatch)
	case b.Epoch.From == 0 || b.Epoch.From == 1 && !b.Epoch.Prev.IsZero():
		return fmt.Errorf("%w: beginning of the epoch", ErrBatch)
	case len(b.Program) > 100:
		return fmt.Errorf("%w: program", ErrBatch)
	}
	for i, e := range b.Entries {
		if err := e.Check(); err != nil {
			return err
		}
		if e.Seq < b.Epoch.From || e.Seq != b.Entries[0].Seq+uint64(i) {
			return fmt.Errorf("%w: sequence %d is out of place", ErrBatch, e.Seq)
		}
	}
	return nil
}

// jsonFault says where JSON went wrong without repeating what it said, which may be personal.
func jsonFault(err error) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Sprintf("broken JSON at byte %d", syntax.Offset)
	case errors.As(err, &kind):
		return fmt.Sprintf("unexpected %s in field %q", jsonKind(kind.Value), kind.Field)
	}
	return "a value has the wrong form"
}

// jsonKind keeps the kind of a JSON value ("number 12.5" is a number) and drops the value.
func jsonKind(value string) string {
	for i := range len(value) {
		if value[i] == ' ' {
			return value[:i]
		}
	}
	return value
}
