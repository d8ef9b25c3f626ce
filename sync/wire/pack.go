package wire

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/klauspost/compress/zstd"
)

// PackVersion is the version of the form of packs; ContentVersion is the version of what this program understands in their files. It
// grows when a service, a rule or a layout may say something that older programs cannot read, and a pack that says it needs it.
const (
	PackVersion    = 1
	ContentVersion = 1
)

// MediaPack is the media type of a pack, PackSuffix the ending of its file.
const (
	MediaPack  = "application/vnd.bottega.pack"
	PackSuffix = ".pacchetto"
)

// Limits of a pack. All the content that travels inside the program is a tenth of them.
const (
	// MaxPack is the longest pack in bytes, as it travels.
	MaxPack = 8 << 20
	// MaxPackContent is how many bytes its files have together, MaxPackFile how many one of them, MaxPackFiles how many there are.
	MaxPackContent  = 32 << 20
	MaxPackFile     = 4 << 20
	MaxPackFiles    = 1000
	maxPackManifest = 512 << 10
)

// Errors of OpenPack, matched with errors.Is: a person does something else for each.
var (
	ErrPackNone    = errors.New("this is not a content pack")
	ErrPackShort   = errors.New("the content pack is cut short")
	ErrPackChanged = errors.New("the content pack was changed after it was signed")
	ErrPackKey     = errors.New("the content pack was signed with a key that is not known here")
	ErrPackNew     = errors.New("the content pack needs a newer program")
	// ErrPackForm is about a pack that was signed and still is not one: names that are none, more than the limits allow.
	ErrPackForm = errors.New("the content pack is not made as packs are made")
)

// PackFacts are what whoever publishes a pack says of it.
type PackFacts struct {
	// Version grows by one with every pack that a hub publishes; a desk never goes back by itself.
	Version uint64    `json:"version"`
	MadeAt  time.Time `json:"made_at"`
	// Needs is the lowest ContentVersion that understands the files.
	Needs int `json:"needs"`
	// Practice marks a pack of a practice hub: a real desk refuses it, and a practice desk every other.
	Practice bool `json:"practice,omitempty"`
}

// PackFile is one file of a pack.
type PackFile struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// PackManifest is what the signature covers. Through BodySHA256 it covers every byte of the pack, so that nothing is unfolded that
// was not signed.
type PackManifest struct {
	Format int `json:"format"`
	PackFacts
	// Files are in the order of their paths.
	Files      []PackFile `json:"files"`
	BodySize   int64      `json:"body_size"`
	BodySHA256 string     `json:"body_sha256"`
}

// Pack is a pack whose signature, form and every file were found in order.
type Pack struct {
	PackManifest
	// Key names the key that signed.
	Key string
	// Digest is the SHA-256 of the whole pack, lower-case hex.
	Digest string
	// Content is in memory: nothing of a pack ever becomes a path on a disk.
	Content fs.FS
}

// The layout, numbers big-endian:
//
//	pack      = magic key_id[4] signature[64] length(manifest)[4] manifest body
//	signature = Ed25519( "bottega/pack/1" length(manifest)[4] manifest )
//	manifest  = PackManifest as JSON
//	body      = one zstd stream: the bytes of the files, one after another
const (
	packMagic     = "BOTTEGA PACCHETTO 1\n"
	packSigned    = "bottega/pack/1"
	packSignature = len(packMagic) + 4
	packLength    = packSignature + ed25519.SignatureSize
	packManifest  = packLength + 4
)

// PackDigest returns the digest of a pack, in order or not.
func PackDigest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// SignPack makes a pack of the files of a folder, which all have to be content of a known place. Equal files, facts and keys give
// equal bytes.
func SignPack(key ed25519.PrivateKey, facts PackFacts, files fs.FS) ([]byte, error) {
	m := PackManifest{Format: PackVersion, PackFacts: facts}
	m.MadeAt = m.MadeAt.UTC().Truncate(time.Second)
	plain, err := gatherPack(files, &m)
	if err != nil {
		return nil, err
	}
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(MaxPackFile))
	if err != nil {
		return nil, fmt.Errorf("compressing a pack: %w", err)
	}
	body := w.EncodeAll(plain, nil)
	m.BodySize, m.BodySHA256 = int64(len(body)), PackDigest(body)
	if err := m.check(); err != nil {
		return nil, err
	}
	manifest, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("describing a pack: %w", err)
	}
	if len(manifest) > maxPackManifest {
		return nil, packFault(PackSize, "")
	}
	id := keyID(ed25519.PublicKey(key[ed25519.SeedSize:]))
	signed := append(binary.BigEndian.AppendUint32(nil, uint32(len(manifest))), manifest...)
	pack := append([]byte(packMagic), id[:]...)
	pack = append(pack, ed25519.Sign(key, append([]byte(packSigned), signed...))...)
	pack = append(append(pack, signed...), body...)
	if len(pack) > MaxPack {
		return nil, packFault(PackSize, "")
	}
	return pack, nil
}

