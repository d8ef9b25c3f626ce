package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"bottega/ui/theme"
)

// Flowing is an object whose height follows from its width.
type Flowing interface {
	// HeightFor returns the height needed at a width.
	HeightFor(width float32) float32
	// NaturalWidth returns the width that needs no wrapping.
	NaturalWidth() float32
}

// FlowLayout is a layout that answers for the objects in it as a Flowing does for itself. Those of this package all do.
type FlowLayout interface {
	fyne.Layout
	HeightFor(objects []fyne.CanvasObject, width float32) float32
	NaturalWidth(objects []fyne.CanvasObject) float32
}

// unknownWidth stands in for the width of what was never laid out.
const unknownWidth = 640

// HeightFor returns the height that any object needs at a width.
func HeightFor(o fyne.CanvasObject, width float32) float32 {
	switch x := o.(type) {
	case Flowing:
		return x.HeightFor(width)
	case *fyne.Container:
		if l, ok := x.Layout.(FlowLayout); ok {
			return l.HeightFor(x.Objects, width)
		}
	}
	return o.MinSize().Height
}

// NaturalWidth returns the width at which an object needs no wrapping.
func NaturalWidth(o fyne.CanvasObject) float32 {
	switch x := o.(type) {
	case Flowing:
		return x.NaturalWidth()
	case *fyne.Container:
		if l, ok := x.Layout.(FlowLayout); ok {
			return l.NaturalWidth(x.Objects)
		}
	}
	return o.MinSize().Width
}

func visible(objects []fyne.CanvasObject) []fyne.CanvasObject {
	shown := make([]fyne.CanvasObject, 0, len(objects))
	for _, o := range objects {
		if o != nil && o.Visible() {
			shown = append(shown, o)
		}
	}
	return shown
}

func widest(objects []fyne.CanvasObject, width func(fyne.CanvasObject) float32) float32 {
	var most float32
	for _, o := range visible(objects) {
		most = max(most, width(o))
	}
	return most
}

func minWidth(o fyne.CanvasObject) float32 { return o.MinSize().Width }

// Column puts objects one below the other, each as wide as the column.
func Column(objects ...fyne.CanvasObject) *fyne.Container { return ColumnOf(theme.SizeGap, objects...) }

// ColumnOf is Column with another distance between the objects.
func ColumnOf(gap fyne.ThemeSizeName, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&columnLayout{gap: gap}, objects...)
}

type columnLayout struct {
	gap   fyne.ThemeSizeName
	width float32
}

func (l *columnLayout) HeightFor(objects []fyne.CanvasObject, width float32) float32 {
	var height float32
	for i, o := range visible(objects) {
		if i > 0 {
			height += fynetheme.Size(l.gap)
		}
		height += HeightFor(o, width)
	}
	return height
}

func (l *columnLayout) NaturalWidth(objects []fyne.CanvasObject) float32 {
	return widest(objects, NaturalWidth)
}

func (l *columnLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	width := widest(objects, minWidth)
	return fyne.NewSize(width, l.HeightFor(objects, max(width, laidOut(l.width))))
}

func (l *columnLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	var y float32
	for _, o := range visible(objects) {
		height := HeightFor(o, size.Width)
		place(o, 0, y, size.Width, height)
		y += height + fynetheme.Size(l.gap)
	}
}

func laidOut(width float32) float32 {
	if width <= 0 {
		return unknownWidth
	}
	return width
}

// place gives an object its place. A container is laid out even where its size stays, which the toolkit skips: what is in it may
// have become taller.
func place(o fyne.CanvasObject, x, y, width, height float32) {
	o.Move(fyne.NewPos(x, y))
	size := fyne.NewSize(width, height)
	if c, ok := o.(*fyne.Container); ok && c.Layout != nil && c.Size() == size {
		c.Layout.Layout(c.Objects, size)
		return
	}
	o.Resize(size)
}

// Row puts objects side by side at their natural width, and goes on in a new line when there is no room left.
func Row(objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&rowLayout{gap: theme.SizeGap}, objects...)
}

type rowLayout struct {
	gap   fyne.ThemeSizeName
	width float32
}

// flow calls at for every object with its place in a row of that width, and returns the height of all lines.
func (l *rowLayout) flow(objects []fyne.CanvasObject, width float32, at func(o fyne.CanvasObject, x, y, w, h float32)) float32 {
	gap := fynetheme.Size(l.gap)
	var y float32
	line := []fyne.CanvasObject{}
	var used float32
	finish := func() {
		var tallest, x float32
		for _, o := range line {
			tallest = max(tallest, HeightFor(o, min(NaturalWidth(o), width)))
		}
		for _, o := range line {
			w := min(NaturalWidth(o), width)
			at(o, x, y, w, tallest)
			x += w + gap
		}
		y += tallest + gap
		line, used = line[:0], 0
	}
	for _, o := range visible(objects) {
		w := min(NaturalWidth(o), width)
		if len(line) > 0 && used+gap+w > width+0.5 {
			finish()
		}
		if len(line) > 0 {
			used += gap
		}
		line, used = append(line, o), used+w
	}
	if len(line) > 0 {
		finish()
	}
	return max(0, y-gap)
}

func (l *rowLayout) HeightFor(objects []fyne.CanvasObject, width float32) float32 {
	return l.flow(objects, width, func(fyne.CanvasObject, float32, float32, float32, float32) {})
}

func (l *rowLayout) NaturalWidth(objects []fyne.CanvasObject) float32 {
	var width float32
	for i, o := range visible(objects) {
		if i > 0 {
			width += fynetheme.Size(l.gap)
		}
		width += NaturalWidth(o)
	}
	return width
}

func (l *rowLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	width := widest(objects, minWidth)
	return fyne.NewSize(width, l.HeightFor(objects, max(width, laidOut(l.width))))
}

func (l *rowLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	l.flow(objects, size.Width, place)
}
