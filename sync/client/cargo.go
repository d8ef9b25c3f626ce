package client

import (
	"bytes"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"bottega/sync/wire"
)

// cargo makes batches ready for the line, in memory that is used again.
//
// It compresses for as long as the line is what takes the time. Where a hub in the same house takes a batch faster plain than it could be
// compressed, that is left out until it is worth it again: plain < packing + plain * ratio, where plain is how long the line takes for
// the batch as it is, packing how long it takes to compress, and ratio what is left of it then.
type cargo struct {
	packer *wire.Packer
	spare  []byte // where a batch is put together to be compressed
	leave  bool   // batches as they are
	// What the last batch that was compressed has shown, and the size of the one on its way.
	ratio   float64
	perByte float64 // time of packing, in nanoseconds
	size    int
}

func newCargo() (cargo, error) {
	packer, err := wire.NewPacker()
	return cargo{packer: packer}, err
}

// load returns a batch ready to go, and its encoding.
func (c *cargo) load(b wire.Batch, entries *text) (*body, string, error) {
	head, tail, err := wire.Around(b, len(entries.json))
	if err != nil {
		return nil, "", err
	}
	c.size = len(head) + len(entries.json) + len(tail)
	if c.leave {
		return &body{parts: [][]byte{head, entries.json, tail}, of: entries}, "", nil
	}
	c.spare = append(append(append(c.spare[:0], head...), entries.json...), tail...)
	begin := time.Now()
	packed := c.packer.Pack(c.spare)
	c.perByte = float64(time.Since(begin)) / float64(c.size)
	c.ratio = float64(len(packed)) / float64(c.size)
	return &body{parts: [][]byte{packed}}, wire.EncodingZstd, nil
}

// unload learns from how long the line took.
func (c *cargo) unload(took time.Duration, err error) {
	plain := float64(took)
	if !c.leave {
		plain /= c.ratio
	}
	c.leave = err == nil && plain*(1-c.ratio) < c.perByte*float64(c.size)
}

// text is the JSON of entries. It counts who reads from it, since a transport may go on after it has given the answer: only where nobody
// does is its memory used again.
type text struct {
	json []byte
	read atomic.Int32
}

// body is what a request sends, one part after the other.
type body struct {
	parts [][]byte
	// of is the text that one of them is; nil when none is.
	of *text
}

// into makes it the body of a request, also of one that has to be sent again over another connection.
func (b *body) into(r *http.Request) {
	r.ContentLength = 0
	for _, part := range b.parts {
		r.ContentLength += int64(len(part))
	}
	r.GetBody = func() (io.ReadCloser, error) {
		if b.of != nil {
			b.of.read.Add(1)
		}
		parts := make([]io.Reader, len(b.parts))
		for i, part := range b.parts {
			parts[i] = bytes.NewReader(part)
		}
		return &bodyReader{Reader: io.MultiReader(parts...), of: b.of}, nil
	}
	r.Body, _ = r.GetBody() // it never fails
}

type bodyReader struct {
	io.Reader
	of   *text
	once sync.Once
}

// Close implements io.Closer.
func (r *bodyReader) Close() error {
	r.once.Do(func() {
		if r.of != nil {
			r.of.read.Add(-1)
		}
	})
	return nil
}
