package wire

import (
	"crypto"
	"crypto/ed25519"
	"crypto/hpke"
	"io"
	"time"
)

// MaxPackPart is the most bytes of a content pack in one part of an answer.
const MaxPackPart = 1 << 20

// AnswerHead is the hub's answer to one parcel: what a push would have been answered, and how it was reached.
type AnswerHead struct {
	Version int    `json:"wire"`
	Program string `json:"program"`
	// Key is the id of the TokenKey that signs.
	Key string `json:"key"`
	// Parcel is the ID of the parcel that is answered, Desk whose it was.
	Parcel string    `json:"parcel"`
	Desk   string    `json:"desk"`
	Made   time.Time `json:"made"`
	// Ack is set when the hub knows the epoch of the parcel; Problem when it took less than the parcel held: a fork, a gap, an entry
	// that no desk writes.
	Ack     *Ack     `json:"ack,omitempty"`
	Problem *Problem `json:"problem,omitempty"`
	// Seen is the last entry of the parcel that the hub held against its own: up to there an Ack is about this journal and not
	// about a copy of it. It is zero when there was none.
	Seen Seen `json:"seen"`
}

// Seen names an entry by its place and its digest, which covers all before it.
type Seen struct {
	Seq    uint64 `json:"seq"`
	Digest Digest `json:"digest"`
}

// AnswerPart is one part of what follows the head: a page of replies, or bytes of a content pack, in order.
type AnswerPart struct {
	Replies *Replies `json:"replies,omitempty"`
	Pack    []byte   `json:"pack,omitempty"`
}

// AnswerWriter seals the answer to a parcel into a file.
type AnswerWriter struct{ s *sealer }

// NewAnswerWriter begins an answer. It is sealed to the ParcelHead.ReplyTo of the parcel and signed with the hub's token key; what
// head says of version and key is filled in.
func NewAnswerWriter(w io.Writer, sealTo []byte, key ed25519.PrivateKey, head AnswerHead) (*AnswerWriter, error) {
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		return nil, ErrUnknownSigner
	}
	head.Version, head.Key = Version, NewTokenKey(public).ID
	s, err := newSealer(w, magicAnswer, sealTo, key)
	if err != nil {
		return nil, err
	}
	return &AnswerWriter{s: s}, s.json(frameHead, head, MaxAnswer)
}

// Write seals one part.
func (a *AnswerWriter) Write(p AnswerPart) error { return a.s.json(frameBody, p, MaxAnswer) }

// Close seals the end. The answer is whole only then; the writer below stays open.
func (a *AnswerWriter) Close() error { return a.s.frame(frameEnd, nil) }

// AnswerReader opens an answer, part by part.
type AnswerReader struct {
	head AnswerHead
	u    *unsealer
}

// OpenAnswer opens an answer that a hub with one of these keys signed. Errors: those of sealed files.
func OpenAnswer(r io.Reader, private hpke.PrivateKey, keys []TokenKey) (*AnswerReader, error) {
	a := &AnswerReader{}
	u, err := openSealed(r, magicAnswer, private, &a.head, func() (crypto.PublicKey, error) { return a.signer(keys) })
	if err != nil {
		return nil, err
	}
	a.u = u
	return a, nil
}

func (a *AnswerReader) signer(keys []TokenKey) (crypto.PublicKey, error) {
	switch h := a.head; {
	case h.Version > Version:
		return nil, ErrNewerFile
	case h.Version < 1 || !Word(h.Parcel):
		return nil, ErrChanged
	}
	for _, k := range keys {
		if k.ID == a.head.Key {
			return ed25519.PublicKey(k.Public), nil
		}
	}
	return nil, ErrUnknownSigner
}

// Head returns the answer itself.
func (a *AnswerReader) Head() AnswerHead { return a.head }

// Next returns the next part, and io.EOF once the end was reached.
func (a *AnswerReader) Next() (AnswerPart, error) {
	content, err := a.u.next()
	if err != nil {
		return AnswerPart{}, err
	}
	var p AnswerPart
	if err := a.u.json(content, &p, MaxAnswer); err != nil {
		a.u.err = err
		return AnswerPart{}, err
	}
	return p, nil
}
