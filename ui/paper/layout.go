package paper

import (
	"errors"
	"fmt"
	"image/color"
	"regexp"
	"strconv"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// ErrQRTooLong says that a text does not fit in a code that a telephone could still read from paper.
var ErrQRTooLong = errors.New("too long for a QR code")

// measurer tells how wide a text is.
type measurer interface {
	width(s string, face typeface, size float64) float64
}

// layout turns blocks into strips for one width.
type layout struct {
	measurer
	letters coverage
	scale   Scale
	w       float64
	// page is the height that a page has for text.
	page float64
	// continued is put behind a title that is repeated after a page break.
	continued string
}

// narrow returns the same layout for a smaller width.
func (l layout) narrow(by float64) layout {
	l.w -= by
	return l
}

// blocks lays blocks out with white between them.
func (l layout) blocks(list []Block) ([]strip, error) {
	var out []strip
	var above Block
	for _, b := range list {
		strips, err := l.block(b)
		if err != nil {
			return nil, err
		}
		if len(strips) == 0 {
			continue
		}
		if above != nil {
			space := white(l.space(above, b))
			space.keep = out[len(out)-1].keep
			out = append(out, space)
		}
		out = append(out, strips...)
		above = b
	}
	return out, nil
}

// space is the white between two blocks: more above a heading than below it.
func (l layout) space(above, below Block) float64 {
	if _, ok := above.(Heading); ok {
		return l.scale.gap() * 0.45
	}
	switch below := below.(type) {
	case Heading, Checks:
		return l.scale.gap() * 1.7
	case Together:
		if len(below.Blocks) > 0 {
			return l.space(above, below.Blocks[0])
		}
	}
	return l.scale.gap()
}

func (l layout) block(b Block) ([]strip, error) {
	switch b := b.(type) {
	case Banner:
		return l.banner(b), nil
	case Heading:
		return l.heading(b.Text), nil
	case Paragraph:
		return l.paragraph(b), nil
	case Bullets:
		return l.bullets(b), nil
	case Facts:
		return l.facts(b), nil
	case Table:
		return l.table(b), nil
	case Checks:
		return l.checks(b), nil
	case Notice:
		return l.notice(b), nil
	case Code:
		return l.code(b)
	case Groups:
		return l.groups(b), nil
	case Signature:
		return l.signature(b), nil
	case Rule:
		return []strip{{h: 1, gap: true, keep: true, ops: []op{lineOp{y1: 0.5, x2: l.w, y2: 0.5, width: 0.7, col: paperColours.hair}}}}, nil
	case Together:
		strips, err := l.blocks(b.Blocks)
		if total(strips) <= l.page {
			strips = keepAll(strips)
		}
		return strips, err
	}
	return nil, fmt.Errorf("a %T cannot be laid out", b)
}

// style is how a run of text looks.
type style struct {
	face typeface
	size float64
	col  colour
}

func (l layout) tone(t Tone) style {
	switch t {
	case Lead:
		return style{regular, l.scale.Lead, paperColours.text}
	case Strong:
		return style{bold, l.scale.Body, paperColours.text}
	case Quiet:
		return style{regular, l.scale.Small, paperColours.quiet}
	}
	return style{regular, l.scale.Body, paperColours.text}
}

// baseline is where text stands within its line: the white is shared between above and below.
func baseline(height, size float64) float64 { return height/2 + size*0.33 }

// lines breaks a text into strips no wider than the layout, each indented by x.
func (l layout) lines(s string, st style, x float64) []strip {
	height := l.scale.line(st.size)
	var out []strip
	for _, line := range l.wrap(s, st, l.w-x) {
		out = append(out, strip{h: height, ops: []op{l.run(line, st, x, baseline(height, st.size))}})
	}
	return keepEnds(out)
}

// run is one line of text, already broken and printable.
func (l layout) run(s string, st style, x, y float64) op {
	return textOp{x: x, y: y, s: s, face: st.face, size: st.size, col: st.col, w: l.width(s, st.face, st.size)}
}

// bound matches the short words that never end a line because a number belongs to them: "art. 76", "n. 445", "D.P.R. 445/2000".
var bound = regexp.MustCompile(`(^|[ (])(artt?\.|n\.|c\.|comma|par\.|no\.|N\.|L\.|DM|D\.M\.|D\.P\.R\.|DPR|D\.Lgs\.|Decree|Tel\.|ore) (\d)`)

// wrap breaks a text at its blanks, ragged right; a word wider than the line is broken where addresses can be, or anywhere.
func (l layout) wrap(s string, st style, w float64) []string {
	s, _ = l.letters.printable(bound.ReplaceAllString(s, "$1$2\u00a0$3"))
	fits := func(t string) bool { return l.width(t, st.face, st.size) <= w }
	var lines []string
	current := ""
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return r == ' ' }) {
		if candidate := strings.TrimPrefix(current+" "+word, " "); fits(candidate) {
			current = candidate
			continue
		}
		if current != "" {
			lines = append(lines, current)
		}
		for len([]rune(word)) > 1 && !fits(word) {
			head, tail := cut(word, fits)
			lines = append(lines, head)
			word = tail
		}
		current = word
	}
	if current != "" {
		lines = append(lines, current)
	}
	return lines
}

