package hub

import (
	"context"
	"io"
	"log/slog"
	"time"
)

// A desk waits a minute for an answer once it has sent everything (answerTimeout in sync/client). What the hub does meanwhile adds up to
// less, so that a desk hears when to come back and does not hang up on a hub that stands still.
const (
	// doorTime is how long finding out who brings a batch may take.
	doorTime = 10 * time.Second
	// workTime is how long the work for one request may take once its body is there. The limits of the database are below it
	// (store.OpenPostgres).
	workTime = 40 * time.Second
	// answerInPush is how long a desk whose batch is safe waits for the answers to it: the loop finds what is left.
	answerInPush = 2 * time.Second
	// longWork is how long the hub may take over a request before the log says where the time went.
	longWork = 5 * time.Second
)

// spent is where the time of a request went.
type spent struct {
	// turn is the wait for a turn; body and write are what the line took; keep and answer the work for a batch.
	turn, body, write, keep, answer time.Duration
}

// spentKey is where the context keeps where the time goes.
type spentKey struct{}

// spentOf returns where the time of a request is written down.
func spentOf(ctx context.Context) *spent {
	if s, ok := ctx.Value(spentKey{}).(*spent); ok {
		return s
	}
	return &spent{} // a command's: nobody looks
}

// line is what the line took: a slow one is nothing that the hub can do anything about.
func (s *spent) line() time.Duration { return s.body + s.write }

// LogValue implements slog.LogValuer.
func (s *spent) LogValue() slog.Value {
	var phases []slog.Attr
	for _, p := range []struct {
		name string
		took time.Duration
	}{{"turn", s.turn}, {"body", s.body}, {"append", s.keep}, {"answer", s.answer}, {"write", s.write}} {
		if p.took >= time.Millisecond {
			phases = append(phases, slog.Duration(p.name, p.took.Round(time.Millisecond)))
		}
	}
	return slog.GroupValue(phases...)
}

// add counts the time since begin.
func add(to *time.Duration, begin time.Time) { *to += time.Since(begin) }

// timedBody takes down how long a body takes to arrive.
type timedBody struct {
	io.ReadCloser
	took *time.Duration
}

// Read implements io.Reader.
func (b *timedBody) Read(to []byte) (int, error) {
	defer add(b.took, time.Now())
	return b.ReadCloser.Read(to)
}
