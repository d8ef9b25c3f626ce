package paper

// This file lays out what stands in columns: facts, tables, checks.

func (l layout) look(k Look) style {
	switch k {
	case LookCode:
		return style{monoBold, l.scale.Body * 0.94, paperColours.text}
	case LookBig:
		return style{bold, l.scale.Big, paperColours.ink}
	}
	return style{semibold, l.scale.Body, paperColours.text}
}

// facts aligns values in a second column as wide as the labels leave it.
func (l layout) facts(f Facts) []strip {
	label := style{regular, l.scale.Body, paperColours.quiet}
	column := 0.0
	for _, row := range f.Rows {
		column = max(column, l.width(row.Label, label.face, label.size))
	}
	gutter := l.scale.Body * 1.3
	column = min(column, l.w*0.38) + gutter
	var out []strip
	for i, row := range f.Rows {
		if i > 0 {
			line := l.between(f.Rows[i-1])
			line.keep = true
			out = append(out, line)
		}
		out = append(out, l.fact(row, label, column, gutter)...)
	}
	return out
}

// between separates a row from the next one: by a thin line, or by white below a line to write on.
func (l layout) between(row Fact) strip {
	h := l.scale.Body * 0.5
	if row.Value == "" {
		return white(h)
	}
	return strip{h: h, gap: true, ops: []op{lineOp{y1: h / 2, x2: l.w, y2: h / 2, width: 0.6, col: paperColours.hair}}}
}

func (l layout) fact(row Fact, label style, column, gutter float64) []strip {
	if l.scale.Stacked {
		label.size = l.scale.Small
		strips := append(l.lines(row.Label, label, 0), l.value(row, 0)...)
		return keepAll(strips)
	}
	left := l
	left.w = column - gutter
	labels := left.lines(row.Label, label, 0)
	values := l.value(row, column)
	if len(labels) > 0 {
		labels[0] = l.level(labels[0], label.size, values[0], l.valueSize(row))
	}
	return keepAll(beside(labels, values))
}

// level moves a line of text down to the baseline of a taller one.
func (l layout) level(s strip, size float64, to strip, toSize float64) strip {
	dy := baseline(to.h, toSize) - baseline(s.h, size)
	if to.h <= s.h {
		return s
	}
	ops := make([]op, len(s.ops))
	for i, o := range s.ops {
		ops[i] = shiftDown{o, dy}
	}
	return strip{h: to.h, ops: ops}
}

// shiftDown draws an op lower.
type shiftDown struct {
	op
	dy float64
}

func (o shiftDown) draw(c canvas, x, y float64) { o.op.draw(c, x, y+o.dy) }

// valueSize is the type size of what stands beside a label.
func (l layout) valueSize(row Fact) float64 {
	if row.Value == "" {
		return l.scale.Body
	}
	return l.look(row.Look).size
}

// value is what stands beside a label: text, or a line to write on, with a remark behind it. It is never empty.
func (l layout) value(row Fact, x float64) []strip {
	plain := l.tone(Plain)
	if row.Value != "" {
		strips := l.lines(row.Value, l.look(row.Look), x)
		if row.After != "" {
			strips = append(strips, l.lines(row.After, plain, x)...)
		}
		if len(strips) > 0 {
			return strips
		}
	}
	// A hand needs more room than type.
	h := l.scale.line(plain.size) * 1.5
	y := baseline(h, plain.size)
	after, _ := l.letters.printable(row.After)
	w := l.width(after, plain.face, plain.size)
	if after == "" {
		return []strip{{h: h, ops: []op{dotted(x, l.w, y+1)}}}
	}
	return []strip{{h: h, ops: []op{dotted(x, l.w-w-6, y+1), l.run(after, plain, l.w-w, y)}}}
}

// table lays rows out under a head, or as records where the type is too large for columns.
func (l layout) table(t Table) []strip {
	if l.scale.Stacked {
		return l.records(t)
	}
	widths := l.columns(t)
	head := l.row(t, widths, titles(t), true)
	ground := &box{fill: &paperColours.tint, w: l.w}
	for i := range head {
		head[i].box = ground
		head[i].keep = true
	}
	out := append([]strip(nil), head...)
	for i, cells := range t.Rows {
		row := l.row(t, widths, cells, false)
		line := strip{h: 0.8, ops: []op{lineOp{y1: 0.4, x2: l.w, y2: 0.4, width: 0.6, col: paperColours.hair}}}
		row = keepAll(append(row, line))
		// The last row never stands alone under a repeated head.
		row[len(row)-1].keep = i == len(t.Rows)-2
		for j := range row {
			row[j].head = head
		}
		out = append(out, row...)
	}
	return out
}

func titles(t Table) []string {
	out := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		out[i] = c.Title
	}
	return out
}

// columns shares the width out by weight.
func (l layout) columns(t Table) []float64 {
	sum := 0.0
	for _, c := range t.Columns {
		sum += c.Weight
	}
	widths := make([]float64, len(t.Columns))
	for i, c := range t.Columns {
		widths[i] = l.w * c.Weight / sum
	}
	return widths
}

