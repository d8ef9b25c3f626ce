package paper

import (
	"slices"

	"bottega/desk"
)

// Measured is what the layout knows of a paper before it is drawn.
type Measured struct {
	Pages int
	// Overflows names what sticks out of the text area, with by how much.
	Overflows []Overflow
	// Codes are the QR codes, in points from the top left corner of their page.
	Codes []PlacedCode
	// Empty lists pages with nothing on them; LoneHeads pages that hold only what is repeated.
	Empty []int
}

// Overflow is a thing that does not fit.
type Overflow struct {
	Page int
	What string
	By   float64
}

// PlacedCode is a QR code where it is printed.
type PlacedCode struct {
	Page       int
	X, Y, Size float64
	Dark       [][]bool
}

// Measure lays a paper out and looks for what does not fit.
func (r *Renderer) Measure(p desk.Paper) (Measured, error) {
	c, _, err := r.compose(p)
	if err != nil {
		return Measured{}, err
	}
	return measure(c), nil
}

// MeasureRecovery does the same for the sheet of a recovery key.
func (r *Renderer) MeasureRecovery(s RecoverySheet) (Measured, error) {
	c, _, err := r.composeRecovery(s)
	if err != nil {
		return Measured{}, err
	}
	return measure(c), nil
}

func measure(c composition) Measured {
	m := Measured{Pages: len(c.pages)}
	bottom := pageHeight - bottomMargin - total(c.l.foot(c.doc, 1, 1))
	for n, page := range c.pages {
		if len(page.placed) == 0 {
			m.Empty = append(m.Empty, n+1)
		}
		for _, s := range slices.Concat(page.placed, wrapPlaced(c.first), wrapPlaced(c.other), wrapPlaced(c.l.foot(c.doc, 88, 88))) {
			if by := s.y + s.h - bottom; by > 0.01 {
				m.Overflows = append(m.Overflows, Overflow{n + 1, "below the text", by})
			}
			for _, o := range s.ops {
				m.look(n+1, o, c, s)
			}
		}
	}
	return m
}

func (m *Measured) look(page int, o op, c composition, s placed) {
	if by := o.right() - c.l.w; by > 0.01 {
		m.Overflows = append(m.Overflows, Overflow{page, describeOp(o), by})
	}
	if code, ok := unwrap(o).(matrixOp); ok {
		m.Codes = append(m.Codes, PlacedCode{page, c.left + o.right() - code.size, s.y + code.y, code.size, code.dark})
	}
}

func unwrap(o op) op {
	for {
		switch w := o.(type) {
		case shift:
			o = w.op
		case shiftDown:
			o = w.op
		default:
			return o
		}
	}
}

func describeOp(o op) string {
	if t, ok := unwrap(o).(textOp); ok {
		return t.s
	}
	return "a drawing"
}

func wrapPlaced(strips []strip) []placed {
	var out []placed
	for _, s := range strips {
		out = append(out, placed{strip: s})
	}
	return out
}

// Missing returns the letters of a text that the fonts lack.
func (r *Renderer) Missing(s string) []rune {
	_, lost := r.letters.printable(s)
	return lost
}

// Printable returns a text as it is printed.
func (r *Renderer) Printable(s string) string {
	out, _ := r.letters.printable(s)
	return out
}

// Texts returns the words of papers in a language.
func (r *Renderer) Texts(lang string) map[string]string { return r.texts[lang] }
