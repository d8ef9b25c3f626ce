package client

import (
	"bytes"
	"io"
	"net/http"
	"testing"
	"time"

	"bottega/sync/client/clienttest"
	"bottega/sync/wire"
)

// aBatch is some entries, and their JSON.
func aBatch(t *testing.T, j *clienttest.Journal) (wire.Batch, []byte) {
	t.Helper()
	b := wire.Batch{Version: 1, Epoch: wire.Epoch{ID: "e", From: 1}, Entries: j.Entries()}
	entries, err := wire.AppendEntries(nil, b.Entries)
	if err != nil {
		t.Fatal(err)
	}
	return b, entries
}

func TestABatchIsCompressedAsLongAsTheLineIsWhatTakesTheTime(t *testing.T) {
	c, err := newCargo()
	if err != nil {
		t.Fatal(err)
	}
	b, entries := aBatch(t, backlog(100))
	for i, step := range []struct {
		encoding string
		took     time.Duration
		err      error
	}{
		{wire.EncodingZstd, 10 * time.Second, nil}, // nothing is known of the line
		{wire.EncodingZstd, 10 * time.Second, nil},
		{wire.EncodingZstd, 0, nil},
		{"", 0, nil}, // no line: compressing costs more than it saves
		{"", 10 * time.Second, nil},
		{wire.EncodingZstd, 0, nil},
		{"", 0, offline()}, // what broke off tells nothing good
		{wire.EncodingZstd, 0, nil},
	} {
		sent, encoding, err := c.load(b, entries)
		if err != nil || encoding != step.encoding {
			t.Fatalf("step %d: encoding %q, %v", i, encoding, err)
		}
		got, _, err := wire.DecodeBatch(sent.data, encoding)
		if err != nil || len(got.Entries) != 100 {
			t.Fatalf("step %d: %d entries, %v", i, len(got.Entries), err)
		}
		c.unload(sent, step.took, step.err)
	}
}

func TestMemoryIsNotWrittenAgainWhileSomebodyMayReadIt(t *testing.T) {
	c, err := newCargo()
	if err != nil {
		t.Fatal(err)
	}
	b, entries := aBatch(t, backlog(3))
	c.leave, c.ratio, c.perByte = true, 0.5, 1e9
	first, _, err := c.load(b, entries)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequest(http.MethodPost, "https://hub.invalid", nil)
	if err != nil {
		t.Fatal(err)
	}
	first.into(request)
	before := bytes.Clone(first.data)
	c.unload(first, 0, nil) // the answer came before the body was read
	b.Program = "another"
	second, _, err := c.load(b, entries)
	if err != nil {
		t.Fatal(err)
	}
	late, err := io.ReadAll(request.Body)
	if err != nil || !bytes.Equal(late, before) {
		t.Fatalf("%d bytes were read late, %v", len(late), err)
	}
	again, err := request.GetBody()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // closing twice counts once
		if err := request.Body.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if first.open.Load() != 1 || again.Close() != nil || first.open.Load() != 0 {
		t.Errorf("%d still read", first.open.Load())
	}
	c.unload(second, 0, nil)
	if third, _, err := c.load(b, entries); err != nil || &third.data[0] != &second.data[0] {
		t.Errorf("memory that nobody reads is not used again: %v", err)
	}
}
