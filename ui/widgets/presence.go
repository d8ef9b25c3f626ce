package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// Presence lies unseen behind a window and tells when the mouse moves over it, or over whatever in front of it lets the mouse through.
type Presence struct {
	widget.BaseWidget
	seen func()
}

var _ desktop.Hoverable = (*Presence)(nil)

// NewPresence returns something to lie behind a window; seen is called whenever the mouse moves there.
func NewPresence(seen func()) *Presence {
	p := &Presence{seen: seen}
	p.ExtendBaseWidget(p)
	return p
}

// MouseIn implements desktop.Hoverable.
func (p *Presence) MouseIn(*desktop.MouseEvent) { p.seen() }

// MouseMoved implements desktop.Hoverable.
func (p *Presence) MouseMoved(*desktop.MouseEvent) { p.seen() }

// MouseOut implements desktop.Hoverable.
func (p *Presence) MouseOut() {}

// MinSize takes no room.
func (p *Presence) MinSize() fyne.Size { return fyne.Size{} }

// CreateRenderer implements fyne.Widget.
func (p *Presence) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(NewFill(""))
}
