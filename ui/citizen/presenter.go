package citizen

import (
	"strings"

	"bottega/ui/text"
)

// Covered is the kind of a page that hides the screen behind it; it is no kind of screen.
const Covered Kind = "covered"

// Page is a Screen put into words of one language, ready to be drawn: what the tests of content look at.
type Page struct {
	// Kind is the screen's, or Covered; the view chooses the picture by it.
	Kind    Kind
	Heading string
	// Mood is how a Result is taken.
	Mood Mood
	// Act marks what the citizen must do now: the heading stands in a band.
	Act bool
	// Centered sets short messages in the middle; what has to be read stands at the left.
	Centered bool
	Lines    []string
	Items    []string
	Facts    []PageFact
	// Progress says "Passo 2 di 5"; empty when there are no steps.
	Progress    string
	Step, Steps int
	// Pad says which keys stand beside the words.
	Pad Pad
	// Label names the code that is typed, for screen readers.
	Label string
	// Code is what the QR code holds, CodeSays what a screen reader says of it.
	Code, CodeSays string
	// Practice is the band that says PROVA; empty on a real desk.
	Practice string
	// Hint tells the facilitator how to turn the screen back; empty on a screen of the citizen's own.
	Hint string
}

// Pad is what the citizen touches on a page.
type Pad int

// The pads.
const (
	NoPad   Pad = iota
	Keys        // the keys of a code
	Answers     // yes and no
)

// PageFact is a fact in words.
type PageFact struct {
	Name, Value string
	Figures     bool
}

// Present puts a screen into words. A covered page says nothing of the screen behind it.
func Present(s Screen, l *text.Localizer, covered bool) Page {
	var p Page
	if covered {
		p = Page{Kind: Covered, Heading: l.T("citizen.covered.heading"), Centered: true}
	} else {
		p = present(s, l)
	}
	if s.Practice {
		p.Practice = l.T("citizen.practice")
	}
	return p
}

func present(s Screen, l *text.Localizer) Page {
	p := Page{Kind: s.Kind, Mood: s.Mood, Heading: l.In(s.Title), Code: s.Code}
	prefix := "citizen." + string(s.Kind)
	words := l.In(s.Words)
	if l.Has(prefix + ".heading") {
		p.Heading = l.T(prefix + ".heading")
	}
	if words == "" && l.Has(prefix+".words") {
		words = l.T(prefix + ".words")
	}
	words = special(&p, s, words, l)
	if words != "" {
		p.Lines = append(p.Lines, words)
	}
	if s.Left > 0 {
		p.Lines = append(p.Lines, l.N("citizen.code.left", s.Left))
	}
	if l.Has(prefix + ".also") {
		p.Lines = append(p.Lines, l.T(prefix+".also"))
	}
	if s.Kind == ScanCode && s.Address != "" {
		p.Lines = append(p.Lines, l.T("citizen.scan_code.address", "Address", spoken(s.Address)))
	}
	for _, item := range s.Items {
		p.Items = append(p.Items, l.In(item))
	}
	for _, f := range s.Facts {
		p.Facts = append(p.Facts, PageFact{Name: l.In(f.Name), Value: f.Value, Figures: f.Figures})
	}
	if s.Steps > 0 {
		p.Step, p.Steps = s.Step, s.Steps
		p.Progress = l.T("citizen.step.count", "Step", s.Step, "Steps", s.Steps)
	}
	p.Centered = len(p.Items) == 0 && len(p.Facts) == 0 && p.Code == "" && p.Pad == NoPad && s.Kind != Step
	return p
}

// special sets what a kind of screen has that others have not, and returns the words that it says.
func special(p *Page, s Screen, words string, l *text.Localizer) string {
	switch s.Kind {
	case Greeting:
		if s.Name != "" {
			p.Heading = l.T("citizen.greeting.named", "Name", s.Name)
		}
	case TypeNow:
		p.Act = true
	case TypeCode, TypeOnPad:
		which := "citizen.code." + string(s.Types)
		p.Heading, p.Label = l.T(which+".heading"), l.T(which+".label")
		if words == "" {
			words = l.T(which + ".words")
		}
		if s.Kind == TypeOnPad {
			p.Act, words = true, words+" "+l.T("citizen.type_on_pad.how")
		} else {
			p.Pad = Keys
		}
	case LastTry:
		p.Pad = Answers
	case InsertCard, TakeCard:
		p.Act = true
	case ScanCode:
		p.CodeSays = l.T("citizen.scan_code.says", "Address", spoken(s.Address))
	}
	return words
}

// spoken is a web address as people say and type it: browsers add what is missing.
func spoken(address string) string {
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(address, "https://"), "www."), "/")
}
