package paper

// Lengths are points (1/72 inch) from the top left corner.
const (
	pageWidth  = 595.28 // A4, ISO 216
	pageHeight = 841.89
	millimetre = 72 / 25.4
)

// colour is a shade in red, green and blue.
type colour struct{ r, g, b int }

// paperColours are those of the public administration's design system. Each keeps at least 4.5:1 on white, save the two grounds.
var paperColours = struct{ blue, ink, text, quiet, hair, tint, white, ghost colour }{
	blue:  colour{0, 102, 204},
	ink:   colour{23, 50, 77},
	text:  colour{25, 25, 26},
	quiet: colour{72, 85, 97},
	hair:  colour{196, 203, 210},
	tint:  colour{235, 242, 250},
	white: colour{255, 255, 255},
	ghost: colour{236, 238, 240},
}

// typeface is one of the cuts that a paper uses.
type typeface int

const (
	regular typeface = iota
	semibold
	bold
	mono
	monoBold
	typefaces
)

// Scale is a set of sizes, in points.
type Scale struct {
	Body, Small, Lead, H1, H2, Big float64
	// Leading is the line height as a multiple of the size.
	Leading float64
	// Margin is the white left and right of the text.
	Margin float64
	// Stacked puts labels above values and turns table rows into records: wide type leaves no room for columns.
	Stacked bool
}

// The scales: Normal for A4, LargePrint for poor sight (18 points is the customary floor), GiantPrint for the large version of
// a paper that is in large print anyway. What is small in the latter two, such as norms, is larger than the body of Normal.
var (
	Normal     = Scale{Body: 11.5, Small: 9.5, Lead: 13, H1: 23, H2: 14.5, Big: 26, Leading: 1.34, Margin: 20 * millimetre}
	LargePrint = Scale{Body: 18, Small: 15, Lead: 20, H1: 29, H2: 22, Big: 34, Leading: 1.32, Margin: 17 * millimetre, Stacked: true}
	GiantPrint = Scale{Body: 22, Small: 18, Lead: 24, H1: 33, H2: 26, Big: 38, Leading: 1.3, Margin: 16 * millimetre, Stacked: true}
)

// gap is the white between two blocks.
func (s Scale) gap() float64 { return s.Body * 0.95 }

// line is the height of a line of the given size.
func (s Scale) line(size float64) float64 { return size * s.Leading }

// width is the width of the text.
func (s Scale) width() float64 { return pageWidth - 2*s.Margin }
