package citizen

import (
	"reflect"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"bottega/ui/text"
	"bottega/ui/theme"
	"bottega/ui/widgets"
)

// View draws the page of a stage into whatever room it gets: words wrap, and get smaller before anything is cut off.
type View struct {
	stage *Stage
	root  *fyne.Container
	// asIf is the size of the window that a preview is a small picture of; zero for the window itself.
	asIf fyne.Size
	hint string
	stop func()
}

// NewView returns a view of a stage. Close it when its window goes.
func NewView(stage *Stage) *View { return newView(stage, fyne.Size{}) }

// NewPreview returns the same page as a small picture, width points wide, of a window of 1366 by 768.
func NewPreview(stage *Stage, width float32) *View {
	v := newView(stage, fyne.NewSize(designWidth, designHeight))
	if l, ok := v.root.Layout.(*viewLayout); ok {
		l.least = fyne.NewSize(width, width*designHeight/designWidth)
	}
	return v
}

func newView(stage *Stage, asIf fyne.Size) *View {
	v := &View{stage: stage, asIf: asIf}
	v.root = container.New(&viewLayout{view: v})
	v.stop = stage.Watch(v.draw)
	return v
}

// Object returns what stands on the screen, a plain container that screen readers see into.
func (v *View) Object() fyne.CanvasObject { return v.root }

// Page returns what is drawn.
func (v *View) Page() Page {
	p := v.stage.Page()
	p.Hint = v.hint
	return p
}

// SetHint shows the facilitator's hint at the foot, or takes it away.
func (v *View) SetHint(hint string) {
	v.hint = hint
	v.draw()
}

// Close stops the view from following its stage.
func (v *View) Close() { v.stop() }

func (v *View) draw() {
	v.root.Layout.Layout(nil, v.root.Size())
	v.root.Refresh()
}

// drawing is what the objects on the screen were made from: as long as it stays the same, so do they.
type drawing struct {
	page Page
	size fyne.Size
	text float32
}

// TypeSize returns the size in points of running text at which a screen fits a window. Content whose words need less than
// theme.CitizenSmallest on 1024 by 768 is too long for one screen.
func TypeSize(s Screen, l *text.Localizer, size fyne.Size) float32 {
	_, scale := fit(Present(s, l, false), size, nil)
	return fynetheme.Size(theme.SizeCitizenText) * scale
}

// A page of few words is set larger than the design, up to this much, as long as a good part of it stays empty.
const (
	largest   = 1.5
	keepEmpty = 0.25
)

// fit returns a page laid out at the largest scale at which all of it has room.
func fit(p Page, size fyne.Size, pad fyne.CanvasObject) ([]piece, float32) {
	design := max(min(size.Width/designWidth, size.Height/designHeight), theme.CitizenSmallest/fynetheme.Size(theme.SizeCitizenText))
	return shrink(p, design*largest, design, size, pad)
}

// shrink tries smaller and smaller scales until the page fits; above the design's scale it must also leave room.
func shrink(p Page, scale, design float32, size fyne.Size, pad fyne.CanvasObject) ([]piece, float32) {
	for {
		var air float32
		if scale > design {
			air = keepEmpty
		}
		pieces, fits := compose(p, scale, size, air, pad)
		if fits || scale < design/10 {
			return pieces, scale
		}
		next := scale * 0.96
		if scale > design {
			next = max(next, design)
		}
		scale = next
	}
}

var _ widgets.FlowLayout = (*viewLayout)(nil)

type viewLayout struct {
	view  *View
	least fyne.Size
	drawn drawing
	// keypad and pad are what the page that is drawn has to touch, nil where it has nothing.
	keypad *widgets.Keypad
	pad    fyne.CanvasObject
}

func (l *viewLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	if l.least.IsZero() {
		return fyne.NewSize(320, 180)
	}
	return l.least
}

// HeightFor implements widgets.FlowLayout: a preview is as tall as the window in small would be.
func (l *viewLayout) HeightFor(_ []fyne.CanvasObject, width float32) float32 {
	if l.least.IsZero() {
		return l.MinSize(nil).Height
	}
	return width * designHeight / designWidth
}

// NaturalWidth implements widgets.FlowLayout.
func (l *viewLayout) NaturalWidth([]fyne.CanvasObject) float32 { return l.MinSize(nil).Width }

func (l *viewLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	if size.Width < 1 || size.Height < 1 {
		return
	}
	wanted := drawing{page: l.view.Page(), size: size, text: fynetheme.Size(theme.SizeCitizenText)}
	if reflect.DeepEqual(wanted, l.drawn) {
		l.count()
		return
	}
	l.drawn = wanted
	l.newPad(wanted.page)
	l.count()
	pieces, at := l.pieces(wanted.page, size)
	l.view.root.Objects = l.view.root.Objects[:0]
	for _, p := range pieces {
		p.object.Move(fyne.NewPos(at.X+p.x, at.Y+p.y))
		p.object.Resize(fyne.NewSize(p.w, p.h))
		l.view.root.Objects = append(l.view.root.Objects, p.object)
	}
}

// pieces returns the pieces of the page and where their corner goes.
func (l *viewLayout) pieces(page Page, size fyne.Size) ([]piece, fyne.Position) {
	if l.view.asIf.IsZero() {
		pieces, _ := fit(page, size, l.pad)
		return pieces, fyne.Position{}
	}
	whole := l.view.asIf
	_, scale := fit(page, whole, l.pad)
	part := min(size.Width/whole.Width, size.Height/whole.Height)
	small := fyne.NewSize(whole.Width*part, whole.Height*part)
	pieces, _ := shrink(page, scale*part, scale*part, small, l.pad)
	return pieces, fyne.NewPos((size.Width-small.Width)/2, (size.Height-small.Height)/2)
}
