package house

import (
	"errors"

	"bottega/sync/wire"
)

// The words for what can be wrong with a content pack. The set is closed: each has a translation, "pack.problem.<word>".
const (
	PackNone       = "not_a_pack"  // the file is something else
	PackShort      = "cut_short"   // a part of it is missing
	PackChanged    = "changed"     // it is not what was signed
	PackKey        = "unknown_key" // it was signed by another hub, or the desk has none
	PackNew        = "too_new"     // it needs a newer program
	PackForm       = "badly_made"  // it was signed, and is not made as packs are made
	PackPractice   = "practice"    // it is for practice and the desk is not, or the other way round
	PackOlder      = "older"       // the desk has a later one
	PackContent    = "content"     // something in its files is wrong
	PackRolledBack = "rolled_back" // somebody went back from this very one
	PackDisk       = "disk"        // it cannot be written to the disk
	PackDamaged    = "damaged"     // the file that was kept is lost or damaged
	PackState      = "state"       // the list of the packs that were kept cannot be read
)

// PackWords returns every word of this version.
func PackWords() []string {
	return []string{
		PackNone, PackShort, PackChanged, PackKey, PackNew, PackForm, PackPractice, PackOlder, PackContent, PackRolledBack, PackDisk,
		PackDamaged, PackState,
	}
}

// PackError is why a pack is not used. Its text is for a log; people get the translation of its word, and with PackContent the
// *assets.ContentError behind it.
type PackError struct {
	Word string
	Err  error
}

// Error implements error.
func (e *PackError) Error() string { return e.Word + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *PackError) Unwrap() error { return e.Err }

// lasting reports a trouble that does not pass by fetching the same pack again.
func (e *PackError) lasting() bool {
	switch e.Word {
	case PackNone, PackShort, PackKey, PackDisk:
		return false
	}
	return true
}

// packWord returns the word for an error.
func packWord(err error) string {
	var told *PackError
	if errors.As(err, &told) {
		return told.Word
	}
	for _, known := range []struct {
		err  error
		word string
	}{
		{wire.ErrPackNone, PackNone}, {wire.ErrPackShort, PackShort}, {wire.ErrPackChanged, PackChanged}, {wire.ErrPackKey, PackKey},
		{wire.ErrPackNew, PackNew}, {wire.ErrPackForm, PackForm},
	} {
		if errors.Is(err, known.err) {
			return known.word
		}
	}
	return PackDisk
}
