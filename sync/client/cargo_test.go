package client

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"bottega/desk"
	"bottega/sync/client/clienttest"
	"bottega/sync/wire"
)

// backlog is a journal of n entries such as a desk writes: about a kilobyte each, with what people say and what repeats.
func backlog(n int) *clienttest.Journal {
	chance := rand.New(rand.NewPCG(1, 2))
	words := []string{"documento", "tessera", "attivazione", "esenzione", "reddito", "figlio", "delega", "lettore", "codice", "sportello"}
	j := clienttest.New()
	for i := range n {
		answers := map[string]string{}
		for k := range 12 {
			answers[fmt.Sprintf("%s_%d", words[chance.IntN(len(words))], k)] = fmt.Sprintf("%s %d %s %x", words[chance.IntN(len(words))],
				chance.IntN(100_000), words[chance.IntN(len(words))], chance.Uint64())
		}
		j.Add(desk.WalkAnswered{Walk: "walk-" + strconv.Itoa(i/7), Step: words[chance.IntN(len(words))], Answers: answers})
	}
	return j
}

// aBatch is some entries, and their JSON.
func aBatch(t *testing.T, j *clienttest.Journal) (wire.Batch, *text) {
	t.Helper()
	b := wire.Batch{Version: 1, Epoch: wire.Epoch{ID: "e", From: 1}, Entries: j.Entries()}
	entries, err := wire.AppendEntries(nil, b.Entries)
	if err != nil {
		t.Fatal(err)
	}
	return b, &text{json: entries}
}

// all is what a body sends.
func (b *body) all() []byte { return bytes.Join(b.parts, nil) }

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
		got, _, err := wire.DecodeBatch(sent.all(), encoding)
		if err != nil || len(got.Entries) != 100 {
			t.Fatalf("step %d: %d entries, %v", i, len(got.Entries), err)
		}
		c.unload(step.took, step.err)
	}
}

func TestMemoryIsNotWrittenAgainWhileSomebodyMayReadIt(t *testing.T) {
	c, err := newCargo()
	if err != nil {
		t.Fatal(err)
	}
	c.leave, c.ratio, c.perByte = true, 0.5, 1e9
	j := backlog(3)
	r := &reader{c: &Client{params: Params{Journal: j}}, pace: newPace(1, 1)}
	send := func(from uint64) (*body, *http.Request) {
		l, err := r.read(t.Context(), r.swap(), from, 1)
		if err != nil {
			t.Fatal(err)
		}
		sent, _, err := c.load(wire.Batch{Version: 1, Epoch: wire.Epoch{ID: "e", From: 1}, Entries: l.entries}, l.text)
		if err != nil {
			t.Fatal(err)
		}
		request, err := http.NewRequest(http.MethodPost, "https://hub.invalid", nil)
		if err != nil {
			t.Fatal(err)
		}
		sent.into(request)
		return sent, request
	}
	first, request := send(1)
	before := first.all()
	c.unload(0, nil)    // the answer came before the body was read
	for range r.rooms { // the last into that of the first
		send(2)
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
	if n := first.of.read.Load(); n != 1 || again.Close() != nil || first.of.read.Load() != 0 {
		t.Errorf("%d still read", n)
	}
}

func TestMemoryThatNobodyReadsIsUsedAgain(t *testing.T) {
	r := &reader{c: &Client{params: Params{Journal: backlog(3)}}}
	at := make([]*byte, len(r.rooms)+1)
	for i := range at {
		l, err := r.read(t.Context(), r.swap(), 1, 3)
		if err != nil {
			t.Fatal(err)
		}
		at[i] = &l.text.json[0]
	}
	if last := len(at) - 1; at[0] != at[last] || slices.Contains(at[1:last], at[0]) {
		t.Errorf("the loads lie at %v", at)
	}
}