func (l layout) row(t Table, widths []float64, cells []string, head bool) []strip {
	pad := l.scale.Body * 0.4
	var out []strip
	x := 0.0
	for i, c := range t.Columns {
		st := style{regular, l.scale.Body * 0.92, paperColours.text}
		if c.Look == LookCode {
			st = style{mono, l.scale.Body * 0.84, paperColours.text}
		}
		if head {
			st = style{bold, l.scale.Small, paperColours.ink}
		}
		cell := l
		cell.w = widths[i] - 2*pad
		strips := cell.lines(cells[i], st, 0)
		if cells[i] == "" {
			h := l.scale.line(l.scale.Body) * 1.35
			strips = []strip{{h: h, ops: []op{dotted(0, cell.w, h-5)}}}
		}
		for j := range strips {
			dx := x + pad
			if c.Centre && len(strips[j].ops) == 1 {
				dx += (cell.w - strips[j].ops[0].right()) / 2
			}
			strips[j] = moved(strips[j:j+1], dx)[0]
		}
		out = beside(out, strips)
		x += widths[i]
	}
	space := strip{h: pad * 0.8}
	return keepAll(append(append([]strip{space}, out...), space))
}

// records prints each row of a table as a small list of facts; short columns share a line.
func (l layout) records(t Table) []strip {
	var out []strip
	for _, cells := range t.Rows {
		var strips []strip
		for from := 0; from < len(cells); {
			to := from + 1
			for t.Columns[from].Short && to < len(cells) && t.Columns[to].Short {
				to++
			}
			if from > 0 {
				strips = append(strips, l.between(Fact{Value: cells[from-1]}))
			}
			strips = append(strips, l.shared(t.Columns[from:to], cells[from:to])...)
			from = to
		}
		if len(out) > 0 {
			thick := strip{h: l.scale.Body * 1.4, gap: true, keep: true}
			thick.ops = []op{lineOp{y1: thick.h / 2, x2: l.w, y2: thick.h / 2, width: 2, col: paperColours.blue}}
			out = append(out, thick)
		}
		out = append(out, keepAll(strips)...)
	}
	return out
}

// shared lays cells out side by side, each under its title.
func (l layout) shared(columns []Column, cells []string) []strip {
	gutter := l.scale.Body
	cell := l
	cell.w = (l.w - gutter*float64(len(cells)-1)) / float64(len(cells))
	var out []strip
	for i, c := range columns {
		row := Facts{Rows: []Fact{{Label: c.Title, Value: cells[i], Look: c.Look}}}
		out = beside(out, moved(cell.facts(row), float64(i)*(cell.w+gutter)))
	}
	return out
}

// checks lays out a list with marks; its title comes back after a page break.
func (l layout) checks(c Checks) []strip {
	var out, again []strip
	if c.Title != "" {
		out = append(l.heading(c.Title), strip{h: l.scale.gap() * 0.45, keep: true})
		again = append(l.heading(c.Title+" "+l.continued), strip{h: l.scale.gap() * 0.45, keep: true})
	}
	if len(c.Items) == 0 {
		return append(out, l.lines(c.Empty, l.tone(Plain), 0)...)
	}
	aside := l.statusAside(c.Items)
	for i, item := range c.Items {
		strips := l.check(item, aside)
		if i > 0 {
			strips = append([]strip{white(l.scale.Body * 0.55)}, strips...)
		}
		for j := range strips {
			strips[j].head = again
		}
		out = append(out, strips...)
	}
	return out
}

// statusAside reports whether the words of every mark fit on the line of its title: a list looks the same from top to bottom.
func (l layout) statusAside(items []Check) bool {
	if !l.scale.Stacked {
		return true
	}
	for _, c := range items {
		title, status := l.width(c.Title, bold, l.scale.Body), l.width(c.Status, semibold, l.scale.Body)
		if l.scale.Body*(1.25+0.7+1)+title+status > l.w {
			return false
		}
	}
	return true
}

func (l layout) check(c Check, aside bool) []strip {
	size := l.scale.Body * 1.25
	indent := size + l.scale.Body*0.7
	title := style{bold, l.scale.Body, paperColours.text}
	status := style{semibold, l.scale.Body, paperColours.ink}
	if c.Status == "" && len(c.Details) == 0 && c.Norm == "" {
		title.face = regular
	}
	text := l
	said, _ := l.letters.printable(c.Status)
	w := l.width(said, status.face, status.size)
	aside = aside && c.Status != ""
	if aside {
		text = l.narrow(w + l.scale.Body)
	}
	strips := text.lines(c.Title, title, indent)
	if len(strips) == 0 {
		strips = []strip{{h: l.scale.line(title.size)}}
	}
	if aside {
		strips[0].ops = append(strips[0].ops, l.run(said, status, l.w-w, baseline(strips[0].h, status.size)))
	} else if c.Status != "" {
		strips = append(strips, l.lines(c.Status, status, indent)...)
	}
	for _, d := range c.Details {
		strips = append(strips, l.lines(d, l.tone(Plain), indent)...)
	}
	if c.Norm != "" {
		strips = append(strips, l.lines(c.Norm, l.tone(Quiet), indent)...)
	}
	strips[0].ops = append(strips[0].ops, markOp{y: (strips[0].h - size) / 2, size: size, mark: c.Mark})
	if len(strips) <= 8 {
		return keepAll(strips)
	}
	return keepEnds(strips)
}
