package wire

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hpke"
	"crypto/rand"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"bottega/desk"
)

// aDeskKey returns a key with a certificate for it, as far as wire looks at one.
func aDeskKey(t testing.TB, public crypto.PublicKey, signer crypto.Signer) []byte {
	t.Helper()
	certificate, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(7)}, &x509.Certificate{}, public, signer)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

func ecdsaKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func sealingKey(t testing.TB) hpke.PrivateKey {
	t.Helper()
	key, err := NewSealingKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// chain returns sealed entries that follow one another.
func chain(t testing.TB, from uint64, prev Digest, n int) []Entry {
	t.Helper()
	var entries []Entry
	for i := range n {
		e := Entry{
			Seq: from + uint64(i), ID: fmt.Sprintf("entry-%d", from+uint64(i)), Kind: desk.NoteAdded{}.Kind(), Version: 1,
			At: time.Date(2026, 11, 27, 9, 0, i, 0, time.UTC), Payload: []byte(`{"text":"prova"}`), Salt: bytes.Repeat([]byte{7}, SaltSize),
		}
		if err := e.Seal(prev); err != nil {
			t.Fatal(err)
		}
		entries, prev = append(entries, e), e.Digest
	}
	return entries
}

// parcelOf seals batches the way a desk does.
func parcelOf(t testing.TB, to hpke.PrivateKey, key crypto.Signer, certificate []byte, batches ...[]Entry) []byte {
	t.Helper()
	var file bytes.Buffer
	w, err := NewParcelWriter(&file, to.PublicKey().Bytes(), key, ParcelHead{
		Program: "bottega test", ID: "parcel-1", Created: time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC), Certificate: certificate,
		ReplyTo: []byte("key for the answer"), After: 3, Epoch: Epoch{ID: "epoch-1", From: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range batches {
		if err := w.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// readParcel reads to the end and returns what came before an error.
func readParcel(file []byte, key hpke.PrivateKey) (*ParcelReader, []Entry, error) {
	p, err := OpenParcel(bytes.NewReader(file), key)
	if err != nil {
		return nil, nil, err
	}
	var entries []Entry
	for {
		b, raw, err := p.Next()
		if errors.Is(err, io.EOF) {
			return p, entries, nil
		}
		if err != nil {
			return p, entries, err
		}
		if len(raw) != len(b.Entries) {
			return p, entries, fmt.Errorf("%d raw entries for %d", len(raw), len(b.Entries))
		}
		entries = append(entries, b.Entries...)
	}
}

func sameEntries(a, b []Entry) bool {
	return slices.EqualFunc(a, b, func(x, y Entry) bool { return x.Digest == y.Digest && bytes.Equal(x.Payload, y.Payload) })
}

var sealedErrors = []error{ErrNotSealedFile, ErrSealedToOther, ErrCutShort, ErrChanged, ErrNewerFile, ErrUnknownSigner}

func TestAParcelSaysWhatTheDeskPutIn(t *testing.T) {
	hub := sealingKey(t)
	entries := chain(t, 1, Digest{}, 7)
	ec := ecdsaKey(t)
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]crypto.Signer{"an ECDSA desk": ec, "an Ed25519 desk": ed} {
		for shape, batches := range map[string][][]Entry{
			"nothing": {}, "one batch": {entries}, "three batches": {entries[:1], entries[1:5], entries[5:]},
		} {
			t.Run(name+", "+shape, func(t *testing.T) {
				certificate := aDeskKey(t, key.Public(), key)
				p, got, err := readParcel(parcelOf(t, hub, key, certificate, batches...), hub)
				if err != nil {
					t.Fatal(err)
				}
				if !sameEntries(got, slices.Concat(batches...)) {
					t.Errorf("got %d entries", len(got))
				}
				h := p.Head()
				if h.Version != Version || h.After != 3 || h.Epoch.ID != "epoch-1" || !bytes.Equal(p.Certificate().Raw, certificate) {
					t.Errorf("head %+v", h)
				}
				if _, _, err := p.Next(); !errors.Is(err, io.EOF) {
					t.Errorf("after the end: %v", err)
				}
			})
		}
	}
}

func TestTamperedParcelIsToldAtEveryByte(t *testing.T) {
	hub, key := sealingKey(t), ecdsaKey(t)
	entries := chain(t, 1, Digest{}, 2)
	whole := parcelOf(t, hub, key, aDeskKey(t, key.Public(), key), entries[:1], entries[1:])
	for i := range whole {
		file := bytes.Clone(whole)
		file[i] ^= 1 << (i % 8)
		_, got, err := readParcel(file, hub)
		if err == nil || !slices.ContainsFunc(sealedErrors, func(e error) bool { return errors.Is(err, e) }) {
			t.Fatalf("byte %d of %d changed: %v", i, len(whole), err)
		}
		if !sameEntries(got, entries[:len(got)]) {
			t.Fatalf("byte %d changed: other entries came out", i)
		}
	}
}

func TestAParcelThatIsCutShortSaysSoWhereverItIsCut(t *testing.T) {
	hub, key := sealingKey(t), ecdsaKey(t)
	entries := chain(t, 1, Digest{}, 2)
	whole := parcelOf(t, hub, key, aDeskKey(t, key.Public(), key), entries[:1], entries[1:])
	for n := 1; n < len(whole); n += 1 + n%7 { // near enough to every length, and to every kind of place
		if _, got, err := readParcel(whole[:n], hub); !errors.Is(err, ErrCutShort) || !sameEntries(got, entries[:len(got)]) {
			t.Fatalf("%d of %d bytes: %v", n, len(whole), err)
		}
	}
	if _, _, err := readParcel(nil, hub); !errors.Is(err, ErrNotSealedFile) {
		t.Errorf("an empty file: %v", err)
	}
}

// frames cuts a file into its beginning and its sealed frames.
func frames(t *testing.T, file []byte) (begin []byte, frames [][]byte) {
	t.Helper()
	at := len(magicParcel) + recipientSize + encSize
	begin = file[:at]
	for at < len(file) {
		size := 4 + int(binary.BigEndian.Uint32(file[at:]))
		frames, at = append(frames, file[at:at+size]), at+size
	}
	return begin, frames
}

func TestAParcelIsRefusedUnlessItIsWholeAndForThisHub(t *testing.T) {
	hub, key := sealingKey(t), ecdsaKey(t)
	certificate := aDeskKey(t, key.Public(), key)
	entries := chain(t, 1, Digest{}, 3)
	whole := parcelOf(t, hub, key, certificate, entries[:1], entries[1:2], entries[2:])
	again := parcelOf(t, hub, key, certificate, entries[:1], entries[1:2], entries[2:])
	begin, f := frames(t, whole)
	_, g := frames(t, again)
	with := func(parts ...[]byte) []byte { return slices.Concat(append([][]byte{begin}, parts...)...) }
	long := binary.BigEndian.AppendUint32(nil, maxFrame+1)
	for name, tc := range map[string]struct {
		file []byte
		want error
	}{
		"a photograph":                   {[]byte("\xff\xd8\xff\xe0 and so on"), ErrNotSealedFile},
		"text":                           {[]byte(strings.Repeat("lista della spesa ", 200)), ErrNotSealedFile},
		"an answer":                      {append([]byte(magicAnswer), whole[len(magicParcel):]...), ErrNotSealedFile},
		"a later layout":                 {append([]byte("bottega-parcel 2\n"), whole[len(magicParcel):]...), ErrNewerFile},
		"for another hub":                {parcelOf(t, sealingKey(t), key, certificate), ErrSealedToOther},
		"a frame left out":               {with(f[0], f[1], f[3], f[4]), ErrChanged},
		"a frame twice":                  {with(f[0], f[1], f[1], f[2], f[3], f[4]), ErrChanged},
		"two frames exchanged":           {with(f[0], f[2], f[1], f[3], f[4]), ErrChanged},
		"a frame of another parcel":      {with(f[0], f[1], g[2], f[3], f[4]), ErrChanged},
		"the head of another parcel":     {with(g[0], f[1], f[2], f[3], f[4]), ErrChanged},
		"the end before the end":         {with(f[0], f[4]), ErrChanged},
		"something after the end":        {append(bytes.Clone(whole), 0), ErrChanged},
		"a frame longer than any":        {with(f[0], long), ErrChanged},
		"signed by another than it says": {parcelOf(t, hub, ecdsaKey(t), certificate, entries), ErrChanged},
		"a certificate that is none":     {parcelOf(t, hub, key, []byte("nobody"), entries), ErrChanged},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := readParcel(tc.file, hub); !errors.Is(err, tc.want) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
		})
	}
}

// A hub can open what is sealed to it, and could seal it again for another one: the signature is bound to the recipient.
func TestAParcelCannotBePassedOnToAnotherHub(t *testing.T) {
	hub, other, key := sealingKey(t), sealingKey(t), ecdsaKey(t)
	certificate := aDeskKey(t, key.Public(), key)
	whole := parcelOf(t, hub, key, certificate)
	p := &ParcelReader{}
	u, err := openSealed(bytes.NewReader(whole), magicParcel, hub, &p.head, p.signer)
	if err != nil {
		t.Fatal(err)
	}
	kind, content, signature, err := u.frame()
	if err != nil {
		t.Fatal(err)
	}
	var forged bytes.Buffer
	s, err := newSealer(&forged, magicParcel, other.PublicKey().Bytes(), borrowed{key.Public(), signature})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.json(frameHead, p.head, MaxAnswer), s.frame(kind, content)); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenParcel(&forged, other); !errors.Is(err, ErrChanged) {
		t.Errorf("OpenParcel = %v", err)
	}
}

// borrowed signs with a signature that somebody else made.
type borrowed struct {
	public    crypto.PublicKey
	signature []byte
}

func (b borrowed) Public() crypto.PublicKey { return b.public }

func (b borrowed) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return b.signature, nil }

