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
	spare  []byte
	leave  bool // batches as they are
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
func (c *cargo) load(b wire.Batch, entries []byte) (*body, string, error) {
	plain, err := wire.AppendAround(c.spare[:0], b, entries)
	if err != nil {
		return nil, "", err
	}
	c.size, c.spare = len(plain), nil
	if c.leave {
		return &body{data: plain}, "", nil
	}
	begin := time.Now()
	packed := c.packer.Pack(plain)
	c.perByte = float64(time.Since(begin)) / float64(c.size)
	c.ratio = float64(len(packed)) / float64(c.size)
	c.spare = plain
	return &body{data: packed}, wire.EncodingZstd, nil
}

// unload learns from how long the line took, and takes the memory back unless somebody may still read from it.
func (c *cargo) unload(b *body, took time.Duration, err error) {
	if c.leave && b.open.Load() == 0 {
		c.spare = b.data
	}
	plain := float64(took)
	if !c.leave {
		plain /= c.ratio
	}
	c.leave = err == nil && plain*(1-c.ratio) < c.perByte*float64(c.size)
}

// body is what a request sends. It counts who reads from it: the transport may go on after it has given the answer.
type body struct {
	data []byte
	open atomic.Int32
}

// into makes it the body of a request, also of one that has to be sent again over another connection.
func (b *body) into(r *http.Request) {
	r.ContentLength = int64(len(b.data))
	r.GetBody = func() (io.ReadCloser, error) {
		b.open.Add(1)
		return &bodyReader{Reader: bytes.NewReader(b.data), body: b}, nil
	}
	r.Body, _ = r.GetBody() // it never fails
}

type bodyReader struct {
	*bytes.Reader
	body *body
	once sync.Once
}

// Close implements io.Closer.
func (r *bodyReader) Close() error {
	r.once.Do(func() { r.body.open.Add(-1) })
	return nil
}
