package widgets

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"bottega/ui/theme"
)

// Page is content that scrolls up and down when it is taller than its window, and only then: screen readers do not look into
// the toolkit's scroller, so what fits stands free, and what does not fit is at least read as one text.
func Page(content fyne.CanvasObject) *fyne.Container {
	l := &pageLayout{content: content, sheet: &sheetLayout{}}
	l.paper = container.New(l.sheet)
	l.scroller = newScroller(l.paper)
	l.page = container.New(l, content)
	return l.page
}

type pageLayout struct {
	page     *fyne.Container
	content  fyne.CanvasObject
	scroller *scroller
	paper    *fyne.Container // what is scrolled: the content, with air around it
	sheet    *sheetLayout
}

// Turn scrolls a page by a part of its height, down where it is positive; what is not taller than its window stays.
func Turn(page *fyne.Container, part float32) {
	l, ok := page.Layout.(*pageLayout)
	if !ok || len(l.paper.Objects) == 0 {
		return
	}
	room := l.paper.MinSize().Height - l.scroller.Size().Height
	l.scroller.Offset.Y = min(max(l.scroller.Offset.Y+part*l.scroller.Size().Height, 0), max(room, 0))
	l.scroller.Refresh()
}

// MinSize asks for little: a page is the part of a window that gives way.
func (l *pageLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(240, 120) }

func (l *pageLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	if height := HeightFor(l.content, size.Width); height <= size.Height {
		l.paper.Objects = nil
		l.page.Objects = []fyne.CanvasObject{l.content}
		place(l.content, 0, 0, size.Width, size.Height)
		return
	}
	l.sheet.width = size.Width - fynetheme.Size(fynetheme.SizeNameScrollBar)
	l.paper.Objects = []fyne.CanvasObject{l.content}
	l.page.Objects = []fyne.CanvasObject{l.scroller}
	air := ringRoom()
	place(l.scroller, -air, -air, size.Width+air, size.Height+2*air)
	l.scroller.Refresh()
}

// sheetLayout keeps the content clear of the scroll bar, and of the edges, where a scroller cuts off the focus rings.
type sheetLayout struct{ width float32 }

func (l *sheetLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	if len(objects) == 0 {
		return fyne.Size{}
	}
	return fyne.NewSize(0, HeightFor(objects[0], l.width)+2*ringRoom())
}

func (l *sheetLayout) Layout(objects []fyne.CanvasObject, _ fyne.Size) {
	air := ringRoom()
	for _, o := range objects {
		place(o, air, air, l.width, HeightFor(o, l.width))
	}
}

// scroller is the toolkit's, with a voice.
type scroller struct{ container.Scroll }

func newScroller(content fyne.CanvasObject) *scroller {
	s := &scroller{}
	s.Content = content
	s.Direction = container.ScrollVerticalOnly
	s.ExtendBaseWidget(s)
	return s
}

// AccessibilityLabel implements fyne.Accessible.
func (s *scroller) AccessibilityLabel() string {
	return strings.Join(Spoken(s.Content), "\n")
}

// AccessibilityRole implements fyne.Accessible.
func (s *scroller) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// reveal scrolls so that what has the focus can be seen.
func reveal(o fyne.CanvasObject) {
	c := canvasOf(o)
	if c == nil || c.Content() == nil {
		return
	}
	path := pathTo(c.Content(), o)
	var top float32
	for i := len(path) - 1; i > 0; i-- {
		top += path[i].Position().Y
		s, ok := path[i-1].(*scroller)
		if !ok {
			continue
		}
		top -= path[i].Position().Y // the content's own place is the offset
		s.bring(top, top+o.Size().Height)
		return
	}
}

// bring scrolls as little as needed for the stretch from top to bottom to be seen, with air for its focus ring.
func (s *scroller) bring(top, bottom float32) {
	air := fynetheme.Size(theme.SizeGap)
	offset := s.Offset.Y
	offset = max(offset, bottom+air-s.Size().Height)
	offset = min(offset, top-air)
	offset = max(0, min(offset, s.Content.Size().Height-s.Size().Height))
	if offset == s.Offset.Y {
		return
	}
	s.Offset.Y = offset
	s.Refresh()
}

// pathTo returns the objects from a root down to one object, both included; nil when it is not there.
func pathTo(root, wanted fyne.CanvasObject) []fyne.CanvasObject {
	if root == wanted {
		return []fyne.CanvasObject{root}
	}
	for _, child := range children(root) {
		if path := pathTo(child, wanted); path != nil {
			return append([]fyne.CanvasObject{root}, path...)
		}
	}
	return nil
}

func children(o fyne.CanvasObject) []fyne.CanvasObject {
	switch x := o.(type) {
	case *fyne.Container:
		return x.Objects
	case *scroller:
		return []fyne.CanvasObject{x.Content}
	}
	return nil
}
