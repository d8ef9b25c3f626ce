package hub

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"bottega/sync/hub/store"
)

// fragile is a store of which only Answer is there: each time it does the next thing.
type fragile struct {
	store.Store
	turns []func() (int, error)
}

// Answer implements store.Store.
func (f *fragile) Answer(context.Context, string, int, store.Judge) (int, error) {
	if len(f.turns) == 0 {
		return 0, nil
	}
	next := f.turns[0]
	f.turns = f.turns[1:]
	return next()
}

func TestWhatFailsInAnAnswerIsLoggedWithoutItsContentAndTheHubGoesOn(t *testing.T) {
	breaks := func() (int, error) { panic("Nella Bianchi") }
	setApart := func() (int, error) {
		return 3, &store.SetApartError{Records: []*store.RecordError{
			{Desk: "d", Entry: "one", Err: errors.New("Nella Bianchi")},
			{Desk: "d", Entry: "two", Err: &store.FaultError{Type: "string", Stack: []byte("in judge.go")}},
		}}
	}
	var log bytes.Buffer
	s := &fragile{turns: []func() (int, error){breaks, setApart}}
	h := &Hub{params: Params{Log: slog.New(slog.NewTextHandler(&log, nil))}, store: s}
	h.metrics = newMetrics(h)
	h.answer(t.Context(), "") // breaks, and the loop comes again
	if said := log.String(); !strings.Contains(said, "failed with a string") || !strings.Contains(said, "answer_test.go") {
		t.Errorf("logged: %s", said)
	}
	h.answer(t.Context(), "")
	if len(s.turns) != 0 {
		t.Errorf("%d turns left", len(s.turns))
	}
	said := log.String()
	for _, want := range []string{"entry one of desk d: *errors.errorString", "entry two of desk d", "in judge.go", "count=3"} {
		if !strings.Contains(said, want) {
			t.Errorf("the log does not say %q", want)
		}
	}
	if strings.Contains(said, "Bianchi") {
		t.Errorf("the log repeats what a record says: %s", said)
	}
}
