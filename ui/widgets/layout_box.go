package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"bottega/ui/theme"
)

// Padded puts air of the named size around an object.
func Padded(air fyne.ThemeSizeName, o fyne.CanvasObject) *fyne.Container {
	return container.New(&padLayout{air: air}, o)
}

type padLayout struct {
	air   fyne.ThemeSizeName
	width float32
}

func (l *padLayout) HeightFor(objects []fyne.CanvasObject, width float32) float32 {
	air := 2 * fynetheme.Size(l.air)
	var height float32
	for _, o := range visible(objects) {
		height = max(height, HeightFor(o, max(1, width-air)))
	}
	return height + air
}

func (l *padLayout) NaturalWidth(objects []fyne.CanvasObject) float32 {
	return widest(objects, NaturalWidth) + 2*fynetheme.Size(l.air)
}

func (l *padLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	width := widest(objects, minWidth) + 2*fynetheme.Size(l.air)
	return fyne.NewSize(width, l.HeightFor(objects, max(width, laidOut(l.width))))
}

func (l *padLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	air := fynetheme.Size(l.air)
	for _, o := range visible(objects) {
		place(o, air, air, max(1, size.Width-2*air), max(1, size.Height-2*air))
	}
}

// Layers puts objects on top of each other, all of the same size.
func Layers(objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&layersLayout{}, objects...)
}

type layersLayout struct{ width float32 }

func (l *layersLayout) HeightFor(objects []fyne.CanvasObject, width float32) float32 {
	var height float32
	for _, o := range visible(objects) {
		height = max(height, HeightFor(o, width))
	}
	return height
}

func (l *layersLayout) NaturalWidth(objects []fyne.CanvasObject) float32 {
	return widest(objects, NaturalWidth)
}

func (l *layersLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	width := widest(objects, minWidth)
	return fyne.NewSize(width, l.HeightFor(objects, max(width, laidOut(l.width))))
}

func (l *layersLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	for _, o := range visible(objects) {
		place(o, 0, 0, size.Width, size.Height)
	}
}

// ringed puts a focus ring around an object, outside of its own bounds: what has the focus does not move, and stands in line with
// what cannot have it. The distances between things leave room for the ring.
func ringed(ring *Fill, o fyne.CanvasObject) *fyne.Container {
	return container.New(&ringLayout{}, ring, o)
}

type ringLayout struct{ width float32 }

func (l *ringLayout) HeightFor(objects []fyne.CanvasObject, width float32) float32 {
	return HeightFor(objects[1], width)
}

func (l *ringLayout) NaturalWidth(objects []fyne.CanvasObject) float32 {
	return NaturalWidth(objects[1])
}

func (l *ringLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	width := minWidth(objects[1])
	return fyne.NewSize(width, l.HeightFor(objects, max(width, laidOut(l.width))))
}

func (l *ringLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	room := ringRoom()
	place(objects[0], -room, -room, size.Width+2*room, size.Height+2*room)
	place(objects[1], 0, 0, size.Width, size.Height)
}

// ringRoom is how far a focus ring stands out.
func ringRoom() float32 {
	return fynetheme.Size(theme.SizeFocusRing) + fynetheme.Size(theme.SizeFocusGap)
}
