package journal

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
	"unicode"
	"unicode/utf8"

	"go.etcd.io/bbolt"
	"golang.org/x/crypto/argon2"

	"bottega/sync/wire"
)

// Params is the cost of turning a passphrase into a key with argon2id.
type Params struct {
	Time      uint32 `json:"time"`
	MemoryKiB uint32 `json:"memory_kib"`
	Threads   uint8  `json:"threads"`
}

// DefaultParams is the second recommendation of RFC 9106, section 4: a fraction of a second on a desk's laptop.
func DefaultParams() Params { return Params{Time: 3, MemoryKiB: 64 << 10, Threads: 4} }

// valid keeps a damaged slot from asking for a week or for all the memory.
func (p Params) valid() bool {
	return p.Time >= 1 && p.Time <= 64 && p.MemoryKiB >= 8 && p.MemoryKiB <= 2<<20 && p.Threads >= 1 && p.Threads <= 64
}

// minPassphrase is the least length of a new passphrase in characters, as the windows promise it. One that was chosen before goes on
// opening, however short.
const minPassphrase = 12

// The wait after n wrong passphrases is firstWait doubled n-1 times, at most longestWait: short enough never to be a lock-out.
const (
	firstWait   = time.Second
	longestWait = 5 * time.Minute
)

// NewFacilitator is somebody about to be added.
type NewFacilitator struct {
	// Sigla is a handle of 1 to 16 letters and digits, readable while the desk is locked.
	Sigla string
	// Name is the full name, sealed.
	Name string
}

// slot is how one facilitator opens the journal; in bucket "slots" under a random identifier.
type slot struct {
	Sigla  string    `json:"sigla"`
	Added  time.Time `json:"added"`
	Params Params    `json:"params"`
	Salt   []byte    `json:"salt"`
	// Key is the data key, sealed under the passphrase; Name the full name, sealed under the data key.
	Key  []byte `json:"key"`
	Name []byte `json:"name"`
	// Wrong counts the passphrases tried since the last right one; LastTry is when.
	Wrong   int       `json:"wrong,omitempty"`
	LastTry time.Time `json:"last_try,omitzero"`
}

func newSlot(f NewFacilitator, passphrase []byte, keys *keyring, opts Options) (id string, s slot, err error) {
	if !validSigla(f.Sigla) {
		return "", slot{}, ErrSigla
	}
	id = randomID()
	s = slot{Sigla: f.Sigla, Added: wire.Moment(opts.Clock.Now())}
	if err := s.wrap(id, passphrase, keys, opts.Params); err != nil {
		return "", slot{}, err
	}
	s.Name, err = seal(&keys.names, bucketSlots, []byte(id), []byte(f.Name))
	return id, s, err
}

// wrap seals the data key under a new passphrase.
func (s *slot) wrap(id string, passphrase []byte, keys *keyring, p Params) error {
	if utf8.RuneCount(passphrase) < minPassphrase {
		return ErrShortPassphrase
	}
	return s.wrapAny(id, passphrase, keys, p)
}

func (s *slot) wrapAny(id string, passphrase []byte, keys *keyring, p Params) error {
	if !p.valid() {
		return fmt.Errorf("argon2id parameters %+v are out of range", p)
	}
	s.Params, s.Salt = p, make([]byte, 16)
	rand.Read(s.Salt) //nolint:errcheck // never fails
	k := s.passphraseKey(passphrase)
	defer k.wipe()
	sealed, err := seal(&k, bucketSlots, []byte(id), keys.data[:])
	s.Key = sealed
	return err
}

// unwrap returns the data key, or errUnsealed when the passphrase is another one.
func (s *slot) unwrap(id string, passphrase []byte) (key, error) {
	k := s.passphraseKey(passphrase)
	defer k.wipe()
	plain, err := unseal(&k, bucketSlots, []byte(id), s.Key)
	if err != nil {
		return key{}, err
	}
	defer clear(plain)
	if len(plain) != keySize {
		return key{}, fmt.Errorf("the key of the slot has %d bytes: %w", len(plain), ErrDamaged)
	}
	return key(plain), nil
}

func (s *slot) passphraseKey(passphrase []byte) key {
	b := argon2.IDKey(passphrase, s.Salt, s.Params.Time, s.Params.MemoryKiB, s.Params.Threads, keySize)
	defer clear(b)
	return key(b)
}

// wait is how long the next try has to wait. A clock that jumped back starts the same wait anew, never a longer one: again reports
// that LastTry lies in the future and has to be set to now.
func (s *slot) wait(now time.Time) (left time.Duration, again bool) {
	if s.Wrong == 0 {
		return 0, false
	}
	full := longestWait
	if s.Wrong <= 16 {
		full = min(firstWait<<(s.Wrong-1), longestWait)
	}
	if now.Before(s.LastTry) {
		return full, true
	}
	return max(0, full-now.Sub(s.LastTry)), false
}

func validSigla(s string) bool {
	if n := utf8.RuneCountInString(s); n < 1 || n > 16 || !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return false
		}
	}
	return true
}

func putSlot(tx *bbolt.Tx, id string, s slot) error { return putJSON(tx, bucketSlots, id, s) }

// decodeSlot reads a stored slot; whatever the bytes, what it returns is safe to use.
func decodeSlot(b []byte) (slot, error) {
	var s slot
	if err := json.Unmarshal(b, &s); err != nil {
		return slot{}, fmt.Errorf("a facilitator's slot cannot be read: %w", ErrDamaged)
	}
	if !validSigla(s.Sigla) || !s.Params.valid() || s.Wrong < 0 || len(s.Salt) < 8 {
		return slot{}, fmt.Errorf("a facilitator's slot makes no sense: %w", ErrDamaged)
	}
	return s, nil
}

// randomID is an identifier that says nothing of what it stands for.
func randomID() string {
	var b [8]byte
	rand.Read(b[:]) //nolint:errcheck // never fails
	return hex.EncodeToString(b[:])
}
