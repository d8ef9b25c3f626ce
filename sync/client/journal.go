package client

import (
	"context"
	"time"

	"bottega/desk"
	"bottega/sync/wire"
)

// Journal is the desk's journal as far as sending needs it. *journal.Journal implements it; tests use a fake.
type Journal interface {
	// Position is asked at the start of every round, and again after anything changed.
	Position(ctx context.Context) (wire.Position, error)
	// Batch returns consecutive entries from a sequence on: at least one if there is one, then as many as stay within both limits.
	// They are valid until the room is used again.
	Batch(ctx context.Context, room *wire.Room, from uint64, maxEntries, maxBytes int) ([]wire.Entry, error)
	// Acknowledge keeps what the hub said. The sequence goes down when the hub lost something, as after a restore.
	Acknowledge(ctx context.Context, epoch string, seq uint64) error
	// HubTime notes what time it is at the hub, to about a second; an older one than was noted before changes nothing.
	HubTime(ctx context.Context, at time.Time) error
	// NewEpoch begins a new epoch whose first sequence is from: the hub has everything before it, and Position.Acknowledged is from-1.
	// The entries stay as they are.
	NewEpoch(ctx context.Context, from uint64) error
	// Keep appends a desk.ReplyReceived for each reply and moves wire.Position.Replies to the last of them, all of it or nothing.
	// A reply whose number was kept before is left out.
	Keep(ctx context.Context, replies []desk.Reply) error
}

// Identity keeps the small secret thing that makes this desk itself, sealed like the journal's content.
type Identity interface {
	// LoadIdentity returns nil when the desk was never enrolled.
	LoadIdentity(ctx context.Context) ([]byte, error)
	SaveIdentity(ctx context.Context, sealed []byte) error
}
