package wire

import (
	"crypto"
	"crypto/hpke"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// ParcelSuffix ends the name of a parcel, AnswerSuffix that of the answer to it.
const (
	ParcelSuffix = ".plico"
	AnswerSuffix = ".ricevuta"
)

// ParcelHead says whose a parcel is and what the answer has to know. The entries that follow are all of one epoch.
type ParcelHead struct {
	Version int    `json:"wire"`
	Program string `json:"program"`
	// ID is random; the answer repeats it.
	ID      string    `json:"parcel"`
	Created time.Time `json:"created"`
	// Certificate is the desk's, DER; its key signs the parcel.
	Certificate []byte `json:"certificate"`
	// ReplyTo is the public key that the answer is sealed to. It is not the certificate's: that one signs, and may be renewed while
	// the answer is on its way.
	ReplyTo []byte `json:"reply_to"`
	// After is the number of the last reply that the desk has from this hub.
	After uint64 `json:"replies_after"`
	Epoch Epoch  `json:"epoch"`
}

// ParcelWriter seals what a desk has for its hub into a file.
type ParcelWriter struct {
	head ParcelHead
	s    *sealer
}

// NewParcelWriter begins a parcel. It is sealed to the hub's public key and signed with the key of the certificate in head; what
// head says of the version is filled in.
func NewParcelWriter(w io.Writer, sealTo []byte, key crypto.Signer, head ParcelHead) (*ParcelWriter, error) {
	head.Version = Version
	s, err := newSealer(w, magicParcel, sealTo, key)
	if err != nil {
		return nil, err
	}
	return &ParcelWriter{head: head, s: s}, s.json(frameHead, head, MaxAnswer)
}

// Write seals entries that follow those before. ErrTooLarge says that they are more than fit into one batch.
func (p *ParcelWriter) Write(entries []Entry) error {
	plain, err := EncodeJSON(Batch{
		Version: p.head.Version, Program: p.head.Program, SentAt: p.head.Created, Epoch: p.head.Epoch, Entries: entries,
	})
	if err != nil {
		return err
	}
	return p.s.frame(frameBody, p.s.packer.Pack(plain))
}

// Close seals the end. The parcel is whole only then; the writer below stays open.
func (p *ParcelWriter) Close() error { return p.s.frame(frameEnd, nil) }

// ParcelReader opens a parcel, batch by batch.
type ParcelReader struct {
	head        ParcelHead
	certificate *x509.Certificate
	u           *unsealer
}

// OpenParcel opens a parcel and checks that whoever holds the key of its certificate made it. Whether the certificate is a desk's of
// this hub, and still good, is for the caller to judge before it takes anything from the parcel. Errors: those of sealed files.
func OpenParcel(r io.Reader, private hpke.PrivateKey) (*ParcelReader, error) {
	p := &ParcelReader{}
	u, err := openSealed(r, magicParcel, private, &p.head, p.signer)
	if err != nil {
		return nil, err
	}
	p.u = u
	return p, nil
}

func (p *ParcelReader) signer() (crypto.PublicKey, error) {
	h := p.head
	if h.Version > Version {
		return nil, ErrNewerFile
	}
	var err error
	if p.certificate, err = x509.ParseCertificate(h.Certificate); err != nil {
		return nil, ErrChanged
	}
	b := Batch{Program: h.Program, Epoch: h.Epoch}
	if err := b.Check(); h.Version < 1 || !Word(h.ID) || err != nil {
		return nil, ErrChanged
	}
	return p.certificate.PublicKey, nil
}

// Head returns what the parcel says of itself.
func (p *ParcelReader) Head() ParcelHead { return p.head }

// Certificate returns that of the desk that signed.
func (p *ParcelReader) Certificate() *x509.Certificate { return p.certificate }

// Next returns the next batch and the bytes of its entries, as DecodeBatch does, and io.EOF once the end was reached. Each batch that
// it returned was signed by the desk: it is good even when what follows is cut short.
func (p *ParcelReader) Next() (Batch, []json.RawMessage, error) {
	content, err := p.u.next()
	if err != nil {
		return Batch{}, nil, err
	}
	b, raw, err := DecodeBatch(content, EncodingZstd)
	if err == nil && b.Epoch != p.head.Epoch {
		err = fmt.Errorf("%w: another epoch than the parcel's", ErrBatch)
	}
	if err != nil {
		p.u.err = err
		return Batch{}, nil, err
	}
	return b, raw, nil
}
