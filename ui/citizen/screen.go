package citizen

import (
	"errors"
	"fmt"
	"slices"

	"bottega/desk/bilingual"
	"bottega/desk/walk"
)

// Kind is what a screen is for; each has its own picture and words.
type Kind string

// The kinds of screens, in the order of a visit.
const (
	Welcome    Kind = "welcome"     // nobody's visit: what passers-by may read
	InsertCard Kind = "insert_card" // the card is wanted
	Reading    Kind = "reading"     // the card is being read and must stay
	Greeting   Kind = "greeting"    // a visit began: Name
	Step       Kind = "step"        // a page of a walk: Title, Words, Items, Step of Steps
	TypeNow    Kind = "type_now"    // the citizen types and the facilitator looks away: Words
	TypeCode   Kind = "type_code"   // the citizen types a code of the card on large keys: Code, Left
	TypeOnPad  Kind = "type_on_pad" // the citizen types a code of the card on the reader's own keys: Code, Left
	LastTry    Kind = "last_try"    // one more wrong code blocks the card: yes or no
	ScanCode   Kind = "scan_code"   // a QR code for the citizen's telephone: Code, Address
	Check      Kind = "check"       // facts to be checked together: Title, Facts
	Result     Kind = "result"      // how something ended: Title, Words, Facts
	Papers     Kind = "papers"      // the papers in Items are ready
	TakeCard   Kind = "take_card"   // the card must go back into its purse
	Goodbye    Kind = "goodbye"     // the visit is over
)

// Kinds returns all kinds in the order of a visit.
func Kinds() []Kind {
	return []Kind{
		Welcome, InsertCard, Reading, Greeting, Step, TypeNow, TypeCode, TypeOnPad, LastTry, ScanCode, Check, Result, Papers,
		TakeCard, Goodbye,
	}
}

// Mood is how a Result is taken: it chooses the picture and the colour of the heading, never the words.
type Mood string

// The moods.
const (
	Neutral Mood = ""        // nothing to say about it
	Good    Mood = "good"    // done
	Waiting Mood = "waiting" // something has to follow
	Careful Mood = "careful" // not today: the words say what is missing
)

// MoodOf is how the outcome of a walk is taken.
func MoodOf(c walk.Class) Mood {
	switch c {
	case walk.Done:
		return Good
	case walk.Partly, walk.Sent:
		return Waiting
	case walk.Stopped:
		return Careful
	}
	return Neutral
}

// Fact is one thing the citizen may check: what it is, in both languages, and the value as it stands on their papers.
type Fact struct {
	Name  bilingual.Text
	Value string
	// Figures says that the value is a code or a number.
	Figures bool
}

// Screen is everything the citizen's window shows, and all it knows. It is a value: once shown it does not change; to change
// what is seen, show another.
type Screen struct {
	Kind Kind
	// Name is how the citizen is greeted; only Greeting uses it.
	Name string
	// Title and Words are what the service says to the citizen. Where a kind has words of its own (Greeting, TypeNow, Papers,
	// ...), Words replaces the sentence under the heading and an empty one leaves it.
	Title, Words bilingual.Text
	// Items is a list, such as the documents needed or the papers printed.
	Items []bilingual.Text
	Facts []Fact
	// Mood is how a Result is taken.
	Mood Mood
	// Step and Steps say "Passo 2 di 5"; zero says nothing.
	Step, Steps int
	// Code is what the QR code holds, Address what to type where there is no telephone with a camera.
	Code, Address string
	// Types is which code of the card is typed, Left how many wrong ones the card still takes; below one it is not known.
	Types Code
	Left  int
	// Practice marks everything as PROVA.
	Practice bool
}

// ErrIncomplete says that a screen lacks what its kind needs.
var ErrIncomplete = errors.New("the citizen's screen is incomplete")

// Validate reports a screen that would come out empty or in one language only.
func (s Screen) Validate() error {
	if !slices.Contains(Kinds(), s.Kind) {
		return fmt.Errorf("kind %q: %w", s.Kind, ErrIncomplete)
	}
	needsTitle := s.Kind == Step || s.Kind == Check || s.Kind == Result
	if needsTitle && !s.Title.Complete() {
		return fmt.Errorf("%s without title: %w", s.Kind, ErrIncomplete)
	}
	if typed := s.Kind == TypeCode || s.Kind == TypeOnPad; typed && !slices.Contains(Codes(), s.Types) {
		return fmt.Errorf("%s without saying which code: %w", s.Kind, ErrIncomplete)
	}
	if s.Kind == ScanCode && s.Code == "" {
		return fmt.Errorf("%s without code: %w", s.Kind, ErrIncomplete)
	}
	for _, t := range append([]bilingual.Text{s.Title, s.Words}, s.Items...) {
		if !t.IsZero() && !t.Complete() {
			return fmt.Errorf("%s in one language only: %w", s.Kind, ErrIncomplete)
		}
	}
	return nil
}

// copied returns the screen with lists of its own, so that nobody changes what is shown from outside.
func (s Screen) copied() Screen {
	s.Items = slices.Clone(s.Items)
	s.Facts = slices.Clone(s.Facts)
	return s
}
