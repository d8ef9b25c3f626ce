package wire

import (
	"bufio"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hpke"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Parcels and answers are sealed files: what desk and hub say to each other when there is no line and a stick goes between them.
// Both have the same layout, of any length and read with bounded memory:
//
//	magic      one line that names kind and version: "bottega-parcel 1\n" or "bottega-answer 1\n"
//	recipient  8 bytes, the first of the SHA-256 of the public key that the file is sealed to
//	enc        the encapsulated key of HPKE (RFC 9180): MLKEM768-X25519, HKDF-SHA256, ChaCha20-Poly1305, info = magic | recipient
//	frames     length (32 bits, big-endian), then that many bytes, sealed in order
//
// The plaintext of a frame is
//
//	kind (1 byte: 1 head, 2 body, 3 end) | length of the signature (1 byte) | signature | content (zstd of JSON; empty at the end)
//
// HPKE says who may read and not who wrote: anybody has the public key of a hub. So each frame is signed, over a hash that has run
// over all before it:
//
//	chain 0 = SHA-256( magic | recipient | enc )
//	chain n = SHA-256( chain n-1 | kind | content )
//	signed  = "bottega/sealed/1" | magic | chain n        ECDSA P-256 over its SHA-256 (ASN.1), or Ed25519 over itself
//
// A signature on every frame, rather than one at the end, lets the reader act on each frame without holding the file in memory: what
// has come of a file that is cut short is good, as it is of a line that breaks. A frame that is left out, put in, moved, or taken
// from another file breaks the seal or the chain.
const (
	magicParcel = "bottega-parcel 1\n"
	magicAnswer = "bottega-answer 1\n"

	frameHead = 1
	frameBody = 2
	frameEnd  = 3

	recipientSize = 8
	// encSize is the length of an encapsulated key of MLKEM768-X25519.
	encSize = 1120
	// maxFrame is the longest sealed frame. What does not compress grows by a few bytes in a thousand.
	maxFrame = MaxBatch + 64<<10
)

// Errors of sealed files, matched with errors.Is. Each is something else for a person to do: take another file, take it to the right
// place, copy it again, distrust it, update the program.
var (
	ErrNotSealedFile = errors.New("this is not a file that a desk or a hub sealed")
	ErrSealedToOther = errors.New("the file is sealed to somebody else")
	ErrCutShort      = errors.New("the file is not all there")
	ErrChanged       = errors.New("the file is not as it was sealed")
	ErrNewerFile     = errors.New("the file was made by a newer program")
	ErrUnknownSigner = errors.New("the file is signed with a key that is not known here")
)

// NewSealingKey makes a key to which files can be sealed.
func NewSealingKey() (hpke.PrivateKey, error) { return hpke.MLKEM768X25519().GenerateKey() }

// ParseSealingKey reads what the key's Bytes gave.
func ParseSealingKey(private []byte) (hpke.PrivateKey, error) {
	return hpke.MLKEM768X25519().NewPrivateKey(private)
}

// sealer writes a sealed file.
type sealer struct {
	w      io.Writer
	magic  string
	hpke   *hpke.Sender
	signer crypto.Signer
	packer *Packer
	chain  Digest
}

// newSealer writes the beginning of a file.
func newSealer(w io.Writer, magic string, sealTo []byte, signer crypto.Signer) (*sealer, error) {
	public, err := hpke.MLKEM768X25519().NewPublicKey(sealTo)
	if err != nil {
		return nil, fmt.Errorf("reading the key to seal to: %w", err)
	}
	begin := append([]byte(magic), recipientOf(public)...)
	enc, sender, err := hpke.NewSender(public, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), begin)
	if err != nil {
		return nil, fmt.Errorf("sealing a file: %w", err)
	}
	packer, err := NewPacker()
	if err != nil {
		return nil, err
	}
	begin = append(begin, enc...)
	if _, err := w.Write(begin); err != nil {
		return nil, fmt.Errorf("writing a sealed file: %w", err)
	}
	return &sealer{w: w, magic: magic, hpke: sender, signer: signer, packer: packer, chain: sha256.Sum256(begin)}, nil
}

// json seals a value as one frame.
func (s *sealer) json(kind byte, v any, limit int) error {
	plain, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encoding a part of a sealed file: %w", err)
	}
	if len(plain) > limit {
		return fmt.Errorf("a part of %d bytes in a sealed file: %w", len(plain), ErrTooLarge)
	}
	return s.frame(kind, s.packer.Pack(plain))
}

func (s *sealer) frame(kind byte, content []byte) error {
	s.chain = nextChain(s.chain, kind, content)
	signature, err := sign(s.signer, signedBytes(s.magic, s.chain))
	if err != nil {
		return fmt.Errorf("signing a sealed file: %w", err)
	}
	plain := append([]byte{kind, byte(len(signature))}, signature...)
	sealed, err := s.hpke.Seal(nil, append(plain, content...))
	if err != nil {
		return fmt.Errorf("sealing a file: %w", err)
	}
	if _, err := s.w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(sealed))), sealed...)); err != nil {
		return fmt.Errorf("writing a sealed file: %w", err)
	}
	return nil
}

// unsealer reads a sealed file.
type unsealer struct {
	r     *bufio.Reader
	magic string
	hpke  *hpke.Recipient
	chain Digest
	// signer is who must have signed; known from the head on.
	signer crypto.PublicKey
	err    error // of the frame before: nothing is read after it
}

