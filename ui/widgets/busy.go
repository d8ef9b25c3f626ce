package widgets

import (
	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bottega/ui/theme"
)

// Busy shows long work: what is being done, how far it is, and a button that stops it.
type Busy struct {
	root    *fyne.Container
	doing   *Text
	known   *progress
	unknown *widget.ProgressBarInfinite
}

// NewBusy returns the sign of work under way, of unknown length at first. Without a stop action there is no button.
func NewBusy(title, doing string, stop *Action) *Busy {
	b := &Busy{doing: Muted(doing), known: newProgress(), unknown: widget.NewProgressBarInfinite()}
	b.known.Hide()
	objects := []fyne.CanvasObject{
		BesideCentered(NewIcon(tones[Working].picture(), theme.ColorInfo), SectionTitle(title), nil),
		b.doing, b.known, b.unknown,
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
	b.doing.SetWords(words)
	relayout(b.root)
}

// Progress shows how much of the whole is done; a total of zero means that nobody knows.
func (b *Busy) Progress(done, total int) {
	b.known.Hidden, b.unknown.Hidden = total <= 0, total > 0
	if total > 0 {
		b.unknown.Stop()
		b.known.part = min(1, max(0, float32(done)/float32(total)))
	} else {
		b.unknown.Start()
	}
	b.known.Refresh()
	relayout(b.root)
}

// Stop ends the moving of the bar; call it when the work has ended and the sign stays on the screen.
func (b *Busy) Stop() { b.unknown.Stop() }

// progress is a bar filled from the left.
type progress struct {
	widget.BaseWidget
	part        float32
	frame, fill *Fill
}

func newProgress() *progress {
	p := &progress{
		frame: NewBorderedFill(theme.ColorPanel, theme.ColorTileEdge, 2, fynetheme.SizeNameButtonRadius),
		fill:  NewBorderedFill(fynetheme.ColorNamePrimary, "", 0, fynetheme.SizeNameButtonRadius),
	}
	p.ExtendBaseWidget(p)
	return p
}

func (p *progress) MinSize() fyne.Size { return fyne.NewSize(120, 18) }

func (p *progress) CreateRenderer() fyne.WidgetRenderer { return &progressRenderer{p} }

type progressRenderer struct{ p *progress }

func (r *progressRenderer) Destroy()           {}
func (r *progressRenderer) MinSize() fyne.Size { return r.p.MinSize() }
func (r *progressRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.p.frame, r.p.fill}
}

func (r *progressRenderer) Layout(size fyne.Size) {
	place(r.p.frame, 0, 0, size.Width, size.Height)
	place(r.p.fill, 0, 0, size.Width*r.p.part, size.Height)
}

func (r *progressRenderer) Refresh() {
	r.Layout(r.p.Size())
	r.p.frame.Refresh()
	r.p.fill.Refresh()
}
