package paper

import "time"

// Document is a paper before anybody knows how wide a letter is: what it says, in order.
type Document struct {
	// Title stands on top of the first page, in short form on top of the others, and in the properties of the file.
	Title string
	// Number is printed in the head and in the foot of every page.
	Number string
	// Lang is the language that a screen reader should read the paper in: "it" or "en".
	Lang string
	// MadeAt dates the file; its clock is the desk's.
	MadeAt time.Time
	// Head are the lines at the left of the first page's head, the first of them strong; Aside those at its right.
	Head, Aside []string
	// Foot stands at the left of every page's foot.
	Foot string
	// Page is the pattern of the page number, with {page} and {pages}.
	Page string
	// Continued is added to what is repeated after a page break: "(segue)".
	Continued string
	// Practice, when not empty, is the text of the band that makes every page of this paper worthless; PracticeMark is the
	// word laid behind the text.
	Practice, PracticeMark string
	Scale                  Scale
	Blocks                 []Block
}

// Block is one thing that a paper says. The set is closed: the layout knows each of them.
type Block interface{ block() }

// Banner is a dark band over the full width: the one thing to read when nothing else is read.
type Banner struct{ Text string }

// Heading starts a part of the paper and never ends a page.
type Heading struct{ Text string }

// Paragraph is running text.
type Paragraph struct {
	Text string
	Tone Tone
	// Introduces keeps the text on the page of what it announces.
	Introduces bool
}

// Tone is how loud a text is.
type Tone int

// The tones of a text.
const (
	Plain  Tone = iota
	Lead        // the sentence that opens a paper
	Strong      // in bold
	Quiet       // smaller and grey: norms, remarks
)

// Bullets are short points, each with a dot; Numbered points count instead, where there is more than one.
type Bullets struct {
	Items    []string
	Numbered bool
}

// Facts are labels and their values, aligned in two columns, or one above the other in large print.
type Facts struct{ Rows []Fact }

// Fact is one row of Facts. An empty Value is a dotted line to be filled in by hand.
type Fact struct {
	Label, Value string
	Look         Look
	// After is printed behind the value or the dotted line, in plain type.
	After string
}

// Look is the typeface of a value.
type Look int

// The looks of a value: Code is for numbers that are compared character by character, Big for what the paper is about.
const (
	LookText Look = iota
	LookCode
	LookBig
)

// Table is rows under a head that is repeated on every page.
type Table struct {
	Columns []Column
	// Rows hold one text per column; an empty one is a dotted line.
	Rows [][]string
}

// Column is the head of one column and its share of the width.
type Column struct {
	Title  string
	Weight float64
	Look   Look
	Centre bool
	// Short columns share a line in large print.
	Short bool
}

// Checks are lines that each begin with a drawn mark and say the same again in words, so that they read without colour.
type Checks struct {
	// Title is repeated with "(segue)" when the list goes on after a page break.
	Title string
	Items []Check
	// Empty is said when there is no item.
	Empty string
}

// Check is one line of Checks.
type Check struct {
	Mark Mark
	// Title is strong, Status says in words what the mark shows.
	Title, Status string
	Details       []string
	// Norm is quiet.
	Norm string
}

// Mark is a pictogram that keeps its meaning in black and white: they differ in shape, not in colour.
type Mark int

// The marks.
const (
	MarkWorks   Mark = iota // a tick in a ring
	MarkFails               // a white cross on a black square
	MarkUnknown             // a question mark in a dashed ring
	MarkTicked              // a crossed choice of a form
	MarkOpen                // an open choice of a form
)

// Notice is a framed text that must not be overlooked.
type Notice struct {
	Title string
	Texts []string
	// Grave draws a dark frame instead of a tinted ground.
	Grave bool
}

// Code is a QR code with the words that say what it is for.
type Code struct {
	Payload string
	Title   string
	Texts   []string
	// Size is the side of the code in millimetres.
	Size float64
}

// Groups are parts of a key, each with its number, in type that is copied letter by letter.
type Groups struct{ Items []string }

// Signature is a row of dotted lines with what belongs on them, kept together.
type Signature struct{ Labels []string }

// Rule is a thin line between two parts.
type Rule struct{}

// Together keeps its blocks on one page, when a page can hold them.
type Together struct{ Blocks []Block }

func (Banner) block()    {}
func (Heading) block()   {}
func (Paragraph) block() {}
func (Bullets) block()   {}
func (Facts) block()     {}
func (Table) block()     {}
func (Checks) block()    {}
func (Notice) block()    {}
func (Code) block()      {}
func (Groups) block()    {}
func (Signature) block() {}
func (Rule) block()      {}
func (Together) block()  {}