// openSealed reads the beginning of a file and its head, into head. signerOf says, from the head, whose signature the file has to bear.
func openSealed(r io.Reader, magic string, private hpke.PrivateKey, head any, signerOf func() (crypto.PublicKey, error)) (*unsealer, error) {
	u := &unsealer{r: bufio.NewReader(r), magic: magic}
	if err := u.readMagic(); err != nil {
		return nil, err
	}
	begin := make([]byte, len(magic)+recipientSize+encSize)
	copy(begin, magic)
	if err := u.full(begin[len(magic):]); err != nil {
		return nil, err
	}
	info, enc := begin[:len(magic)+recipientSize], begin[len(magic)+recipientSize:]
	if string(info[len(magic):]) != string(recipientOf(private.PublicKey())) {
		return nil, ErrSealedToOther
	}
	var err error
	if u.hpke, err = hpke.NewRecipient(enc, private, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), info); err != nil {
		return nil, ErrChanged
	}
	u.chain = sha256.Sum256(begin)
	kind, content, signature, err := u.frame()
	if err != nil {
		return nil, err
	}
	if kind != frameHead {
		return nil, ErrChanged
	}
	if err := u.json(content, head, MaxAnswer); err != nil {
		return nil, err
	}
	if u.signer, err = signerOf(); err != nil {
		return nil, err
	}
	if !verify(u.signer, signedBytes(magic, u.chain), signature) {
		return nil, ErrChanged
	}
	return u, nil
}

// readMagic tells a file of ours from any other, and a later version from a spoilt one.
func (u *unsealer) readMagic() error {
	line := make([]byte, len(u.magic))
	n, err := io.ReadFull(u.r, line)
	kind, _, _ := strings.Cut(u.magic, " ")
	switch {
	case err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("reading a sealed file: %w", err)
	case err != nil && n > 0 && strings.HasPrefix(u.magic, string(line[:n])):
		return ErrCutShort
	case err != nil || !strings.HasPrefix(string(line), kind+" "):
		return ErrNotSealedFile
	case string(line) != u.magic:
		return ErrNewerFile
	}
	return nil
}

// next returns the content of the next body frame, and io.EOF after the end that was signed.
func (u *unsealer) next() ([]byte, error) {
	if u.err != nil {
		return nil, u.err
	}
	var content []byte
	content, u.err = u.body()
	return content, u.err
}

func (u *unsealer) body() ([]byte, error) {
	kind, content, signature, err := u.frame()
	if err != nil {
		return nil, err
	}
	if !verify(u.signer, signedBytes(u.magic, u.chain), signature) {
		return nil, ErrChanged
	}
	switch kind {
	case frameBody:
		return content, nil
	case frameEnd:
		if _, err := u.r.ReadByte(); len(content) > 0 || !errors.Is(err, io.EOF) {
			return nil, ErrChanged
		}
		return nil, io.EOF
	}
	return nil, ErrChanged
}

// frame opens one frame and moves the chain on. The signature is not yet judged.
func (u *unsealer) frame() (kind byte, content, signature []byte, err error) {
	var length [4]byte
	if err := u.full(length[:]); err != nil {
		return 0, nil, nil, err
	}
	size := binary.BigEndian.Uint32(length[:])
	if size > maxFrame {
		return 0, nil, nil, ErrChanged
	}
	// Grows with what comes, not with what the length promises.
	sealed, err := io.ReadAll(io.LimitReader(u.r, int64(size)))
	if err != nil {
		return 0, nil, nil, fmt.Errorf("reading a sealed file: %w", err)
	}
	if len(sealed) < int(size) {
		return 0, nil, nil, ErrCutShort
	}
	plain, err := u.hpke.Open(nil, sealed)
	if err != nil || len(plain) < 2 || len(plain) < 2+int(plain[1]) {
		return 0, nil, nil, ErrChanged
	}
	kind, signature, content = plain[0], plain[2:2+int(plain[1])], plain[2+int(plain[1]):]
	u.chain = nextChain(u.chain, kind, content)
	return kind, content, signature, nil
}

// full fills b, or says that the file ends before.
func (u *unsealer) full(b []byte) error {
	_, err := io.ReadFull(u.r, b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrCutShort
	}
	if err != nil {
		return fmt.Errorf("reading a sealed file: %w", err)
	}
	return nil
}

// json reads content that the sealer's json made.
func (u *unsealer) json(content []byte, out any, limit int64) error {
	plain, err := Decompress(content, limit)
	if errors.Is(err, ErrTooLarge) {
		return err
	}
	if err == nil {
		err = json.Unmarshal(plain, out)
	}
	if err != nil { // what it holds may be personal
		return ErrChanged
	}
	return nil
}

func recipientOf(public hpke.PublicKey) []byte {
	sum := sha256.Sum256(public.Bytes())
	return sum[:recipientSize]
}

func nextChain(chain Digest, kind byte, content []byte) Digest {
	h := sha256.New()
	h.Write(chain[:])
	h.Write([]byte{kind})
	h.Write(content)
	return Digest(h.Sum(nil))
}

func signedBytes(magic string, chain Digest) []byte {
	return append([]byte("bottega/sealed/1"+magic), chain[:]...)
}

func sign(signer crypto.Signer, message []byte) ([]byte, error) {
	if _, ok := signer.Public().(ed25519.PublicKey); ok {
		return signer.Sign(rand.Reader, message, crypto.Hash(0))
	}
	sum := sha256.Sum256(message)
	return signer.Sign(rand.Reader, sum[:], crypto.SHA256)
}

// verify knows the two kinds of key that a hub certifies.
func verify(public crypto.PublicKey, message, signature []byte) bool {
	switch key := public.(type) {
	case ed25519.PublicKey:
		return len(key) == ed25519.PublicKeySize && ed25519.Verify(key, message, signature)
	case *ecdsa.PublicKey:
		sum := sha256.Sum256(message)
		return key.Curve == elliptic.P256() && ecdsa.VerifyASN1(key, sum[:], signature)
	}
	return false
}
