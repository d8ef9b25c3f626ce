// Package journal is the desk's log: entries that are sealed, chained to one another, and on the disk when Append returns. It is
// the only package that knows bbolt. Programs (cmd) open it and hand it to the other rooms as desk.Journal; the client reads what
// travels through an interface of its own. It imports desk and sync/wire.
//
// # What can be read without a passphrase
//
// The journal is one file, journal.db; beside it, while a window is open, raise.json tells a second start where the first one is. In
// clear: the headers of entries (sequence, random identifiers, kind, time, digests), how far the hub has them, and of each
// facilitator a random identifier and the sigla, a short handle that facilitators choose for themselves so that there is something to
// choose from before anybody has unlocked ("MR", "tavolo2"). Nothing else: contents, the facilitators' names and the desk's own keys
// are sealed, and a fiscal code is found again only through a keyed hash.
//
// # Keys
//
//	passphrase --argon2id--> wraps the data key, once per facilitator
//	data key --HKDF--> wraps one random subkey per visit (and one for entries of no visit); seals names and settings; keys the index
//	subkey --XChaCha20-Poly1305--> payloads, each bound to its bucket, its key and the format version
//
// Dropping the subkey of a visit erases its contents for ever, together with the index entries that lead to it; the pages of the
// file where they stood are overwritten. What a copy holds (a backup, a snapshot of the file system, spare blocks of an SSD) is
// beyond reach from here: backups have to be let go with the erasure.
//
// # Several at once
//
// A Journal serves any number of goroutines; appends that meet share one commit. Only one process can have the file open.
package journal