// A desk that is enrolled can seal what it likes: what comes out is checked as if it had come over the line.
func TestWhatADeskSealsIsStillHeldToTheLimits(t *testing.T) {
	hub, key := sealingKey(t), ecdsaKey(t)
	certificate := aDeskKey(t, key.Public(), key)
	entries := chain(t, 1, Digest{}, 3)
	bomb := func(s *sealer) error {
		return s.frame(frameBody, s.packer.Pack(bytes.Repeat([]byte(" "), MaxBatch+1)))
	}
	send := func(b Batch) func(s *sealer) error {
		return func(s *sealer) error { return s.json(frameBody, b, MaxBatch) }
	}
	batch := Batch{Version: Version, Program: "p", Epoch: Epoch{ID: "epoch-1", From: 1}, Entries: entries}
	stranger, hole, tooMany := batch, batch, batch
	stranger.Epoch.ID = "epoch-2"
	hole.Entries = []Entry{entries[0], entries[2]}
	tooMany.Entries = slices.Repeat(entries[:1], MaxBatchEntries+1)
	for name, tc := range map[string]struct {
		write func(s *sealer) error
		want  error
	}{
		"unfolds without end":  {bomb, ErrTooLarge},
		"another epoch":        {send(stranger), ErrBatch},
		"entries with a hole":  {send(hole), ErrBatch},
		"too many entries":     {send(tooMany), ErrTooLarge},
		"not JSON":             {func(s *sealer) error { return s.frame(frameBody, s.packer.Pack([]byte("["))) }, ErrBatch},
		"not compressed":       {func(s *sealer) error { return s.frame(frameBody, []byte("{}")) }, ErrBatch},
		"a frame of no kind":   {func(s *sealer) error { return s.frame(9, nil) }, ErrChanged},
		"an end that goes on":  {func(s *sealer) error { return s.frame(frameEnd, []byte("x")) }, ErrChanged},
		"a head in the middle": {func(s *sealer) error { return s.frame(frameHead, nil) }, ErrChanged},
	} {
		t.Run(name, func(t *testing.T) {
			var file bytes.Buffer
			w, err := NewParcelWriter(&file, hub.PublicKey().Bytes(), key, ParcelHead{ID: "p", Certificate: certificate, Epoch: batch.Epoch})
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(tc.write(w.s), w.Close()); err != nil {
				t.Fatal(err)
			}
			p, err := OpenParcel(&file, hub)
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = p.Next()
			if !errors.Is(err, tc.want) {
				t.Errorf("Next = %v, want %v", err, tc.want)
			}
			if _, _, again := p.Next(); again == nil || errors.Is(again, io.EOF) {
				t.Errorf("after an error Next = %v", again)
			}
		})
	}
}