// cut takes as much off the front of a word of several letters as fits, at least one.
func cut(word string, fits func(string) bool) (head, tail string) {
	letters := []rune(word)
	n := 1
	for n+1 < len(letters) && fits(string(letters[:n+1])) {
		n++
	}
	for i := n; i > n/2; i-- {
		if strings.ContainsRune("/-.@?&=_", letters[i-1]) {
			return string(letters[:i]), string(letters[i:])
		}
	}
	return string(letters[:n]), string(letters[n:])
}

func (l layout) banner(b Banner) []strip {
	if b.Text == "" {
		return nil
	}
	st := style{bold, l.scale.H2, paperColours.white}
	pad := l.scale.Body * 0.8
	ground := &box{fill: &paperColours.ink, w: l.w}
	return l.inBox(ground, pad*0.7, l.narrow(2*pad).lines(b.Text, st, 0), pad)
}

// inBox puts strips on a common ground, moved right by indent.
func (l layout) inBox(ground *box, pad float64, strips []strip, indent float64) []strip {
	out := make([]strip, 0, len(strips)+2)
	out = append(out, strip{h: pad})
	out = append(out, moved(strips, indent)...)
	out = append(out, strip{h: pad})
	for i := range out {
		out[i].box = ground
	}
	return keepAll(out)
}

// moved shifts strips to the right.
func moved(strips []strip, dx float64) []strip {
	out := make([]strip, len(strips))
	for i, s := range strips {
		ops := make([]op, len(s.ops))
		for j, o := range s.ops {
			ops[j] = shift{o, dx}
		}
		s.ops = ops
		out[i] = s
	}
	return out
}

// shift draws an op farther to the right.
type shift struct {
	op
	dx float64
}

func (o shift) draw(c canvas, x, y float64) { o.op.draw(c, x+o.dx, y) }
func (o shift) right() float64              { return o.op.right() + o.dx }

func (l layout) heading(s string) []strip {
	strips := l.lines(s, style{bold, l.scale.H2, paperColours.blue}, 0)
	for i := range strips {
		strips[i].keep = true
	}
	return strips
}

func (l layout) paragraph(p Paragraph) []strip {
	strips := l.lines(p.Text, l.tone(p.Tone), 0)
	for i := range strips {
		strips[i].keep = strips[i].keep || p.Introduces
	}
	return strips
}

func (l layout) bullets(b Bullets) []strip {
	st := l.tone(Plain)
	indent := l.scale.Body * 1.5
	var out []strip
	for i, item := range b.Items {
		strips := l.lines(item, st, indent)
		if len(strips) == 0 {
			continue
		}
		if b.Numbered && len(b.Items) > 1 {
			number := style{bold, st.size, paperColours.blue}
			strips[0].ops = append(strips[0].ops, l.run(fmt.Sprintf("%d.", i+1), number, 0, baseline(strips[0].h, st.size)))
		} else {
			strips[0].ops = append(strips[0].ops, dotOp{x: l.scale.Body * 0.45, y: strips[0].h * 0.5, radius: l.scale.Body * 0.16})
		}
		if len(out) > 0 {
			out = append(out, white(l.scale.Body*0.25))
		}
		out = append(out, strips...)
	}
	return out
}

func (l layout) notice(n Notice) []strip {
	pad := l.scale.Body * 1.0
	indent := pad + barWidth
	inner := l.narrow(indent + pad)
	var strips []strip
	if n.Title != "" {
		strips = append(strips, inner.lines(n.Title, style{bold, l.scale.Body * 1.08, paperColours.ink}, 0)...)
	}
	for _, t := range n.Texts {
		if len(strips) > 0 {
			strips = append(strips, strip{h: l.scale.Body * 0.3})
		}
		strips = append(strips, inner.lines(t, l.tone(Plain), 0)...)
	}
	ground := &box{fill: &paperColours.tint, bar: &paperColours.blue, w: l.w}
	if n.Grave {
		ground = &box{frame: &paperColours.ink, width: 1.6, w: l.w}
	}
	return l.inBox(ground, pad*0.75, strips, indent)
}

