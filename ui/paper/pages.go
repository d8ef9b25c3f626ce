package paper

import (
	"strconv"
	"strings"
)

// page is what stands on one sheet: strips and the height at which each begins.
type page struct{ placed []placed }

type placed struct {
	strip
	y float64
}

// sheet is the room that the strips of a page have.
type sheet struct{ top, bottom float64 }

func (s sheet) height() float64 { return s.bottom - s.top }

// pager flows strips over pages: the first sheet has the full head, the others a short one.
type pager struct {
	first, other sheet
	pages        []page
	y            float64
}

func (p *pager) sheet() sheet {
	if len(p.pages) <= 1 {
		return p.first
	}
	return p.other
}

// open begins a page with what has to be repeated on it.
func (p *pager) open(head []strip) {
	p.pages = append(p.pages, page{})
	p.y = p.sheet().top
	for _, s := range head {
		p.place(s)
	}
}

func (p *pager) place(s strip) {
	current := &p.pages[len(p.pages)-1]
	if s.gap && len(current.placed) == 0 {
		return
	}
	current.placed = append(current.placed, placed{s, p.y})
	p.y += s.h
}

func total(strips []strip) float64 {
	h := 0.0
	for _, s := range strips {
		h += s.h
	}
	return h
}

// flow places all strips. Strips that are kept together move to the next page together, unless no page could hold them.
func (p *pager) flow(strips []strip) []page {
	p.open(nil)
	for len(strips) > 0 {
		n := 1
		for n < len(strips) && strips[n-1].keep {
			n++
		}
		chain := strips[:n]
		strips = strips[n:]
		if p.y+total(chain) <= p.sheet().bottom {
			p.placeAll(chain)
			continue
		}
		if chain[0].gap && n == 1 {
			continue // white at the end of a page
		}
		if total(chain[0].head)+total(chain) <= p.other.height() {
			p.open(chain[0].head)
			p.placeAll(chain)
			continue
		}
		p.split(chain)
	}
	return p.pages
}

// split places a chain that is longer than a page, breaking it wherever the page ends.
func (p *pager) split(chain []strip) {
	for _, s := range chain {
		if p.y+s.h > p.sheet().bottom {
			p.open(s.head)
		}
		p.place(s)
	}
}

func (p *pager) placeAll(strips []strip) {
	for _, s := range strips {
		p.place(s)
	}
}

// composition is a document laid out: pages of strips, with head and foot.
type composition struct {
	doc   Document
	pages []page
	left  float64
	// heads are the strips on top of the first page and of the others.
	first, other []strip
	l            layout
}

const (
	topMargin    = 14 * millimetre
	bottomMargin = 13 * millimetre
	bandHeight   = 26
)

// compose lays a document out.
func compose(doc Document, m measurer, letters coverage) (composition, error) {
	l := layout{measurer: m, letters: letters, scale: doc.Scale, w: doc.Scale.width(), continued: doc.Continued}
	c := composition{doc: doc, left: doc.Scale.Margin, l: l, first: l.letterhead(doc), other: l.runningHead(doc)}
	top := c.top()
	bottom := pageHeight - bottomMargin - total(l.foot(doc, 1, 1)) - l.scale.gap()*0.6
	p := pager{
		first: sheet{top + total(c.first) + l.scale.gap(), bottom},
		other: sheet{top + total(c.other) + l.scale.gap(), bottom},
	}
	l.page = p.other.height()
	strips, err := l.blocks(doc.Blocks)
	if err != nil {
		return composition{}, err
	}
	c.pages = p.flow(strips)
	return c, nil
}

// top is where the head begins: below the band of a practice paper.
func (c composition) top() float64 {
	if c.doc.Practice != "" {
		return topMargin + bandHeight
	}
	return topMargin
}

// letterhead is the head of the first page: who gives the paper at the left, its number and date at the right, the title below.
func (l layout) letterhead(doc Document) []strip {
	strong := style{bold, l.scale.Body * 1.1, paperColours.blue}
	quiet := style{regular, l.scale.Small, paperColours.quiet}
	right, number := l.aside(doc.Aside...)
	half := l.narrow(number + l.scale.Body)
	var left []strip
	for i, s := range doc.Head {
		st := quiet
		if i == 0 {
			st = strong
		}
		left = append(left, half.lines(s, st, 0)...)
	}
	if len(left) > 0 && len(right) > 0 {
		right[0] = l.level(right[0], l.scale.Small, left[0], strong.size)
	}
	out := beside(left, right)
	out = append(out, strip{h: l.scale.Body * 0.5}, l.blueRule(2.2), strip{h: l.scale.Body * 1.1})
	title := l.scale
	title.Leading = 1.16
	big := l
	big.scale = title
	return append(out, big.lines(doc.Title, style{bold, l.scale.H1, paperColours.ink}, 0)...)
}

