package cns

import "sync"

// unknownTries is how many tries are left when no card has said it.
const unknownTries = -1

// seat is one card in one reader, from its insertion to its removal.
type seat struct {
	reader, number string
	changes        uint32
}

// tries remembers what cards said of the tries left when they refused a code. Nothing is ever asked for it.
type tries struct {
	mu    sync.Mutex
	known map[string]known // by reader
}

type known struct {
	seat seat
	left int
}

// left returns the tries that the card in a seat is known to take.
func (t *tries) left(s seat) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if k, found := t.known[s.reader]; found && k.seat == s {
		return k.left
	}
	return unknownTries
}

// learn keeps what a card said; unknownTries forgets it.
func (t *tries) learn(s seat, left int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if left == unknownTries {
		delete(t.known, s.reader)
		return
	}
	if t.known == nil {
		t.known = map[string]known{}
	}
	t.known[s.reader] = known{s, left}
}
