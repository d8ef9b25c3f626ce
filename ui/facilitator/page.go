package facilitator

import (
	"slices"
	"strconv"
)

// page is what a screen shows: rows that a test can read and the view can draw.
type page struct {
	// Name is the screen's name in the window's title, with where it stands: "Visita", "Percorso: Documento".
	Name string
	// Title and Lead head the page.
	Title, Lead string
	Blocks      []block
	// Side stands beside the blocks, below the preview of the citizen's window where there is one.
	Side []block
	// Actions are the buttons at the foot, the main one (Enter) first.
	Actions []action
	// Focus names the field that has the cursor when the page appears; empty leaves the number keys to the choices.
	Focus string
	// Citizen says whether the preview of the citizen's window stands beside the page.
	Citizen bool
	// Narrow keeps the page to the width of a form, for screens that ask before anything else is there.
	Narrow bool
}

// action is something that can be done on a page.
type action struct {
	Key   key
	Label string
	Do    func()
	Tone  tone
	// Hidden actions have their key and no button: they are shown elsewhere on the page or on the bar.
	Hidden bool
}

// tone is how serious something is; the view gives each a colour and a mark, so that colour is never alone.
type tone int

const (
	plain tone = iota
	good
	caution
	bad
	primary
)

// block is a part of a page.
type block interface{ isBlock() }

// heading names the blocks below it.
type heading struct{ Text string }

// paragraph is running text; Small text explains.
type paragraph struct {
	Text  string
	Small bool
}

// notice says something that must be seen, with its advice.
type notice struct {
	Tone        tone
	Title, Text string
}

// facts are a table of two columns; Slim ones have a first column of one or two short words.
type facts struct {
	Rows []fact
	Slim bool
}

type fact struct {
	Label, Value string
	Tone         tone
}

// choices are rows to choose from, numbered over the whole page. Tick rows can be on together, others exclude each other.
type choices struct {
	Label string
	// Wrong is why what was chosen cannot stay so.
	Wrong string
	Rows  []choice
	Tick  bool
}

type choice struct {
	Label, Detail string
	On            bool
	Tone          tone
	Do            func()
	// Plain rows lead somewhere and have no state to show.
	Plain bool
}

// field is a line to fill in.
type field struct {
	ID, Label, Hint string
	Value           string
	Wrong           string
	Kind            fieldKind
	Set             func(string)
}

// fieldKind is what may be typed into a field.
type fieldKind int

const (
	textField fieldKind = iota
	digitsField
	dateField
	codeField
	moneyField
)

// secret is a line for something that is never a string and never comes back to the page: a passphrase.
type secret struct {
	ID, Label, Hint string
	Wrong           string
	From            *lent
}

// lent is a secret in the hands of the view, which the presenter takes out at the moment it needs it.
type lent struct{ take func() []byte }

func (l *lent) lend(take func() []byte) { l.take = take }

// Take returns the secret, to be wiped by the caller, and leaves nothing behind.
func (l *lent) Take() []byte {
	if l.take == nil {
		return nil
	}
	return l.take()
}

// progress is long work going on. Fraction below zero is unknown.
type progress struct {
	Label    string
	Fraction float64
}

// tiles are figures in big type.
type tiles struct{ Items []tile }

type tile struct{ Value, Label string }

// groups are the groups of a key, numbered, in very big type. They are bytes of whoever made the page, who wipes them: a page that
// is kept too long says nothing any more.
type groups struct {
	// Label names a group, before its number.
	Label  string
	Groups [][]byte
}

// columns put blocks side by side.
type columns struct{ Cols [][]block }

// qr is a link for the citizen's telephone.
type qr struct{ URL string }

func (heading) isBlock()   {}
func (paragraph) isBlock() {}
func (notice) isBlock()    {}
func (facts) isBlock()     {}
func (choices) isBlock()   {}
func (field) isBlock()     {}
func (secret) isBlock()    {}
func (progress) isBlock()  {}
func (tiles) isBlock()     {}
func (groups) isBlock()    {}
func (columns) isBlock()   {}
func (qr) isBlock()        {}

// each walks the blocks of a page in reading order, columns from left to right.
func each(blocks []block, do func(block)) {
	for _, b := range blocks {
		if c, ok := b.(columns); ok {
			for _, col := range c.Cols {
				each(col, do)
			}
			continue
		}
		do(b)
	}
}

// all returns every block in the order of its numbers: the page, then its side.
func (p page) all() []block { return append(p.Blocks[:len(p.Blocks):len(p.Blocks)], p.Side...) }

// fields returns the fields of the page, in reading order.
func (p page) fields() []field {
	var found []field
	each(p.all(), func(b block) {
		if f, ok := b.(field); ok {
			found = append(found, f)
		}
	})
	return found
}

// rows returns the choices of the page in the order of their numbers.
func (p page) rows() []choice {
	var found []choice
	each(p.all(), func(b block) {
		if c, ok := b.(choices); ok {
			found = append(found, c.Rows...)
		}
	})
	return found
}

// numberKey is the key of the n-th choice of a page, from zero. Where a field has the cursor a bare number is text, so Alt goes
// with it. Rows beyond the ninth are reached with the arrows.
func (p page) numberKey(n int) key {
	if n > 8 {
		return ""
	}
	digit := key(strconv.Itoa(n + 1))
	if p.types() {
		return alt + digit
	}
	return digit
}

// types reports whether there is something to type on the page.
func (p page) types() bool {
	found := false
	each(p.all(), func(b block) {
		switch b.(type) {
		case field, secret:
			found = true
		}
	})
	return found
}

// filled reports whether something stands in a field.
func (p page) filled() bool {
	return slices.ContainsFunc(p.fields(), func(f field) bool { return f.Value != "" })
}

// does returns what a key does on the page, nil for nothing.
func (p page) does(k key) func() {
	for _, a := range p.Actions {
		if a.Key == k && a.Do != nil {
			return a.Do
		}
	}
	for i, row := range p.rows() {
		if n := p.numberKey(i); n != "" && n == k {
			return row.Do
		}
	}
	return nil
}
