package wire

import "slices"

// Room is memory for the entries of one batch after another: what was read into it before is gone with the next. The zero Room is ready
// for use; a nil one is no room, and everything gets memory of its own.
type Room struct {
	entries []Entry
	content []byte
}

// List returns an empty list with room for so many entries.
func (r *Room) List(entries int) []Entry {
	if r == nil {
		return make([]Entry, 0, entries)
	}
	r.entries = slices.Grow(r.entries[:0], entries)
	return r.entries
}

// Bytes returns so many bytes for the content of entries; nil when there is no room.
func (r *Room) Bytes(size int) []byte {
	if r == nil {
		return nil
	}
	r.content = slices.Grow(r.content[:0], size)
	return r.content[:size]
}
