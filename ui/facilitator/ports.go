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
	// Facilitators returns who can unlock the desk of this computer; nobody when there is no desk yet.
	Facilitators(ctx context.Context) ([]desk.FacilitatorInfo, error)
	Unlock(ctx context.Context, facilitator string, passphrase []byte) (*Session, error)
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
	// Close locks the desk again; what waits for the hub stays in the journal.
	Close func() error
}

// Line is the way to the hub with what the queue screen shows beyond desk.Line.
type Line interface {
	desk.Line
	// Waiting returns what the hub does not have yet, or has and refused, oldest first, at most limit.
	Waiting(ctx context.Context, limit int) ([]Waiting, error)
	// Enrol turns a one-time code into this desk's place at the hub. A refusal is an *EnrolError.
	Enrol(ctx context.Context, code string) error
}

// Waiting is one entry on its way.
type Waiting struct {
	Entry   string
	Kind    desk.Kind
	At      time.Time
	Refused bool
	// Reason is a stable word of the hub, translated before it is shown.
	Reason string
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
	EmptyClipboard()
	// Copy puts a text of ours, with nothing personal in it, into the clipboard.
	Copy(text string)
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
}

// Keeper keeps the settings.
type Keeper interface {
	Load() Settings
	Save(Settings) error
}