// OpenPack reads a pack that one of the keys signed.
func OpenPack(data []byte, keys []TokenKey) (*Pack, error) {
	head := data[:min(len(data), len(packMagic))]
	switch {
	case len(head) == 0, !bytes.HasPrefix([]byte(packMagic), head):
		return nil, ErrPackNone
	case len(data) < packManifest:
		return nil, ErrPackShort
	case len(data) > MaxPack:
		return nil, packFault(PackSize, "")
	}
	key, public := findPackKey(data[len(packMagic):packSignature], keys)
	if public == nil {
		return nil, ErrPackKey
	}
	length := int64(binary.BigEndian.Uint32(data[packLength:]))
	switch {
	case length > maxPackManifest:
		return nil, ErrPackChanged
	case int64(len(data)-packManifest) < length:
		return nil, ErrPackShort
	}
	signed, body := data[packLength:packManifest+int(length)], data[packManifest+int(length):]
	if !ed25519.Verify(public, append([]byte(packSigned), signed...), data[packSignature:packLength]) {
		return nil, ErrPackChanged
	}
	p := &Pack{Key: key, Digest: PackDigest(data)}
	if err := p.readManifest(signed[4:]); err != nil {
		return nil, err
	}
	switch {
	case int64(len(body)) < p.BodySize:
		return nil, ErrPackShort
	case PackDigest(body) != p.BodySHA256:
		return nil, ErrPackChanged
	}
	return p, p.unfold(body)
}

func findPackKey(id []byte, keys []TokenKey) (string, ed25519.PublicKey) {
	for _, k := range keys {
		// The name of a key is only a hint that anybody may write: it is made again from the key itself.
		if len(k.Public) == ed25519.PublicKeySize && keyID(k.Public) == [4]byte(id) {
			return hex.EncodeToString(id), k.Public
		}
	}
	return "", nil
}

// readManifest reads a manifest whose signature is good. A later form may say things that are not known here, so that its version
// is looked at before anything else.
func (p *Pack) readManifest(manifest []byte) error {
	if err := json.Unmarshal(manifest, &p.PackManifest); err != nil {
		return packFault(PackDescription, "")
	}
	if p.Format > PackVersion || p.Needs > ContentVersion {
		return fmt.Errorf("form %d, content %d: %w", p.Format, p.Needs, ErrPackNew)
	}
	return p.check()
}

// check reports a manifest that cannot be one.
func (m *PackManifest) check() error {
	switch {
	case m.Format < 1 || m.Version < 1 || m.Needs < 1 || m.MadeAt.IsZero() || m.Version > 1<<53:
		return packFault(PackDescription, "")
	case len(m.Files) > MaxPackFiles:
		return packFault(PackSize, "")
	case len(m.Files) == 0:
		return packFault(PackEmpty, "")
	}
	var total int64
	names := newPackNames()
	for i, f := range m.Files {
		if err := names.add(f.Path); err != nil {
			return err
		}
		if i > 0 && f.Path <= m.Files[i-1].Path {
			return packFault(PackDescription, f.Path)
		}
		if f.Size < 0 || f.Size > MaxPackFile {
			return packFault(PackFileSize, f.Path)
		}
		total += f.Size
	}
	if total > MaxPackContent {
		return packFault(PackSize, "")
	}
	return nil
}

// unfold reads the files, which have to be what the manifest says to the byte.
func (p *Pack) unfold(body []byte) error {
	var total int64
	for _, f := range p.Files {
		total += f.Size
	}
	plain, err := Decompress(body, total)
	if err != nil || int64(len(plain)) != total {
		return packFault(PackDescription, "")
	}
	files := make([]memoryFile, len(p.Files))
	for i, f := range p.Files {
		files[i] = memoryFile{path: f.Path, data: plain[:f.Size:f.Size], at: p.MadeAt}
		if plain = plain[f.Size:]; PackDigest(files[i].data) != f.SHA256 {
			return packFault(PackDescription, f.Path)
		}
	}
	p.Content = newMemoryFS(files, p.MadeAt)
	return nil
}
