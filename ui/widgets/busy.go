package widgets

import (
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bottega/ui/theme"
)

// Busy shows long work: what is being done, how far it is, and a button that stops it.
type Busy struct {
	root  *fyne.Container
	doing *Text
	bar   *progress
}

// NewBusy returns the sign of work under way, of unknown length at first. Without a stop action there is no button.
func NewBusy(title, doing string, stop *Action) *Busy {
	b := &Busy{doing: Muted(doing), bar: newProgress()}
	b.doing.Hidden = doing == ""
	objects := []fyne.CanvasObject{
		BesideCentered(NewIcon(tones[Working].picture(), theme.ColorInfo), SectionTitle(title), nil),
		b.doing, b.bar,
	}
	if stop != nil {
		objects = append(objects, Row(NewButton(*stop)))
	}
	b.root = Panel(objects...)
	return b
}

// Object returns what stands on the screen.
func (b *Busy) Object() fyne.CanvasObject { return b.root }

// Doing changes the words about what is being done.
func (b *Busy) Doing(words string) {
	b.doing.Hidden = words == ""
	b.doing.SetWords(words)
	relayout(b.root)
}

// Progress shows how much of the whole is done; a total of zero means that nobody knows.
func (b *Busy) Progress(done, total int) {
	if total <= 0 {
		b.bar.move()
		return
	}
	b.bar.fillTo(min(1, max(0, float32(done)/float32(total))))
}

// Stop ends the moving of the bar; call it when the work has ended and the sign stays on the screen.
func (b *Busy) Stop() { b.bar.rest() }

// stripe is the part of a bar of unknown length that moves, and turn how long it takes to the end and back.
const (
	stripe = 0.25
	turn   = 3 * time.Second
)

// progress is a bar filled from the left, or a stripe that wanders where the end is not known.
type progress struct {
	widget.BaseWidget
	from, to    float32 // what is filled, as parts of the whole
	frame, fill *Fill
	wander      *fyne.Animation
	known       bool // how far it is has been said
	wandering   bool
}

var _ fyne.Accessible = (*progress)(nil)

func newProgress() *progress {
	p := &progress{
		to:    stripe,
		frame: NewBorderedFill(theme.ColorPanel, theme.ColorTileEdge, 2, fynetheme.SizeNameButtonRadius),
		fill:  NewBorderedFill(fynetheme.ColorNamePrimary, "", 0, fynetheme.SizeNameButtonRadius),
	}
	p.wander = &fyne.Animation{
		Duration: turn / 2, RepeatCount: fyne.AnimationRepeatForever, AutoReverse: true, Curve: fyne.AnimationEaseInOut,
		Tick: func(part float32) {
			p.from = part * (1 - stripe)
			p.to = p.from + stripe
			p.Refresh()
		},
	}
	p.ExtendBaseWidget(p)
	return p
}

func (p *progress) move() {
	if !p.wandering {
		p.known, p.wandering = false, true
		p.wander.Start()
	}
}

func (p *progress) rest() {
	if p.wandering {
		p.wandering = false
		p.wander.Stop()
	}
}

func (p *progress) fillTo(part float32) {
	p.rest()
	p.known = true
	p.from, p.to = 0, part
	p.Refresh()
}

// AccessibilityLabel implements fyne.Accessible: the part that is done, when it is known.
func (p *progress) AccessibilityLabel() string {
	if !p.known {
		return ""
	}
	return strconv.Itoa(int(p.to*100)) + "%"
}

// AccessibilityRole implements fyne.Accessible.
func (p *progress) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

func (p *progress) MinSize() fyne.Size { return fyne.NewSize(120, 18) }

// CreateRenderer starts the stripe when it comes to the screen; Destroy ends it, so that no bar wanders behind other screens.
func (p *progress) CreateRenderer() fyne.WidgetRenderer {
	if !p.known {
		p.move()
	}
	return &progressRenderer{p}
}

type progressRenderer struct{ p *progress }

func (r *progressRenderer) Destroy()           { r.p.rest() }
func (r *progressRenderer) MinSize() fyne.Size { return r.p.MinSize() }
func (r *progressRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.p.frame, r.p.fill}
}

func (r *progressRenderer) Layout(size fyne.Size) {
	place(r.p.frame, 0, 0, size.Width, size.Height)
	place(r.p.fill, size.Width*r.p.from, 0, size.Width*(r.p.to-r.p.from), size.Height)
}

func (r *progressRenderer) Refresh() {
	r.Layout(r.p.Size())
	r.p.frame.Refresh()
	r.p.fill.Refresh()
}