// aside sets lines flush right, the first in figures of equal width, and returns the width they take: no more than most of the
// page, so that something can stand beside them.
func (l layout) aside(list ...string) (strips []strip, w float64) {
	code := style{mono, l.scale.Small, paperColours.text}
	quiet := style{regular, l.scale.Small, paperColours.quiet}
	for i, s := range list {
		st := quiet
		if i == 0 {
			st = code
		}
		cell := l
		cell.w = l.w * 0.6
		for _, line := range cell.lines(s, st, 0) {
			w = max(w, line.ops[0].right())
			strips = append(strips, moved([]strip{line}, l.w-line.ops[0].right())[0])
		}
	}
	return strips, w
}

// runningHead is the head of the pages after the first.
func (l layout) runningHead(doc Document) []strip {
	number, w := l.aside(doc.Number)
	title := l.narrow(w + l.scale.Body)
	out := beside(title.lines(doc.Title, style{semibold, l.scale.Small, paperColours.quiet}, 0), number)
	return append(out, strip{h: l.scale.Body * 0.3}, l.blueRule(1))
}

func (l layout) blueRule(width float64) strip {
	return strip{h: width, ops: []op{lineOp{y1: width / 2, x2: l.w, y2: width / 2, width: width, col: paperColours.blue}}}
}

// foot is the foot of every page: who and which paper at the left, the page number at the right.
func (l layout) foot(doc Document, n, of int) []strip {
	st := style{regular, l.scale.Small, paperColours.quiet}
	page := strings.NewReplacer("{page}", strconv.Itoa(n), "{pages}", strconv.Itoa(of)).Replace(doc.Page)
	right := l.run(page, style{semibold, st.size, paperColours.ink}, 0, baseline(l.scale.line(st.size), st.size))
	left := l.narrow(right.right() + l.scale.Body)
	lines := beside(left.lines(doc.Foot, st, 0), moved([]strip{{h: l.scale.line(st.size), ops: []op{right}}}, l.w-right.right()))
	line := strip{h: 5, ops: []op{lineOp{y1: 0.5, x2: l.w, y2: 0.5, width: 0.7, col: paperColours.hair}}}
	return append([]strip{line}, lines...)
}

// draw puts page n (from zero) on a canvas.
func (c composition) draw(to canvas, n int) {
	if c.doc.Practice != "" {
		to.ghost(c.doc.PracticeMark, 170, paperColours.ghost)
		c.band(to)
	}
	head := c.first
	if n > 0 {
		head = c.other
	}
	c.drawFrom(to, head, c.top())
	c.drawPlaced(to, c.pages[n].placed)
	foot := c.l.foot(c.doc, n+1, len(c.pages))
	c.drawFrom(to, foot, pageHeight-bottomMargin-total(foot))
}

// band is the bar that says on every page that the paper is worthless.
func (c composition) band(to canvas) {
	to.rect(0, 0, pageWidth, bandHeight, &paperColours.ink, nil, 0)
	s, _ := c.l.letters.printable(c.doc.Practice)
	size := 13.0
	w := c.l.width(s, bold, size)
	if most := pageWidth - 40; w > most {
		size *= most / w
		w = most
	}
	to.text((pageWidth-w)/2, baseline(bandHeight, size), s, bold, size, paperColours.white)
}

func (c composition) drawFrom(to canvas, strips []strip, y float64) {
	for _, s := range strips {
		for _, o := range s.ops {
			o.draw(to, c.left, y)
		}
		y += s.h
	}
}

// drawPlaced draws grounds first, each once over all the strips that share it, then what stands on them.
func (c composition) drawPlaced(to canvas, list []placed) {
	for i := 0; i < len(list); {
		j := i + 1
		for j < len(list) && list[j].box == list[i].box {
			j++
		}
		if ground := list[i].box; ground != nil {
			last := list[j-1]
			ground.draw(to, c.left, list[i].y, last.y+last.h-list[i].y)
		}
		i = j
	}
	for _, p := range list {
		for _, o := range p.ops {
			o.draw(to, c.left, p.y)
		}
	}
}
