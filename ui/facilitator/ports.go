package facilitator

import (
	"context"
	"time"

	"bottega/cardreader"
	"bottega/desk"
	"bottega/ui/checkup"
)

// WrongPassphrase refuses an unlocking. The next attempt is heard after Wait at the earliest.
type WrongPassphrase struct{ Wait time.Duration }

func (WrongPassphrase) Error() string { return "the passphrase is not the right one" }

// NewDesk is what setting up a real desk asks for. Passphrase is wiped by whoever takes it.
type NewDesk struct {
	Facilitator string
	Passphrase  []byte
	Site        desk.SiteSet
	// Enrol is the hub's one-time code; empty leaves that for later.
	Enrol string
}

// Doors are the ways to an open desk.
type Doors interface {
	// Look returns who can unlock the desk of this computer; nobody when there is no desk yet.
	Look(ctx context.Context) (Closed, error)
	Unlock(ctx context.Context, facilitator string, passphrase []byte) (*Session, error)
	// UnlockHere unlocks with the key that the computer's own keyring keeps for a facilitator.
	UnlockHere(ctx context.Context, facilitator string) (*Session, error)
	// Recover gives a facilitator a new passphrase by the recovery key, which is spent by it, and unlocks. Both are wiped. A key
	// that is not taken is a *KeyError.
	Recover(ctx context.Context, facilitator string, key, passphrase []byte) (*Session, error)
	// SetUp makes a real desk and unlocks it. When only the enrolment failed it returns the session and an *EnrolError.
	SetUp(ctx context.Context, d NewDesk) (*Session, error)
	// Practice opens a practice desk of its own, which is gone when the session is closed.
	Practice(ctx context.Context) (*Session, error)
}

// EnrolError says that the hub did not take a code. Word is a stable word, translated as line.problem.<word>; Group is the group
// of the code to look at, counted from one, zero when none is known.
type EnrolError struct {
	Word  string
	Group int
	Err   error
}

func (e *EnrolError) Error() string { return "enrolling with the hub: " + e.Word }

// Unwrap returns the whole error behind.
func (e *EnrolError) Unwrap() error { return e.Err }

// LineError says that something to do with the hub was not done. Word is a stable word, translated as line.problem.<word>.
type LineError struct {
	Word string
	Err  error
}

func (e *LineError) Error() string { return "at the line to the hub: " + e.Word }

// Unwrap returns the whole error behind.
func (e *LineError) Unwrap() error { return e.Err }

// Session is an unlocked desk with everything around it. It belongs to one facilitator until Close.
type Session struct {
	Desk        *desk.Desk
	Facilitator desk.FacilitatorInfo
	Line        Line
	Printers    desk.Printers
	// Content tells which content the desk works with, and what is wrong with a newer one; nil where there is no other than the
	// program's.
	Content func() desk.ContentStatus
	// Watch tells of readers and cards until the context ends.
	Watch func(ctx context.Context, deliver func(cardreader.Event))
	// Codes gives PIN and PUK to the card in a reader; nil where no card can be reached.
	Codes cardreader.Codes
	// Door returns the address of the hub's test door, empty before enrolment; nil is a desk without one.
	Door func() string
	// Withdrawn asks the authority whether it has withdrawn the certificate of a card; nil where nobody can be asked.
	Withdrawn func(ctx context.Context, c *desk.CardCertificate) desk.CertificateCheck
	// Hand puts practice cards in and takes them out; nil on a real desk.
	Hand PracticeHand
	// People and Recovery are nil on a practice desk, which nobody unlocks a second time. HasRecovery says whether there was a
	// recovery key when the desk was opened.
	People      People
	Recovery    Recovery
	HasRecovery bool
	// RecoveryPaper is a recovery key as a paper, to be printed and kept nowhere else; nil where keys are written by hand.
	RecoveryPaper func(ctx context.Context, groups [][]byte, lang string) (pdf []byte, err error)
	// SetMetered asks little of a connection that costs by what passes; nil is a line that cannot be spared. The choice is
	// kept for the next start, so a practice desk has none: what is tried there must not slow the real one.
	SetMetered func(metered bool)
	// Courier carries records to the hub on a stick, and Eraser erases for ever what is known of a visit; nil where nobody does.
	Courier Courier
	Eraser  Eraser
	// Retention, Backup and InstallPack are nil on a practice desk: nothing of it stays.
	Retention Retention
	// Backup writes a copy of the journal into a folder, looks whether it is whole, and returns its path. A folder that cannot be
	// written is a *PlaceError.
	Backup func(ctx context.Context, folder string) (path string, err error)
	// InstallPack takes a content pack from a file; one that is not taken is a *PackError, a file that cannot be read a *PlaceError.
	InstallPack func(ctx context.Context, file string) error
	// Close locks the desk again; what waits for the hub stays in the journal.
	Close func() error
}

