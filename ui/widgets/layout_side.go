package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"bottega/ui/theme"
)

// Beside puts a small thing left and right (either may be nil) of something that takes the room between them. All start at the top.
func Beside(left, middle, right fyne.CanvasObject) *fyne.Container {
	return beside(&besideLayout{gap: theme.SizeGap}, left, middle, right)
}

// BesideCentered is Beside with the three on one middle line.
func BesideCentered(left, middle, right fyne.CanvasObject) *fyne.Container {
	return beside(&besideLayout{gap: theme.SizeGap, centered: true}, left, middle, right)
}

func beside(l *besideLayout, left, middle, right fyne.CanvasObject) *fyne.Container {
	var objects []fyne.CanvasObject
	if left != nil {
		l.hasLeft = true
		objects = append(objects, left)
	}
	objects = append(objects, middle)
	if right != nil {
		l.hasRight = true
		objects = append(objects, right)
	}
	return container.New(l, objects...)
}

type besideLayout struct {
	gap               fyne.ThemeSizeName
	hasLeft, hasRight bool
	centered          bool
	width             float32
}

// split returns the three objects (the outer two may be nil) and the widths of the outer two with their gap.
func (l *besideLayout) split(objects []fyne.CanvasObject) (left, middle, right fyne.CanvasObject, leftWidth, rightWidth float32) {
	gap := fynetheme.Size(l.gap)
	rest := objects
	if l.hasLeft {
		left, rest = rest[0], rest[1:]
		if left.Visible() {
			leftWidth = NaturalWidth(left) + gap
		}
	}
	middle, rest = rest[0], rest[1:]
	if l.hasRight {
		right = rest[0]
		if right.Visible() {
			rightWidth = NaturalWidth(right) + gap
		}
	}
	return left, middle, right, leftWidth, rightWidth
}

func (l *besideLayout) HeightFor(objects []fyne.CanvasObject, width float32) float32 {
	left, middle, right, lw, rw := l.split(objects)
	height := HeightFor(middle, max(1, width-lw-rw))
	gap := fynetheme.Size(l.gap)
	if left != nil && left.Visible() {
		height = max(height, HeightFor(left, lw-gap))
	}
	if right != nil && right.Visible() {
		height = max(height, HeightFor(right, rw-gap))
	}
	return height
}

func (l *besideLayout) NaturalWidth(objects []fyne.CanvasObject) float32 {
	_, middle, _, lw, rw := l.split(objects)
	return lw + NaturalWidth(middle) + rw
}

func (l *besideLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	_, middle, _, lw, rw := l.split(objects)
	width := lw + middle.MinSize().Width + rw
	return fyne.NewSize(width, l.HeightFor(objects, max(width, laidOut(l.width))))
}

func (l *besideLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	gap := fynetheme.Size(l.gap)
	left, middle, right, lw, rw := l.split(objects)
	put := func(o fyne.CanvasObject, x, width float32) {
		height := HeightFor(o, width)
		y := float32(0)
		if l.centered {
			y = max(0, (size.Height-height)/2)
		}
		place(o, x, y, width, height)
	}
	if left != nil && left.Visible() {
		put(left, 0, lw-gap)
	}
	put(middle, lw, max(1, size.Width-lw-rw))
	if right != nil && right.Visible() {
		put(right, size.Width-rw+gap, rw-gap)
	}
}

// Tiles puts objects of equal size in as many columns as fit when none may be narrower than narrowest.
func Tiles(narrowest float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&tileLayout{gap: theme.SizeGap, narrowest: narrowest}, objects...)
}

type tileLayout struct {
	gap              fyne.ThemeSizeName
	narrowest, width float32
}

func (l *tileLayout) grid(objects []fyne.CanvasObject, width float32) (columns int, cell float32, rows []float32) {
	gap := fynetheme.Size(l.gap)
	shown := visible(objects)
	columns = max(1, min(int((width+gap)/(l.narrowest+gap)), len(shown)))
	cell = (width - gap*float32(columns-1)) / float32(columns)
	for i, o := range shown {
		if i%columns == 0 {
			rows = append(rows, 0)
		}
		rows[len(rows)-1] = max(rows[len(rows)-1], HeightFor(o, cell))
	}
	return columns, cell, rows
}

func (l *tileLayout) HeightFor(objects []fyne.CanvasObject, width float32) float32 {
	_, _, rows := l.grid(objects, width)
	var height float32
	for i, row := range rows {
		if i > 0 {
			height += fynetheme.Size(l.gap)
		}
		height += row
	}
	return height
}

func (l *tileLayout) NaturalWidth(objects []fyne.CanvasObject) float32 {
	n := float32(len(visible(objects)))
	return n*l.narrowest + max(0, n-1)*fynetheme.Size(l.gap)
}

func (l *tileLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	width := widest(objects, minWidth)
	return fyne.NewSize(width, l.HeightFor(objects, max(width, laidOut(l.width))))
}

func (l *tileLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	gap := fynetheme.Size(l.gap)
	columns, cell, rows := l.grid(objects, size.Width)
	var y float32
	for i, o := range visible(objects) {
		column, row := i%columns, i/columns
		if i > 0 && column == 0 {
			y += rows[row-1] + gap
		}
		place(o, float32(column)*(cell+gap), y, cell, rows[row])
	}
}

// SideBySide splits the width between two objects, share (0 to 1) for the first; below narrowest they stand one below the other.
func SideBySide(share, narrowest float32, first, second fyne.CanvasObject) *fyne.Container {
	return container.New(&sideLayout{gap: theme.SizeWideGap, share: share, narrowest: narrowest}, first, second)
}

type sideLayout struct {
	gap                     fyne.ThemeSizeName
	share, narrowest, width float32
}

func (l *sideLayout) each(objects []fyne.CanvasObject, width float32, at func(o fyne.CanvasObject, x, y, w, h float32)) float32 {
	gap := fynetheme.Size(l.gap)
	shown := visible(objects)
	if len(shown) == 2 && width >= l.narrowest {
		first := (width - gap) * l.share
		second := width - gap - first
		height := max(HeightFor(shown[0], first), HeightFor(shown[1], second))
		at(shown[0], 0, 0, first, height)
		at(shown[1], first+gap, 0, second, height)
		return height
	}
	var y float32
	for _, o := range shown {
		height := HeightFor(o, width)
		at(o, 0, y, width, height)
		y += height + gap
	}
	return max(0, y-gap)
}

func (l *sideLayout) HeightFor(objects []fyne.CanvasObject, width float32) float32 {
	return l.each(objects, width, func(fyne.CanvasObject, float32, float32, float32, float32) {})
}

func (l *sideLayout) NaturalWidth(objects []fyne.CanvasObject) float32 {
	return max(l.narrowest, widest(objects, NaturalWidth))
}

func (l *sideLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	width := widest(objects, minWidth)
	return fyne.NewSize(width, l.HeightFor(objects, max(width, laidOut(l.width))))
}

func (l *sideLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	l.each(objects, size.Width, place)
}
