package facilitator

import (
	"context"
	"time"

	"bottega/desk"
)

// Place is a folder of this computer where files come and go.
type Place struct {
	Path string
	// Stick is a place that can be carried away; Name is what it is called.
	Stick bool
	Name  string
}

// FoundFile is a file that may be the one that is wanted.
type FoundFile struct {
	Path  string
	Place Place
	At    time.Time
}

// PlaceError says that a file could not be written or read in a place that somebody chose, most often a stick. What the disk said is
// behind it.
type PlaceError struct{ Err error }

func (e *PlaceError) Error() string { return "in the place that was chosen: " + e.Err.Error() }

// Unwrap returns the whole error behind.
func (e *PlaceError) Unwrap() error { return e.Err }

// Courier is the way to the hub where there is no line. A place that cannot be written or read is a *PlaceError.
type Courier interface {
	// Export writes what the hub does not have into a sealed file in a folder, and returns its path and how many records are in it.
	Export(ctx context.Context, folder string) (path string, records int, err error)
	// Import takes the hub's answer from a file.
	Import(ctx context.Context, file string) error
}

// Eraser erases for ever what the desk knows of a visit.
type Eraser interface {
	Erase(ctx context.Context, visit string) error
	// Proof is the paper that proves an erasure.
	Proof(ctx context.Context, visit, lang string) (desk.Paper, []byte, error)
}

// Retention erases by itself what need not be kept any more.
type Retention interface {
	// Days is how long contents are kept after the hub has them and the export was accepted; zero keeps them.
	Days(ctx context.Context) (int, error)
	SetDays(ctx context.Context, days int) error
	// Run erases what is due and returns how many visits that were.
	Run(ctx context.Context) (erased int, err error)
}

// PackError says that a pack was not taken. Word is a stable word, translated as pack.problem.<word>.
type PackError struct {
	Word string
	Err  error
}

func (e *PackError) Error() string { return "at a content pack: " + e.Word }

// Unwrap returns the whole error behind.
func (e *PackError) Unwrap() error { return e.Err }