func TestAHeadThatIsOfNoUseIsRefused(t *testing.T) {
	hub, key := sealingKey(t), ecdsaKey(t)
	certificate := aDeskKey(t, key.Public(), key)
	good := ParcelHead{Version: Version, ID: "p", Certificate: certificate, Epoch: Epoch{ID: "e", From: 1}}
	for name, tc := range map[string]struct {
		change func(h *ParcelHead)
		want   error
	}{
		"good":                 {func(*ParcelHead) {}, nil},
		"a later contract":     {func(h *ParcelHead) { h.Version = Version + 1 }, ErrNewerFile},
		"no version":           {func(h *ParcelHead) { h.Version = 0 }, ErrChanged},
		"no id":                {func(h *ParcelHead) { h.ID = "" }, ErrChanged},
		"an id with a path":    {func(h *ParcelHead) { h.ID = "../p" }, ErrChanged},
		"an epoch from nought": {func(h *ParcelHead) { h.Epoch.From = 0 }, ErrChanged},
		"a long program":       {func(h *ParcelHead) { h.Program = strings.Repeat("x", 101) }, ErrChanged},
	} {
		t.Run(name, func(t *testing.T) {
			h := good
			tc.change(&h)
			var file bytes.Buffer
			s, err := newSealer(&file, magicParcel, hub.PublicKey().Bytes(), key)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.json(frameHead, h, MaxAnswer); err != nil {
				t.Fatal(err)
			}
			if _, err := OpenParcel(&file, hub); !errors.Is(err, tc.want) {
				t.Errorf("OpenParcel = %v, want %v", err, tc.want)
			}
		})
	}
}

func FuzzParcel(f *testing.F) {
	hub, key := sealingKey(f), ecdsaKey(f)
	entries := chain(f, 1, Digest{}, 2)
	whole := parcelOf(f, hub, key, aDeskKey(f, key.Public(), key), entries)
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte("bottega-parcel 9\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		_, got, err := readParcel(file, hub)
		if err == nil && !bytes.Equal(file, whole) {
			t.Fatal("a parcel that nobody sealed was opened")
		}
		if !sameEntries(got, entries[:len(got)]) {
			t.Fatal("other entries came out")
		}
	})
}
