package paper

// canvas is what a page is drawn on; pdf.go implements it. y grows downwards, text stands on its baseline.
type canvas interface {
	text(x, y float64, s string, face typeface, size float64, c colour)
	line(x1, y1, x2, y2, width float64, c colour, dash []float64)
	rect(x, y, w, h float64, fill *colour, stroke *colour, width float64)
	ring(x, y, radius, width float64, c colour, dash []float64)
	path(points []point, width float64, c colour)
	ghost(s string, size float64, c colour)
}

type point struct{ x, y float64 }

// op is one thing to draw, placed relative to its strip.
type op interface {
	draw(c canvas, x, y float64)
	// right is the farthest point to the right, which tests hold against the width of the text.
	right() float64
}

type textOp struct {
	x, y float64
	s    string
	face typeface
	size float64
	col  colour
	w    float64
}

func (o textOp) draw(c canvas, x, y float64) { c.text(x+o.x, y+o.y, o.s, o.face, o.size, o.col) }
func (o textOp) right() float64              { return o.x + o.w }

type lineOp struct {
	x1, y1, x2, y2, width float64
	col                   colour
	dash                  []float64
}

func (o lineOp) draw(c canvas, x, y float64) {
	c.line(x+o.x1, y+o.y1, x+o.x2, y+o.y2, o.width, o.col, o.dash)
}
func (o lineOp) right() float64 { return max(o.x1, o.x2) }

// markOp draws a mark in a square of side size.
type markOp struct {
	x, y, size float64
	mark       Mark
}

func (o markOp) right() float64 { return o.x + o.size }

func (o markOp) draw(c canvas, x, y float64) {
	x, y, s := x+o.x, y+o.y, o.size
	ink := paperColours.ink
	at := func(px, py float64) point { return point{x + px*s, y + py*s} }
	switch o.mark {
	case MarkWorks:
		c.ring(x+s/2, y+s/2, s*0.47, s*0.07, ink, nil)
		c.path([]point{at(0.25, 0.52), at(0.44, 0.7), at(0.76, 0.31)}, s*0.12, ink)
	case MarkFails:
		c.rect(x+s*0.02, y+s*0.02, s*0.96, s*0.96, &ink, nil, 0)
		c.path([]point{at(0.27, 0.27), at(0.73, 0.73)}, s*0.14, paperColours.white)
		c.path([]point{at(0.73, 0.27), at(0.27, 0.73)}, s*0.14, paperColours.white)
	case MarkUnknown:
		c.ring(x+s/2, y+s/2, s*0.47, s*0.06, ink, []float64{s * 0.16, s * 0.13})
		c.text(x+s*0.34, y+s*0.74, "?", bold, s*0.68, ink)
	case MarkTicked, MarkOpen:
		c.rect(x+s*0.1, y+s*0.1, s*0.8, s*0.8, nil, &ink, s*0.06)
		if o.mark == MarkTicked {
			c.path([]point{at(0.26, 0.26), at(0.74, 0.74)}, s*0.1, ink)
			c.path([]point{at(0.74, 0.26), at(0.26, 0.74)}, s*0.1, ink)
		}
	}
}

// matrixOp draws the dark modules of a QR code, runs of a row at once.
type matrixOp struct {
	x, y, size float64
	dark       [][]bool
}

func (o matrixOp) right() float64 { return o.x + o.size }

func (o matrixOp) draw(c canvas, x, y float64) {
	black := colour{}
	module := o.size / float64(len(o.dark))
	for row, cells := range o.dark {
		for from := 0; from < len(cells); from++ {
			if !cells[from] {
				continue
			}
			to := from
			for to < len(cells) && cells[to] {
				to++
			}
			c.rect(x+o.x+float64(from)*module, y+o.y+float64(row)*module, float64(to-from)*module, module, &black, nil, 0)
			from = to
		}
	}
}

// dotOp is the dot of a bullet.
type dotOp struct{ x, y, radius float64 }

func (o dotOp) right() float64 { return o.x + o.radius }
func (o dotOp) draw(c canvas, x, y float64) {
	c.ring(x+o.x, y+o.y, o.radius/2, o.radius, paperColours.blue, nil)
}

// box is a ground or a frame behind the strips that share it; it is drawn once per page, over all of them.
type box struct {
	fill, frame *colour
	width       float64
	// bar is a thick line at the left.
	bar *colour
	// inset leaves white on both sides of the text.
	x, w float64
}

const barWidth = 4.5

func (b *box) draw(c canvas, x, y, h float64) {
	x += b.x
	if b.fill != nil {
		c.rect(x, y, b.w, h, b.fill, nil, 0)
	}
	if b.frame != nil {
		c.rect(x, y, b.w, h, nil, b.frame, b.width)
	}
	if b.bar != nil {
		c.rect(x, y, barWidth, h, b.bar, nil, 0)
	}
}

// strip is a slice of a paper that no page break cuts: a line of text, a row of cells, a code.
type strip struct {
	h   float64
	ops []op
	// keep holds the strip on the page of the next one, as far as a page is long enough.
	keep bool
	// gap marks white that vanishes on top of a page.
	gap bool
	// box is the ground that the strip stands on, head what is repeated above it after a page break.
	box  *box
	head []strip
}

// white returns an empty strip.
func white(h float64) strip { return strip{h: h, gap: true} }

// keepAll ties strips into one that no page break should cut.
func keepAll(strips []strip) []strip {
	for i := range strips {
		strips[i].keep = i < len(strips)-1
	}
	return strips
}

// keepEnds ties the first two and the last two strips, so that no line of a text stands alone on a page.
func keepEnds(strips []strip) []strip {
	if n := len(strips); n > 1 {
		strips[0].keep = true
		strips[n-2].keep = true
	}
	return strips
}