// Line is the way to the hub with what the queue screen shows beyond desk.Line.
type Line interface {
	desk.Line
	// Waiting returns what the hub does not have yet, oldest first, at most limit.
	Waiting(ctx context.Context, limit int) ([]Waiting, error)
	// Enrol turns a one-time code into this desk's place at the hub. A refusal is an *EnrolError.
	Enrol(ctx context.Context, code string) error
}

// Waiting is one entry on its way.
type Waiting struct {
	Entry string
	Kind  desk.Kind
	At    time.Time
}

// PracticeHand is the hand that holds the practice cards.
type PracticeHand interface {
	// People returns the names on the cards, in the order of their numbers.
	People() []string
	// Group is what a card is there for, a word with a translation, "practice.group.<group>". Cards of a group stand together.
	Group(person int) string
	// Codes are the PIN and the PUK that every practice card is delivered with.
	Codes() (pin, puk string)
	// About says in a few words what is special about a card, in a language; it may be empty.
	About(person int, lang string) string
	Insert(person int) error
	Remove() error
	// Inserted returns which card is in the reader, -1 for none.
	Inserted() int
}

// Computer is what the program does to the computer it runs on.
type Computer interface {
	// OpenURL opens a page in the citizen's browser.
	OpenURL(url string) error
	// SavePaper writes a paper where people find their papers, and returns the place.
	SavePaper(p desk.Paper, pdf []byte) (path string, err error)
	// OpenPaper shows a paper in the computer's own program for PDF.
	OpenPaper(ctx context.Context, p desk.Paper, pdf []byte) error
	// ForgetPapers removes what was opened to be looked at: it must not outlive the lock, nor an erasure.
	ForgetPapers() error
	EmptyClipboard()
	// Copy puts a text of ours, with nothing personal in it, into the clipboard.
	Copy(text string)
	// Places are the folders where a file may be put, those that can be carried away first.
	Places(ctx context.Context) ([]Place, error)
	// Find looks in those places for files whose name ends so, newest first.
	Find(ctx context.Context, ending string) ([]FoundFile, error)
}

// Doctor examines the computer.
type Doctor interface {
	// Examine looks at everything that can be wrong, with the line of the session that is open, nil for none. Tell hears from any
	// goroutine how many of how many looks are done. The error is the context's: what is wrong is a finding.
	Examine(ctx context.Context, s *Session, tell func(done, of int)) ([]checkup.Finding, error)
}

// Settings are the choices kept between starts. None of them is about a person.
type Settings struct {
	Lang        string `json:"lang"`
	CitizenLang string `json:"citizen_lang"`
	// Contrast is "light" or "high".
	Contrast string `json:"contrast"`
	// TextSize is 100, 115 or 130 per cent.
	TextSize int    `json:"text_size"`
	Printer  string `json:"printer,omitempty"`
	// SecondScreen lets the citizen's window go to the second screen when there is one.
	SecondScreen bool `json:"second_screen"`
	// LockAfter is how many minutes without anybody lock the desk; zero never does.
	LockAfter int `json:"lock_after"`
	// Metered says that the connection costs by what passes.
	Metered bool `json:"metered,omitempty"`
	// KeyPending says that a recovery key was made and nobody has shown yet that it is written down.
	KeyPending bool `json:"key_pending,omitempty"`
	// RemindBackup is after how many days without a copy the first page reminds of one; zero never does. The days count from
	// LastBackup, or from Since where there is none yet.
	RemindBackup int       `json:"remind_backup"`
	LastBackup   time.Time `json:"last_backup,omitzero"`
	Since        time.Time `json:"since,omitzero"`
	// LastErasing is when retention ran last, LastErased how many visits it erased then.
	LastErasing time.Time `json:"last_erasing,omitzero"`
	LastErased  int       `json:"last_erased,omitempty"`
}

// DefaultSettings are those of a desk where nobody chose anything. A file of an older program leaves what it does not know so.
func DefaultSettings(lang, citizenLang string) Settings {
	return Settings{
		Lang: lang, CitizenLang: citizenLang, Contrast: "light", TextSize: 100, SecondScreen: true, LockAfter: 10, RemindBackup: 30,
	}
}

// Keeper keeps the settings.
type Keeper interface {
	Load() Settings
	Save(Settings) error
}
