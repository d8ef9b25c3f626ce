// Package checkup says what an examination of the computer found, in words that a person can act on: the window shows them, the
// terminal prints them, and both hand out the same text for whoever is called to help.
//
// It knows no computer: findings come from cmd/internal/doctor. Windows and programs may import it; it imports ui/text and the
// small types of desk that a sentence is filled with.
package checkup

import (
	"strings"
	"time"

	"bottega/desk/bilingual"
	"bottega/desk/civil"
	"bottega/ui/text"
)

// State is how serious a finding is.
type State string

// The states.
const (
	Well   State = "well"   // in order
	Note   State = "note"   // worth knowing, and no hindrance to the work
	Broken State = "broken" // somebody has to do something
)

// Finding is one line of an examination.
type Finding struct {
	// Check is what was looked at and Result what was found there, two stable words. The translation "doctor.<check>" names the
	// check, "doctor.<check>.<result>" is the sentence, and the same with ".advice" what to do next, where there is something.
	Check, Result string
	State         State
	// Args fill the sentences, as pairs of a name and a value. Values of the types below are put into words by the language.
	Args []any
}

// Late is the result of a check that did not come back in time, whichever it is.
const Late = "late"

// Values of Args that are words themselves.
type (
	// Key is the translation of a key.
	Key string
	// Opening is the first sentence of a key's translation: many texts of the program first say what happened.
	Opening string
	// Remainder is all that follows the first sentence: what to do.
	Remainder string
	// Bytes is an amount of memory or disk.
	Bytes int64
)

func (f Finding) key() string {
	if f.Result == Late {
		return "doctor." + Late
	}
	return "doctor." + f.Check + "." + f.Result
}

// Name returns what was looked at, in one or two words.
func (f Finding) Name(l *text.Localizer) string { return l.T("doctor." + f.Check) }

// Message returns what was found, in one sentence.
func (f Finding) Message(l *text.Localizer) string { return l.T(f.key(), f.words(l)...) }

// Advice returns what to do next; empty when there is nothing to do.
func (f Finding) Advice(l *text.Localizer) string {
	key := f.key() + ".advice"
	if !l.Has(key) {
		return ""
	}
	return strings.TrimSpace(l.T(key, f.words(l)...))
}

// words puts the arguments into words.
func (f Finding) words(l *text.Localizer) []any {
	said := []any{"Check", f.Name(l)}
	for i, arg := range f.Args {
		if i%2 == 1 {
			arg = say(l, arg)
		}
		said = append(said, arg)
	}
	return said
}

func say(l *text.Localizer, value any) any {
	switch v := value.(type) {
	case Key:
		return l.T(string(v))
	case Opening:
		first, _, _ := strings.Cut(l.T(string(v)), ". ")
		return sentence(first)
	case Remainder:
		_, rest, _ := strings.Cut(l.T(string(v)), ". ")
		return rest
	case Bytes:
		return size(l, int64(v))
	case bilingual.Text:
		return sentence(l.In(v))
	case time.Time:
		return l.DateTime(v)
	case civil.Date:
		return l.Date(v)
	case int:
		return l.Int(v)
	}
	return value
}

// size writes an amount as people read it on a disk: 640 MB, 12 GB.
func size(l *text.Localizer, bytes int64) string {
	if bytes < 10<<30 {
		return l.Int(int(bytes>>20)) + " MB"
	}
	return l.Int(int(bytes>>30)) + " GB"
}

// sentence closes a text with a full stop.
func sentence(s string) string {
	if s == "" || strings.ContainsAny(s[len(s)-1:], ".?!") {
		return s
	}
	return s + "."
}

// Attention counts the findings that somebody has to do something about.
func Attention(findings []Finding) int {
	n := 0
	for _, f := range findings {
		if f.State == Broken {
			n++
		}
	}
	return n
}

// Sum says in one sentence how many findings need attention.
func Sum(l *text.Localizer, findings []Finding) string {
	if n := Attention(findings); n > 0 {
		return l.N("doctor.sum", n)
	}
	return l.T("doctor.sum_none")
}

// Text is the whole examination to be read out or pasted: a line for each finding, what to do below it, and the sum.
func Text(l *text.Localizer, findings []Finding) string {
	var b strings.Builder
	for _, f := range findings {
		b.WriteString(l.T("doctor.state."+string(f.State)) + " " + f.Message(l) + "\n")
		if advice := f.Advice(l); advice != "" {
			b.WriteString("        " + advice + "\n")
		}
	}
	b.WriteString("\n" + Sum(l, findings) + "\n")
	return b.String()
}