func (l layout) code(c Code) ([]strip, error) {
	dark, err := modules(c.Payload)
	if err != nil {
		return nil, err
	}
	side := c.Size * millimetre
	indent := side + l.scale.Body*1.6
	matrix := matrixOp{size: side, dark: dark}
	text := l.narrow(indent)
	strips := text.lines(c.Title, style{bold, l.scale.Body, paperColours.ink}, 0)
	for _, t := range c.Texts {
		strips = append(strips, strip{h: l.scale.Body * 0.35})
		strips = append(strips, text.lines(t, l.tone(Plain), 0)...)
	}
	strips = moved(strips, indent)
	height := 0.0
	for _, s := range strips {
		height += s.h
	}
	if height < side {
		strips = append(strips, strip{h: side - height})
	}
	strips[0].ops = append(strips[0].ops, matrix)
	return keepAll(strips), nil
}

// modules returns the dark cells of a QR code with medium error correction: a fold or a stain costs nothing.
func modules(payload string) ([][]bool, error) {
	// A module under 0.4 mm is lost on a worn printer: 105 modules (version 22) are the most that 45 mm carry.
	const most = 105
	code, err := qr.Encode(payload, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("making a QR code of %d characters: %w", len(payload), errors.Join(ErrQRTooLong, err))
	}
	n := code.Bounds().Dx()
	if n > most {
		return nil, fmt.Errorf("making a QR code of %d characters: %w", len(payload), ErrQRTooLong)
	}
	dark := make([][]bool, n)
	for y := range dark {
		dark[y] = make([]bool, n)
		for x := range dark[y] {
			dark[y][x] = color.GrayModel.Convert(code.At(x, y)).(color.Gray).Y < 128
		}
	}
	return dark, nil
}

// groups sets two groups beside each other, as large as the page takes them.
func (l layout) groups(g Groups) []strip {
	pad := l.scale.Body
	half := (l.w - 2*pad) / 2
	number := style{semibold, LargePrint.Small, paperColours.quiet}
	indent := l.width("88", number.face, number.size) + pad*0.5
	st := style{monoBold, LargePrint.Big * 1.15, paperColours.ink}
	for _, item := range g.Items {
		if w := l.width(item, st.face, st.size); w > half-indent-pad {
			st.size *= (half - indent - pad) / w
		}
	}
	var out []strip
	for i, item := range g.Items {
		x, height := float64(i%2)*(half+pad), l.scale.line(st.size)
		base := baseline(height, st.size)
		ops := []op{l.run(strconv.Itoa(i+1), number, x, base), l.run(item, st, x+indent, base)}
		if i%2 == 0 {
			out = append(out, strip{h: height})
		}
		out[len(out)-1].ops = append(out[len(out)-1].ops, ops...)
	}
	return l.inBox(&box{frame: &paperColours.ink, width: 1.6, w: l.w}, pad*0.6, out, pad)
}

func (l layout) signature(s Signature) []strip {
	space := l.scale.Body * 3
	columns := len(s.Labels)
	if l.scale.Stacked {
		columns = 1
	}
	gutter := l.scale.Body * 2
	w := (l.w - gutter*float64(columns-1)) / float64(columns)
	var out []strip
	for from := 0; from < len(s.Labels); from += columns {
		dots, labels := strip{h: space}, []strip(nil)
		for i, label := range s.Labels[from:min(from+columns, len(s.Labels))] {
			x := float64(i) * (w + gutter)
			dots.ops = append(dots.ops, dotted(x, x+w, space-2))
			cell := l
			cell.w = w
			labels = beside(labels, moved(cell.lines(label, l.tone(Quiet), 0), x))
		}
		out = append(out, dots)
		out = append(out, labels...)
	}
	return keepAll(out)
}

// dotted is a line to write on.
func dotted(x1, x2, y float64) op {
	return lineOp{x1: x1, y1: y, x2: x2, y2: y, width: 1.1, col: paperColours.quiet, dash: []float64{0.1, 3}}
}

// beside joins two columns of strips of equal line height, side by side.
func beside(left, right []strip) []strip {
	out := append([]strip(nil), left...)
	for i, r := range right {
		if i == len(out) {
			out = append(out, strip{h: r.h})
		}
		out[i].ops = append(append([]op(nil), out[i].ops...), r.ops...)
		out[i].h = max(out[i].h, r.h)
	}
	return out
}
