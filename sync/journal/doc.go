// Package journal is the desk's log: entries that are sealed, chained to one another, and on the disk when Append returns. It is
// the only package that knows bbolt. Programs (cmd) open it and hand it to the other rooms as desk.Journal; the client reads what
// travels through an interface of its own. It imports desk and sync/wire.
//
// # What can be read without a passphrase
//
// The journal is one file, journal.db; beside it, while a window is open, raise.json tells a second start where the first one is, and
// from whom a backup can be had. In clear: the headers of entries (sequence, random identifiers, kind, time, digests), how far the hub
// has them and had them day by day, of each facilitator a random identifier and the sigla, a short handle that facilitators choose for
// themselves so that there is something to choose from before anybody has unlocked ("MR", "tavolo2"), the names of settings, and
// whether and since when there is a recovery key or a secret in the computer's keyring. Nothing else: contents, the facilitators' names
// and the desk's own keys are sealed, and a fiscal code is found again only through a keyed hash.
//
// # Keys
//
//	passphrase --argon2id--> wraps the data key, once per facilitator
//	recovery key (160 bits, on paper) --HKDF--> wraps it once more; spent when it is used
//	secret in the computer's keyring (256 bits) --HKDF--> wraps it for a facilitator who chose so; dropped with the passphrase
//	data key --HKDF--> wraps one random subkey per visit (and one for entries of no visit); seals names and settings; keys the index
//	subkey --XChaCha20-Poly1305--> payloads, each bound to its bucket, its key and the version of the seal
//
// Dropping the subkey of a visit erases its contents for ever, together with the index entries that lead to it; the pages of the
// file where they stood are overwritten, and so are copies that an interrupted work left in the folder; where the disk refuses, State
// says so until it was done. The entry that records it tells which headers are left and bears a digest over theirs, so that the erasure
// can be proved to whoever has the headers. What a copy holds (a backup, a snapshot of the file system, spare blocks of an SSD) is
// beyond reach from here: backups have to be let go with the erasure.
//
// # What a disk may do
//
// A commit is synced before anybody is told of it. A file that was spoilt, torn or cut is found out by Open, Unlock, Read or Verify and is
// ErrDamaged, never something else than was written: contents are sealed, headers are chained, what stands beside them has a check and
// is listed (checked.go, manifest.go), the index is compared with the contents, and the pages in use with the list of free ones before
// anything is written (pages.go). The head of a commit may be spoilt or torn so that only the one before is left: that is noted until a
// person was told (head.go). A copy that is to take the place of the file, or to be a backup, is followed as a whole first.
//
// # Formats
//
// The file says its format; Open brings an older one up to date in one transaction for each step (format.go). Every format that was
// released is frozen in testdata and must be read for ever.
//
// # Several at once
//
// A Journal serves any number of goroutines; appends that meet share one commit. Only one process can have the file open.
package journal
