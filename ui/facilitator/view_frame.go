package facilitator

import (
	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"bottega/ui/theme"
	"bottega/ui/widgets"
)

// sideWidth is the width of the side, previewWidth that of the citizen's window in small, which leaves room for a scroll bar.
const (
	sideWidth    = 400
	previewWidth = 372
)

// narrowWidth is how wide a page gets that asks for one thing: wider lines tire the eye.
const narrowWidth = 820

// leastMain is the width below which the side goes under the page.
const leastMain = 480

// frameLayout is the window: the bar at the top, the page with its side, the buttons at the foot. Page and side scroll each by
// itself; bar and buttons are always there.
type frameLayout struct {
	view *View
	back *widgets.Presence // behind everything

	top, bar   fyne.CanvasObject
	body, side *fyne.Container // what the scrollers hold; they stay while the page does, and with them the place scrolled to
	scrollBody *fyne.Container
	scrollSide *fyne.Container
	hasSide    bool
	narrow     bool
}

// newPage begins at the top of a new page.
func (f *frameLayout) newPage() {
	f.body, f.side = widgets.Column(), widgets.Column()
	f.scrollBody, f.scrollSide = widgets.Page(f.body), widgets.Page(f.side)
}

func (f *frameLayout) show(top fyne.CanvasObject, body, side []fyne.CanvasObject, bar fyne.CanvasObject, narrow bool) {
	f.top, f.bar, f.narrow, f.hasSide = top, bar, narrow, len(side) > 0
	f.body.Objects, f.side.Objects = body, side
	objects := []fyne.CanvasObject{f.back, f.top, f.scrollBody, f.bar}
	if f.hasSide {
		objects = []fyne.CanvasObject{f.back, f.top, f.scrollBody, f.scrollSide, f.bar}
	}
	f.view.root.Objects = objects
	f.Layout(objects, f.view.root.Size())
}

// MinSize lets the window be as small as a small laptop's screen.
func (f *frameLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(800, 560) }

// Layout implements fyne.Layout.
func (f *frameLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	if f.top == nil || size.Width == 0 {
		return
	}
	put(f.back, 0, 0, size.Width, size.Height)
	top, bar := widgets.HeightFor(f.top, size.Width), widgets.HeightFor(f.bar, size.Width)
	put(f.top, 0, 0, size.Width, top)
	put(f.bar, 0, size.Height-bar, size.Width, bar)
	margin, gap := fynetheme.Size(theme.SizeGap)*1.6, fynetheme.Size(theme.SizeWideGap)
	y, height := top+margin, size.Height-top-bar-2*margin
	x, width := margin, size.Width-2*margin
	if f.narrow && width > narrowWidth {
		x, width = (size.Width-narrowWidth)/2, narrowWidth
	}
	if !f.hasSide {
		put(f.scrollBody, x, y, width, height)
		return
	}
	side := max(min(float32(sideWidth), width-leastMain-gap), width*0.3)
	put(f.scrollBody, x, y, width-side-gap, height)
	put(f.scrollSide, x+width-side, y, side, height)
}

// put places an object and lays it out again even where its size stayed: what it holds may have changed.
func put(o fyne.CanvasObject, x, y, w, h float32) {
	o.Move(fyne.NewPos(x, y))
	size := fyne.NewSize(w, h)
	o.Resize(size)
	if c, ok := o.(*fyne.Container); ok && c.Layout != nil {
		c.Layout.Layout(c.Objects, size)
	}
}
